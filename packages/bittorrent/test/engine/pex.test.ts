import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Endpoint, Ports } from '@coequal/base';
import type { SimHost } from '@coequal/simulator';
import {
  encodeExtendedHandshake,
  EXTENDED_HANDSHAKE_ID,
} from '../../src/core/wire/extension-protocol.ts';
import { decodePexMessage, encodePexMessage, UT_PEX_ID } from '../../src/core/wire/pex-message.ts';
import { noteDials } from '../wrapped-ports.ts';
import { tapSends } from '../sim/tapped-ports.ts';
import { Lab, NEVER, PORT } from './lab.ts';
import type { LabNode, NodeOptions } from './lab.ts';
import { RawPeer } from './raw-peer.ts';

const DISCOVERY: NodeOptions = { engine: { discovery: true } };
const MINUTE = 60_000;
/** By which the raw peers here take `ut_pex`. */
const THEIR_ID = 9;

function linksOf(node: LabNode): number {
  return node.torrent.peers.length;
}

/** Whoever asks for PEX, and says what a test tells it to. */
async function stranger(
  lab: Lab,
  victim: LabNode,
  host: SimHost = lab.world.host('stranger'),
  port?: number,
): Promise<RawPeer> {
  const peer = await lab.run(() => RawPeer.dial(host, victim.endpoint));
  peer.greet(lab.infoHash);
  const extensions = new Map([['ut_pex', THEIR_ID]]);
  const payload = encodeExtendedHandshake({ extensions, ...(port !== undefined && { port }) });
  peer.send({ type: 'extended', id: EXTENDED_HANDSHAKE_ID, payload });
  await lab.until(() => peer.handshake !== undefined);
  return peer;
}

function tell(peer: RawPeer, added: readonly Endpoint[]): void {
  const message = { added: added.map((endpoint) => ({ endpoint, flags: 0 })), dropped: [] };
  peer.send({ type: 'extended', id: UT_PEX_ID, payload: encodePexMessage(message) });
}

function heardBy(peer: RawPeer): readonly Endpoint[] {
  return peer.messages.flatMap((message) => {
    if (message.type !== 'extended' || message.id !== THEIR_ID) return [];
    return decodePexMessage(message.payload).added.map(({ endpoint }) => endpoint);
  });
}

/** Addresses at which nobody is. */
function nobodies(count: number, from = 0): readonly Endpoint[] {
  return Array.from({ length: count }, (_, index) => {
    const number = from + index;
    return { host: `203.${number >> 16}.${(number >> 8) & 255}.${number & 255}`, port: PORT };
  });
}

test('who knows one peer finds everybody by PEX (BEP 11)', async () => {
  await using lab = await Lab.open({ content: 4_000_000 });
  const hub = await lab.leech('hub', [], DISCOVERY);
  const others: LabNode[] = [];
  for (let index = 0; index < 8; index++)
    others.push(await lab.leech(`peer ${index}`, [hub], DISCOVERY));
  await lab.until(() => others.every((node) => linksOf(node) === others.length), 3 * MINUTE);
  for (const node of others) {
    const { pex, given } = node.torrent.stats.sources;
    assert.deepEqual([given.given, given.dialled, given.links, given.connected], [1, 1, 1, 1]);
    assert.ok(pex.given > 0);
  }
  await lab.seed('seed', { ...DISCOVERY, add: { peers: [hub.endpoint] } });
  await lab.untilSeeding(hub, ...others);
});

test('only peers that can be dialled are told of', async () => {
  await using lab = await Lab.open({ content: 100_000 });
  const hub = await lab.leech('hub', [], DISCOVERY);
  await stranger(lab, hub, lab.world.host('mute')); // says not where it listens
  const open = lab.world.host('open');
  await stranger(lab, hub, open, 7_000);
  const asker = await stranger(lab, hub, lab.world.host('asker'), 7_001);
  await lab.world.pass(2 * MINUTE);
  assert.deepEqual(heardBy(asker), [{ host: open.address, port: 7_000 }]);
});

/** All that it sends over connections, as text. */
function noteBytes(ports: Ports, sent: string[]): Ports {
  return tapSends(ports, (_to, chunks) => {
    for (const chunk of chunks) sent.push(Buffer.from(chunk).toString('latin1'));
    return chunks;
  });
}

test('of a private torrent nothing is told and nothing is taken (BEP 27)', async () => {
  await using lab = await Lab.open({ content: 300_000, isPrivate: true });
  const sent: string[] = [];
  const dialled: Endpoint[] = [];
  const wrap = (ports: Ports): Ports => noteDials(noteBytes(ports, sent), dialled);
  const hub = await lab.seed('hub', { ...DISCOVERY, wrap: (ports) => noteBytes(ports, sent) });
  const leeches = [
    await lab.leech('one', [hub], { ...DISCOVERY, wrap }),
    await lab.leech('two', [hub], { ...DISCOVERY, wrap }),
  ];
  const liar = await stranger(lab, hub, lab.world.host('liar'), 7_000);
  tell(liar, [{ host: '10.7.7.7', port: PORT }]);
  await lab.untilSeeding(...leeches);
  await lab.world.pass(3 * MINUTE);
  assert.ok(sent.length > 0);
  assert.ok(!sent.some((text) => text.includes('ut_pex')), 'it is not named');
  assert.deepEqual(heardBy(liar), []);
  assert.ok(dialled.every(({ host }) => host === hub.host.address));
  const { incoming, ...others } = hub.torrent.stats.sources;
  assert.ok(incoming.given > 0);
  for (const { given } of Object.values(others)) assert.equal(given, 0);
  assert.deepEqual(others.pex.state, { type: 'off', why: 'private' });
});

test('a magnet link that turns out to be of a private torrent ends PEX, and forgets what it told', async () => {
  await using lab = await Lab.open({ content: 300_000, isPrivate: true });
  const seed = await lab.seed('seed', { host: { bandwidth: { up: 20_000, down: 20_000 } } });
  const source = `magnet:?xt=urn:btih:${lab.infoHash}`;
  const leech = await lab.leech('leech', [], { ...DISCOVERY, source });
  const other = await stranger(lab, leech, lab.world.host('other'), 7_000);
  tell(other, nobodies(20));
  await lab.world.pass(2_000);
  assert.equal(leech.torrent.stats.sources.pex?.given, 20);
  leech.torrent.addPeers([seed.endpoint]);
  await lab.run(() => leech.torrent.whenMetadata(NEVER));
  await lab.world.pass(20_000); // dials that were under way
  assert.equal(leech.torrent.swarm.pex.isOn, false);
  tell(other, nobodies(20, 100));
  await lab.world.pass(2 * MINUTE);
  assert.equal(leech.torrent.stats.sources.pex?.given, 20);
  assert.deepEqual(heardBy(other), []);
});

test('a peer that tells of peers every second is closed', async () => {
  await using lab = await Lab.open({ content: 100_000 });
  const leech = await lab.leech('leech', [], DISCOVERY);
  const peer = await stranger(lab, leech);
  for (let round = 0; round < 10; round++) {
    tell(peer, nobodies(50, round * 50));
    await lab.world.pass(1_000);
  }
  assert.ok(peer.isClosed);
  assert.deepEqual(leech.closings, ['PEX_FLOOD']);
  assert.equal(leech.torrent.stats.sources.pex?.given, 50, 'one message was taken');
});

test('thousands of addresses that lead nowhere do not keep a leech from a peer that another tells of', async () => {
  await using lab = await Lab.open({ content: 300_000 });
  const dialled: Endpoint[] = [];
  const wrap = (ports: Ports): Ports => noteDials(ports, dialled);
  const leech = await lab.leech('leech', [], { ...DISCOVERY, wrap });
  const liarHost = lab.world.host('liar');
  const liars: RawPeer[] = [];
  for (let index = 0; index < 10; index++) {
    const liar = await stranger(lab, leech, liarHost, 7_000 + index);
    liars.push(liar);
    tell(liar, nobodies(200, index * 1_000));
  }
  await lab.world.pass(1_000);
  assert.ok(leech.torrent.swarm.dialer.pool.size <= 100 + liars.length, 'one network is bounded');
  const seed = await lab.seed('seed');
  const honest = await stranger(lab, leech, lab.world.host('honest'));
  tell(honest, [seed.endpoint]);
  for (let minute = 0; minute < 10 && !leech.isSeeding; minute++) {
    for (const [index, liar] of liars.entries())
      tell(liar, nobodies(50, 10_000 + minute * 1_000 + index * 50));
    await lab.world.pass(MINUTE);
  }
  await lab.untilSeeding(leech);
  assert.ok(dialled.length < 1_500, `${dialled.length} dials`);
});

test('from the internet no addresses of private networks or of this computer are believed', async () => {
  await using lab = await Lab.open({ content: 100_000 });
  const dialled: Endpoint[] = [];
  const wrap = (ports: Ports): Ports => noteDials(ports, dialled);
  const leech = await lab.leech('leech', [], { ...DISCOVERY, wrap });
  const far = await stranger(lab, leech, lab.world.host({ name: 'far', address: '198.51.100.9' }));
  const near = ['192.168.0.1', '10.0.0.1', '127.0.0.1', '169.254.1.1', '172.16.0.1', '100.64.0.1'];
  const near6 = ['::1', 'fe80::1', 'fd00::1', '::ffff:192.168.0.1'];
  tell(
    far,
    [...near, ...near6, '203.0.113.5'].map((host) => ({ host, port: 80 })),
  );
  await lab.world.pass(MINUTE);
  assert.deepEqual(new Set(dialled.map(({ host }) => host)), new Set(['203.0.113.5']));
});
