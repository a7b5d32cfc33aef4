import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bitfield } from '../../src/core/bitfield.ts';
import type { BlockRequest } from '../../src/core/blocks.ts';
import { encodeDontHave, LT_DONTHAVE_ID } from '../../src/core/wire/dont-have.ts';
import type { PeerMessage } from '../../src/core/wire/peer-wire.ts';
import { Lab, PORT } from './lab.ts';
import type { LabNode } from './lab.ts';
import { listenAsSeed, RawPeer } from './raw-peer.ts';

/** Requests that a peer gets at first. */
const DEPTH = 64;
const CONTENT = { content: 4 * DEPTH * 16_384, pieceLength: 65_536 };

/**
 * A leech that has asked a silent seed for some pieces, and then meets a peer that has those alone:
 * much is left to ask the seed for, so that it is not the endgame.
 */
async function meetIdlePeer(
  lab: Lab,
  answer: (cancelled: BlockRequest) => readonly PeerMessage[],
): Promise<{ readonly leech: LabNode; readonly idle: RawPeer; readonly slow: RawPeer }> {
  const { infoHash } = lab;
  const silentHost = lab.world.host('silent');
  const silent = await lab.run(() =>
    listenAsSeed({ host: silentHost, infoHash, answer: () => [] }),
  );
  const leech = await lab.leech('leech', [{ host: silentHost.address, port: PORT }]);
  await lab.until(() => silent[0]?.count('request') === DEPTH);
  const [slow] = silent;
  assert.ok(slow);
  slow.onMessage = (message) => {
    if (message.type === 'cancel') slow.send(...answer(message));
  };
  const asked = slow.messages.flatMap((message) =>
    message.type === 'request' ? [message.piece] : [],
  );
  const idle = await lab.run(() => RawPeer.dial(lab.world.host('idle'), leech.endpoint));
  idle.greet(infoHash);
  const pieces = new Bitfield(lab.metainfo.pieceCount);
  for (const piece of asked) pieces.set(piece);
  idle.send({ type: 'bitfield', bytes: pieces.bytes }, { type: 'unchoke' });
  idle.onMessage = (message) => {
    if (message.type === 'request') idle.send(lab.blockOf(message));
  };
  return { leech, idle, slow };
}

test('an idle peer is asked for what a slow one owes once that one says it will not come', async () => {
  await using lab = await Lab.open(CONTENT);
  const freed = new Set<string>();
  const { leech, idle, slow } = await meetIdlePeer(lab, ({ piece, begin, length }) => {
    freed.add(`${piece} ${begin}`);
    return [{ type: 'reject', piece, begin, length }];
  });
  const onMessage = idle.onMessage;
  idle.onMessage = (message) => {
    if (message.type === 'request') assert.ok(freed.has(`${message.piece} ${message.begin}`));
    onMessage?.(message);
  };
  await lab.until(() => leech.torrent.stats.downloaded === DEPTH * 16_384);
  assert.equal(slow.count('cancel'), DEPTH);
  assert.equal(leech.torrent.stats.wasted, 0);
});

test('a peer that never answers a cancel does not keep the block from others', async () => {
  await using lab = await Lab.open(CONTENT);
  const { leech } = await meetIdlePeer(lab, () => []);
  await lab.until(() => leech.torrent.stats.downloaded > 0, 10_000);
});

test('an idle peer that loses a piece is not asked for what was to be moved to it', async () => {
  await using lab = await Lab.open(CONTENT);
  const cancelled: BlockRequest[] = [];
  const { leech, idle, slow } = await meetIdlePeer(lab, ({ piece, begin, length }) => {
    cancelled.push({ piece, begin, length });
    return [];
  });
  await lab.until(() => cancelled.length > 0);
  await lab.world.pass(500);
  const [moving] = cancelled;
  assert.ok(moving);
  const { piece } = moving;
  idle.send({ type: 'extended', id: LT_DONTHAVE_ID, payload: encodeDontHave(piece) });
  await lab.world.pass(500);
  for (const block of cancelled) slow.send({ type: 'reject', ...block });
  await lab.until(() => leech.torrent.stats.downloaded > 0); // of another piece, moved after that one
  assert.ok(idle.messages.every((said) => said.type !== 'request' || said.piece !== piece));
  const seed = await lab.seed();
  leech.torrent.addPeers([seed.endpoint]);
  await lab.until(() => leech.torrent.stats.have > lab.length / 2);
});
