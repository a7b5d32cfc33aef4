/** What strangers and liars can do to a node of the DHT. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeUtf8 } from '@coequal/base';
import type { Endpoint } from '@coequal/base';
import { encodeBencode } from '../../../src/core/bencode.ts';
import { DhtNode } from '../../../src/core/dht/dht-node.ts';
import type { DhtNodeOptions, DhtOutput } from '../../../src/core/dht/dht-types.ts';
import { decodeKrpc } from '../../../src/core/dht/krpc.ts';
import { encodeKrpc } from '../../../src/core/dht/krpc-encode.ts';
import type {
  KrpcAnswer,
  KrpcMessage,
  KrpcQuery,
  NodeContact,
} from '../../../src/core/dht/krpc-messages.ts';
import { keyBytes, keyOf, nodeIdFor, nodeIdOf } from '../../../src/core/dht/node-id.ts';
import type { NodeId } from '../../../src/core/dht/node-id.ts';
import { infoHashOf } from '../../../src/core/ids.ts';
import { crypto } from '../../dht/dht-network.ts';
import { seededRandom } from '../seeded-random.ts';

const INFO_HASH = infoHashOf(new Uint8Array(20).fill(0xaa));
const STRANGER = { host: '8.8.8.8', port: 6_881 };
const STRANGER_ID = nodeIdOf(new Uint8Array(20).fill(1));

const random = seededRandom(1);
const randomBytes = (length: number): Uint8Array =>
  Uint8Array.from({ length }, () => Math.floor(random() * 256));

function open(options: Partial<DhtNodeOptions> = {}): DhtNode {
  const own = nodeIdOf(new Uint8Array(20).fill(0xbb));
  return new DhtNode(
    {
      families: new Map([[4, own]]),
      crypto,
      randomBytes,
      randomNumber: random,
      acceptsPrivate: false,
      ...options,
    },
    0,
  );
}

interface Sent {
  readonly to: Endpoint;
  readonly message: ReturnType<typeof decodeKrpc>;
}

function sentIn(outputs: readonly DhtOutput[]): Sent[] {
  return outputs.flatMap((output) =>
    output.type === 'send' ? [{ to: output.to, message: decodeKrpc(output.bytes) }] : [],
  );
}

function send(node: DhtNode, message: KrpcMessage, from: Endpoint, now = 0): readonly DhtOutput[] {
  return node.step({ type: 'datagram', bytes: encodeKrpc(message), from }, now);
}

function ask(node: DhtNode, query: KrpcQuery, from = STRANGER, now = 0): Sent[] {
  const transactionId = encodeUtf8('xy');
  return sentIn(
    send(
      node,
      { type: 'query', transactionId, id: STRANGER_ID, isReadOnly: true, query },
      from,
      now,
    ),
  );
}

function answerTo(sent: readonly Sent[]): KrpcAnswer {
  const [first] = sent;
  assert.ok(first?.message.type === 'response');
  return first.message.answer;
}

function errorIn(sent: readonly Sent[]): number {
  const [first] = sent;
  assert.ok(first?.message.type === 'error');
  return first.message.code;
}

/** Lets a node into the table: it is asked, and answers. */
function admit(node: DhtNode, contact: NodeContact, now = 0): void {
  for (const { to, message } of sentIn(node.step({ type: 'add-node', node: contact }, now))) {
    if (message.type !== 'query' || to.host !== contact.host || to.port !== contact.port) continue;
    const { transactionId } = message;
    send(node, { type: 'response', transactionId, id: contact.id, answer: {} }, contact, now);
  }
}

function tableSize(node: DhtNode): number {
  return Array.from(node.homes, ({ table }) => table.size).reduce((sum, size) => sum + size, 0);
}

function getPeers(): KrpcQuery {
  return { method: 'get_peers', infoHash: INFO_HASH, noSeeds: false, scrape: false };
}

test('garbage, and what comes from addresses that cannot be, is not answered', () => {
  const node = open();
  for (let i = 0; i < 1_000; i++) {
    const bytes = randomBytes(i);
    assert.deepEqual(sentIn(node.step({ type: 'datagram', bytes, from: STRANGER }, 0)), []);
  }
  for (const host of ['127.0.0.1', '10.0.0.1', '192.168.1.1', '0.0.0.0', '224.0.0.1', '::1']) {
    assert.deepEqual(ask(node, { method: 'ping' }, { host, port: 6_881 }), []);
  }
  assert.deepEqual(ask(node, { method: 'ping' }, { host: '8.8.8.8', port: 0 }), []);
  assert.equal(node.counters.rejected, 1_007);
  assert.equal(ask(node, { method: 'ping' }).length, 1);
});

test('a flood of queries from one network is answered at a rate, and others still are', () => {
  const node = open();
  let answered = 0;
  for (let i = 0; i < 10_000; i++) {
    answered += ask(node, { method: 'ping' }, STRANGER, i / 10).length;
  }
  assert.ok(answered <= 40 + 10, `${answered} in a second`);
  assert.equal(ask(node, { method: 'ping' }, { host: '9.9.9.9', port: 1 }, 1_000).length, 1);
});

test('a flood from many networks is answered at a rate, too, and makes us ask few', () => {
  const node = open();
  let answered = 0;
  let asked = 0;
  for (let i = 0; i < 20_000; i++) {
    const from = {
      host: `${20 + (i % 100)}.${(i >> 8) & 255}.${i & 255}.1`,
      port: 1 + (i % 60_000),
    };
    const id = nodeIdOf(randomBytes(20));
    const message: KrpcMessage = {
      type: 'query',
      transactionId: encodeUtf8('xy'),
      id,
      isReadOnly: false,
      query: { method: 'ping' },
    };
    for (const { message: out } of sentIn(send(node, message, from, i / 20))) {
      if (out.type === 'query') asked += 1;
      else answered += 1;
    }
  }
  assert.ok(answered <= 1_000 + 1, `${answered} in a second`);
  assert.ok(asked <= 32, `${asked} asked`);
  assert.equal(tableSize(node), 0);
});

test('who announces or puts without the token of its address is refused', () => {
  const node = open();
  const { token } = answerTo(ask(node, getPeers()));
  assert.ok(token);
  const announce = {
    method: 'announce_peer',
    infoHash: INFO_HASH,
    port: 5,
    impliedPort: false,
    isSeed: false,
  } as const;
  assert.equal(errorIn(ask(node, { ...announce, token: new Uint8Array(8) })), 203);
  assert.equal(errorIn(ask(node, { ...announce, token }, { host: '9.9.9.9', port: 6_881 })), 203);
  const item = { type: 'immutable', value: encodeUtf8('1:a') } as const;
  assert.equal(errorIn(ask(node, { method: 'put', item, token: new Uint8Array(8) })), 203);
  assert.equal(node.stored.peers.peerCount, 0);
  assert.deepEqual(answerTo(ask(node, { ...announce, token })), {});
  assert.deepEqual(answerTo(ask(node, getPeers())).peers, [{ host: '8.8.8.8', port: 5 }]);
  const later = 11 * 60_000;
  assert.equal(errorIn(ask(node, { ...announce, token }, STRANGER, later)), 203);
  assert.equal(answerTo(ask(node, getPeers(), STRANGER, 36 * 60_000)).peers, undefined);
});

test('ports of one address, and peers of one info hash, are bounded', () => {
  const node = open();
  const { peers } = node.stored;
  for (let port = 1; port <= 1_000; port++) {
    peers.add(INFO_HASH, { host: '8.8.8.8', port }, false, 0);
  }
  assert.equal(peers.peerCount, 4);
  for (let i = 0; i < 2_000; i++) {
    peers.add(INFO_HASH, { host: `9.9.${i >> 8}.${i & 255}`, port: 1 }, false, 0);
  }
  assert.equal(peers.peerCount, 500);
  for (let i = 0; i < 10_000; i++) {
    peers.add(infoHashOf(randomBytes(20)), { host: '8.8.8.8', port: 1 }, false, 0);
  }
  assert.equal(peers.hashCount, 4_000);
  const [sent] = ask(node, getPeers());
  assert.ok(sent && sent.message.type === 'response');
});

test('items that are too long, wrongly signed or beyond the number kept are not stored', () => {
  const node = open({ crypto: { ...crypto, verify: () => false } });
  const { token } = answerTo(ask(node, getPeers()));
  assert.ok(token);
  const value = encodeBencode(new Uint8Array(1_000));
  assert.equal(
    errorIn(ask(node, { method: 'put', item: { type: 'immutable', value }, token })),
    205,
  );
  const mutable = {
    type: 'mutable',
    value: encodeUtf8('1:a'),
    publicKey: new Uint8Array(32),
    salt: new Uint8Array(0),
    sequence: 1,
    signature: new Uint8Array(64),
  } as const;
  assert.equal(errorIn(ask(node, { method: 'put', item: mutable, token })), 206);
  const long = { ...mutable, salt: new Uint8Array(65) };
  assert.equal(errorIn(ask(node, { method: 'put', item: long, token })), 207);
  for (let i = 0; i < 3_000; i++) {
    node.stored.items.put({ type: 'immutable', value: encodeUtf8(`i${i}e`) }, undefined, 0);
  }
  assert.equal(node.stored.items.size, 2_000);
  node.step({ type: 'timeout' }, 3 * 3_600_000);
  assert.equal(node.stored.items.size, 0);
});

test('an answer with another transaction id, or from another address, is none', () => {
  const node = open();
  const outputs = sentIn(node.step({ type: 'add-node', node: STRANGER }, 0));
  const query = outputs.find(({ to }) => to.host === STRANGER.host)?.message;
  assert.ok(query?.type === 'query');
  const { transactionId } = query;
  const answer = (id: Uint8Array, from: Endpoint): void =>
    void send(node, { type: 'response', transactionId: id, id: STRANGER_ID, answer: {} }, from);
  answer(transactionId.with(0, (transactionId[0] ?? 0) ^ 1), STRANGER);
  answer(transactionId, { host: '9.9.9.9', port: 6_881 });
  answer(transactionId, { ...STRANGER, port: 6_882 });
  assert.equal(tableSize(node), 0);
  answer(transactionId, STRANGER);
  assert.equal(tableSize(node), 1);
  answer(transactionId, STRANGER);
  assert.equal(node.counters.rejected, 4);
});

test('nodes by the thousand at one address, or in one network, get few places', () => {
  const node = open();
  for (let i = 0; i < 1_000; i++) {
    const id = nodeIdOf(randomBytes(20));
    admit(node, { id, host: '8.8.8.8', port: 1_000 + i }, i * 10_000);
    admit(node, { id: nodeIdOf(randomBytes(20)), host: `7.7.7.${i & 255}`, port: 1 }, i * 10_000);
  }
  assert.ok(tableSize(node) <= 1 + 4, `${tableSize(node)} nodes`);
});

test('nodes whose id is not of their address give way to those whose id is', () => {
  const node = open();
  const far = (id: NodeId): NodeId => nodeIdOf(keyBytes(id).with(0, 0x11));
  for (let i = 0; i < 20; i++) {
    admit(node, { id: far(nodeIdOf(randomBytes(20))), host: `8.8.${i}.8`, port: 1 }, 0);
  }
  assert.equal(tableSize(node), 8);
  let wanted = 0;
  for (let i = 0; i < 200; i++) {
    const host = `9.9.${i}.9`;
    const id = nodeIdFor(host, randomBytes(20));
    if (id[0] === 'b') continue;
    admit(node, { id, host, port: 1 }, 0);
    wanted += 1;
  }
  assert.ok(wanted > 8);
  const [family] = node.homes;
  assert.ok(family);
  const good = [...family.table.nodes()].filter(({ isOfAddress }) => isOfAddress);
  assert.ok(good.length >= 8, `${good.length} of ${tableSize(node)}`);
});

test('lists of made-up nodes cost a bounded number of queries, and none to where nobody can be', () => {
  const node = open();
  admit(node, { id: STRANGER_ID, ...STRANGER });
  const asked: Endpoint[] = [];
  let isOver = false;
  let queue = [
    ...node.step(
      {
        type: 'search',
        searchId: 1,
        spec: { type: 'get-peers', infoHash: INFO_HASH, noSeeds: false, scrape: false },
      },
      0,
    ),
  ];
  for (let now = 0; now < 600_000 && !isOver; now += 250) {
    const next: DhtOutput[] = [];
    for (const output of queue) {
      if (output.type === 'done') isOver = true;
      if (output.type !== 'send') continue;
      const message = decodeKrpc(output.bytes);
      if (message.type !== 'query') continue;
      asked.push(output.to);
      // every one answers, under the name it was told by or not, with sixteen more that are ever nearer
      const made = Array.from({ length: 16 }, (_, i) => ({
        id: nodeIdOf(keyBytes(INFO_HASH).with(19 - (i % 8), Math.floor(random() * 256))),
        host:
          i === 0
            ? '10.0.0.1'
            : i === 1
              ? '127.0.0.1'
              : `${20 + Math.floor(random() * 100)}.${i}.${Math.floor(random() * 256)}.1`,
        port: i === 2 ? 0 : 1,
      }));
      const peers = Array.from({ length: 100 }, (_, i) => ({
        host: `30.${i}.${asked.length & 255}.1`,
        port: 1 + asked.length,
      }));
      const { transactionId } = message;
      const id = nodeIdOf(
        keyBytes(INFO_HASH)
          .with(18, asked.length & 255)
          .with(17, asked.length >> 8),
      );
      next.push(
        ...send(
          node,
          {
            type: 'response',
            transactionId,
            id,
            answer: { nodes: made, peers, token: new Uint8Array(8) },
          },
          output.to,
          now,
        ),
      );
    }
    queue = [...next, ...node.step({ type: 'timeout' }, now + 250)];
  }
  assert.equal(isOver, true);
  assert.ok(asked.length >= 20, `${asked.length} asked`);
  assert.ok(asked.length <= 700, `${asked.length} asked`);
  assert.ok(
    asked.every(({ host, port }) => host !== '10.0.0.1' && host !== '127.0.0.1' && port !== 0),
  );
});

test('nodes that all fail at once, because we are away, are asked again when we are back', () => {
  const node = open();
  for (let i = 0; i < 5; i++) {
    admit(node, { id: nodeIdOf(randomBytes(20)), host: `8.8.${i}.8`, port: 1 }, 0);
  }
  for (let now = 0; now < 3 * 60_000; now += 1_000) node.step({ type: 'timeout' }, now);
  assert.equal(tableSize(node), 5);
  const spec = { type: 'find-node', target: keyOf(new Uint8Array(20)) } as const;
  const outputs = node.step({ type: 'search', searchId: 1, spec }, 3 * 60_000);
  assert.ok(sentIn(outputs).length >= 4);
});

test('one word on our address is not believed, that of four networks is', () => {
  const node = open();
  const seenAs = { host: '99.1.2.3', port: 1 };
  const [family] = node.homes;
  assert.ok(family);
  const before = family.id;
  for (let i = 0; i < 4; i++) {
    assert.equal(family.id, before);
    const contact = { host: `8.8.${i}.8`, port: 1 };
    for (const { to, message } of sentIn(node.step({ type: 'add-node', node: contact }, 0))) {
      if (message.type !== 'query' || to.host !== contact.host) continue;
      const { transactionId } = message;
      const id = nodeIdOf(randomBytes(20));
      send(node, { type: 'response', transactionId, id, answer: {}, seenAs }, contact);
    }
  }
  assert.equal(family.address, '99.1.2.3');
  assert.notEqual(family.id, before);
});

test('it says that it is read-only when no stranger has reached it for long, and not once one has', () => {
  const node = open();
  assert.equal(node.isReadOnly(0), false);
  assert.equal(node.isReadOnly(11 * 60_000), true);
  ask(node, { method: 'ping' }, STRANGER, 12 * 60_000);
  assert.equal(node.isReadOnly(12 * 60_000), false);
  assert.equal(open({ isReadOnly: true }).isReadOnly(0), true);
  assert.deepEqual(ask(open({ isReadOnly: true }), { method: 'ping' }), []);
});

test('searches beyond those that may wait are refused', () => {
  const node = open();
  admit(node, { id: STRANGER_ID, ...STRANGER });
  let refused = 0;
  for (let searchId = 1; searchId <= 3_000; searchId++) {
    const spec = { type: 'find-node', target: keyOf(randomBytes(20)) } as const;
    const outputs = node.step({ type: 'search', searchId, spec }, 0);
    refused += outputs.filter(({ type }) => type === 'refused').length;
  }
  assert.ok(node.searchCount <= 2_000 + 24 + 1);
  assert.ok(refused >= 900);
});
