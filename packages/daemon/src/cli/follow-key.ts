/** From a magnet link that names a key to the torrent that is published under it now (BEP 46). */
import { formatHex, LocalFault, sleep } from '@coequal/base';
import type { Clock } from '@coequal/base';
import { formatMagnet, parseMagnet } from '@coequal/bittorrent';
import type { Engine, NewestTorrent } from '@coequal/bittorrent';
import type { Shell } from './shell.ts';
import type { NetworkOptions } from './transfer.ts';

/** Where nobody has it yet, the next look follows so soon, and each after it in twice the time, */
const LOOK_AGAIN_MS = 3_000;

/** up to this. */
const LOOK_AGAIN_MAX_MS = 60_000;

/** A link with a hash, or whatever else it is, stays as it is. */
export async function followKey(
  source: string | Uint8Array,
  engine: Engine,
  network: NetworkOptions,
  clock: Clock,
  shell: Shell,
): Promise<string | Uint8Array> {
  if (typeof source !== 'string') return source;
  const { publisher, infoHash, infoHashV2 } = parseMagnet(source);
  if (publisher === undefined || infoHash !== undefined || infoHashV2 !== undefined) return source;
  const named = { publicKey: publisher.publicKey, salt: formatHex(publisher.salt) };
  const tell = (reason: string): void => {
    shell.emit({ event: 'lookup', ...named, reason });
    shell.note(`${reason[0]?.toUpperCase()}${reason.slice(1)}.`);
  };
  tell(`looking up the key ${publisher.publicKey} in the DHT`);
  for (let waitMs = LOOK_AGAIN_MS; ; waitMs = Math.min(waitMs * 2, LOOK_AGAIN_MAX_MS)) {
    const found = await look(source, engine, network, shell.stop);
    if (typeof found === 'object') {
      const { sequence, infoHash: newest, magnet } = found;
      shell.emit({ event: 'version', ...named, sequence, infoHash: newest });
      shell.note(
        `Version ${sequence} is the newest: torrent ${newest}. ` +
          'Run the same command again later for a newer one.',
      );
      return formatMagnet(magnet);
    }
    tell(`${found}; looking again in ${waitMs / 1_000} s`);
    await sleep(clock, waitMs, shell.stop);
  }
}

/** The torrent, or why there is none yet. */
async function look(
  link: string,
  engine: Engine,
  { discovery }: NetworkOptions,
  signal: AbortSignal,
): Promise<NewestTorrent | string> {
  try {
    const newest = await engine.findNewest(link, signal);
    return newest ?? 'nothing is published under this key, or nobody keeps it any more';
  } catch (error) {
    if (!(error instanceof LocalFault) || error.code !== 'DHT_NO_NODES') throw error;
    const contacts = (discovery && discovery.dhtBootstrap) || [];
    if (contacts.length === 0) throw new LocalFault('DHT_NO_CONTACTS', {}, { cause: error });
    return 'no node of the DHT answers';
  }
}
