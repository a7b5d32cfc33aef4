import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAbort, sleep, TaskGroup, untilAborted } from '../src/index.ts';
import type { Clock } from '../src/index.ts';

/** A clock whose time passes when the test says so. */
class HandClock implements Clock {
  readonly timers = new Map<() => void, number>();
  #now = 100;

  now(): number {
    return this.#now;
  }

  epochNow(): number {
    return this.#now;
  }

  at(when: number, run: () => void): () => void {
    this.timers.set(run, when);
    return () => void this.timers.delete(run);
  }

  pass(ms: number): void {
    this.#now += ms;
    for (const [run, when] of this.timers) {
      if (when > this.#now) continue;
      this.timers.delete(run);
      run();
    }
  }
}

void test('a sleep ends when its time has passed, and leaves no timer', async () => {
  const clock = new HandClock();
  let isAwake = false;
  const sleeping = sleep(clock, 50, new AbortController().signal).then(() => (isAwake = true));
  clock.pass(49);
  await Promise.resolve();
  assert.equal(isAwake, false);
  clock.pass(1);
  await sleeping;
  assert.equal(clock.timers.size, 0);
});

void test('an aborted sleep rejects with the reason, and leaves no timer', async () => {
  const clock = new HandClock();
  const abort = new AbortController();
  const reason = new Error('enough');
  const sleeping = sleep(clock, 50, abort.signal);
  abort.abort(reason);
  await assert.rejects(sleeping, (error) => error === reason);
  await assert.rejects(sleep(clock, 50, abort.signal), (error) => error === reason);
  assert.equal(clock.timers.size, 0);
});

void test('an abort is told from a failure', () => {
  const reason = new Error('enough');
  const aborted = AbortSignal.abort(reason);
  assert.ok(isAbort(reason, aborted));
  assert.ok(isAbort(new DOMException('x', 'AbortError'), aborted));
  assert.ok(!isAbort(new Error('enough'), aborted));
  assert.ok(!isAbort(reason, new AbortController().signal));
});

void test('what is awaited until an abort settles as it would, unless that comes first', async () => {
  const abort = new AbortController();
  const reason = new Error('enough');
  const failure = new Error('broken');
  const isReason = (error: unknown): boolean => error === reason;
  assert.equal(await untilAborted(Promise.resolve(1), abort.signal), 1);
  await assert.rejects(untilAborted(Promise.reject(failure), abort.signal), failure);
  const late = Promise.withResolvers<number>();
  const waiting = untilAborted(late.promise, abort.signal);
  abort.abort(reason);
  await assert.rejects(waiting, isReason);
  await assert.rejects(untilAborted(late.promise, abort.signal), isReason);
  await assert.rejects(untilAborted(Promise.resolve(1), abort.signal), isReason);
  late.reject(failure); // nobody is left to hear it, and that is no error
  await new Promise(setImmediate);
});

function abortOf(signal: AbortSignal): Promise<void> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });
}

void test('disposing a group aborts its tasks and awaits their ends', async () => {
  const failures: unknown[] = [];
  const group = new TaskGroup((error) => failures.push(error));
  const ended: string[] = [];
  group.run(async (signal) => {
    await abortOf(signal).catch(() => {});
    await Promise.resolve();
    ended.push('tidied up');
  });
  group.run(abortOf);
  group.run(async () => void ended.push('at once'));
  await group[Symbol.asyncDispose]();
  assert.deepEqual(ended, ['at once', 'tidied up']);
  assert.deepEqual(failures, []);
});

void test('a task that fails tells its owner, once', async () => {
  const failures: unknown[] = [];
  const failure = new Error('broken');
  const group = new TaskGroup((error) => failures.push(error));
  group.run(() => Promise.reject(failure));
  group.run(() => {
    throw failure;
  });
  await group[Symbol.asyncDispose]();
  assert.deepEqual(failures, [failure, failure]);
});

void test('a task that fails while being aborted for its own reason is heard', async () => {
  const failures: unknown[] = [];
  const failure = new Error('broken');
  const group = new TaskGroup((error) => failures.push(error));
  group.run(async (signal) => {
    await abortOf(signal).catch(() => {});
    throw failure;
  });
  await group[Symbol.asyncDispose]();
  assert.deepEqual(failures, [failure]);
});

void test('a disposed group runs nothing more', async () => {
  const group = new TaskGroup((error) => assert.fail(String(error)));
  await group[Symbol.asyncDispose]();
  group.run(async () => assert.fail('it ran'));
  await group[Symbol.asyncDispose]();
});
