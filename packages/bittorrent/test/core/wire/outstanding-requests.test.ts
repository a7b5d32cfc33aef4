import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Bitfield } from '../../../src/core/bitfield.ts';
import { OutstandingRequests } from '../../../src/core/wire/outstanding-requests.ts';

const BLOCK = 16_384;

test('a request is on the list until it is removed', () => {
  const outstanding = new OutstandingRequests();
  outstanding.add([{ piece: 3, begin: BLOCK, length: 1_000 }], 5);
  assert.equal(outstanding.remove(3, 0), undefined);
  assert.equal(outstanding.remove(3, BLOCK), 5);
  assert.equal(outstanding.remove(3, BLOCK), undefined);
  assert.deepEqual([outstanding.count, outstanding.askedCount], [0, 1]);
});

test('no other place counts as that of a request', () => {
  const place = fc.nat({ max: 2 ** 32 - 1 });
  const index = fc.nat({ max: 5_000 });
  const blockIndex = fc.nat({ max: 8_191 });
  fc.assert(
    fc.property(index, blockIndex, index, place, (piece, block, otherPiece, otherBegin) => {
      const begin = block * BLOCK;
      const outstanding = new OutstandingRequests();
      outstanding.add([{ piece, begin, length: BLOCK }], 0);
      for (const other of [otherBegin, begin + 1, begin + 2 ** 27, 2 ** 27, 0]) {
        const isSame = otherPiece === piece && other === begin;
        assert.equal(outstanding.remove(otherPiece, other) !== undefined, isSame);
        if (isSame) outstanding.add([{ piece, begin, length: BLOCK }], 0);
      }
      // the piece before, and a begin past its end
      if (piece > 0) {
        assert.equal(outstanding.remove(piece - 1, begin + 2 ** 27), undefined);
      }
      assert.equal(outstanding.count, 1);
    }),
  );
});

test('all requests come back as they were asked', () => {
  const block = fc.record(
    {
      piece: fc.nat({ max: 100_000 }),
      begin: fc.nat({ max: 8_191 }).map((at) => at * BLOCK),
      length: fc.integer({ min: 1, max: BLOCK }),
    },
    { noNullPrototype: true },
  );
  const selector = ({ piece, begin }: { piece: number; begin: number }) => `${piece} ${begin}`;
  fc.assert(
    fc.property(fc.uniqueArray(block, { selector }), (requests) => {
      const outstanding = new OutstandingRequests();
      outstanding.add(requests, 0);
      assert.equal(outstanding.count, requests.length);
      assert.deepEqual(outstanding.removeAll(), requests);
      assert.equal(outstanding.count, 0);
    }),
  );
});

test('requests for pieces outside a set are taken off the list, and the others stay', () => {
  const outstanding = new OutstandingRequests();
  const [kept, lost] = [
    { piece: 1, begin: BLOCK, length: BLOCK },
    { piece: 2, begin: 2 * BLOCK, length: 900 },
  ];
  outstanding.add([kept, lost], 7);
  const left = new Bitfield(4);
  for (const piece of [0, 1]) left.set(piece);
  assert.deepEqual(outstanding.removeOutside(left), [lost]);
  assert.deepEqual(outstanding.removeOutside(left), []);
  assert.deepEqual(outstanding.removeAll(), [kept]);
});
