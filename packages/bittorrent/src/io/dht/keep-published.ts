/** Keeps in the DHT what somebody else has published under a key, for as long as we use it (BEP 46). */
import { isAbort, LocalFault, sleep } from '@coequal/base';
import type { Millis, Ports } from '@coequal/base';
import { idBytes } from '../../core/ids.ts';
import type { TorrentPublisher } from '../../core/metainfo/magnet.ts';
import type { Dht } from './dht.ts';

/** Who has what he wanted sooner costs the nodes near the key nothing. */
const FIRST_MS: Millis = 10 * 60_000;

/** BEP 44: it should be put again once an hour. */
const REPUT_MS: Millis = 3_600_000;

/** Those who use it drift apart by this part. */
const JITTER = 0.1;

/** Until the signal: the newest that is there is put again, as its owner signed it. */
export async function keepPublished(
  { publicKey, salt }: TorrentPublisher,
  dht: Pick<Dht, 'get' | 'put'>,
  { clock, random }: Pick<Ports, 'clock' | 'random'>,
  signal: AbortSignal,
): Promise<void> {
  const name = { type: 'mutable', publicKey: idBytes(publicKey), salt } as const;
  for (let waitMs = FIRST_MS; !signal.aborted; waitMs = REPUT_MS) {
    try {
      await sleep(clock, waitMs * (1 - JITTER * random.number()), signal);
      const item = await dht.get(name, signal);
      if (item !== undefined) await dht.put(item, { signal });
    } catch (error) {
      // nobody is there, or took it: in an hour again
      if (!(error instanceof LocalFault) && !isAbort(error, signal)) throw error;
    }
  }
}
