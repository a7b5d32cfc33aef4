/** Pieces that are lost again (BEP 54): we say so of ours, and ask nobody for what it lost. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatBytes } from '@coequal/base';
import { encodeBencode } from '../../src/core/bencode.ts';
import { Bitfield } from '../../src/core/bitfield.ts';
import {
  decodeDontHave,
  DONT_HAVE_EXTENSION,
  encodeDontHave,
  LT_DONTHAVE_ID,
} from '../../src/core/wire/dont-have.ts';
import { decodeExtendedHandshake } from '../../src/core/wire/extension-protocol.ts';
import { encodePeerMessage } from '../../src/core/wire/peer-wire.ts';
import type { PeerMessage } from '../../src/core/wire/peer-wire.ts';
import { Lab } from './lab.ts';
import type { LabNode } from './lab.ts';
import { RawPeer } from './raw-peer.ts';

const PIECE_LENGTH = 65_536;
/** Two files of four pieces each. */
const FILES = { 'a.bin': 4 * PIECE_LENGTH, 'b.bin': 4 * PIECE_LENGTH };
const FIRST_OF_1 = { piece: 1, begin: 0, length: 16_384 };
const OF_A = [0, 1, 2, 3];
const OF_B = [4, 5, 6, 7];

async function stranger(lab: Lab, node: LabNode, name: string): Promise<RawPeer> {
  const peer = await lab.run(() => RawPeer.dial(lab.world.host(name), node.endpoint));
  peer.greet(lab.infoHash);
  await lab.until(() => peer.handshake !== undefined);
  return peer;
}

function dontHave(piece: number): PeerMessage {
  return { type: 'extended', id: LT_DONTHAVE_ID, payload: encodeDontHave(piece) };
}

function hello(id: number): PeerMessage {
  return { type: 'extended', id: 0, payload: encodeBencode({ m: { [DONT_HAVE_EXTENSION]: id } }) };
}

function bitfield(lab: Lab, ...pieces: readonly number[]): PeerMessage {
  const has = new Bitfield(lab.metainfo.pieceCount);
  for (const piece of pieces) has.set(piece);
  return { type: 'bitfield', bytes: has.bytes };
}

function lostOf(peer: RawPeer, id: number): readonly number[] {
  return peer.messages.flatMap((message) =>
    message.type === 'extended' && message.id === id ? [decodeDontHave(message.payload)] : [],
  );
}

function havesOf(peer: RawPeer): readonly number[] {
  return peer.messages.flatMap((message) => (message.type === 'have' ? [message.piece] : []));
}

function askedOf(peer: RawPeer): readonly number[] {
  return peer.messages.flatMap((message) => (message.type === 'request' ? [message.piece] : []));
}

async function loseB(lab: Lab, seed: LabNode): Promise<void> {
  await lab.until(() => seed.isSeeding); // it has found both files
  await lab.run(() => seed.host.ports.disk.remove(lab.pathOf('b.bin')));
}

test('a seed whose file vanishes tells its leech, which takes the pieces from another', async () => {
  await using lab = await Lab.open({ content: FILES, pieceLength: PIECE_LENGTH });
  const seed = await lab.seed();
  await loseB(lab, seed);
  const leech = await lab.leech('leech', [seed]);
  await lab.until(() => leech.torrent.stats.have === FILES['a.bin']);
  const [link] = leech.torrent.swarm.links();
  assert.deepEqual([...(link?.peer.pieces ?? [])], OF_A);
  assert.equal(link?.outstanding.count, 0);
  await lab.until(() => !link.isInterested, 2_000);
  const asked = link.outstanding.askedCount;
  const other = await lab.seed('other');
  leech.torrent.addPeers([other.endpoint]);
  await lab.untilSeeding(leech, seed);
  assert.equal(link.outstanding.askedCount, asked, 'it was asked for nothing more');
});

test('a loss is told to those who can hear of it, by the ids that they gave, and so is the piece when it is had again', async () => {
  await using lab = await Lab.open({ content: FILES, pieceLength: PIECE_LENGTH });
  const seed = await lab.seed();
  const ids = [9, 200, 0] as const;
  const hearing: RawPeer[] = [];
  for (const id of ids) {
    const peer = await stranger(lab, seed, `hears by ${id}`);
    peer.send(hello(id));
    hearing.push(peer);
  }
  const deaf = await stranger(lab, seed, 'deaf');
  await lab.world.pass(500);
  const [first, second, third] = hearing;
  assert.ok(first && second && third);
  await loseB(lab, seed);
  first.send({ type: 'interested' });
  await lab.until(() => first.count('unchoke') > 0);
  first.send({ type: 'request', piece: 5, begin: 0, length: 16_384 });
  await lab.until(() => first.count('reject') === 1);
  await lab.world.pass(1_000);
  assert.deepEqual(lostOf(first, 9), OF_B);
  assert.deepEqual(lostOf(second, 200), OF_B);
  for (const peer of [third, deaf]) {
    for (const message of peer.messages) {
      if (message.type !== 'extended') continue;
      assert.equal(message.id, 0);
      decodeExtendedHandshake(message.payload); // it is one
    }
  }
  first.send({ type: 'request', piece: 4, begin: 0, length: 16_384 });
  await lab.until(() => first.count('reject') === 2);
  assert.equal(lostOf(first, 9).length, OF_B.length, 'told once');
  const other = await lab.seed('other');
  seed.torrent.addPeers([other.endpoint]);
  await lab.untilSeeding(seed);
  await lab.world.pass(1_000);
  for (const peer of [...hearing, deaf])
    assert.deepEqual(
      havesOf(peer).toSorted((a, b) => a - b),
      OF_B,
    );
});

test('a recheck that finds a piece damaged tells of it', async () => {
  await using lab = await Lab.open({ content: FILES, pieceLength: PIECE_LENGTH });
  const seed = await lab.seed();
  const peer = await stranger(lab, seed, 'peer');
  peer.send(hello(9));
  await lab.world.pass(500);
  const bytes = lab.content.get(lab.pathOf('b.bin'))?.slice();
  assert.ok(bytes);
  bytes[2 * PIECE_LENGTH] = (bytes[2 * PIECE_LENGTH] ?? 0) ^ 1;
  seed.host.disk.put(lab.pathOf('b.bin'), bytes);
  await lab.run(() => seed.torrent.recheck(new AbortController().signal));
  await lab.world.pass(500);
  assert.deepEqual(lostOf(peer, 9), [6]);
  assert.deepEqual(havesOf(peer), []);
});

test('a seed that changes nothing on the disk tells of its loss, and does not want the pieces back', async () => {
  await using lab = await Lab.open({ content: FILES, pieceLength: PIECE_LENGTH });
  const seed = await lab.seed('seed', { add: { readOnly: true } });
  await loseB(lab, seed);
  const leech = await lab.leech('leech', [seed]);
  await lab.until(() => leech.torrent.stats.have === FILES['a.bin']);
  const [link] = seed.torrent.swarm.links();
  assert.ok(link);
  const other = await lab.seed('other');
  leech.torrent.addPeers([other.endpoint]);
  await lab.untilSeeding(leech);
  await lab.world.pass(5_000);
  assert.equal(link.outstanding.askedCount, 0);
  assert.equal(seed.torrent.state.type, 'seeding');
  assert.equal(seed.torrent.stats.have, FILES['a.bin']);
});

test('we name the extension in our extended handshake', async () => {
  await using lab = await Lab.open({ content: FILES, pieceLength: PIECE_LENGTH });
  const peer = await stranger(lab, await lab.seed(), 'peer');
  await lab.until(() => peer.count('extended') > 0);
  const said = peer.messages.find(({ type }) => type === 'extended');
  assert.ok(said?.type === 'extended' && said.id === 0);
  const { extensions } = decodeExtendedHandshake(said.payload);
  assert.equal(extensions.get(DONT_HAVE_EXTENSION), LT_DONTHAVE_ID);
});

test('of a peer that loses a piece, open requests for it go to another, and the others stay', async () => {
  await using lab = await Lab.open({ content: 8 * PIECE_LENGTH, pieceLength: PIECE_LENGTH });
  const leech = await lab.leech('leech');
  const loser = await stranger(lab, leech, 'loser');
  loser.send(bitfield(lab, 2), { type: 'have', piece: 5 }, { type: 'unchoke' });
  await lab.until(() => loser.count('request') === 8);
  assert.equal(leech.torrent.swarm.copies, 0.25);
  loser.send(dontHave(5));
  await lab.world.pass(500);
  assert.equal(leech.torrent.swarm.copies, 0.125);
  const other = await stranger(lab, leech, 'other');
  other.onMessage = (message) => {
    if (message.type === 'request') other.send(lab.blockOf(message));
  };
  other.send(bitfield(lab, 5), { type: 'unchoke' });
  await lab.until(() => other.count('request') === 4, 1_000);
  assert.deepEqual(askedOf(other), [5, 5, 5, 5]);
  for (const message of loser.messages.slice())
    if (message.type === 'request' && message.piece === 2) loser.send(lab.blockOf(message));
  await lab.until(() => leech.torrent.stats.have === 2 * PIECE_LENGTH);
  assert.equal(loser.count('request'), 8);
  assert.equal(leech.torrent.stats.wasted, 0);
});

test('a piece that is had, lost and had again is asked for, and interest comes and goes with it', async () => {
  await using lab = await Lab.open({ content: 8 * PIECE_LENGTH, pieceLength: PIECE_LENGTH });
  const leech = await lab.leech('leech');
  const peer = await stranger(lab, leech, 'peer');
  peer.send({ type: 'have', piece: 5 }, { type: 'unchoke' });
  await lab.until(() => peer.count('request') === 4);
  peer.send(dontHave(5));
  await lab.until(() => peer.count('not-interested') === 1, 2_000);
  await lab.world.pass(60_000);
  assert.equal(peer.count('request'), 4);
  peer.send({ type: 'have', piece: 5 });
  await lab.until(() => peer.count('request') === 8, 1_000);
  assert.equal(peer.count('interested'), 2);
});

test('a block under way when its piece is lost is not written over what comes from another', async () => {
  await using lab = await Lab.open({ content: 2 * PIECE_LENGTH, pieceLength: PIECE_LENGTH });
  const leech = await lab.leech('leech');
  const loser = await stranger(lab, leech, 'loser');
  loser.send({ type: 'have', piece: 1 }, { type: 'unchoke' });
  await lab.until(() => loser.count('request') === 4);
  // the block begins in the read in which the loss is told, and ends much later
  const late = encodePeerMessage(lab.blockOf(FIRST_OF_1)).fill(0, 1_000);
  loser.sendBytes(concatBytes([encodePeerMessage(dontHave(1)), late.subarray(0, 1_000)]));
  await lab.world.pass(500);
  const silent = await stranger(lab, leech, 'silent');
  silent.send({ type: 'have', piece: 1 }, { type: 'unchoke' });
  await lab.until(() => silent.count('request') === 4);
  const honest = await stranger(lab, leech, 'honest');
  honest.send({ type: 'have', piece: 1 }, { type: 'unchoke' });
  await lab.until(() => honest.count('request') === 4); // the endgame
  honest.send(lab.blockOf(FIRST_OF_1));
  await lab.world.pass(500);
  loser.sendBytes(late.subarray(1_000));
  await lab.world.pass(500);
  for (const begin of [1, 2, 3].map((block) => block * FIRST_OF_1.length))
    honest.send(lab.blockOf({ ...FIRST_OF_1, begin }));
  await lab.until(() => leech.torrent.stats.have === PIECE_LENGTH, 2_000);
});

test('a seed that loses a piece is no reason to leave it, and is one again when it has all', async () => {
  await using lab = await Lab.open({ content: 8 * PIECE_LENGTH, pieceLength: PIECE_LENGTH });
  const leech = await lab.leech('leech', []);
  const peer = await stranger(lab, leech, 'peer');
  peer.send({ type: 'have-all' }, dontHave(3), { type: 'unchoke' });
  peer.onMessage = (message) => {
    if (message.type === 'request') peer.send(lab.blockOf(message));
  };
  const other = await stranger(lab, leech, 'other');
  other.onMessage = (message) => {
    if (message.type === 'request') other.send(lab.blockOf(message));
  };
  other.send(bitfield(lab, 3), { type: 'unchoke' });
  await lab.untilSeeding(leech);
  assert.ok(!askedOf(peer).includes(3));
  await lab.world.pass(1_000);
  assert.ok(!peer.isClosed, 'it lacks a piece that we have');
  peer.send({ type: 'have', piece: 3 });
  await lab.until(() => peer.isClosed, 1_000);
});
