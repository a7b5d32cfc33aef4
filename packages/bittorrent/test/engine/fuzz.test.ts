import { test } from 'node:test';
import { fuzz } from './fuzz.ts';

for (const seed of [1, 2, 3, 4, 5, 6]) {
  test(`conversations that are spoilt break nothing (seed ${seed})`, () => fuzz(seed));
}
