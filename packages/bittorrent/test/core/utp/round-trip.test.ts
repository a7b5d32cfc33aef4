import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RoundTrip } from '../../../src/core/utp/round-trip.ts';

test('the wait is a second at first, then as BEP 29 has it, and half a second at least', () => {
  const roundTrip = new RoundTrip();
  assert.equal(roundTrip.timeoutMs, 1_000);
  roundTrip.add(800);
  assert.deepEqual([roundTrip.smoothedMs, roundTrip.timeoutMs], [800, 800 + 4 * 400]);
  // rtt_var += (|800 - 400| - 400) / 4, rtt += (400 - 800) / 8
  roundTrip.add(400);
  assert.deepEqual([roundTrip.smoothedMs, roundTrip.timeoutMs], [750, 750 + 4 * 400]);
  // rtt_var += (|750 - 750| - 400) / 4
  roundTrip.add(750);
  assert.deepEqual([roundTrip.smoothedMs, roundTrip.timeoutMs], [750, 750 + 4 * 300]);
  for (let i = 0; i < 100; i++) roundTrip.add(20);
  assert.equal(roundTrip.timeoutMs, 500);
  assert.equal(roundTrip.leastMs, 20);
});

test('it doubles with each that passes in vain, up to 15 s, until something comes', () => {
  const roundTrip = new RoundTrip();
  roundTrip.add(100);
  const waits = [1, 2, 3, 4, 5, 6].map(() => {
    roundTrip.backOff();
    return roundTrip.timeoutMs;
  });
  assert.deepEqual(waits, [1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
  roundTrip.add(100);
  assert.equal(roundTrip.timeoutMs, 500);
});
