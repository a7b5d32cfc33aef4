import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SimHost } from '@coequal/simulator';
import { Lab, PORT } from './lab.ts';
import type { LabNode } from './lab.ts';
import { listenAsSeed, RawPeer, serve, spoilt } from './raw-peer.ts';
import type { FakeSeed } from './raw-peer.ts';

const MINUTE = 60_000;

/** Dials, claims to have all, and lies about every block. It never says where it listens. */
async function lieTo(leech: LabNode, lab: Lab, host: SimHost): Promise<RawPeer> {
  const peer = await lab.run(() => RawPeer.dial(host, leech.endpoint));
  const { infoHash } = lab;
  peer.greet(infoHash);
  serve(peer, { host, infoHash, answer: (block) => [spoilt(lab, block)] });
  await lab.until(() => peer.isClosed);
  return peer;
}

function lies(node: LabNode): number {
  return node.closings.filter((code) => code === 'WRONG_DATA').length;
}

test('a liar that dials in, and never says where it listens, does not get in again with another port', async () => {
  await using lab = await Lab.open({ content: 500_000 });
  const leech = await lab.leech('leech');
  const host = lab.world.host('liar');
  await lieTo(leech, lab, host);
  assert.deepEqual(leech.closings, ['WRONG_DATA']);
  for (let round = 0; round < 5; round++) {
    const peer = await lieTo(leech, lab, host);
    assert.equal(peer.handshake, undefined, 'it is not even greeted');
  }
  assert.equal(lies(leech), 1);
  const seed = await lab.seed();
  leech.torrent.addPeers([seed.endpoint]);
  await lab.untilSeeding(leech);
});

test('a liar that tries again every minute costs a wrong piece ever more seldom', async () => {
  await using lab = await Lab.open({ content: 500_000 });
  const leech = await lab.leech('leech');
  const host = lab.world.host('liar');
  const perHours: number[] = [];
  for (let hour = 0; hour < 10; hour++) {
    for (let minute = 0; minute < 60; minute++) {
      await lieTo(leech, lab, host);
      await lab.world.pass(MINUTE);
    }
    perHours.push(lies(leech));
  }
  // bans of 10, 20, 40, 80, 160 and 320 minutes, and what the lying itself takes
  assert.deepEqual(perHours, [3, 4, 5, 5, 5, 6, 6, 6, 6, 6]);
});

test('an honest peer behind the address of a liar is dialled, and may dial in when ten minutes are over', async () => {
  await using lab = await Lab.open({ content: 500_000 });
  const dialling = await lab.leech('dialling');
  const dialled = await lab.leech('dialled');
  const shared = await lab.seed('shared', { add: { peers: [] } });
  await lieTo(dialling, lab, shared.host);
  await lieTo(dialled, lab, shared.host);
  dialling.torrent.addPeers([shared.endpoint]);
  await lab.untilSeeding(dialling);
  shared.torrent.addPeers([dialled.endpoint]);
  await lab.world.pass(9 * MINUTE);
  assert.equal(dialled.torrent.stats.have, 0);
  await lab.untilSeeding(dialled);
  assert.equal(lies(dialled), 1);
});

test('all addresses of an IPv6 network are one liar, and the next network is not', async () => {
  await using lab = await Lab.open({ content: 500_000 });
  const leech = await lab.leech('leech', [], { host: { address: '2001:db8::1' } });
  const host = (name: string, address: string): SimHost => lab.world.host({ name, address });
  await lieTo(leech, lab, host('liar', '2001:db8:0:7::1'));
  const again = await lieTo(leech, lab, host('again', '2001:db8:0:7:aaaa:bbbb:cccc:dddd'));
  assert.equal(again.handshake, undefined);
  const other = await lieTo(leech, lab, host('other', '2001:db8:0:8::1'));
  assert.ok(other.handshake);
  assert.equal(lies(leech), 2);
});

test('of a host that listens on two hundred ports, none is dialled any more after three that lied', async () => {
  await using lab = await Lab.open({ content: 3_000_000 });
  const host = lab.world.host('liar');
  const { infoHash } = lab;
  const ports = Array.from({ length: 200 }, (_, index) => PORT + index);
  const peers: (readonly RawPeer[])[] = [];
  for (const port of ports) {
    const answer: FakeSeed['answer'] = (block) => [spoilt(lab, block)];
    peers.push(await lab.run(() => listenAsSeed({ host, infoHash, port, answer })));
  }
  const leech = await lab.leech('leech');
  leech.torrent.addPeers(ports.map((port) => ({ host: host.address, port })));
  await lab.until(() => lies(leech) >= 3);
  await lab.world.pass(5 * MINUTE);
  const dialled = peers.flat().length;
  assert.ok(dialled <= 96, `${dialled} were dialled: more than are linked to or dialled at once`);
  assert.ok(
    peers.flat().every(({ isClosed }) => isClosed),
    'those that had not lied yet have gone, too',
  );
  leech.torrent.addPeers(ports.map((port) => ({ host: host.address, port })));
  await lab.world.pass(5 * MINUTE);
  assert.equal(peers.flat().length, dialled);
  const seed = await lab.seed();
  leech.torrent.addPeers([seed.endpoint]);
  await lab.untilSeeding(leech);
});
