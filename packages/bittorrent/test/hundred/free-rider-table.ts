/**
 * Prints the table of docs/swarm-simulation.md: what free riders get beside givers.
 *
 *   node packages/bittorrent/test/hundred/free-rider-table.ts
 */
import { measureFreeRiders, median } from './free-riders.ts';
import type { FreeRiderOutcome, FreeRiderWorld } from './free-riders.ts';

const SEEDS = [1, 2, 3, 4, 5];
const WORLDS: readonly FreeRiderWorld[] = [
  { hasLiars: false, seed: 'stays', limits: 'set' },
  { hasLiars: false, seed: 'leaves', limits: 'set' },
  { hasLiars: true, seed: 'stays', limits: 'set' },
  { hasLiars: true, seed: 'leaves', limits: 'set' },
  { hasLiars: false, seed: 'stays', limits: 'none' },
];

console.log(
  '| swarm | limits | seed | giver s | free rider s | ratio, lowest of the seeds | free rider has, giver at 75 % | giver done |',
);
console.log('| --- | --- | --- | --- | --- | --- | --- | --- |');
for (const world of WORLDS) {
  const outcomes: FreeRiderOutcome[] = [];
  for (const seed of SEEDS) outcomes.push(await measureFreeRiders(seed, world));
  console.log(rowOf(world, outcomes));
}

function rowOf(world: FreeRiderWorld, outcomes: readonly FreeRiderOutcome[]): string {
  const of = (key: keyof FreeRiderOutcome): number => median(outcomes.map((it) => it[key]));
  const ratios = outcomes.map(({ giverMs, freeRiderMs }) => freeRiderMs / giverMs);
  const cells = [
    world.hasLiars ? 'and liars' : 'givers, free riders',
    world.limits,
    world.seed,
    (of('giverMs') / 1_000).toFixed(1),
    (of('freeRiderMs') / 1_000).toFixed(1),
    `${median(ratios).toFixed(2)}, ${Math.min(...ratios).toFixed(2)}`,
    `${Math.round(of('earlyShare') * 100)} %`,
    `${Math.round(of('lateShare') * 100)} %`,
  ];
  return `| ${cells.join(' | ')} |`;
}
