// How look-ups in the DHT fare when 30 % of all nodes are gone: prints the table of docs/dht.md, and draws its picture.
//
//   node scripts/dht-pictures.ts            all of it: some minutes
//   node scripts/dht-pictures.ts NODES…     the rows of the table for networks of these sizes
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { measureLookups, percentile } from '../packages/bittorrent/test/dht/look-ups.ts';
import type { LookupReport } from '../packages/bittorrent/test/dht/look-ups.ts';
import { renderPlot } from './plot-svg.ts';
import type { Curve } from './plot-svg.ts';

const PICTURE = fileURLToPath(new URL('../docs/dht-look-ups.svg', import.meta.url));

const SIZES = [100, 300, 1_000, 3_000, 10_000];
const LOOKUPS = 500;
const SWARMS = 100;
const DEAD = 0.3;
const SEED = 1;

const given = process.argv.slice(2).map(Number);
console.log(
  '| nodes | found | rounds allowed | rounds to the first peer: p50, p95 | rounds to the end: p50, p95 | chain of answers: p95 | queries: p50, p95 | ms to the first peer: p50, p95 | ms to the end: p95 |',
);
console.log(`|${'---|'.repeat(9)}`);
const reports: LookupReport[] = [];
for (const nodes of given.length > 0 ? given : SIZES) {
  const plan = { nodes, lookups: LOOKUPS, swarms: SWARMS, deadShare: DEAD, seed: SEED };
  const report = await measureLookups(plan);
  reports.push(report);
  console.log(rowOf(report));
}
if (given.length === 0) writeFileSync(PICTURE, draw(reports));

function rowOf(report: LookupReport): string {
  const { results } = report;
  const pair = (values: readonly number[]): string =>
    `${Math.round(percentile(values, 0.5))}, ${Math.round(percentile(values, 0.95))}`;
  const last = (values: readonly number[]): number => Math.round(percentile(values, 0.95));
  const cells = [
    report.nodes.toLocaleString('en'),
    `${report.found} of ${report.lookups}`,
    report.roundsMax,
    pair(report.foundRounds),
    pair(report.overRounds),
    last(results.map(({ summary }) => summary.rounds)),
    pair(queriesOf(report)),
    pair(results.flatMap(({ foundMs }) => foundMs ?? [])),
    last(results.map(({ overMs }) => overMs)),
  ];
  return `| ${cells.join(' | ')} |`;
}

function draw(all: readonly LookupReport[]): string {
  const curve = (
    name: string,
    kind: Curve['kind'],
    valueOf: (report: LookupReport) => number,
  ): Curve => {
    const points = all.map((report) => [report.nodes, valueOf(report)] as const);
    return { name, kind, points, hasDots: true };
  };
  const part =
    (valuesOf: (report: LookupReport) => readonly number[], share: number) =>
    (report: LookupReport): number =>
      percentile(valuesOf(report), share);
  const roundsOf = ({ overRounds }: LookupReport): readonly number[] => overRounds;
  return renderPlot(
    'Look-ups in the DHT when 30 % of the nodes are gone',
    [
      {
        title: 'rounds of four queries, to the end',
        height: 170,
        max: 15,
        marks: [0, 5, 10, 15],
        curves: [
          curve('p50', 'first', part(roundsOf, 0.5)),
          curve('p95', 'second', part(roundsOf, 0.95)),
          curve('allowed: log2 of the nodes', 'bound', ({ roundsMax }) => roundsMax),
        ],
      },
      {
        title: 'messages: queries of a look-up',
        height: 170,
        max: 40,
        marks: [0, 10, 20, 30, 40],
        curves: [
          curve('p50', 'first', part(queriesOf, 0.5)),
          curve('p95', 'second', part(queriesOf, 0.95)),
        ],
      },
    ],
    { title: 'nodes in the network', min: 80, max: 12_500, isLogarithmic: true, marks: SIZES },
  );
}

function queriesOf({ results }: LookupReport): readonly number[] {
  return results.map(({ summary }) => summary.queries);
}
