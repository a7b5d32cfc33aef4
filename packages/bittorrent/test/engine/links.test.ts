import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseInfoHash } from '../../src/core/ids.ts';
import {
  decodeExtendedHandshake,
  EXTENDED_HANDSHAKE_ID,
} from '../../src/core/wire/extension-protocol.ts';
import { Lab } from './lab.ts';
import type { LabNode } from './lab.ts';
import { Meter } from './metered.ts';
import { RawPeer } from './raw-peer.ts';

function opened(node: LabNode): number {
  return node.events.filter(({ type }) => type === 'peer-opened').length;
}

test('seeds leave each other, and do not come back for a long time', async () => {
  await using lab = await Lab.open({ content: 100_000 });
  const meter = new Meter();
  const first = await lab.seed('first');
  const second = await lab.seed('second', {
    add: { peers: [first.endpoint] },
    wrap: (ports) => meter.wrap(ports),
  });
  await lab.world.pass(20 * 60_000);
  assert.equal(first.torrent.peers.length + second.torrent.peers.length, 0);
  assert.equal(meter.dials, 1);
});

test('a leech that has become a seed leaves seeds', async () => {
  await using lab = await Lab.open({ content: 100_000 });
  const seed = await lab.seed();
  const leech = await lab.leech('leech', [seed]);
  await lab.untilSeeding(leech);
  await lab.world.pass(20 * 60_000);
  // the seed could not hear that the leech has all now, and asks once more
  assert.ok(opened(seed) <= 2 && opened(leech) <= 2);
  assert.equal(seed.host.openConns, 0);
});

test('who has fetched the last piece says so before it says that it wants no more', async () => {
  await using lab = await Lab.open({ content: 100_000 });
  const leech = await lab.leech('leech');
  const peer = await lab.run(() => RawPeer.dial(lab.world.host('other'), leech.endpoint));
  peer.greet(lab.infoHash);
  await lab.until(() => peer.handshake !== undefined);
  const seed = await lab.seed();
  leech.torrent.addPeers([seed.endpoint]);
  await lab.untilSeeding(leech);
  await lab.world.pass(1_000);
  const lastHave = peer.messages.findLastIndex(({ type }) => type === 'have');
  const wantsNoMore = peer.messages.findIndex(
    (message) =>
      message.type === 'extended' &&
      message.id === EXTENDED_HANDSHAKE_ID &&
      decodeExtendedHandshake(message.payload).isUploadOnly === true,
  );
  assert.equal(peer.count('have'), lab.metainfo.pieceCount);
  assert.ok(wantsNoMore > lastHave, `${wantsNoMore} > ${lastHave}`);
});

test('an address that is our own is noticed once and not dialled again', async () => {
  await using lab = await Lab.open({ content: 100_000 });
  const meter = new Meter();
  const leech = await lab.leech('leech', [], { wrap: (ports) => meter.wrap(ports) });
  leech.torrent.addPeers([leech.endpoint]);
  await lab.world.pass(60 * 60_000);
  leech.torrent.addPeers([leech.endpoint]);
  await lab.world.pass(60 * 60_000);
  assert.equal(meter.dials, 1);
  assert.equal(opened(leech), 0);
  assert.equal(leech.host.openConns, 0);
});

for (const seed of [1, 2, 3, 4, 5]) {
  test(`peers that dial each other at once keep exactly one link (seed ${seed})`, async () => {
    await using lab = await Lab.open({ content: 100_000, seed });
    const meters = [new Meter(), new Meter()] as const;
    const first = await lab.leech('first', [], { wrap: (ports) => meters[0].wrap(ports) });
    const second = await lab.leech('second', [], { wrap: (ports) => meters[1].wrap(ports) });
    await lab.until(() => first.torrent.state.type === 'downloading');
    await lab.until(() => second.torrent.state.type === 'downloading');
    first.torrent.addPeers([second.endpoint]);
    second.torrent.addPeers([first.endpoint]);
    await lab.world.pass(10_000);
    for (const node of [first, second]) {
      assert.equal(node.torrent.peers.length, 1);
      assert.equal(node.host.openConns, 1);
    }
    await lab.world.pass(60 * 60_000);
    for (const node of [first, second]) assert.equal(node.torrent.peers.length, 1);
    assert.ok(meters[0].dials + meters[1].dials <= 2, 'nobody dials whom it is connected to');
  });
}

test('the link that stays is known by where the other one was dialled', async () => {
  await using lab = await Lab.open({ content: 100_000 });
  const meter = new Meter();
  const first = await lab.leech('first', [], { wrap: (ports) => meter.wrap(ports) });
  const second = await lab.leech('second', [first]);
  await lab.until(() => first.torrent.peers.length === 1);
  await lab.world.pass(1_000);
  first.torrent.addPeers([second.endpoint]); // said in its extended handshake, so known
  await lab.world.pass(60_000);
  assert.equal(meter.dials, 0);
  await lab.run(() => second.dispose());
  await lab.world.pass(60_000);
  assert.ok(meter.dials > 0, 'once it has gone it is looked for');
});

test('who says nothing is dropped after ten seconds, whoever dialled', async () => {
  await using lab = await Lab.open({ content: 100_000 });
  const mute = lab.world.host('mute');
  const came: RawPeer[] = [];
  await lab.run(() => RawPeer.listen(mute, (peer) => came.push(peer)));
  const leech = await lab.leech('leech', [{ host: mute.address, port: 6881 }]);
  const dialled = await lab.run(() => RawPeer.dial(mute, leech.endpoint));
  await lab.world.pass(9_000);
  const closed = (): readonly boolean[] => [dialled, ...came].map(({ isClosed }) => isClosed);
  assert.deepEqual(closed(), [false, false]);
  await lab.world.pass(2_000);
  assert.deepEqual(closed(), [true, true]);
  assert.equal(opened(leech), 0);
});

test('who asks for a torrent that is not here is closed without an answer', async () => {
  await using lab = await Lab.open({ content: 100_000 });
  const leech = await lab.leech('leech');
  const host = lab.world.host('stranger');
  const peer = await lab.run(() => RawPeer.dial(host, leech.endpoint));
  peer.greet(parseInfoHash('0123456789abcdef0123456789abcdef01234567'));
  await lab.until(() => peer.isClosed);
  assert.equal(peer.handshake, undefined);
});

test('idle links are kept alive, and mute ones are closed', async () => {
  await using lab = await Lab.open({ content: 100_000 });
  const first = await lab.leech('first');
  const second = await lab.leech('second', [first]);
  const host = lab.world.host('mute');
  const mute = await lab.run(() => RawPeer.dial(host, first.endpoint));
  mute.greet(lab.infoHash);
  await lab.until(() => mute.handshake !== undefined);
  await lab.world.pass(140_000);
  assert.equal(mute.count('keep-alive'), 1);
  assert.ok(!mute.isClosed);
  await lab.world.pass(20_000);
  assert.ok(mute.isClosed);
  assert.deepEqual(first.closings, ['IDLE']);
  await lab.world.pass(30 * 60_000);
  assert.deepEqual([opened(second), second.torrent.peers.length], [1, 1]);
});

test('a slow reader costs a bounded queue', async () => {
  await using lab = await Lab.open({ content: 8_000_000, pieceLength: 262_144 });
  const meter = new Meter();
  const seed = await lab.seed('seed', { wrap: (ports) => meter.wrap(ports) });
  const host = lab.world.host('slow');
  const peer = await lab.run(() => RawPeer.dial(host, seed.endpoint));
  peer.greet(lab.infoHash);
  peer.send({ type: 'interested' });
  await lab.until(() => peer.count('unchoke') > 0);
  peer.conn.pause();
  for (let piece = 0; piece < lab.metainfo.pieceCount - 1; piece++) {
    for (let begin = 0; begin < 262_144; begin += 16_384) {
      peer.send({ type: 'request', piece, begin, length: 16_384 });
    }
  }
  await lab.world.pass(10_000);
  assert.ok(meter.queuedMax > 100_000 && meter.queuedMax < 800_000, `${meter.queuedMax} bytes`);
  const other = await lab.leech('other', [seed]);
  await lab.untilSeeding(other);
});
