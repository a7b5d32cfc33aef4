/** Nodes of ours on loopback, for tests. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Endpoint } from '@coequal/base';
import { openClock, openEd25519, openNet, openRandom } from '@coequal/base/node';
import { infoHashOf } from '../../../src/core/ids.ts';
import type { InfoHash } from '../../../src/core/ids.ts';
import type { SearchSummary } from '../../../src/core/dht/search.ts';
import { Dht } from '../../../src/io/dht/dht.ts';
import type { DhtOptions, DhtPorts, PeersOptions } from '../../../src/io/dht/dht.ts';

export const never: AbortSignal = new AbortController().signal;
export const LOCAL: Endpoint = { host: '127.0.0.1', port: 0 };
export const INFO_HASH: InfoHash = infoHashOf(Uint8Array.from({ length: 20 }, (_, i) => i * 13));

export const ports: DhtPorts = {
  clock: openClock(),
  random: openRandom(),
  net: openNet(),
  hasher: {
    hash: (bytes, kind) => Uint8Array.from(createHash(kind).update(bytes).digest()),
  },
  ed25519: openEd25519(),
};

export function openDht(options: Partial<DhtOptions> = {}): Promise<Dht> {
  return Dht.open(
    { sockets: [LOCAL], bootstrap: [], acceptsPrivate: true, ...options },
    ports,
    never,
  );
}

export function localOf(dht: Dht): Endpoint {
  const [local] = dht.locals;
  assert.ok(local);
  return local;
}

export async function collect(
  dht: Dht,
  options: Omit<PeersOptions, 'signal'> = {},
): Promise<{ peers: Endpoint[]; summary: SearchSummary }> {
  const peers: Endpoint[] = [];
  const search = dht.peers(INFO_HASH, { ...options, signal: never });
  for (;;) {
    const next = await search.next();
    if (next.done === true) return { peers, summary: next.value };
    peers.push(...next.value);
  }
}

/** Turns of the event loop until so many nodes are known: loopback needs few. */
export async function untilKnown(dht: Dht, count: number): Promise<void> {
  const signal = AbortSignal.timeout(60_000);
  while (dht.stats.nodes.every(({ known }) => known < count)) {
    signal.throwIfAborted();
    await new Promise((resolve) => setImmediate(resolve));
  }
}
