import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keepShown, NOTHING_CHOSEN, select } from '../src/transfers/selection.ts';
import type { Selection, SelectionInput } from '../src/transfers/selection.ts';

const ORDER = ['a', 'b', 'c', 'd', 'e'];

function after(...inputs: SelectionInput[]): Selection {
  return inputs.reduce((selection, input) => select(selection, input, ORDER), NOTHING_CHOSEN);
}

const chosen = (selection: Selection): string => [...selection.chosen].toSorted().join('');

test('a click chooses one, with Ctrl one more or less, with Shift all between', () => {
  assert.equal(chosen(after({ type: 'choose', id: 'b' }, { type: 'choose', id: 'd' })), 'd');
  const two = after({ type: 'choose', id: 'b' }, { type: 'toggle', id: 'd' });
  assert.equal(chosen(two), 'bd');
  assert.equal(chosen(select(two, { type: 'toggle', id: 'b' }, ORDER)), 'd');
  const range = after({ type: 'choose', id: 'd' }, { type: 'extend', id: 'b' });
  assert.equal(chosen(range), 'bcd');
  assert.equal(chosen(select(range, { type: 'extend', id: 'e' }, ORDER)), 'de');
});

test('arrows begin at the first row and stop at the ends', () => {
  const down = { type: 'move', steps: 1, how: 'choose' } as const;
  assert.equal(chosen(after(down)), 'a');
  assert.equal(chosen(after(down, down)), 'b');
  assert.equal(after({ type: 'move', steps: Infinity, how: 'choose' }, down).active, 'e');
  assert.equal(after({ type: 'move', steps: -1, how: 'choose' }).active, 'a');
});

test('Shift and arrows grow and shrink the range, Ctrl and arrows choose nothing', () => {
  const extend = { type: 'move', steps: 1, how: 'extend' } as const;
  const start = { type: 'choose', id: 'b' } as const;
  assert.equal(chosen(after(start, extend, extend)), 'bcd');
  assert.equal(chosen(after(start, extend, extend, { ...extend, steps: -1 })), 'bc');
  const moved = after(start, { type: 'move', steps: 2, how: 'only-move' });
  assert.equal(chosen(moved), 'b');
  assert.equal(moved.active, 'd');
});

test('all are chosen, or none', () => {
  assert.equal(chosen(after({ type: 'all' })), 'abcde');
  assert.equal(chosen(after({ type: 'all' }, { type: 'none' })), '');
});

test('what a filter hides is not chosen any more', () => {
  const all = after({ type: 'choose', id: 'b' }, { type: 'all' });
  const kept = keepShown(all, ['a', 'c']);
  assert.equal(chosen(kept), 'ac');
  assert.equal(kept.active, undefined);
  assert.equal(keepShown(all, ORDER), all);
});
