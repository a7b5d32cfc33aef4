import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeUtf8, PeerFault } from '@coequal/base';
import fc from 'fast-check';
import { encodeDontHave, LT_DONTHAVE_ID } from '../../../src/core/wire/dont-have.ts';
import type { ReceivedMessage } from '../../../src/core/wire/peer-wire.ts';
import { RemotePeer } from '../../../src/core/wire/remote-peer.ts';
import { peerMessages } from './arbitrary-messages.ts';

const BOTH = { fast: true, extensions: true, dht: false };
const NEITHER = { fast: false, extensions: false, dht: false };

function code(expected: string): (error: unknown) => boolean {
  return (error) => error instanceof PeerFault && error.code === expected;
}

function known(pieceCount = 10, supports = BOTH): RemotePeer {
  const peer = new RemotePeer(supports);
  peer.learnPieceCount(pieceCount);
  return peer;
}

test('choking and interest are events only when they change something', () => {
  const peer = known();
  assert.deepEqual([peer.isChoking, peer.isInterested], [true, false]);
  assert.deepEqual(peer.receive({ type: 'unchoke' }), { type: 'unchoked' });
  assert.deepEqual(peer.receive({ type: 'choke' }), { type: 'choked' });
  assert.deepEqual(peer.receive({ type: 'interested' }), { type: 'interest-changed' });
  assert.equal(peer.receive({ type: 'interested' }), undefined);
  assert.deepEqual(peer.receive({ type: 'not-interested' }), { type: 'interest-changed' });
});

test('pieces are told by bitfield, have-all and haves', () => {
  const peer = known();
  const before = peer.pieces;
  const bytes = new Uint8Array([0x80, 0x40]);
  assert.deepEqual(peer.receive({ type: 'bitfield', bytes }), {
    type: 'pieces-changed',
    previous: before,
  });
  assert.deepEqual([...(peer.pieces ?? [])], [0, 9]);
  assert.deepEqual(peer.receive({ type: 'have', piece: 4 }), { type: 'have', piece: 4 });
  assert.equal(peer.receive({ type: 'have', piece: 4 }), undefined, 'told before');
  assert.equal(peer.isUploadOnly, false);
  peer.receive({ type: 'have-all' });
  assert.ok(peer.pieces?.isFull && peer.isUploadOnly);
});

function dontHave(piece: number): ReceivedMessage {
  return { type: 'extended', id: LT_DONTHAVE_ID, payload: encodeDontHave(piece) };
}

test('a piece that is taken back is news if it was had', () => {
  const peer = known();
  assert.equal(peer.receive(dontHave(4)), undefined);
  peer.receive({ type: 'have-all' });
  assert.ok(peer.isUploadOnly && !peer.hasLost);
  const left = peer.pieces;
  assert.deepEqual(peer.receive(dontHave(4)), { type: 'dont-have', piece: 4, left });
  assert.deepEqual([left?.has(4), left?.count, peer.isUploadOnly], [false, 9, false]);
  assert.equal(peer.receive(dontHave(4)), undefined, 'told before');
  assert.deepEqual(peer.receive({ type: 'have', piece: 4 }), { type: 'have', piece: 4 });
  assert.ok(peer.isUploadOnly && peer.hasLost);
});

test('pieces got and taken back before the metadata is known are as if it had been known', () => {
  const piece = fc.nat(99);
  const first = fc.constantFrom<ReceivedMessage>(
    { type: 'have-none' },
    { type: 'have-all' },
    { type: 'bitfield', bytes: new Uint8Array(13).fill(0x70) },
  );
  const change = fc.oneof(
    piece.map(dontHave),
    piece.map((index): ReceivedMessage => ({ type: 'have', piece: index })),
  );
  fc.assert(
    fc.property(first, fc.array(change, { maxLength: 60 }), (set, changes) => {
      const [early, late] = [new RemotePeer(BOTH), known(100)];
      for (const peer of [early, late]) for (const said of [set, ...changes]) peer.receive(said);
      early.learnPieceCount(100);
      assert.deepEqual(early.pieces, late.pieces);
    }),
  );
});

test('a whole set of pieces counts anew after some were taken back', () => {
  const peer = new RemotePeer(BOTH);
  for (const piece of [3, 70_000]) peer.receive(dontHave(piece));
  peer.receive({ type: 'have-all' });
  peer.learnPieceCount(10);
  assert.ok(peer.pieces?.isFull);
});

test('what is claimed before the metadata is known counts once it is', () => {
  const peer = new RemotePeer(BOTH);
  const bytes = new Uint8Array([0x80, 0]);
  assert.equal(peer.receive({ type: 'bitfield', bytes }), undefined);
  bytes.fill(0xff); // a view of the receive buffer
  peer.receive({ type: 'have', piece: 3 });
  assert.equal(peer.pieces, undefined);
  peer.learnPieceCount(10);
  assert.deepEqual([...(peer.pieces ?? [])], [0, 3]);
});

test('haves before the metadata are kept as bits, and one that no torrent has is a fault', () => {
  const peer = new RemotePeer(BOTH);
  const pieces = [0, 2_097_151, 70_000, 1_023, 1_024];
  for (const piece of [...pieces, ...pieces]) peer.receive({ type: 'have', piece });
  for (const piece of [2_097_152, 2 ** 32 - 1]) {
    for (const message of [{ type: 'have', piece } as const, dontHave(piece)])
      assert.throws(() => peer.receive(message), code('BAD_PIECE_INDEX'));
  }
  peer.learnPieceCount(2_097_152);
  assert.deepEqual(
    [...(peer.pieces ?? [])],
    pieces.toSorted((a, b) => a - b),
  );
});

test('whole sets of pieces are borne a few times', () => {
  for (const peer of [new RemotePeer(BOTH), known()]) {
    for (let count = 0; count < 16; count++) peer.receive({ type: 'have-all' });
    assert.throws(() => peer.receive({ type: 'have-all' }), code('BITFIELD_FLOOD'));
  }
});

for (const [type, wrong] of [
  ['have', 'BAD_PIECE_INDEX'],
  ['suggest', 'BAD_PIECE_INDEX'],
  ['allowed-fast', 'BAD_PIECE_INDEX'],
  ['bitfield', 'BAD_BITFIELD'],
] as const) {
  test(`a false ${type} before the metadata is known is found out later, and nothing of it stays`, () => {
    const peer = new RemotePeer(BOTH);
    peer.receive(
      type === 'bitfield' ? { type, bytes: new Uint8Array(9) } : { type, piece: 1_000_000 },
    );
    assert.throws(() => peer.learnPieceCount(10), code(wrong));
    assert.equal(peer.pieces, undefined, 'its pieces are counted nowhere');
  });
}

test('a false piece that is taken back before the metadata is known is found out later', () => {
  const peer = new RemotePeer(BOTH);
  peer.receive(dontHave(1_000_000));
  assert.throws(() => peer.learnPieceCount(10), code('BAD_PIECE_INDEX'));
  assert.equal(peer.pieces, undefined);
});

test('indexes are checked against the piece count', () => {
  const peer = known(10);
  const block = { piece: 10, begin: 0, length: 1 };
  const messages: readonly ReceivedMessage[] = [
    { type: 'have', piece: 10 },
    { type: 'suggest', piece: 10 },
    { type: 'allowed-fast', piece: 10 },
    { type: 'request', ...block },
    { type: 'cancel', ...block },
    { type: 'reject', ...block },
  ];
  for (const message of [...messages, dontHave(10)])
    assert.throws(() => peer.receive(message), code('BAD_PIECE_INDEX'));
});

test('messages of an extension that was not agreed on are faults', () => {
  const peer = known(10, NEITHER);
  const fast: readonly ReceivedMessage[] = [
    { type: 'have-all' },
    { type: 'have-none' },
    { type: 'suggest', piece: 0 },
    { type: 'allowed-fast', piece: 0 },
    { type: 'reject', piece: 0, begin: 0, length: 1 },
  ];
  for (const message of fast) assert.throws(() => peer.receive(message), code('FAST_NOT_AGREED'));
  const extended = { type: 'extended', id: 0, payload: encodeUtf8('de') } as const;
  assert.throws(() => peer.receive(extended), code('EXTENSIONS_NOT_AGREED'));
});

test('allowances and suggestions are bounded', () => {
  const peer = known(1_000);
  for (let piece = 0; piece < 1_000; piece++) {
    peer.receive({ type: 'allowed-fast', piece });
    peer.receive({ type: 'suggest', piece });
  }
  assert.equal(peer.allowedFast.size, 32);
  assert.equal(peer.suggested.length, 16);
  assert.equal(peer.suggested[0], 999, 'the latest comes first');
});

test('extended handshakes add up', () => {
  const peer = known();
  const say = (text: string): unknown =>
    peer.receive({ type: 'extended', id: 0, payload: encodeUtf8(text) });
  assert.deepEqual(say('d1:md11:ut_metadatai3ee1:pi6881ee'), { type: 'extended-handshake' });
  say('d11:upload_onlyi1ee');
  assert.deepEqual([peer.extended?.port, peer.isUploadOnly], [6881, true]);
  assert.equal(peer.extended?.extensions.get('ut_metadata'), 3);
  say('d11:upload_onlyi0ee');
  assert.equal(peer.isUploadOnly, false);
  const payload = encodeUtf8('x');
  assert.deepEqual(peer.receive({ type: 'extended', id: 5, payload }), {
    type: 'extension',
    id: 5,
    payload,
  });
});

test('any messages in any order give events or a PeerFault', () => {
  const supports = fc.record({ fast: fc.boolean(), extensions: fc.boolean(), dht: fc.boolean() });
  const messages = fc.array(peerMessages, { maxLength: 40 });
  fc.assert(
    fc.property(supports, messages, fc.nat({ max: 40 }), (support, received, learnAt) => {
      const peer = new RemotePeer(support);
      try {
        for (const [index, message] of received.entries()) {
          if (index === learnAt) peer.learnPieceCount(100);
          peer.receive(message);
        }
      } catch (error) {
        assert.ok(error instanceof PeerFault, String(error));
      }
      for (const piece of peer.pieces ?? []) assert.ok(piece < 100);
    }),
  );
});
