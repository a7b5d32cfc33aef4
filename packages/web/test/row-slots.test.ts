import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { rowsInOrder, rowWindow } from '../src/transfers/row-slots.ts';

test('the window has all rows in sight and those beyond the edges, and no row that is not there', () => {
  assert.deepEqual(rowWindow(100, 600, 60, 4, 10_000), { first: 96, slots: 19 });
  assert.deepEqual(rowWindow(0, 600, 60, 4, 10_000), { first: 0, slots: 19 });
  assert.deepEqual(rowWindow(9_990, 600, 60, 4, 10_000), { first: 9_981, slots: 19 });
  assert.deepEqual(rowWindow(0, 600, 60, 4, 3), { first: 0, slots: 3 });
  assert.deepEqual(rowWindow(0, 0, 60, 4, 0), { first: 0, slots: 0 });
});

test('whatever the turn, each row of the window is there once, and a slot keeps its place', () => {
  const numbers = fc.record({ first: fc.nat(10_000), slots: fc.integer({ min: 1, max: 60 }) });
  fc.assert(
    fc.property(numbers, fc.nat(10_000), fc.nat(100), (window, turn, steps) => {
      const rows = rowsInOrder(window, turn);
      const all = Array.from({ length: window.slots }, (_, at) => window.first + at);
      assert.deepEqual(
        rows.toSorted((one, other) => one - other),
        all,
      );
      const later = rowsInOrder({ ...window, first: window.first + steps }, turn);
      const slotsOf = (some: readonly number[]): number[] => some.map((row) => row % window.slots);
      assert.deepEqual(slotsOf(later), slotsOf(rows));
    }),
  );
});

test('at rest rows stand in the order in which one reads', () => {
  assert.deepEqual(rowsInOrder({ first: 7, slots: 4 }, 7), [7, 8, 9, 10]);
  assert.deepEqual(rowsInOrder({ first: 8, slots: 4 }, 7), [11, 8, 9, 10]);
});
