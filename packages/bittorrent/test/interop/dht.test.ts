/** One DHT with nodes of libtorrent (Debian) and bittorrent-dht (npm): finding, announcing, storing. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { encodeUtf8, parseHex } from '@coequal/base';
import { keyOf } from '../../src/core/dht/node-id.ts';
import type { Dht } from '../../src/io/dht/dht.ts';
import { encodeTorrentItem } from '../../src/core/dht/mutable-torrent.ts';
import { itemKey } from '../../src/core/dht/item-store.ts';
import type { DhtSample } from '../../src/core/dht/sample-crawl.ts';
import { infoHashOf, publicKeyOf } from '../../src/core/ids.ts';
import { formatMagnet, parseMagnet } from '../../src/core/metainfo/magnet.ts';
import { findNewest } from '../../src/io/dht/newest-torrent.ts';
import {
  collect,
  INFO_HASH,
  localOf,
  never,
  openDht,
  ports,
  untilKnown,
} from '../io/dht/open-dht.ts';
import { bittorrentDht, libtorrentDht, libtorrentDht6 } from './peers/dht-peers.ts';
import type { DhtProgram, ForeignNode } from './peers/dht-peers.ts';
import { numberIn } from './peers/peer-process.ts';

/** A program is started for each of several tests. */
const TIMEOUT_MS = 120_000;
const VALUE = 'Hello World!';
const BENCODED = encodeUtf8(`12:${VALUE}`);
const KEY = createHash('sha1').update(BENCODED).digest('hex');

/** The keys of BEP 44's example; the secret one is expanded, as libtorrent takes it. */
const SECRET =
  'e06d3183d14159228433ed599221b80bd0a5ce8352e4bdf0262f76786ef1c74d' +
  'b7e7a9fea2c0eb269d61e3b38e450a22e754941ac78479d6c54e1faf6037881d';
const PUBLIC = '77ff84905a91936367c01360803104f92432fcd904a43511876df5cdf3e7e548';

const OTHER_HASH = infoHashOf(new Uint8Array(20).fill(9));

function sha1(bytes: Uint8Array): Uint8Array {
  return createHash('sha1').update(bytes).digest();
}

function hex(text: string): Uint8Array {
  const bytes = parseHex(text);
  assert.ok(bytes);
  return bytes;
}

/** Two of ours and one of another, which know each other. */
async function openThree(
  stack: AsyncDisposableStack,
  program: DhtProgram,
): Promise<[Dht, Dht, ForeignNode]> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const foreign = stack.use(await program.open(signal));
  const [one, other] = [stack.use(await openBeside(program)), stack.use(await openBeside(program))];
  const contact = { host: program.host, port: foreign.port };
  for (const each of [one, other]) each.addNode(contact);
  other.addNode(localOf(one));
  await Promise.all([untilKnown(one, 2), untilKnown(other, 2)]);
  for (const each of [one, other]) await introduce(each, foreign);
  return [one, other, foreign];
}

function openBeside({ host }: DhtProgram): Promise<Dht> {
  return openDht({ sockets: [{ host, port: 0 }] });
}

for (const program of [libtorrentDht, libtorrentDht6, bittorrentDht]) {
  const { host } = program;
  describe(`DHT with ${program.name}`, { skip: program.skip, timeout: TIMEOUT_MS }, () => {
    test('a peer that we announce is found by it, and by us through it alone', async () => {
      await using stack = new AsyncDisposableStack();
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const foreign = stack.use(await program.open(signal));
      const [one, other] = [
        stack.use(await openBeside(program)),
        stack.use(await openBeside(program)),
      ];
      for (const each of [one, other]) each.addNode({ host, port: foreign.port });
      const announce = { port: 6_881, impliedPort: false, isSeed: false };
      const { summary } = await collect(one, { announce });
      assert.ok(summary.stored >= 1);
      await one[Symbol.asyncDispose]();
      assert.deepEqual((await collect(other)).peers, [{ host, port: 6_881 }]);
    });

    test('a peer that it announces is found by us', async () => {
      await using stack = new AsyncDisposableStack();
      const [one, other, foreign] = await openThree(stack, program);
      const stored = untilStored(other, 'storedPeers'); // whom the first then asks
      foreign.do({ do: 'announce', hash: INFO_HASH });
      const port = numberIn(await foreign.when('announcing'), 'port');
      await stored;
      assert.deepEqual((await collect(one)).peers, [{ host, port }]);
    });

    test('a peer that only we store is found by it', async () => {
      await using stack = new AsyncDisposableStack();
      const [one, , foreign] = await openThree(stack, program);
      await collect(one, { announce: { port: 6_883, impliedPort: false, isSeed: false } });
      foreign.do({ do: 'get-peers', hash: INFO_HASH });
      await foreign.when('peers', ({ ports }) => Array.isArray(ports) && ports.includes(6_883));
    });

    test('an immutable item that we put is got by it and through it', async () => {
      await using stack = new AsyncDisposableStack();
      const [one, other, foreign] = await openThree(stack, program);
      const { stored } = await one.put({ type: 'immutable', value: BENCODED }, { signal: never });
      assert.equal(stored, 2);
      foreign.do({ do: 'get', hash: KEY });
      await foreign.when('item', ({ value }) => value === VALUE);
      await one[Symbol.asyncDispose]();
      const item = await other.get({ type: 'immutable', key: keyOf(hex(KEY)) }, never);
      assert.deepEqual(item, { type: 'immutable', value: BENCODED });
    });

    test('an immutable item that it puts is got by us', async () => {
      await using stack = new AsyncDisposableStack();
      const [one, , foreign] = await openThree(stack, program);
      const stored = untilStored(one, 'storedItems');
      foreign.do({ do: 'put', value: VALUE });
      await stored;
      const item = await one.get({ type: 'immutable', key: keyOf(hex(KEY)) }, never);
      assert.deepEqual(item, { type: 'immutable', value: BENCODED });
    });
  });
}

describe('mutable items', { skip: libtorrentDht.skip, timeout: TIMEOUT_MS }, () => {
  test('one that libtorrent signs is got by us, salt and all', async () => {
    await using stack = new AsyncDisposableStack();
    const [one, , foreign] = await openThree(stack, libtorrentDht);
    const stored = untilStored(one, 'storedItems');
    foreign.do({
      do: 'put-mutable',
      secret: SECRET,
      public: PUBLIC,
      value: VALUE,
      salt: 'foobar',
    });
    await stored;
    const salt = encodeUtf8('foobar');
    const item = await one.get({ type: 'mutable', publicKey: hex(PUBLIC), salt }, never);
    assert.ok(item?.type === 'mutable');
    assert.deepEqual([item.value, item.sequence], [BENCODED, 1]);
  });

  test('one that we sign is got by libtorrent, and the newest of two', async () => {
    await using stack = new AsyncDisposableStack();
    const [one, , foreign] = await openThree(stack, libtorrentDht);
    const secret = new Uint8Array(32).fill(3);
    const salt = encodeUtf8('foobar');
    for (const sequence of [1, 2]) {
      const item = one.sign(secret, sequence, encodeUtf8(`1:${sequence}`), salt);
      assert.equal((await one.put(item, { signal: never })).stored, 2);
    }
    const item = one.sign(secret, 3, encodeUtf8('1:3'), salt);
    assert.ok(item.type === 'mutable');
    const key = Buffer.from(item.publicKey).toString('hex');
    foreign.do({ do: 'get-mutable', public: key, salt: 'foobar' });
    await foreign.when('mutable-item', ({ sequence, value }) => sequence === 2 && value === '2');
  });
});

describe('torrents behind a key (BEP 46)', { timeout: TIMEOUT_MS }, () => {
  const secret = new Uint8Array(32).fill(4);
  const salt = encodeUtf8('news');
  const publicKey = ports.ed25519.publicKey(secret);
  const name = { type: 'mutable', publicKey, salt } as const;
  const link = formatMagnet({
    publisher: { publicKey: publicKeyOf(publicKey), salt },
    trackers: [],
    webSeeds: [],
    peers: [],
  });

  async function putBy(dht: Dht, sequence: number): Promise<void> {
    const item = dht.sign(secret, sequence, encodeTorrentItem(INFO_HASH), salt);
    assert.equal((await dht.put(item, { signal: never })).stored, 2);
  }

  test(
    'one that we publish is read by libtorrent, and by us through libtorrent alone',
    { skip: libtorrentDht.skip },
    async () => {
      await using stack = new AsyncDisposableStack();
      const [one, other, foreign] = await openThree(stack, libtorrentDht);
      await putBy(one, 3);
      const key = Buffer.from(publicKey).toString('hex');
      foreign.do({ do: 'get-mutable', public: key, salt: 'news' });
      const { value } = await foreign.when('mutable-item', ({ sequence }) => sequence === 3);
      assert.match(String(value), new RegExp(`'ih': '${INFO_HASH}'`));
      await one[Symbol.asyncDispose]();
      const newest = await findNewest(parseMagnet(link), other, never);
      assert.deepEqual([newest?.infoHash, newest?.sequence], [INFO_HASH, 3]);
    },
  );

  test(
    'one that bittorrent-dht publishes is found by us, and one of ours by it',
    { skip: bittorrentDht.skip },
    async () => {
      await using stack = new AsyncDisposableStack();
      const [one, other, foreign] = await openThree(stack, bittorrentDht);
      foreign.do({
        do: 'put-torrent',
        secret: Buffer.from(secret).toString('hex'),
        public: Buffer.from(publicKey).toString('hex'),
        salt: 'news',
        sequence: 7,
        hash: INFO_HASH,
      });
      const { hash: target } = await foreign.when('put');
      assert.equal(target, itemKey(one.sign(secret, 1, BENCODED, salt), { sha1 }));
      const newest = await findNewest(parseMagnet(link), one, never);
      assert.deepEqual([newest?.infoHash, newest?.sequence], [INFO_HASH, 7]);
      const next = other.sign(secret, 8, encodeTorrentItem(OTHER_HASH), salt);
      await other.put(next, { cas: 7, signal: never });
      foreign.do({ do: 'get-torrent', target, salt: 'news' });
      const { hash } = await foreign.when('torrent', ({ sequence }) => sequence === 8);
      assert.equal(hash, OTHER_HASH);
      assert.deepEqual(await one.get(name, never), next);
    },
  );
});

describe(
  'samples of info hashes (BEP 51)',
  { skip: libtorrentDht.skip, timeout: TIMEOUT_MS },
  () => {
    test('libtorrent is asked for those that it stores, and not again within its interval', async () => {
      await using stack = new AsyncDisposableStack();
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const foreign = stack.use(await libtorrentDht.open(signal));
      const dht = stack.use(await openDht());
      dht.addNode({ host: '127.0.0.1', port: foreign.port });
      await untilKnown(dht, 1);
      await collect(dht, { announce: { port: 6_884, impliedPort: false, isSeed: true } });
      const walk = async (): Promise<DhtSample[]> => Array.fromAsync(dht.sample({ signal: never }));
      const samples = await walk();
      assert.deepEqual(
        samples.map(({ infoHashes, stored }) => ({ infoHashes, stored })),
        [{ infoHashes: [INFO_HASH], stored: 1 }],
      );
      assert.deepEqual(await walk(), []);
    });

    test('libtorrent gets those that we store', async () => {
      await using stack = new AsyncDisposableStack();
      const [one, other, foreign] = await openThree(stack, libtorrentDht);
      await collect(other, { announce: { port: 6_885, impliedPort: false, isSeed: true } });
      foreign.do({ do: 'sample', port: localOf(one).port, target: INFO_HASH });
      const { samples, stored, seconds } = await foreign.when('samples');
      assert.deepEqual([samples, stored, seconds], [[INFO_HASH], 1, 600]);
    });
  },
);

/** Resolves when something is stored with us. */
function untilStored(dht: Dht, what: 'storedPeers' | 'storedItems'): Promise<void> {
  return until(() => dht.stats[what] > 0);
}

/** Resolves when the other program has asked us whether we are there. */
function introduce(dht: Dht, foreign: ForeignNode): Promise<void> {
  const asked = dht.stats.counters.queriesIn;
  foreign.do({ do: 'add-node', port: localOf(dht).port });
  return until(() => dht.stats.counters.queriesIn > asked);
}

async function until(isReached: () => boolean): Promise<void> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  while (!isReached()) {
    signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
