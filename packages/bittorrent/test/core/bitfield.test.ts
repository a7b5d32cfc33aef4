import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PeerFault } from '@coequal/base';
import * as fc from 'fast-check';
import { Bitfield } from '../../src/core/bitfield.ts';

describe('Bitfield', () => {
  it('has piece 0 as the high bit of byte 0', () => {
    const bitfield = new Bitfield(10);
    bitfield.set(0);
    bitfield.set(9);
    assert.deepEqual(bitfield.bytes, Uint8Array.of(0x80, 0x40));
  });

  it('sets and clears ranges as one by one, and counts what another has not', () => {
    const range = fc.tuple(fc.boolean(), fc.nat(70), fc.nat(75));
    const ranges = fc.array(range, { maxLength: 8 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 64 }), ranges, ranges, (length, some, others) => {
        const [mine, theirs] = [some, others].map((steps) => {
          const bitfield = new Bitfield(length);
          const model = new Bitfield(length);
          for (const [isSet, first, end] of steps) {
            if (isSet) bitfield.setRange(first, end);
            else bitfield.clearRange(first, end);
            for (let index = first; index < end; index++) {
              if (isSet) model.set(index);
              else model.clear(index);
            }
          }
          assert.deepEqual(bitfield, model);
          assert.equal(bitfield.count, model.count);
          return bitfield;
        });
        assert.ok(mine && theirs);
        const outside = [...mine].filter((index) => !theirs.has(index));
        assert.equal(mine.countOutside(theirs), outside.length);
      }),
    );
  });

  it('behaves as a set of numbers', () => {
    const steps = fc.array(fc.tuple(fc.constantFrom('set', 'clear'), fc.nat(70)), {
      maxLength: 200,
    });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 64 }), steps, (length, all) => {
        const bitfield = new Bitfield(length);
        const model = new Set<number>();
        for (const [step, index] of all) {
          const isChange = index < length && model.has(index) === (step === 'clear');
          if (step === 'set') {
            assert.equal(bitfield.set(index), isChange);
            if (isChange) model.add(index);
          } else {
            assert.equal(bitfield.clear(index), isChange);
            model.delete(index);
          }
        }
        assert.deepEqual(
          [...bitfield],
          [...model].toSorted((a, b) => a - b),
        );
        assert.equal(bitfield.count, model.size);
        assert.equal(bitfield.isFull, model.size === length);
        assert.deepEqual(Bitfield.decode(bitfield.bytes, length), bitfield);
      }),
    );
  });

  it('is full without spare bits, for any length', () => {
    for (let length = 0; length < 40; length++) {
      const full = Bitfield.full(length);
      assert.equal(full.count, length);
      assert.ok(full.isFull);
      assert.deepEqual(Bitfield.decode(full.bytes, length), full);
      assert.equal(full.has(length), false);
    }
  });

  it('copies so that changes stay apart', () => {
    const bytes = Uint8Array.of(0xf0);
    const decoded = Bitfield.decode(bytes, 4);
    const copy = decoded.copy();
    bytes.fill(0);
    copy.clear(0);
    assert.equal(decoded.count, 4);
    assert.equal(copy.count, 3);
  });

  it('gives a set or a PeerFault for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5 }), fc.nat(40), (bytes, length) => {
        try {
          const bitfield = Bitfield.decode(bytes, length);
          assert.deepEqual(bitfield.bytes, bytes);
        } catch (error) {
          assert.ok(error instanceof PeerFault && error.code === 'BAD_BITFIELD');
        }
      }),
    );
    assert.throws(() => Bitfield.decode(Uint8Array.of(0xff), 7), PeerFault);
    assert.throws(() => Bitfield.decode(Uint8Array.of(0xff, 0), 8), PeerFault);
  });
});
