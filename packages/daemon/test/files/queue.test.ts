import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { movedPositions } from '../../src/files/queue-moves.ts';
import { chooseRunning, Queue } from '../../src/files/queue.ts';
import type { QueueEntry } from '../../src/files/queue.ts';

const wanted: Omit<QueueEntry, 'id'> = {
  intent: 'run',
  isComplete: false,
  isSatisfied: false,
  hasFailed: false,
  lacksSpace: false,
};
const LIMITS = { activeDownloadsMax: 2, activeSeedsMax: 1 };

function chosen(entries: readonly QueueEntry[], limits = LIMITS): string[] {
  return [...chooseRunning(entries, limits)];
}

void test('the first in the queue run, as many as may', () => {
  const entries = ['a', 'b', 'c'].map((id) => ({ ...wanted, id }));
  assert.deepEqual(chosen(entries), ['a', 'b']);
});

void test('downloads and seeds are counted apart', () => {
  const entries = [
    { ...wanted, id: 'seed 1', isComplete: true },
    { ...wanted, id: 'seed 2', isComplete: true },
    { ...wanted, id: 'a' },
  ];
  assert.deepEqual(chosen(entries), ['a', 'seed 1']);
});

void test('what is paused, failed, satisfied or without space takes no turn', () => {
  const entries: QueueEntry[] = [
    { ...wanted, id: 'paused', intent: 'pause' },
    { ...wanted, id: 'failed', hasFailed: true },
    { ...wanted, id: 'satisfied', isComplete: true, isSatisfied: true },
    { ...wanted, id: 'full', lacksSpace: true },
    { ...wanted, id: 'seed', isComplete: true, lacksSpace: true },
    { ...wanted, id: 'a' },
  ];
  assert.deepEqual(chosen(entries).toSorted(), ['a', 'seed']);
});

void test('what is forced runs beyond the limits, and takes a turn from others', () => {
  const entries: QueueEntry[] = [
    { ...wanted, id: 'a' },
    { ...wanted, id: 'b' },
    { ...wanted, id: 'forced', intent: 'force' },
    { ...wanted, id: 'forced seed', intent: 'force', isComplete: true, isSatisfied: true },
  ];
  assert.deepEqual(chosen(entries).toSorted(), ['a', 'forced', 'forced seed']);
});

void test('whatever the queue, limits hold for all that are not forced', () => {
  const entry = fc.record({
    id: fc.uuid(),
    intent: fc.constantFrom('run' as const, 'pause' as const, 'force' as const),
    isComplete: fc.boolean(),
    isSatisfied: fc.boolean(),
    hasFailed: fc.boolean(),
    lacksSpace: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(entry), fc.nat(5), fc.nat(5), (entries, downloads, seeds) => {
      const limits = { activeDownloadsMax: downloads, activeSeedsMax: seeds };
      const running = chooseRunning(entries, limits);
      const unforced = entries.filter(({ id, intent }) => running.has(id) && intent === 'run');
      assert(unforced.filter(({ isComplete }) => !isComplete).length <= downloads);
      assert(unforced.filter(({ isComplete }) => isComplete).length <= seeds);
      assert(entries.every(({ id, intent }) => intent !== 'pause' || !running.has(id)));
    }),
  );
});

interface Placed {
  readonly name: string;
  readonly record: { readonly queuePosition: number };
}

function orderAfter(moved: string, action: Parameters<typeof movedPositions>[2]): string {
  const all: Placed[] = 'abcde'.split('').map((name, index) => ({
    name,
    record: { queuePosition: index + 1 },
  }));
  const those = all.filter(({ name }) => moved.includes(name));
  const positions = movedPositions(all, those, action);
  const place = (each: Placed): number => positions.get(each) ?? each.record.queuePosition;
  const sorted = all.toSorted((one, other) => place(one) - place(other));
  return sorted.map(({ name }) => name).join('');
}

void test('however the queue came to be as it is, the same run as of a fresh one', () => {
  const change = fc.record({
    id: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
    position: fc.nat(4),
    intent: fc.constantFrom('run' as const, 'pause' as const, 'force' as const),
    isComplete: fc.boolean(),
    isSatisfied: fc.boolean(),
    hasFailed: fc.boolean(),
    lacksSpace: fc.boolean(),
    isDropped: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
      const queue = new Queue();
      const last = new Map<string, (typeof changes)[number]>();
      for (const each of changes) {
        if (each.isDropped) queue.drop(each.id);
        else queue.put(each, each.position);
        if (each.isDropped) last.delete(each.id);
        else last.set(each.id, each);
        const inOrder = [...last.values()].toSorted(
          (one, other) => one.position - other.position || (one.id < other.id ? -1 : 1),
        );
        assert.deepEqual(queue.choose(LIMITS), chooseRunning(inOrder, LIMITS));
      }
    }),
  );
});

void test('moves in the queue keep the order of those that are moved', () => {
  assert.equal(orderAfter('bd', 'to-top'), 'bdace');
  assert.equal(orderAfter('bd', 'to-bottom'), 'acebd');
  assert.equal(orderAfter('bd', 'up'), 'badce');
  assert.equal(orderAfter('bd', 'down'), 'acbed');
  assert.equal(orderAfter('ab', 'up'), 'abcde');
  assert.equal(orderAfter('de', 'down'), 'abcde');
  assert.equal(orderAfter('cd', 'up'), 'acdbe');
  assert.equal(orderAfter('abc', 'pause'), 'abcde');
});
