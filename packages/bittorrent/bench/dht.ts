// Queries that one look-up costs: ours and libtorrent's, in one network on loopback, counted by those who are asked.
//
//   node packages/bittorrent/bench/dht.ts [NODES] [LOOKUPS]
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Endpoint } from '@coequal/base';
import { openPorts } from '@coequal/base/node';
import { infoHashOf } from '../src/core/ids.ts';
import type { InfoHash } from '../src/core/ids.ts';
import { Dht } from '../src/io/dht/dht.ts';
import { libtorrentDht } from '../test/interop/peers/dht-peers.ts';

/** Each node has an address, in a network of its own: of one address few queries a second are answered. */
let lastHost = 0;
/** Each look-up has ended by then. */
const LOOKUP_MS = 1_500;
const SETTLE_MS = 25_000;
/** What a node asks first, of those that are there. */
const CONTACTS = 3;
const JOIN_INTERVAL_MS = 20;
const GET_PEERS = Buffer.from('9:get_peers');

const [nodes = 100, lookups = 25] = process.argv.slice(2).map(Number);
const stopping = new AbortController();
process.once('SIGINT', () => stopping.abort());
const { signal } = stopping;
/** Queries for peers, by where they came from. */
const asked = new Map<string, number>();

await using ports = openPorts({ workers: 1 });
await using stack = new AsyncDisposableStack();

const theirs = stack.use(await libtorrentDht.open(signal));
/** Whom newcomers may ask. */
const known: Endpoint[] = [{ host: '127.0.0.1', port: theirs.port }];
const first = await openNode();
for (let i = 1; i < nodes; i++) await openNode();
const ours = await openNode();
await delay(SETTLE_MS, undefined, { signal });

const found = { ours: 0, theirs: 0 };
const hashes = Array.from({ length: lookups }, () => infoHashOf(randomBytes(20)));
for (const infoHash of hashes) await announce(infoHash);
for (const infoHash of hashes) {
  theirs.do({ do: 'get-peers', hash: infoHash });
  if (await search(infoHash)) found.ours += 1;
  await delay(LOOKUP_MS, undefined, { signal });
}
const perLookup = ({ host, port }: Endpoint): number =>
  (asked.get(`${host} ${port}`) ?? 0) / lookups;
const [own, other] = [
  perLookup(localOf(ours)),
  perLookup({ host: '127.0.0.1', port: theirs.port }),
];
console.log(`${nodes} nodes, ${lookups} look-ups, ${found.ours} of ours found their peer`);
console.log(`queries for peers a look-up: ours ${own.toFixed(1)}, libtorrent ${other.toFixed(1)}`);
console.log(`ratio ${(own / other).toFixed(2)}`);

async function openNode(): Promise<Dht> {
  lastHost += 1;
  const host = `127.${1 + (lastHost >> 8)}.${lastHost & 0xff}.1`;
  const opened: { dht: Dht | undefined } = { dht: undefined };
  const socket = stack.use(
    await ports.net.udp(
      { host, port: 0 },
      (batch) => {
        for (const datagram of batch) {
          const { bytes, from } = datagram;
          const key = `${from.host} ${from.port}`;
          if (Buffer.from(bytes).includes(GET_PEERS)) asked.set(key, (asked.get(key) ?? 0) + 1);
          opened.dht?.receive(datagram, socket.local);
        }
      },
      signal,
    ),
  );
  const bootstrap = Array.from({ length: CONTACTS }, () => pick(known));
  const options = { sockets: [socket], bootstrap, acceptsPrivate: true, isReadOnly: false };
  opened.dht = stack.use(await Dht.open(options, ports, signal));
  known.push(socket.local);
  await delay(JOIN_INTERVAL_MS, undefined, { signal });
  return opened.dht;
}

function localOf(dht: Dht): Endpoint {
  return dht.locals[0] ?? { host: '', port: 0 };
}

async function announce(infoHash: InfoHash): Promise<void> {
  const peer = { port: 6_881, impliedPort: false, isSeed: false };
  for await (const _ of first.peers(infoHash, { announce: peer, signal }));
}

async function search(infoHash: InfoHash): Promise<boolean> {
  let isFound = false;
  for await (const peers of ours.peers(infoHash, { signal })) isFound ||= peers.length > 0;
  return isFound;
}

function pick(from: readonly Endpoint[]): Endpoint {
  return from[Math.floor(Math.random() * from.length)] ?? { host: '', port: 0 };
}
