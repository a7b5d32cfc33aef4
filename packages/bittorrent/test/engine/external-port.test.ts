/** Behind a router that lets peers in at another port than we listen at: who is told which. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Ports } from '@coequal/base';
import { encodeBencode } from '../../src/core/bencode.ts';
import { isKrpc } from '../../src/core/dht/krpc.ts';
import { nodeIdOf } from '../../src/core/dht/node-id.ts';
import { Search } from '../../src/core/dht/search.ts';
import { infoHashOf } from '../../src/core/ids.ts';
import {
  decodeExtendedHandshake,
  encodeExtendedHandshake,
  EXTENDED_HANDSHAKE_ID,
} from '../../src/core/wire/extension-protocol.ts';
import { decodePexMessage } from '../../src/core/wire/pex-message.ts';
import { crypto } from '../dht/dht-network.ts';
import { noteDatagrams } from '../wrapped-ports.ts';
import { Lab, PORT } from './lab.ts';
import type { LabNode } from './lab.ts';
import { RawPeer } from './raw-peer.ts';

const MINUTE = 60_000;
const EXTERNAL = 50_000;
/** By which the raw peers here take `ut_pex`. */
const PEX_ID = 9;

async function dial(lab: Lab, node: LabNode, address: string): Promise<RawPeer> {
  const host = lab.world.host({ name: address, address });
  const peer = await lab.run(() => RawPeer.dial(host, node.endpoint));
  peer.greet(lab.infoHash);
  introduce(peer, PORT);
  await lab.until(() => portsToldTo(peer).length > 0);
  return peer;
}

function introduce(peer: RawPeer, port: number): void {
  const extensions = new Map([['ut_pex', PEX_ID]]);
  const payload = encodeExtendedHandshake({ extensions, port });
  peer.send({ type: 'extended', id: EXTENDED_HANDSHAKE_ID, payload });
}

function portsToldTo({ messages }: RawPeer): readonly (number | undefined)[] {
  return messages.flatMap((message) =>
    message.type === 'extended' && message.id === EXTENDED_HANDSHAKE_ID
      ? [decodeExtendedHandshake(message.payload).port]
      : [],
  );
}

test('peers of the internet are told the external port, at once, and neighbours our own', async () => {
  await using lab = await Lab.open({ content: 100_000 });
  const node = await lab.leech('node');
  const far = await dial(lab, node, '198.51.100.9');
  const near = await dial(lab, node, '10.9.9.9');
  node.engine.setExternalPort(4, EXTERNAL);
  await lab.world.pass(1_000);
  const later = await dial(lab, node, '198.51.100.10');
  assert.deepEqual(portsToldTo(far), [PORT, EXTERNAL]);
  assert.deepEqual(portsToldTo(near), [PORT, PORT]);
  assert.deepEqual(portsToldTo(later), [EXTERNAL]);
  node.engine.setExternalPort(4, undefined);
  await lab.world.pass(1_000);
  assert.deepEqual(portsToldTo(later), [EXTERNAL, PORT]);
});

test('trackers are told of it without waiting for their interval, but not one in the own network', async () => {
  await using lab = await Lab.open({ content: 100_000 });
  const told: string[] = [];
  for (const tracker of ['http://tracker.test', 'http://10.9.9.9'])
    lab.world.serveHttp(tracker, ({ url }) => {
      told.push(`${tracker} ${new URL(url).searchParams.get('port')}`);
      return {
        body: encodeBencode({ interval: 1_800, 'min interval': 900, peers: new Uint8Array() }),
      };
    });
  for (const tracker of ['http://tracker.test', 'http://10.9.9.9']) {
    const source = `magnet:?xt=urn:btih:${lab.infoHash}&tr=${tracker}/announce`;
    const node = await lab.leech(tracker, [], { source, add: { useTrackers: true } });
    await lab.world.pass(MINUTE);
    node.engine.setExternalPort(4, EXTERNAL);
    await lab.world.pass(MINUTE);
    await lab.run(() => node.dispose());
  }
  assert.deepEqual(told, [
    `http://tracker.test ${PORT}`,
    `http://tracker.test ${EXTERNAL}`,
    `http://tracker.test ${EXTERNAL}`, // stopped
    `http://10.9.9.9 ${PORT}`,
    `http://10.9.9.9 ${PORT}`,
    `http://10.9.9.9 ${PORT}`,
  ]);
});

test('a tracker that has addresses of both families is told the port of each over each', async () => {
  await using lab = await Lab.open({ content: 100_000 });
  const told: string[] = [];
  lab.world.names.set('tracker.test', ['198.51.100.5', '2001:db8::5']);
  lab.world.serveHttp('http://tracker.test', ({ url, family }) => {
    const event = url.searchParams.get('event') ?? '';
    told.push(`IPv${family} ${url.searchParams.get('port')} ${event}`.trim());
    return {
      body: encodeBencode({ interval: 1_800, 'min interval': 900, peers: new Uint8Array() }),
    };
  });
  const source = `magnet:?xt=urn:btih:${lab.infoHash}&tr=http://tracker.test/announce`;
  const node = await lab.leech('node', [], { source, add: { useTrackers: true } });
  await lab.world.pass(MINUTE);
  node.engine.setExternalPort(4, EXTERNAL);
  await lab.world.pass(MINUTE);
  await lab.run(() => node.dispose());
  const both = (port4: number, event: string): string[] =>
    [`IPv4 ${port4} ${event}`, `IPv6 ${PORT} ${event}`].map((each) => each.trim());
  assert.deepEqual(
    [0, 2, 4].map((at) => told.slice(at, at + 2).toSorted()),
    [both(PORT, 'started'), both(EXTERNAL, ''), both(EXTERNAL, 'stopped')],
  );
});

test('the DHT is told of it at once, and not to take the port that it sees', async () => {
  await using lab = await Lab.open({ content: 100_000 });
  const isPrivateNetwork = true;
  const other = `magnet:?xt=urn:btih:${lab.infoHash.slice(2)}00`;
  const contact = await lab.leech('contact', [], {
    source: other,
    engine: { discovery: { isPrivateNetwork } },
  });
  const announces: string[] = [];
  const wrap = (ports: Ports): Ports =>
    noteDatagrams(ports, (bytes) => {
      const text = Buffer.from(bytes).toString('latin1');
      if (!isKrpc(bytes) || !text.includes('announce_peer')) return;
      const [, implied] = /implied_porti(\d)e/.exec(text) ?? [];
      const [, port] = /4:porti(\d+)e/.exec(text) ?? [];
      announces.push(`${port} ${implied ?? '0'}`);
    });
  const discovery = { dhtBootstrap: [contact.endpoint], isPrivateNetwork };
  const node = await lab.leech('node', [], { engine: { discovery }, wrap });
  await lab.world.pass(MINUTE);
  const before = announces.splice(0);
  assert.ok(before.length > 0 && before.every((each) => each === `${PORT} 1`), before.join());
  node.engine.setExternalPort(4, EXTERNAL);
  await lab.world.pass(5_000);
  assert.ok(announces.length > 0);
  assert.deepEqual([...new Set(announces)], [`${EXTERNAL} 0`]);
});

test('peers of the internet are told the external port of our node in the DHT, too', async () => {
  await using lab = await Lab.open({ content: 100_000 });
  const discovery = { isPrivateNetwork: true };
  const node = await lab.leech('node', [], { engine: { discovery } });
  node.engine.setExternalPort(4, EXTERNAL);
  const told: number[] = [];
  for (const address of ['198.51.100.9', '10.9.9.9']) {
    const host = lab.world.host({ name: address, address });
    const peer = await lab.run(() => RawPeer.dial(host, node.endpoint));
    peer.greet(lab.infoHash, { dht: true });
    await lab.until(() => peer.count('port') > 0);
    told.push(...peer.messages.flatMap((each) => (each.type === 'port' ? each.port : [])));
  }
  assert.deepEqual(told, [EXTERNAL, PORT]);
});

test('nodes of IPv6 are told the port of IPv6', () => {
  const token = new Uint8Array(4);
  const known = [
    { id: nodeIdOf(new Uint8Array(20).fill(4)), host: '198.51.100.4', port: 1 },
    { id: nodeIdOf(new Uint8Array(20).fill(6)), host: '2001:4860::6', port: 1 },
  ] as const;
  const own = ([4, 6] as const).map((family, index) => ({
    family,
    id: nodeIdOf(new Uint8Array(20)),
    known: known.slice(index, index + 1),
  }));
  const over6 = { port: PORT, impliedPort: true };
  const announce = { port: EXTERNAL, impliedPort: false, isSeed: false, over6 };
  const infoHash = infoHashOf(new Uint8Array(20).fill(1));
  const spec = { type: 'get-peers', infoHash, noSeeds: false, scrape: false, announce } as const;
  const search = new Search(spec, own, crypto, false);
  for (const { family, candidate } of search.next()) {
    assert.ok(candidate);
    const id = known.find(({ host }) => host === candidate.host)?.id;
    assert.ok(id);
    search.answered(family, candidate, id, { token });
  }
  const told = search.next().map(({ family, query }) => {
    assert.ok(query.method === 'announce_peer');
    return [family, query.port, query.impliedPort];
  });
  assert.deepEqual(told, [
    [4, EXTERNAL, false],
    [6, PORT, true],
  ]);
});

test('a peer that tells of another port is known by that one alone', async () => {
  await using lab = await Lab.open({ content: 100_000 });
  const hub = await lab.leech('hub', [], { engine: { discovery: true } });
  const moving = await dial(lab, hub, '198.51.100.9');
  for (let port = EXTERNAL - 500; port <= EXTERNAL; port++) introduce(moving, port);
  const asker = await dial(lab, hub, '198.51.100.10');
  await lab.world.pass(2 * MINUTE);
  const heard = asker.messages.flatMap((message) =>
    message.type === 'extended' && message.id === PEX_ID
      ? decodePexMessage(message.payload).added.map(({ endpoint }) => endpoint)
      : [],
  );
  assert.deepEqual(heard, [{ host: '198.51.100.9', port: EXTERNAL }]);
  assert.equal(hub.torrent.swarm.dialer.pool.size, 2);
});
