import { test } from 'node:test';
import { fuzz } from '../engine/fuzz.ts';

/** Some minutes of it. */
const SEEDS = 400;

test(`conversations that are spoilt break nothing, from ${SEEDS} seeds`, async (t) => {
  for (let seed = 1_000; seed < 1_000 + SEEDS; seed++) {
    await t.test(`seed ${seed}`, () => fuzz(seed));
  }
});
