import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { SlotPool } from '../../../src/io/storage/slot-pool.ts';
import type { PieceBuffer } from '../../../src/io/storage/slot-pool.ts';

const SLOT = 32_768;

function makePool(slotCount = 12): SlotPool {
  const memory = new Uint8Array(SLOT * slotCount);
  return new SlotPool({
    slotCount,
    slotLength: SLOT,
    slot: (index) => memory.subarray(index * SLOT, (index + 1) * SLOT),
  });
}

describe('SlotPool', () => {
  test('blocks of a piece are views of its slots, one after another', () => {
    const pool = makePool();
    const share = pool.join();
    const buffer = share.reserve(0, SLOT * 2 + 5);
    assert.ok(buffer);
    assert.deepEqual(buffer.slots, [0, 1, 2]);
    buffer.block(SLOT + 16_384, 16_384).fill(9);
    assert.deepEqual(pool.view(1).subarray(16_380, 16_386), Uint8Array.of(0, 0, 0, 0, 9, 9));
    assert.equal(buffer.block(SLOT * 2, 5).length, 5);
    assert.throws(() => buffer.block(SLOT * 2, 6), /outside/);
    assert.throws(() => buffer.block(SLOT - 16_384, 16_385), /straddles/);
    share.free(buffer);
  });

  test('it rests when no slot is in use, and then makes its views anew', () => {
    const pool = makePool();
    const share = pool.join();
    const buffer = share.reserve(0, SLOT);
    assert.ok(buffer);
    const view = pool.view(0);
    assert.equal(pool.rest(), false);
    assert.equal(pool.view(0), view);
    share.free(buffer);
    assert.equal(pool.rest(), true);
    assert.notEqual(pool.view(0), view);
  });

  test('the slots used last are used next', () => {
    const share = makePool().join();
    const first = share.reserve(0, SLOT * 2);
    assert.ok(first);
    share.free(first);
    assert.deepEqual(share.reserve(1, SLOT)?.slots, [0]);
  });

  test('one torrent alone may have everything; beside another it makes room', () => {
    const pool = makePool();
    const [a, b] = [pool.join(), pool.join()];
    const held = Array.from({ length: 12 }, (_, piece) => a.reserve(piece, SLOT));
    assert.ok(held.every((buffer) => buffer !== undefined));
    let bGot: PieceBuffer | undefined;
    b.onFree = () => (bGot ??= b.reserve(0, SLOT * 3));
    assert.equal(b.reserve(0, SLOT * 3), undefined);
    for (const buffer of held.slice(0, 3)) {
      if (buffer) a.free(buffer);
      assert.equal(a.reserve(99, SLOT), undefined, 'what comes free is kept for who waits');
    }
    assert.ok(bGot, 'told in the turn in which the third slot came free');
    assert.equal(a.held, 9);
    const more = held[3];
    assert.ok(more);
    a.free(more);
    assert.equal(a.reserve(99, SLOT), undefined, 'two thirds are the most beside another');
    assert.ok(b.reserve(1, SLOT));
  });

  test('who waits and no longer needs memory keeps none from others', () => {
    const pool = makePool(4);
    const [a, b] = [pool.join(), pool.join()];
    const held = [a.reserve(0, SLOT * 2), a.reserve(1, SLOT * 2)];
    assert.equal(b.reserve(0, SLOT), undefined);
    b.onFree = () => undefined;
    if (held[0]) a.free(held[0]);
    assert.ok(a.reserve(2, SLOT * 2));
    assert.equal(b.reserve(0, SLOT), undefined);
    b.leave();
    if (held[1]) a.free(held[1]);
    assert.ok(a.reserve(3, SLOT * 2));
  });

  test('a slot is never given twice, and all come back', () => {
    const action = fc.record({
      share: fc.nat(2),
      take: fc.boolean(),
      slots: fc.integer({ min: 1, max: 6 }),
    });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 200 }), (actions) => {
        const pool = makePool();
        const shares = [pool.join(), pool.join(), pool.join()];
        const held: PieceBuffer[][] = [[], [], []];
        for (const { share, take, slots } of actions) {
          if (take) {
            const buffer = shares[share]?.reserve(0, slots * SLOT);
            if (buffer) held[share]?.push(buffer);
          } else {
            const buffer = held[share]?.pop();
            if (buffer) shares[share]?.free(buffer);
          }
          const inUse = held.flat().flatMap((buffer) => buffer.slots);
          assert.equal(new Set(inUse).size, inUse.length);
          assert.equal(inUse.length + pool.freeCount, pool.slotCount);
        }
      }),
    );
  });

  test('whoever keeps asking is served in the end, long pieces too', () => {
    const pool = makePool();
    const [small, long] = [pool.join(), pool.join()];
    const held: PieceBuffer[] = [];
    let gotLong = 0;
    const fill = (): void => {
      for (let next = small.reserve(0, SLOT); next; next = small.reserve(0, SLOT)) held.push(next);
    };
    small.onFree = fill;
    long.onFree = () => {
      if (long.reserve(0, SLOT * 6)) gotLong += 1;
    };
    fill();
    assert.equal(long.reserve(0, SLOT * 6), undefined);
    for (let turn = 0; turn < 12; turn++) {
      const buffer = held.shift();
      if (buffer) small.free(buffer);
      fill();
    }
    assert.equal(gotLong, 1, 'before all others had been served again');
  });
});
