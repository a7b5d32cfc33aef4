import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deviceKeyOf } from '@coequal/base';
import type { LanSecrets } from '@coequal/mesh';
import { NearSecrets } from '../../src/people/near-secrets.ts';

const bytes = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);

void test('by what devices are known near is told when it is not as it was, and not again', () => {
  const told: LanSecrets[] = [];
  const [anna, ben] = [deviceKeyOf(bytes(1)), deviceKeyOf(bytes(2))];
  let now: LanSecrets = { own: [bytes(5)], others: new Map([[anna, [bytes(6)]]]) };
  const near = new NearSecrets(
    { setSecrets: (secrets) => void told.push(secrets) },
    { nearSecrets: () => now },
  );
  near.refresh();
  now = { own: [bytes(5)], others: new Map([[anna, [bytes(6)]]]) };
  near.refresh();
  assert.equal(told.length, 1);
  const others: LanSecrets[] = [
    { own: [bytes(7)], others: new Map([[anna, [bytes(6)]]]) },
    { own: [bytes(7)], others: new Map([[anna, [bytes(6), bytes(7)]]]) },
    { own: [bytes(7)], others: new Map([[ben, [bytes(6), bytes(7)]]]) },
    { own: [bytes(7)], others: new Map() },
  ];
  for (const other of others) {
    now = other;
    near.refresh();
    assert.equal(told.at(-1), other);
  }
});
