// Prints how look-ups fare when 30 % of all nodes are gone, as docs/dht.md has it.
//
//   node packages/bittorrent/test/dht/look-up-table.ts [NODES …]
import { measureLookups, percentile } from './look-ups.ts';

const LOOKUPS = 500;
const SWARMS = 100;
const DEAD = 0.3;
const SEED = 1;

const sizes = process.argv.slice(2).map(Number);
console.log(
  '| nodes | found | rounds allowed | rounds to the first peer: p50, p95 | rounds to the end: p50, p95 | chain of answers: p95 | queries: p50, p95 | ms to the first peer: p50, p95 | ms to the end: p95 |',
);
console.log('|---|---|---|---|---|---|---|---|---|');
for (const nodes of sizes.length > 0 ? sizes : [100, 1_000, 10_000]) {
  const report = await measureLookups({
    nodes,
    lookups: LOOKUPS,
    swarms: SWARMS,
    deadShare: DEAD,
    seed: SEED,
  });
  const { results } = report;
  const pair = (values: readonly number[]): string =>
    `${Math.round(percentile(values, 0.5))}, ${Math.round(percentile(values, 0.95))}`;
  const cells = [
    nodes.toLocaleString('en'),
    `${report.found} of ${report.lookups}`,
    report.roundsMax,
    pair(report.foundRounds),
    pair(report.overRounds),
    percentile(
      results.map(({ summary }) => summary.rounds),
      0.95,
    ),
    pair(results.map(({ summary }) => summary.queries)),
    pair(results.flatMap(({ foundMs }) => foundMs ?? [])),
    Math.round(
      percentile(
        results.map(({ overMs }) => overMs),
        0.95,
      ),
    ),
  ];
  console.log(`| ${cells.join(' | ')} |`);
}
