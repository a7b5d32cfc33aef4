/** What a look-up costs the network: queries of ours and of libtorrent, for the same hashes in one network. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once, EventEmitter } from 'node:events';
import { test } from 'node:test';
import type { Endpoint } from '@coequal/base';
import { decodeKrpc } from '../../src/core/dht/krpc.ts';
import { infoHashOf } from '../../src/core/ids.ts';
import type { InfoHash } from '../../src/core/ids.ts';
import { Dht } from '../../src/io/dht/dht.ts';
import { localOf, never, ports } from '../io/dht/open-dht.ts';
import { libtorrentDht } from './peers/dht-peers.ts';

const TIMEOUT_MS = 120_000;
const NODES = 100;
const LOOKUPS = 20;
/** What we may ask for each query of libtorrent's. */
const RATIO_MAX = 1.2;

/** Whom a node begins with. */
const CONTACTS = 3;
/** Each node knows so many before anybody is looked for. */
const KNOWN_MIN = 10;

/** All nodes are alive and near: a look-up in which nobody was asked for so long is over. */
const QUIET_MS = 400;

const hashes = Array.from({ length: LOOKUPS }, (_, index) =>
  infoHashOf(createHash('sha1').update(String(index)).digest()),
);

/** Nodes of ours, which count who asks them for peers. */
class Crowd {
  readonly nodes: Dht[] = [];
  readonly #asked = new Map<string, number>();
  readonly #events = new EventEmitter();
  readonly #stack: AsyncDisposableStack;

  constructor(stack: AsyncDisposableStack) {
    this.#stack = stack;
  }

  /** In a network of its own: few queries a second of one are answered. */
  async open(bootstrap: readonly Endpoint[]): Promise<Dht> {
    const host = `127.1.${this.nodes.length}.1`;
    const opened: { dht: Dht | undefined } = { dht: undefined };
    const socket = this.#stack.use(
      await ports.net.udp(
        { host, port: 0 },
        (batch) => {
          for (const datagram of batch) {
            this.#note(datagram.bytes, datagram.from);
            opened.dht?.receive(datagram, socket.local);
          }
        },
        never,
      ),
    );
    const options = { sockets: [socket], bootstrap, acceptsPrivate: true, isReadOnly: false };
    const dht = this.#stack.use(await Dht.open(options, ports, never));
    opened.dht = dht;
    this.nodes.push(dht);
    return dht;
  }

  asked(by: Endpoint, infoHash: InfoHash): number {
    return this.#asked.get(`${by.host} ${by.port} ${infoHash}`) ?? 0;
  }

  /** Resolves when nobody has been asked for peers for a while. */
  async untilQuiet(): Promise<void> {
    for (;;) {
      const signal = AbortSignal.timeout(QUIET_MS);
      try {
        await once(this.#events, 'asked', { signal });
      } catch (error) {
        if (!signal.aborted) throw error;
        return;
      }
    }
  }

  #note(bytes: Uint8Array, { host, port }: Endpoint): void {
    const message = decodeKrpc(bytes);
    if (message.type !== 'query' || message.query.method !== 'get_peers') return;
    const key = `${host} ${port} ${message.query.infoHash}`;
    this.#asked.set(key, (this.#asked.get(key) ?? 0) + 1);
    this.#events.emit('asked');
  }
}

test(
  'a look-up of ours asks no more than 1.2 times as many nodes as one of libtorrent',
  { skip: libtorrentDht.skip, timeout: TIMEOUT_MS },
  async (context) => {
    await using stack = new AsyncDisposableStack();
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const theirs = stack.use(await libtorrentDht.open(signal));
    const their = { host: '127.0.0.1', port: theirs.port };
    const crowd = new Crowd(stack);
    const [first, ...others] = await joined(crowd, their, signal);
    const ours = others.at(-1);
    assert.ok(first && ours);
    const announce = { port: 6_881, impliedPort: false, isSeed: false };
    for (const infoHash of hashes) {
      for await (const _ of first.peers(infoHash, { announce, signal }));
    }
    for (const infoHash of hashes) {
      theirs.do({ do: 'get-peers', hash: infoHash });
      await theirs.when('peers', ({ hash }) => hash === infoHash);
      let found = 0;
      for await (const peers of ours.peers(infoHash, { signal })) found += peers.length;
      assert.equal(found, 1);
      await crowd.untilQuiet();
    }
    const [own = 0, other = 0] = [localOf(ours), their].map((by) =>
      hashes.reduce((sum, infoHash) => sum + crowd.asked(by, infoHash), 0),
    );
    context.diagnostic(`${LOOKUPS} look-ups: ours ${own} queries, libtorrent ${other}`);
    assert.ok(own <= RATIO_MAX * other, `${own} queries, and ${other} of libtorrent`);
  },
);

/** Each is told of some that are there. */
async function joined(crowd: Crowd, their: Endpoint, signal: AbortSignal): Promise<Dht[]> {
  for (let i = 0; i < NODES; i++) {
    const there = [their, ...crowd.nodes.map(localOf)];
    const contacts = Array.from(
      { length: CONTACTS },
      (_, n) => there[(i * 7 + n * 13) % there.length],
    );
    await crowd.open(contacts.filter((contact) => contact !== undefined));
  }
  while (crowd.nodes.some(({ stats }) => stats.nodes.some(({ known }) => known < KNOWN_MIN))) {
    signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return crowd.nodes;
}
