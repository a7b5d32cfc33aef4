import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { EventQueue } from '../src/event-queue.ts';

function popAll(queue: EventQueue): void {
  for (let event = queue.pop(Infinity); event !== undefined; event = queue.pop(Infinity))
    event.run();
}

test('events come in the order of their times, and of their arrangement within a time', () => {
  const pushes = fc.array(fc.record({ at: fc.integer({ min: 0, max: 50 }), isKept: fc.boolean() }));
  fc.assert(
    fc.property(pushes, (events) => {
      const queue = new EventQueue();
      const seen: number[] = [];
      for (const [i, { at, isKept }] of events.entries()) {
        const cancel = queue.push(at, 'e', undefined, false, () => seen.push(i));
        if (!isKept) cancel();
      }
      popAll(queue);
      const expected = [...events.keys()].filter((i) => events[i]?.isKept);
      expected.sort((a, b) => (events[a]?.at ?? 0) - (events[b]?.at ?? 0) || a - b);
      assert.deepEqual(seen, expected);
    }),
  );
});

test('thousands of cancelled events are swept out, and the others stay', () => {
  const queue = new EventQueue();
  let ran = 0;
  for (let i = 0; i < 10_000; i++) {
    const cancel = queue.push(i % 97, 'e', undefined, false, () => void (ran += 1));
    if (i % 5 === 0) continue;
    cancel();
    cancel();
  }
  popAll(queue);
  assert.equal(ran, 2_000);
});

test('an event is never early by a rounding error', () => {
  const times = fc.double({ min: 0, max: 1e12, noNaN: true });
  fc.assert(
    fc.property(times, (at) => {
      const queue = new EventQueue();
      queue.push(at, 'e', undefined, false, () => undefined);
      popAll(queue);
      assert.ok(queue.now >= at && queue.now < at + 0.01);
    }),
  );
});

test('events of the dead do not run', () => {
  const queue = new EventQueue();
  const owner = { name: 'a', isAlive: true };
  let ran = 0;
  queue.push(1, 'e', owner, false, () => {
    ran += 1;
    owner.isAlive = false;
  });
  queue.push(2, 'e', owner, false, () => void (ran += 1));
  popAll(queue);
  assert.equal(ran, 1);
  assert.deepEqual(queue.pending(), []);
});

test('what is due at once comes after what was due at that time before', () => {
  const queue = new EventQueue();
  const seen: string[] = [];
  const push = (at: number, name: string, then?: () => void): void => {
    queue.add(at, name, undefined, false, () => {
      seen.push(name);
      then?.();
    });
  };
  push(1, 'first', () => {
    push(1, 'soon');
    push(0, 'past');
    push(2, 'later');
  });
  push(1, 'second', () => push(1, 'last'));
  popAll(queue);
  assert.deepEqual(seen, ['first', 'second', 'soon', 'past', 'last', 'later']);
});
