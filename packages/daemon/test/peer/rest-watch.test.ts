import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collectGarbage, RestWatch } from '../../src/peer/rest-watch.ts';

const nothing = { moved: 0, isBusy: false };

/** The seconds after which it is time, looked at once in each of them. */
function timesOf(watch: RestWatch, activity: (second: number) => typeof nothing, until: number) {
  return Array.from({ length: until }, (_, second) => second).filter((second) =>
    watch.look(activity(second), second * 1_000),
  );
}

void test('memory is given up half a minute after the start, and every five minutes', () => {
  const times = timesOf(new RestWatch(), () => nothing, 700);
  assert.deepEqual(times, [30, 330, 630]);
});

void test('what moves and who looks put it off', () => {
  const activity = (second: number) => ({
    moved: Math.min(second, 100) * 16_384,
    isBusy: second >= 140 && second <= 200,
  });
  assert.deepEqual(timesOf(new RestWatch(), activity, 240), [130, 230]);
});

void test('a collection frees what nobody holds, and leaves the flags as they were', () => {
  const big = new WeakRef(Array.from({ length: 100_000 }, () => 'x'));
  const { promise, resolve } = Promise.withResolvers<void>();
  setImmediate(() => {
    collectGarbage();
    resolve();
  });
  return promise.then(() => {
    assert.equal(big.deref(), undefined);
    assert.equal('gc' in globalThis, false);
  });
});
