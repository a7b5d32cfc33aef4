import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LabNode } from './lab.ts';
import { Bitfield } from '../../src/core/bitfield.ts';
import { PiecePicker } from '../../src/core/picker/piece-picker.ts';
import { PIECE_STATES, reportPieces } from '../../src/io/peer-report.ts';
import type { PeerReport } from '../../src/io/peer-report.ts';
import { Lab } from './lab.ts';

function onlyPeer(node: LabNode): PeerReport {
  const [peer, ...others] = node.torrent.peers;
  assert.ok(peer && others.length === 0);
  return peer;
}

test('a peer is reported as both sides see it', async () => {
  await using lab = await Lab.open({ content: 2_000_000 });
  const seed = await lab.seed('seed', { host: { bandwidth: { up: 100_000, down: 100_000 } } });
  const leech = await lab.leech('leech', [seed], { engine: { transport: 'tcp' } });
  await lab.until(() => leech.torrent.stats.have > 300_000);
  const [theSeed, theLeech] = [onlyPeer(leech), onlyPeer(seed)];
  assert.ok(theSeed.downRate > 0 && theSeed.downloaded >= 300_000 && theSeed.connectedMs > 0);
  assert.ok(theLeech.upRate > 0 && theLeech.uploaded >= theSeed.downloaded);
  assert.ok(theLeech.progress !== undefined && theLeech.progress > 0 && theLeech.progress < 1);
  const { downRate: _d, downloaded: _n, connectedMs: _c, ...rest } = theSeed;
  assert.deepEqual(rest, {
    endpoint: seed.endpoint,
    client: 'Coequal 0.1.0',
    source: 'given',
    transport: 'tcp',
    direction: 'dialled',
    progress: 1,
    isSeed: true,
    upRate: 0,
    uploaded: 0,
    isChokedByUs: true,
    interestsUs: true,
    isChokingUs: false,
    isInterestedInUs: false,
  });
  assert.deepEqual(
    [theLeech.direction, theLeech.source, theLeech.isSeed, theLeech.isChokedByUs],
    ['accepted', 'incoming', false, false],
  );
  assert.deepEqual([theLeech.interestsUs, theLeech.isInterestedInUs], [false, true]);
});

test('a peer over uTP is reported as one', async () => {
  await using lab = await Lab.open({ content: 200_000 });
  const seed = await lab.seed();
  const leech = await lab.leech('leech', [seed], { engine: { transport: 'utp' } });
  await lab.until(() => leech.torrent.peers.length > 0);
  assert.equal(onlyPeer(leech).transport, 'utp');
  await lab.untilSeeding(leech);
});

test('the map of pieces shows what is had, under way, missing and skipped, and who has it', async () => {
  await using lab = await Lab.open({ content: { a: 655_360, b: 655_360 } });
  const seed = await lab.seed('seed', { host: { bandwidth: { up: 100_000, down: 100_000 } } });
  const add = { select: (path: string) => path === 'a' };
  const leech = await lab.leech('leech', [seed], { add });
  await lab.until(() => leech.torrent.stats.have > 200_000);
  const report = leech.torrent.pieces;
  assert.ok(report);
  const states = Array.from(report.states, (state) => PIECE_STATES[state]);
  assert.equal(states.length, 40);
  assert.ok(states.slice(20).every((state) => state === 'skipped'));
  const inA = new Set(states.slice(0, 20));
  assert.ok(inA.has('had') && inA.has('under-way') && !inA.has('skipped'), [...inA].join(' '));
  assert.equal(states.filter((state) => state === 'had').length, leech.torrent.stats.piecesHad);
  assert.deepEqual(report.availability, new Uint8Array(40).fill(1));
  report.states.fill(0);
  await lab.until(() => leech.isSeeding);
  const full = seed.torrent.pieces?.states ?? new Uint8Array();
  assert.ok(full.length === 40 && full.every((state) => PIECE_STATES[state] === 'had'));
});

test('more peers than a byte can count are 255', () => {
  const picker = new PiecePicker({ pieceCount: 9, lengthOf: () => 1, random: () => 0 });
  const some = new Bitfield(9);
  some.set(3);
  for (let peer = 0; peer < 300; peer++) picker.addPeer(some);
  assert.deepEqual([...reportPieces(picker, 9).availability], [0, 0, 0, 255, 0, 0, 0, 0, 0]);
});
