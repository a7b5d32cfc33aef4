import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TokenBucket } from '../../../src/core/swarm/token-bucket.ts';

const RATE = 20_000_000;
const BLOCK = 16_384;

test('without a rate everything is granted', () => {
  const bucket = new TokenBucket(undefined, 0);
  assert.equal(bucket.take(1e12, 0), 1e12);
  assert.equal(bucket.deadline, undefined);
  assert.equal(bucket.isOpen(0), true);
});

test('in any second at most 1.02 times the rate is granted, and all of it if asked at each deadline', () => {
  const bucket = new TokenBucket(RATE, 0);
  const grants: { at: number; bytes: number }[] = [];
  let now = 0;
  while (now < 5_000) {
    grants.push({ at: now, bytes: bucket.take(1_000_000, now) });
    now = Math.ceil(bucket.deadline ?? now + 1); // a timer has whole milliseconds
  }
  for (const { at } of grants) {
    const second = grants.filter((grant) => grant.at >= at && grant.at < at + 1_000);
    const bytes = second.reduce((sum, grant) => sum + grant.bytes, 0);
    assert.ok(bytes <= RATE * 1.02, `${bytes} from ${at}`);
    if (at < 4_000) assert.ok(bytes >= RATE * 0.98, `${bytes} from ${at}`);
  }
});

test('whole blocks may be spent while it is open, and the bound holds', () => {
  const bucket = new TokenBucket(RATE, 0);
  let bytes = 0;
  for (let now = 0; now < 1_000; now += 1) {
    while (bucket.isOpen(now)) {
      bucket.spend(BLOCK, now);
      bytes += BLOCK;
    }
  }
  assert.ok(bytes <= RATE * 1.02 && bytes >= RATE * 0.99, `${bytes}`);
});

test('what was spent too much is waited for', () => {
  const bucket = new TokenBucket(1_000, 0);
  bucket.spend(1_015, 0);
  assert.equal(bucket.take(1, 500), 0);
  assert.equal(bucket.isOpen(999), false);
  assert.ok((bucket.deadline ?? 0) >= 1_000);
  assert.ok(bucket.take(10, Math.ceil(bucket.deadline ?? 0)) > 0);
});

test('what did not go is given back, up to a burst', () => {
  const bucket = new TokenBucket(1_000_000, 0);
  assert.equal(bucket.take(99_999, 0), 15_000);
  bucket.refund(1_000);
  assert.equal(bucket.take(99_999, 0), 1_000);
});

test('a changed rate counts from then on', () => {
  const bucket = new TokenBucket(1_000_000, 0);
  bucket.take(15_000, 0);
  bucket.setRate(2_000_000, 5);
  assert.equal(bucket.take(99_999, 6), 7_000);
  bucket.setRate(undefined, 6);
  assert.equal(bucket.take(99_999, 6), 99_999);
  assert.throws(() => bucket.setRate(0, 6), { name: 'AssertionError' });
});

test('what is missing by a rounding is waited for, and then there', () => {
  const bucket = new TokenBucket(2, 0);
  bucket.take(1, 12);
  let now = 12;
  for (const wait of [133, 68, 110, 47, 56, 46, 40]) bucket.take(0, (now += wait));
  for (; !bucket.isOpen(now); now = bucket.deadline ?? now) assert.ok((bucket.deadline ?? 0) > now);
  assert.equal(bucket.take(1, now), 1);
});

test('over any time no more is granted than the rate and a burst', () => {
  const steps = fc.array(fc.tuple(fc.nat(200), fc.nat(100_000)), { minLength: 1 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000_000 }), steps, (rate, takes) => {
      const bucket = new TokenBucket(rate, 0);
      let now = 0;
      let granted = 0;
      for (const [wait, bytes] of takes) {
        now += wait;
        const grant = bucket.take(bytes, now);
        assert.ok(grant >= 0 && grant <= bytes);
        granted += grant;
        assert.ok(granted <= (rate * (now + 15)) / 1_000 + 1 + 1e-6);
        const { deadline } = bucket;
        assert.ok(deadline === undefined || deadline > now);
      }
    }),
  );
});
