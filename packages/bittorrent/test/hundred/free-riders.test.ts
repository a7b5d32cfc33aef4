import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measureFreeRiders } from './free-riders.ts';
import type { FreeRiderWorld } from './free-riders.ts';

const SEEDS = process.env['COEQUAL_LONG'] === '1' ? 20 : 2;

/** How much longer a free rider takes, on any seed; and what it may have when the median giver has three quarters. */
const SLOWER_MIN = 1.05;
const EARLY_SHARE_MAX = 0.65;

const WORLDS: readonly FreeRiderWorld[] = [
  { hasLiars: false, seed: 'stays', limits: 'set' },
  { hasLiars: true, seed: 'leaves', limits: 'set' },
];

for (const world of WORLDS) {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const others = world.hasLiars ? 'and liars' : 'alone';
    test(`a free rider gets less than a giver: ${others}, the seed ${world.seed} (seed ${seed})`, async (context) => {
      const { giverMs, freeRiderMs, earlyShare, lateShare } = await measureFreeRiders(seed, world);
      context.diagnostic(
        `giver ${giverMs} ms, free rider ${freeRiderMs} ms; it had ${earlyShare.toFixed(2)}, then ${lateShare.toFixed(2)}`,
      );
      assert.ok(freeRiderMs >= giverMs * SLOWER_MIN, `${freeRiderMs} ms against ${giverMs} ms`);
      assert.ok(earlyShare <= EARLY_SHARE_MAX, `it had ${earlyShare}`);
    });
  }
}
