import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatBytes } from '@coequal/base';
import { encodeDontHave, LT_DONTHAVE_ID } from '../../src/core/wire/dont-have.ts';
import { encodePeerMessage } from '../../src/core/wire/peer-wire.ts';
import type { PeerMessage } from '../../src/core/wire/peer-wire.ts';
import { Lab } from './lab.ts';
import type { LabNode } from './lab.ts';
import { Meter } from './metered.ts';
import { RawPeer } from './raw-peer.ts';

async function stranger(lab: Lab, victim: LabNode, name = 'stranger'): Promise<RawPeer> {
  const peer = await lab.run(() => RawPeer.dial(lab.world.host(name), victim.endpoint));
  peer.greet(lab.infoHash);
  await lab.until(() => peer.handshake !== undefined);
  return peer;
}

/** A byte each so often, until the other side has enough. Returns after how long it had. */
async function drip(lab: Lab, peer: RawPeer, bytes: Uint8Array, everyMs: number): Promise<number> {
  const began = lab.world.now;
  for (const byte of bytes) {
    if (peer.isClosed) break;
    peer.sendBytes(Uint8Array.of(byte));
    await lab.world.pass(everyMs);
  }
  assert.ok(peer.isClosed, 'it is closed before all was said');
  return lab.world.now - began;
}

function repeat(count: number, ...messages: readonly PeerMessage[]): Uint8Array {
  const once = concatBytes(messages.map((message) => encodePeerMessage(message)));
  return concatBytes(Array.from({ length: count }, () => once));
}

test('a handshake byte by byte ends after ten seconds', async () => {
  await using lab = await Lab.open({ content: 100_000 });
  const seed = await lab.seed();
  const host = lab.world.host('slow');
  const peer = await lab.run(() => RawPeer.dial(host, seed.endpoint));
  const greeting = Uint8Array.of(19, ...Buffer.from('BitTorrent protocol'), ...Array(48).fill(0));
  const lasted = await drip(lab, peer, greeting, 1_000);
  assert.ok(lasted >= 9_000 && lasted <= 12_000, `${lasted} ms`);
});

test('a message byte by byte does not keep a link for long', async () => {
  await using lab = await Lab.open({ content: 300_000 });
  const leech = await lab.leech('leech');
  const peer = await stranger(lab, leech);
  const frame = encodePeerMessage({ type: 'extended', id: 0, payload: new Uint8Array(30_000) });
  const lasted = await drip(lab, peer, frame, 20_000);
  assert.ok(lasted >= 149_000 && lasted <= 190_000, `${lasted} ms`);
  assert.deepEqual(leech.closings, ['IDLE']);
});

test('a block byte by byte holds up nobody, and does not keep its link for long', async () => {
  await using lab = await Lab.open({ content: 300_000 });
  const leech = await lab.leech('leech');
  const peer = await stranger(lab, leech);
  peer.send({ type: 'have-all' }, { type: 'unchoke' });
  await lab.until(() => peer.count('request') > 0);
  const asked = peer.messages.find((message) => message.type === 'request');
  assert.ok(asked?.type === 'request');
  const lasted = await drip(lab, peer, encodePeerMessage(lab.blockOf(asked)), 20_000);
  assert.ok(lasted >= 149_000 && lasted <= 190_000, `${lasted} ms`);
  assert.deepEqual(leech.closings, ['IDLE']);
  const seed = await lab.seed();
  leech.torrent.addPeers([seed.endpoint]);
  await lab.untilSeeding(leech);
});

test('messages that nobody knows keep a link as keep-alives do', async () => {
  await using lab = await Lab.open({ content: 300_000 });
  const leech = await lab.leech('leech');
  const peer = await stranger(lab, leech);
  for (let minute = 0; minute < 10; minute++) {
    peer.sendBytes(Uint8Array.of(0, 0, 0, 3, 200, 1, 2));
    await lab.world.pass(60_000);
  }
  assert.ok(!peer.isClosed);
});

test('interest that changes ten thousand times is answered as often as it is read, not as it changes', async () => {
  await using lab = await Lab.open({ content: 300_000 });
  const seed = await lab.seed();
  const peer = await stranger(lab, seed);
  peer.sendBytes(repeat(10_000, { type: 'interested' }, { type: 'not-interested' }));
  await lab.world.pass(5_000);
  const answers = peer.count('choke') + peer.count('unchoke');
  assert.ok(answers < 100, `${answers} answers`);
  peer.send({ type: 'interested' });
  const before = peer.count('unchoke');
  await lab.until(() => peer.count('unchoke') > before, 5_000);
});

test('keep-alives by the hundred thousand cost their bytes and nothing else', async () => {
  await using lab = await Lab.open({ content: 300_000 });
  const meter = new Meter();
  const seed = await lab.seed('seed', { wrap: (ports) => meter.wrap(ports) });
  const peer = await stranger(lab, seed);
  await lab.world.pass(1_000);
  const sent = meter.sent.length;
  peer.sendBytes(new Uint8Array(4 * 200_000));
  await lab.world.pass(5_000);
  assert.equal(meter.sent.length, sent);
  assert.ok(!peer.isClosed);
  const leech = await lab.leech('leech', [seed]);
  await lab.untilSeeding(leech);
});

for (const fast of [true, false]) {
  test(`a peer that chokes and unchokes without end is asked for no more than it is read (${fast ? 'with' : 'without'} BEP 6)`, async () => {
    await using lab = await Lab.open({ content: 3_000_000 });
    const leech = await lab.leech('leech');
    const peer = await lab.run(() => RawPeer.dial(lab.world.host('moody'), leech.endpoint));
    peer.greet(lab.infoHash, { fast });
    const pieces = new Uint8Array(Math.ceil(lab.metainfo.pieceCount / 8)).fill(0xff);
    pieces[pieces.length - 1] = (0xff << (pieces.length * 8 - lab.metainfo.pieceCount)) & 0xff;
    peer.send({ type: 'bitfield', bytes: pieces });
    peer.sendBytes(repeat(10_000, { type: 'unchoke' }, { type: 'choke' }));
    await lab.world.pass(5_000);
    const asked = peer.count('request');
    assert.ok(asked < 3_000, `${asked} requests`);
    const seed = await lab.seed();
    leech.torrent.addPeers([seed.endpoint]);
    await lab.untilSeeding(leech);
  });
}

test('a peer that takes back what it claimed to have is asked for nothing more, and others are', async () => {
  await using lab = await Lab.open({ content: 1_000_000 });
  const leech = await lab.leech('leech');
  const peer = await stranger(lab, leech);
  peer.send({ type: 'have-all' }, { type: 'unchoke' });
  await lab.until(() => peer.count('request') > 0);
  peer.send({ type: 'bitfield', bytes: new Uint8Array(Math.ceil(lab.metainfo.pieceCount / 8)) });
  await lab.world.pass(60_000);
  const asked = peer.count('request');
  assert.equal(peer.count('not-interested'), 1);
  assert.equal(leech.torrent.swarm.copies, 0);
  const seed = await lab.seed();
  leech.torrent.addPeers([seed.endpoint]);
  await lab.untilSeeding(leech);
  assert.equal(peer.count('request'), asked);
});

test('haves by the hundred thousand are counted once each', async () => {
  await using lab = await Lab.open({ content: 1_000_000 });
  const leech = await lab.leech('leech');
  const peer = await stranger(lab, leech);
  const haves = Array.from({ length: lab.metainfo.pieceCount }, (_, piece) => {
    return { type: 'have', piece } as const;
  });
  peer.sendBytes(repeat(5_000, ...haves));
  await lab.world.pass(5_000);
  assert.equal(leech.torrent.swarm.copies, 1);
  assert.equal(peer.count('interested'), 1);
  const seed = await lab.seed();
  leech.torrent.addPeers([seed.endpoint]);
  await lab.untilSeeding(leech);
});

test('a piece that is had and lost ten thousand times is asked for as often as it is read, and interest is said once a second', async () => {
  await using lab = await Lab.open({ content: 1_000_000 });
  const leech = await lab.leech('leech');
  const peer = await stranger(lab, leech);
  const [lost, had]: readonly PeerMessage[] = [
    { type: 'extended', id: LT_DONTHAVE_ID, payload: encodeDontHave(0) },
    { type: 'have', piece: 0 },
  ];
  assert.ok(lost && had);
  peer.send(had, { type: 'unchoke' });
  await lab.until(() => peer.count('request') > 0);
  const copies = leech.torrent.swarm.copies;
  peer.sendBytes(repeat(10_000, lost, had));
  await lab.world.pass(5_000);
  const asked = peer.count('request');
  assert.ok(asked < 1_000, `${asked} requests`);
  const changes = peer.count('interested') + peer.count('not-interested');
  assert.ok(changes <= 12, `${changes} changes`);
  assert.equal(leech.torrent.swarm.copies, copies);
  peer.send(lost);
  await lab.until(() => leech.torrent.swarm.copies === 0);
  const seed = await lab.seed();
  leech.torrent.addPeers([seed.endpoint]);
  await lab.untilSeeding(leech);
});

test('a peer that loses whatever it is asked for is left after a while', async () => {
  await using lab = await Lab.open({ content: 1_000_000 });
  const leech = await lab.leech('leech');
  const host = lab.world.host('loser');
  const peer = await lab.run(() => RawPeer.dial(host, leech.endpoint));
  peer.greet(lab.infoHash);
  peer.onMessage = (message) => {
    if (message.type !== 'request' || message.begin !== 0) return;
    const { piece } = message;
    peer.send({ type: 'extended', id: LT_DONTHAVE_ID, payload: encodeDontHave(piece) });
    const { clock } = host.ports;
    clock.at(clock.now() + 50, () => peer.send({ type: 'have', piece })); // in another read
  };
  peer.send({ type: 'have', piece: 0 }, { type: 'unchoke' });
  await lab.until(() => peer.isClosed);
  assert.deepEqual(leech.closings, ['REJECTS_ALL']);
});

test('requests and cancels in turn leave nothing queued', async () => {
  await using lab = await Lab.open({ content: 1_000_000 });
  const meter = new Meter();
  const seed = await lab.seed('seed', { wrap: (ports) => meter.wrap(ports) });
  const peer = await stranger(lab, seed);
  peer.send({ type: 'interested' });
  await lab.until(() => peer.count('unchoke') > 0);
  const block = { piece: 0, begin: 0, length: 16_384 };
  peer.sendBytes(repeat(20_000, { type: 'request', ...block }, { type: 'cancel', ...block }));
  await lab.world.pass(10_000);
  assert.ok(meter.queuedMax < 800_000, `${meter.queuedMax} bytes queued`);
  assert.equal(peer.count('reject') + peer.count('piece'), 20_000, 'each has its one answer');
  const leech = await lab.leech('leech', [seed]);
  await lab.untilSeeding(leech);
});
