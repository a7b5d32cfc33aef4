/** The contract of Random: what every implementation does, real or simulated. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Random } from '../../src/index.ts';

export function describeRandom(name: string, open: () => Random): void {
  void describe(`Random: ${name}`, () => {
    void test('bytes have the length asked for, and are not the same twice', () => {
      const random = open();
      for (const length of [0, 1, 20, 100_000]) assert.equal(random.bytes(length).length, length);
      assert.notDeepEqual(random.bytes(20), random.bytes(20));
    });

    void test('bytes belong to who asked', () => {
      const random = open();
      const first = random.bytes(20);
      const copy = Uint8Array.from(first);
      random.bytes(20).fill(0);
      assert.deepEqual(first, copy);
      assert.equal(Object.getPrototypeOf(first), Uint8Array.prototype);
    });

    void test('every value of a byte turns up', () => {
      assert.equal(new Set(open().bytes(20_000)).size, 256);
    });

    void test('numbers are spread over [0, 1)', () => {
      const random = open();
      const counts = Array.from({ length: 10 }, () => 0);
      for (let i = 0; i < 10_000; i++) {
        const number = random.number();
        assert.ok(number >= 0 && number < 1);
        const tenth = Math.floor(number * 10);
        counts[tenth] = (counts[tenth] ?? 0) + 1;
      }
      // 1000 expected, a standard deviation of 30: ten of those are beyond chance
      for (const count of counts) assert.ok(count > 700 && count < 1_300, counts.join(' '));
    });
  });
}
