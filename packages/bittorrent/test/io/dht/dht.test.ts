/** Whole nodes over real sockets on loopback. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { encodeUtf8 } from '@coequal/base';
import type { Datagram } from '@coequal/base';
import { isKrpc } from '../../../src/core/dht/krpc.ts';
import { keyOf } from '../../../src/core/dht/node-id.ts';
import type { Dht } from '../../../src/io/dht/dht.ts';
import {
  collect,
  INFO_HASH,
  LOCAL,
  localOf,
  never,
  openDht,
  ports,
  untilKnown,
} from './open-dht.ts';

const LOCAL_6 = { host: '::1', port: 0 };

/** The first is a node of all others. */
async function openMany(stack: AsyncDisposableStack, count: number): Promise<Dht[]> {
  const first = stack.use(await openDht());
  const others = Array.from({ length: count - 1 }, () => openDht({ bootstrap: [localOf(first)] }));
  const nodes = [first];
  for (const other of others) nodes.push(stack.use(await other));
  await Promise.all(nodes.slice(1).map((node) => untilKnown(node, 1)));
  return nodes;
}

test('a peer that one node announces is found by another through a third', async () => {
  await using stack = new AsyncDisposableStack();
  const [, giver, taker] = await openMany(stack, 3);
  assert.ok(giver && taker);
  const announced = await collect(giver, {
    announce: { port: 6881, impliedPort: false, isSeed: true },
  });
  assert.deepEqual(announced.peers, []);
  assert.ok(announced.summary.stored >= 1);
  const { peers } = await collect(taker);
  assert.deepEqual(peers, [{ host: '127.0.0.1', port: 6881 }]);
  assert.deepEqual((await collect(taker, { noSeeds: true })).peers, []);
  const { scraped } = (await collect(taker, { scrape: true })).summary;
  assert.deepEqual(scraped, { seeds: 1, downloaders: 0 });
});

test('an implied port is that of the socket', async () => {
  await using stack = new AsyncDisposableStack();
  const [, giver, taker] = await openMany(stack, 3);
  assert.ok(giver && taker);
  await collect(giver, { announce: { port: 1, impliedPort: true, isSeed: false } });
  assert.deepEqual((await collect(taker)).peers, [localOf(giver)]);
});

test('items are put and got, and a newer one replaces an older', async () => {
  await using stack = new AsyncDisposableStack();
  const [, giver, taker] = await openMany(stack, 5);
  assert.ok(giver && taker);
  const value = encodeUtf8('12:Hello World!');
  assert.ok((await giver.put({ type: 'immutable', value }, { signal: never })).stored >= 1);
  const key = keyOf(createHash('sha1').update(value).digest());
  assert.deepEqual(await taker.get({ type: 'immutable', key }, never), {
    type: 'immutable',
    value,
  });
  const secret = new Uint8Array(32).fill(7);
  const salt = encodeUtf8('news');
  const publicKey = ports.ed25519.publicKey(secret);
  const name = { type: 'mutable', publicKey, salt } as const;
  assert.equal(await taker.get(name, never), undefined);
  for (const sequence of [1, 2]) {
    const item = giver.sign(secret, sequence, encodeUtf8(`i${sequence}e`), salt);
    assert.ok((await giver.put(item, { signal: never })).stored >= 1);
    assert.deepEqual(await taker.get(name, never), item);
  }
  const old = giver.sign(secret, 1, encodeUtf8('i1e'), salt);
  await assert.rejects(giver.put(old, { signal: never }), { code: 'DHT_OLD_SEQUENCE' });
  const late = giver.sign(secret, 3, encodeUtf8('i3e'), salt);
  await assert.rejects(giver.put(late, { cas: 1, signal: never }), { code: 'DHT_CAS_MISMATCH' });
  assert.ok((await giver.put(late, { cas: 2, signal: never })).stored >= 1);
});

test('over IPv6 as well, and each family tells of nodes of both', async () => {
  await using stack = new AsyncDisposableStack();
  const both = { sockets: [LOCAL, LOCAL_6] };
  const first = stack.use(await openDht(both));
  const giver = stack.use(await openDht({ ...both, bootstrap: first.locals }));
  const taker = stack.use(await openDht({ ...both, bootstrap: first.locals }));
  for (const each of [giver, taker]) {
    await untilKnown(each, 1);
    while (each.stats.nodes.some(({ known }) => known === 0)) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  await collect(giver, { announce: { port: 6881, impliedPort: false, isSeed: false } });
  const { peers } = await collect(taker);
  assert.deepEqual(
    new Set(peers.map(({ host, port }) => `${host} ${port}`)),
    new Set(['127.0.0.1 6881', '::1 6881']),
  );
});

test('it runs on a socket that another has opened, and takes only what is for it', async () => {
  await using stack = new AsyncDisposableStack();
  const [first] = await openMany(stack, 2);
  assert.ok(first);
  let dht: Dht | undefined;
  const onDatagrams = (batch: readonly Datagram[]): void => {
    for (const datagram of batch) if (isKrpc(datagram.bytes)) dht?.receive(datagram, socket.local);
  };
  const socket = stack.use(await ports.net.udp(LOCAL, onDatagrams, never));
  dht = stack.use(await openDht({ sockets: [socket], bootstrap: [localOf(first)] }));
  await untilKnown(dht, 2);
  assert.deepEqual(dht.locals, [socket.local]);
});

test('what it knew is where the next run begins', async () => {
  await using stack = new AsyncDisposableStack();
  const nodes = await openMany(stack, 4);
  const last = nodes.at(-1);
  assert.ok(last);
  await untilKnown(last, 3);
  const state = last.exportState();
  const [before] = last.stats.nodes;
  await last[Symbol.asyncDispose]();
  const again = stack.use(await openDht({ state }));
  assert.equal(again.stats.nodes[0]?.id, before?.id);
  await untilKnown(again, 3);
});

test('a damaged state is as none', async () => {
  await using dht = await openDht({ state: encodeUtf8('d7:versioni1e4:ipv4de') });
  assert.equal(dht.stats.status, 'alone');
});

test('a search that is aborted rejects, as those of a closed DHT do', async () => {
  await using stack = new AsyncDisposableStack();
  const [, node] = await openMany(stack, 2);
  assert.ok(node);
  const abort = new AbortController();
  const search = node.peers(INFO_HASH, { signal: abort.signal });
  abort.abort(new Error('enough'));
  await assert.rejects(search.next(), /enough/);
  const name = { type: 'immutable', key: keyOf(new Uint8Array(20)) } as const;
  const other = assert.rejects(node.get(name, never), { code: 'DHT_CLOSED' });
  await node[Symbol.asyncDispose]();
  await other;
  await assert.rejects(node.get(name, never), { code: 'DHT_CLOSED' });
});

test('a node that is read-only answers nobody and gets into no table', async () => {
  await using stack = new AsyncDisposableStack();
  const [first] = await openMany(stack, 2);
  assert.ok(first);
  const shy = stack.use(await openDht({ isReadOnly: true, bootstrap: [localOf(first)] }));
  await untilKnown(shy, 2);
  await collect(shy);
  assert.equal(first.stats.nodes[0]?.known, 1);
});

test('at several addresses it is a node at each (BEP 45)', async () => {
  await using stack = new AsyncDisposableStack();
  const [first] = await openMany(stack, 2);
  assert.ok(first);
  const sockets = ['127.0.0.1', '127.0.0.2'].map((host) => ({ host, port: 0 }));
  const dht = stack.use(await openDht({ sockets, bootstrap: [localOf(first)] }));
  await untilKnown(dht, 2);
  const { nodes } = dht.stats;
  assert.deepEqual(
    nodes.map(({ local }) => local),
    ['127.0.0.1', '127.0.0.2'],
  );
  assert.notEqual(nodes[0]?.id, nodes[1]?.id);
  await collect(dht, { announce: { port: 6881, impliedPort: false, isSeed: false } });
  const [peer] = (await collect(first)).peers;
  assert.ok(nodes.some(({ local }) => local === peer?.host));
});

test('what cannot be stored is said before anybody is asked, and that nobody is there', async () => {
  await using dht = await openDht();
  const secret = new Uint8Array(32).fill(9);
  const long = encodeUtf8(`997:${'a'.repeat(997)}`);
  const put = (value: Uint8Array): Promise<unknown> =>
    dht.put({ type: 'immutable', value }, { signal: never });
  await assert.rejects(put(long), { code: 'DHT_ITEM_TOO_LONG' });
  await assert.rejects(put(encodeUtf8('Hello')), { code: 'DHT_ITEM_INVALID' });
  await assert.rejects(put(encodeUtf8(`996:${'a'.repeat(996)}`)), { code: 'DHT_NO_NODES' });
  const salted = dht.sign(secret, 1, encodeUtf8('i1e'), new Uint8Array(65));
  await assert.rejects(dht.put(salted, { signal: never }), { code: 'DHT_SALT_TOO_LONG' });
  const negative = dht.sign(secret, -1, encodeUtf8('i1e'));
  await assert.rejects(dht.put(negative, { signal: never }), { code: 'DHT_ITEM_INVALID' });
  const item = dht.sign(secret, 1, encodeUtf8('i1e'));
  await assert.rejects(dht.get(dht.nameOf(item), never), { code: 'DHT_NO_NODES' });
});

test('a walk through the DHT gives each info hash once, and does not ask again at once', async () => {
  await using stack = new AsyncDisposableStack();
  const [, giver, taker] = await openMany(stack, 6);
  assert.ok(giver && taker);
  await collect(giver, { announce: { port: 6881, impliedPort: false, isSeed: true } });
  const walk = async (): Promise<{ infoHashes: string[]; givers: number | undefined }> => {
    const infoHashes: string[] = [];
    const samples = taker.sample({ signal: never });
    for (;;) {
      const next = await samples.next();
      if (next.done === true) return { infoHashes, givers: next.value.sampled?.givers };
      infoHashes.push(...next.value.infoHashes);
    }
  };
  assert.deepEqual(await walk(), { infoHashes: [INFO_HASH], givers: 5 });
  assert.deepEqual(await walk(), { infoHashes: [], givers: 0 });
});
