/** A hundred seeds of everything that happens to links at once. COEQUAL_SEEDS=3 makes it short, SEED=n is one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Churn } from './churn.ts';
import type { ChurnStats } from './churn.ts';
import { LinksWorld } from './links-world.ts';

const { SEED, COEQUAL_SEEDS } = process.env;
const SEEDS = Number(COEQUAL_SEEDS ?? 100);
const ACTS = 600;
const KEYS = ['whole', 'closed', 'lost', 'unopened', 'bytes'] as const;
const ACT_MS_MAX = 600;

test('what is sent arrives once and in order, or both ends know, whatever happens to the ways', async () => {
  const all = SEED === undefined ? Array.from({ length: SEEDS }, (_, i) => i + 1) : [Number(SEED)];
  const sum = { whole: 0, closed: 0, lost: 0, unopened: 0, bytes: 0 };
  for (const seed of all) {
    const stats = await runSeed(seed).catch((cause: unknown) => {
      throw new Error(`seed ${seed}`, { cause });
    });
    for (const key of KEYS) sum[key] += stats[key];
  }
  console.log(JSON.stringify(sum));
  for (const key of KEYS) assert.ok(sum[key] > 0, `some are ${key}: else nothing was tried`);
});

async function runSeed(seed: number): Promise<ChurnStats> {
  const links = await LinksWorld.open({
    seed,
    count: 2 + (seed % 4),
    hasRelay: seed % 3 !== 0,
    loss: seed % 2 === 0 ? 0.01 : 0,
    latencyMs: [2, 120],
  });
  const churn = new Churn(links);
  for (let i = 0; i < ACTS; i++) {
    churn.act();
    await links.world.pass(links.world.random.integer(1, ACT_MS_MAX));
  }
  await churn.settle();
  const stats = churn.check();
  await links.close();
  return stats;
}
