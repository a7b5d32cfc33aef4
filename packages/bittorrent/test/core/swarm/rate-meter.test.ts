import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RateMeter } from '../../../src/core/swarm/rate-meter.ts';

test('a meter that saw nothing shows nothing', () => {
  assert.equal(new RateMeter().rate(5), 0);
  assert.equal(new RateMeter().recentRate(5), 0);
});

test('a steady flow shows its rate, early and late', () => {
  const meter = new RateMeter();
  for (let now = 500; now <= 60_000; now += 10) {
    meter.add(1_000, now);
    if (now < 3_000) continue;
    assert.ok(Math.abs(meter.rate(now) - 100_000) < 1_500, `${meter.rate(now)} at ${now}`);
    assert.ok(Math.abs(meter.recentRate(now) - 100_000) < 1_500);
  }
  assert.equal(meter.totalBytes, 5_951_000);
});

test('the fast view follows a change within seconds, and silence ends both', () => {
  const meter = new RateMeter();
  for (let now = 0; now < 20_000; now += 100) meter.add(100, now);
  for (let now = 20_000; now < 23_000; now += 100) meter.add(1_000, now);
  assert.ok(meter.recentRate(22_999) > 9_000);
  assert.ok(meter.rate(22_999) < 4_000);
  assert.equal(meter.recentRate(27_000), 0);
  assert.ok(meter.rate(27_000) > 0);
  assert.equal(meter.rate(60_000), 0);
});

test('the rate is that of the bytes in the window, whatever the times', () => {
  const flow = fc.array(fc.tuple(fc.nat(5_000), fc.nat(100_000)), { minLength: 1 });
  fc.assert(
    fc.property(flow, fc.nat(1_000_000), (steps, start) => {
      const meter = new RateMeter();
      const added: { at: number; bytes: number }[] = [];
      let now = start;
      for (const [wait, bytes] of steps) {
        now += wait;
        meter.add(bytes, now);
        added.push({ at: now, bytes });
      }
      const from = (Math.floor(now / 1_000) - 15) * 1_000;
      const inWindow = added.filter(({ at }) => at >= from);
      const bytes = inWindow.reduce((sum, one) => sum + one.bytes, 0);
      const first = added[0]?.at ?? 0;
      const covered = Math.min(now - from, Math.max(1_000, now - first));
      assert.ok(Math.abs(meter.rate(now) - (bytes * 1_000) / covered) < 1e-6);
    }),
  );
});
