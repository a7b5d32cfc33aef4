/** A computer with several addresses is several nodes (BEP 45), on virtual time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Millis } from '@coequal/base';
import { DhtNode } from '../../src/core/dht/dht-node.ts';
import { decodeKrpc } from '../../src/core/dht/krpc.ts';
import { encodeKrpc } from '../../src/core/dht/krpc-encode.ts';
import type { KrpcMessage } from '../../src/core/dht/krpc-messages.ts';
import { isIdOfAddress, nodeIdOf, sharedPrefixBits } from '../../src/core/dht/node-id.ts';
import { infoHashOf } from '../../src/core/ids.ts';
import { seededRandom } from '../core/seeded-random.ts';
import { crypto, DhtNetwork } from './dht-network.ts';
import type { SimNode } from './dht-network.ts';

/** The last two differ only in bits that BEP 42 leaves out. */
const HOSTS = ['99.1.1.1', '151.2.2.2', '147.2.2.2'] as const;
const PORT = 6_881;
const NODES = 30;
const KEPT = nodeIdOf(new Uint8Array(20).fill(0xbb));
const INFO_HASH = infoHashOf(new Uint8Array(20).fill(0xaa));
const SECONDS = 1_000;

const random = seededRandom(1);

function openNode(hosts: readonly string[] = HOSTS): DhtNode {
  return new DhtNode(
    {
      families: new Map([[4, KEPT]]),
      addresses: new Map([[4, hosts]]),
      crypto,
      randomBytes: (length) => Uint8Array.from({ length }, () => Math.floor(random() * 256)),
      randomNumber: random,
      acceptsPrivate: false,
    },
    0,
  );
}

/** A network in which one node is at all of `HOSTS`, and has joined. */
function openNetwork(): { network: DhtNetwork; node: SimNode } {
  const network = new DhtNetwork(1);
  network.grow(NODES, 50);
  const addresses = new Map([[4, HOSTS]] as const);
  const node = network.add({ addresses }, { host: HOSTS[0], port: PORT });
  network.run(60 * SECONDS);
  return { network, node };
}

/** How many nodes took the first announce. */
async function announce(network: DhtNetwork, node: SimNode): Promise<number> {
  const peer = { port: PORT, impliedPort: false, isSeed: false };
  const search = network.search(node, { ...GET_PEERS, announce: peer });
  network.run(60 * SECONDS);
  return (await search).summary.stored;
}

const GET_PEERS = {
  type: 'get-peers',
  infoHash: INFO_HASH,
  noSeeds: false,
  scrape: false,
} as const;

async function find(network: DhtNetwork): Promise<readonly string[]> {
  const [first] = network.nodes;
  assert.ok(first);
  const search = network.search(first, GET_PEERS);
  network.run(30 * SECONDS);
  return (await search).peers.map(({ host }) => host).toSorted();
}

test('each address has an id of its own, far from the others, and the same in the next run', () => {
  const ids = Array.from(openNode().homes, ({ id }) => id);
  assert.equal(ids.length, HOSTS.length);
  for (const [index, id] of ids.entries()) {
    assert.ok(isIdOfAddress(id, HOSTS[index] ?? ''), id);
    for (const other of ids.slice(index + 1)) assert.ok(sharedPrefixBits(id, other) < 21);
  }
  assert.deepEqual(
    Array.from(openNode().homes, ({ id }) => id),
    ids,
  );
});

test('what comes to one address is answered from it, under its id', () => {
  const node = openNode();
  const ping: KrpcMessage = {
    type: 'query',
    transactionId: Uint8Array.of(1),
    id: nodeIdOf(new Uint8Array(20)),
    isReadOnly: true,
    query: { method: 'ping' },
  };
  const homes = [...node.homes];
  for (const [index, at] of HOSTS.entries()) {
    const from = { host: '8.8.8.8', port: PORT };
    const outputs = node.step({ type: 'datagram', bytes: encodeKrpc(ping), from, at }, 0);
    const [sent] = outputs.filter((output) => output.type === 'send');
    assert.ok(sent);
    assert.equal(sent.at, at);
    const answer = decodeKrpc(sent.bytes);
    assert.ok(answer.type === 'response');
    assert.equal(answer.id, homes[index]?.id);
  }
});

test('an answer to another address than it was asked from is none', () => {
  const node = openNode();
  const contact = { host: '8.8.8.8', port: PORT };
  const outputs = node.step({ type: 'add-node', node: contact }, 0);
  const sent = outputs.find((output) => output.type === 'send');
  assert.ok(sent);
  const query = decodeKrpc(sent.bytes);
  assert.ok(query.type === 'query');
  const { transactionId } = query;
  const id = nodeIdOf(new Uint8Array(20).fill(7));
  const answer = { type: 'response', transactionId, id, answer: {} } as const;
  const bytes = encodeKrpc(answer);
  const known = (): number =>
    Array.from(node.homes).reduce((sum, { table }) => sum + table.size, 0);
  for (const at of HOSTS.filter((host) => host !== sent.at)) {
    node.step({ type: 'datagram', bytes, from: contact, at }, 1);
  }
  assert.equal(known(), 0);
  node.step({ type: 'datagram', bytes, from: contact, at: sent.at }, 2);
  assert.equal(known(), 1);
});

test('all of them join by one contact, and others know each of them', () => {
  const { network, node } = openNetwork();
  const homes = [...node.machine.homes];
  for (const { table, address, at } of homes) {
    assert.ok(table.size >= 8, `${table.size}`);
    assert.equal(address, at);
  }
  for (const { at, id } of homes) {
    const others = network.nodes.filter((each) => each !== node);
    const tables = others.flatMap(({ machine }) => Array.from(machine.homes, ({ table }) => table));
    const knowing = tables.filter((table) =>
      [...table.nodes()].some((each) => each.host === at && each.id === id),
    );
    assert.ok(knowing.length >= 10, `${at} is known to ${knowing.length}`);
  }
});

test('a torrent is announced from each address, and nobody is asked for it by two of them at once', async () => {
  const { network, node } = openNetwork();
  const lastAsked = new Map<string, { readonly host: string; readonly at: Millis }>();
  network.onSend = (bytes, from, to) => {
    if (!HOSTS.some((host) => host === from.host)) return;
    if (!isAboutTorrent(bytes)) return;
    const key = `${to.host} ${to.port}`;
    const last = lastAsked.get(key);
    const isByAnother = last !== undefined && last.host !== from.host;
    assert.ok(!isByAnother || network.now - last.at >= 4 * SECONDS);
    lastAsked.set(key, { host: from.host, at: network.now });
  };
  await announce(network, node);
  network.onSend = undefined;
  assert.deepEqual(await find(network), HOSTS.toSorted());
});

test('what is announced after one address has gone is found at the others', async () => {
  const { network, node } = openNetwork();
  network.cut.add(HOSTS[1]);
  // until it has asked often enough in vain: what others of its table heard lately is taken to be there
  network.run(20 * 60 * SECONDS);
  const gone = [...node.machine.homes].find(({ at }) => at === HOSTS[1]);
  assert.equal(gone?.isWorking, false);
  assert.ok(gone.table.size > 0, 'whom it knows is not blamed for it');
  for (let i = 0; i < 4; i++) assert.ok((await announce(network, node)) > 0);
  assert.deepEqual(await find(network), [HOSTS[0], HOSTS[2]].toSorted());
  network.cut.clear();
  network.run(20 * 60 * SECONDS);
  assert.equal(gone.isWorking, true);
});

function isAboutTorrent(bytes: Uint8Array): boolean {
  const message = decodeKrpc(bytes);
  return message.type === 'query' && 'infoHash' in message.query;
}
