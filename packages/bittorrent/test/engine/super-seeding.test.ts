import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KEPT_MS } from '../../src/core/swarm/super-seed.ts';
import {
  decodeExtendedHandshake,
  EXTENDED_HANDSHAKE_ID,
} from '../../src/core/wire/extension-protocol.ts';
import type { PeerMessage } from '../../src/core/wire/peer-wire.ts';
import { Lab, PORT } from './lab.ts';
import type { LabNode, NodeOptions } from './lab.ts';
import { RawPeer } from './raw-peer.ts';

const SUPER: NodeOptions = {
  engine: { uploadBytesPerSecondMax: 2_000_000 },
  add: { superSeeding: true },
};
const FAST: NodeOptions = { host: { bandwidth: { up: 20_000_000, down: 20_000_000 } } };

/** Each knows the seed and those before it. */
async function addLeeches(lab: Lab, count: number, seed: LabNode): Promise<readonly LabNode[]> {
  const leeches: LabNode[] = [];
  for (let index = 0; index < count; index++) {
    leeches.push(await lab.leech(`leech-${index}`, [seed, ...leeches], FAST));
  }
  return leeches;
}

function copiesFrom(lab: Lab, seed: LabNode): number {
  return seed.torrent.stats.uploaded / lab.length;
}

for (const seed of [1, 2, 3]) {
  test(`a super-seed sends about one copy to eight leeches, and all finish (seed ${seed})`, async (t) => {
    await using lab = await Lab.open({
      content: 12 * 1_048_576,
      pieceLength: 65_536,
      latencyMs: [1, 5],
      seed,
    });
    const seeder = await lab.seed('seed', SUPER);
    const leeches = await addLeeches(lab, 8, seeder);
    const from = lab.world.now;
    await lab.untilSeeding(...leeches);
    const copies = copiesFrom(lab, seeder);
    t.diagnostic(`copies sent by the seed: ${copies.toFixed(3)} in ${lab.world.now - from} ms`);
    assert.ok(copies <= 1.05, `${copies} copies`);
  });
}

test('a super-seed gives everything to a leech that is alone', async () => {
  await using lab = await Lab.open({ content: 1_048_576 });
  const seeder = await lab.seed('seed', SUPER);
  const leech = await lab.leech('leech', [seeder]);
  await lab.untilSeeding(leech);
  assert.equal(copiesFrom(lab, seeder), 1);
});

test('a super-seed gives everything to leeches that cannot reach each other', async () => {
  await using lab = await Lab.open({ content: 8 * 32_768 });
  const seeder = await lab.seed('seed', SUPER);
  const alone: NodeOptions = { engine: { port: false } };
  const leeches = [
    await lab.leech('leech-0', [seeder], alone),
    await lab.leech('leech-1', [seeder], alone),
  ];
  await lab.untilSeeding(...leeches);
});

test('a super-seed claims nothing at first, then two pieces, and sends no other', async () => {
  await using lab = await Lab.open({ content: 16 * 32_768 });
  const seeder = await lab.seed('seed', SUPER);
  const bystander = await join(lab, seeder, 'bystander');
  const peer = await join(lab, seeder, 'peer');
  peer.send({ type: 'interested' });
  await lab.until(() => peer.count('unchoke') === 1);
  const revealed = havesOf(peer);
  assert.equal(revealed.length, 2);
  const both = [...revealed, ...havesOf(bystander)];
  assert.equal(new Set(both).size, 4, 'no piece is revealed to two');
  for (let piece = 0; piece < 16; piece++) peer.send(firstBlock(piece));
  await lab.until(() => peer.count('piece') + peer.count('reject') === 16);
  const sent = peer.messages.flatMap((each) => (each.type === 'piece' ? [each.piece] : []));
  assert.deepEqual(new Set(sent), new Set(revealed));
  assert.equal(peer.messages[0]?.type, 'have-none');
  for (const type of ['bitfield', 'have-all', 'suggest', 'allowed-fast'] as const)
    assert.equal(peer.count(type), 0, type);
  assert.deepEqual(saysUploadOnly(peer), [false]);
});

test('what was not revealed is not answered where BEP 6 is not spoken', async () => {
  await using lab = await Lab.open({ content: 16 * 32_768 });
  const seeder = await lab.seed('seed', SUPER);
  await join(lab, seeder, 'bystander');
  const peer = await dial(lab, seeder, 'old');
  peer.greet(lab.infoHash, { fast: false, extensions: false });
  await lab.until(() => havesOf(peer).length === 2);
  peer.send({ type: 'interested' });
  await lab.until(() => peer.count('unchoke') === 1);
  for (let piece = 0; piece < 16; piece++) peer.send(firstBlock(piece));
  await lab.until(() => peer.count('piece') === 2);
  await lab.world.pass(5_000);
  assert.equal(peer.count('piece'), 2);
  assert.equal(peer.isClosed, false);
});

test('who passes nothing on gets its next pieces late, but gets them', async () => {
  await using lab = await Lab.open({ content: 16 * 32_768 });
  const seeder = await lab.seed('seed', SUPER);
  await join(lab, seeder, 'bystander');
  const hoarder = await join(lab, seeder, 'hoarder');
  const [first, second] = havesOf(hoarder);
  assert.ok(first !== undefined && second !== undefined);
  hoarder.send({ type: 'interested' }, have(first), have(second));
  await lab.world.pass(KEPT_MS - 5_000);
  assert.equal(havesOf(hoarder).length, 2);
  await lab.until(() => havesOf(hoarder).length === 4, 10_000);
});

test('a piece that came to another peer is followed by the next at once', async () => {
  await using lab = await Lab.open({ content: 16 * 32_768 });
  const seeder = await lab.seed('seed', SUPER);
  const taker = await join(lab, seeder, 'taker');
  const giver = await join(lab, seeder, 'giver');
  const [first] = havesOf(giver);
  assert.ok(first !== undefined);
  giver.send(have(first));
  await lab.world.pass(2_000);
  assert.equal(havesOf(giver).length, 2);
  taker.send(have(first));
  await lab.until(() => havesOf(giver).length === 3, 1_000);
});

test('a second seed ends super-seeding: all pieces are told, and that no more are wanted', async () => {
  await using lab = await Lab.open({ content: 16 * 32_768 });
  const seeder = await lab.seed('seed', SUPER);
  const peer = await join(lab, seeder, 'peer');
  assert.equal(havesOf(peer).length, 2);
  const second = await dial(lab, seeder, 'second');
  second.greet(lab.infoHash);
  second.send({ type: 'have-all' });
  await lab.until(() => havesOf(peer).length === 16);
  assert.equal(new Set(havesOf(peer)).size, 16);
  await lab.until(() => saysUploadOnly(peer).at(-1) === true);
  peer.send({ type: 'interested' });
  await lab.until(() => peer.count('unchoke') === 1);
  for (let piece = 0; piece < 16; piece++) peer.send(firstBlock(piece));
  await lab.until(() => peer.count('piece') === 16);
  const late = await dial(lab, seeder, 'late');
  late.greet(lab.infoHash);
  await lab.until(() => late.count('have-all') === 1);
});

test('leeches finish with a second seed that joins half way', async () => {
  await using lab = await Lab.open({ content: 4 * 1_048_576, latencyMs: [1, 5] });
  const seeder = await lab.seed('seed', { ...SUPER, engine: { uploadBytesPerSecondMax: 500_000 } });
  const leeches = await addLeeches(lab, 3, seeder);
  await lab.until(() => copiesFrom(lab, seeder) > 0.5);
  const second = await lab.seed('second', {
    add: { peers: [seeder, ...leeches].map(({ endpoint }) => endpoint) },
  });
  await lab.untilSeeding(...leeches);
  assert.ok(second.torrent.stats.uploaded > 0);
});

test('a super-seed that is started again goes on with what nobody has', async (t) => {
  await using lab = await Lab.open({ content: 4 * 1_048_576, latencyMs: [1, 5] });
  const seeder = await lab.seed('seed', { ...SUPER, engine: { uploadBytesPerSecondMax: 500_000 } });
  const leeches = await addLeeches(lab, 3, seeder);
  await lab.until(() => copiesFrom(lab, seeder) > 0.5);
  const before = copiesFrom(lab, seeder);
  await lab.run(() => seeder.dispose());
  await lab.restart(seeder);
  await lab.untilSeeding(...leeches);
  const copies = before + copiesFrom(lab, seeder);
  t.diagnostic(`copies sent by the seed: ${copies.toFixed(3)}`);
  assert.ok(copies <= 1.05, `${copies} copies`);
});

test('who has to fetch first tells of all that it gets', async () => {
  await using lab = await Lab.open({ content: 16 * 32_768 });
  const seed = await lab.seed();
  const leech = await lab.leech('leech', [seed], { add: { superSeeding: true } });
  await lab.untilSeeding(leech);
  const peer = await dial(lab, leech, 'peer');
  peer.greet(lab.infoHash);
  await lab.until(() => peer.count('have-all') === 1);
});

test('a leech tells of a piece also the peer that it got it from', async () => {
  await using lab = await Lab.open({ content: 16 * 32_768 });
  const host = lab.world.host('giver');
  const givers: RawPeer[] = [];
  await lab.run(() =>
    RawPeer.listen(host, (peer) => {
      givers.push(peer);
      peer.greet(lab.infoHash);
      peer.send({ type: 'have-none' }, have(5));
      peer.onMessage = (message) => {
        if (message.type === 'interested') peer.send({ type: 'unchoke' });
        if (message.type === 'request') peer.send(lab.blockOf(message));
      };
    }),
  );
  await lab.leech('leech', [{ host: host.address, port: PORT }]);
  await lab.until(() => givers.some((giver) => havesOf(giver).includes(5)));
});

function dial(lab: Lab, to: LabNode, name: string): Promise<RawPeer> {
  return lab.run(() => RawPeer.dial(lab.world.host(name), to.endpoint));
}

/** A peer without pieces that was told its first ones. */
async function join(lab: Lab, seeder: LabNode, name: string): Promise<RawPeer> {
  const peer = await dial(lab, seeder, name);
  peer.greet(lab.infoHash);
  peer.send({ type: 'have-none' });
  await lab.until(() => havesOf(peer).length > 0);
  return peer;
}

function have(piece: number): PeerMessage {
  return { type: 'have', piece };
}

function firstBlock(piece: number): PeerMessage {
  return { type: 'request', piece, begin: 0, length: 16_384 };
}

function havesOf(peer: RawPeer): readonly number[] {
  return peer.messages.flatMap((message) => (message.type === 'have' ? [message.piece] : []));
}

/** What each of its extended handshakes says (BEP 21). */
function saysUploadOnly(peer: RawPeer): readonly boolean[] {
  return peer.messages.flatMap((message) =>
    message.type === 'extended' && message.id === EXTENDED_HANDSHAKE_ID
      ? [decodeExtendedHandshake(message.payload).isUploadOnly === true]
      : [],
  );
}
