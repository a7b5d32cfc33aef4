// The pictures in docs/utp.md: uTP alone on a simulated link, beside TCP, and beside another uTP flow.
//
//   node scripts/utp-pictures.ts
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  dial,
  feed,
  Link,
  RenoFlow,
  Timeline,
} from '../packages/bittorrent/test/core/utp/bottleneck.ts';
import { renderPlot } from './plot-svg.ts';
import type { Curve } from './plot-svg.ts';

const DOCS = fileURLToPath(new URL('../docs', import.meta.url));

/** 10 Mbit/s behind a queue of 400 ms, 40 ms there and back. */
const RATE = 1_250_000;
const QUEUE_LENGTH = 500_000;
const LATENCY_MS = 20;

/** Of LEDBAT. */
const TARGET_MS = 100;

const SECONDS = 80;
const OTHER_FROM_S = 20;
const OTHER_UNTIL_S = 50;
const STEP_MS = 500;

interface Rate {
  readonly name: string;
  readonly values: readonly number[];
}

interface Run {
  readonly title: string;
  /** Share of the link in each step, as percentages. */
  readonly rates: readonly Rate[];
  readonly queueMs: readonly number[];
}

type Other = 'none' | 'tcp' | 'utp';

function simulate(title: string, other: Other): Run {
  const timeline = new Timeline();
  const options = { bytesPerSecond: RATE, latencyMs: LATENCY_MS, queueLength: QUEUE_LENGTH };
  const there = new Link(timeline, options);
  const back = new Link(timeline, { latencyMs: LATENCY_MS });
  const open = (): { readonly received: number; stop: () => void } => {
    const { near, far } = dial(timeline, { there, back });
    feed(timeline, near);
    return {
      get received() {
        return far.received;
      },
      stop: () => near.close(),
    };
  };
  const first = open();
  let second: { readonly received: number; stop: () => void } | undefined;
  timeline.at(OTHER_FROM_S * 1_000, () => {
    if (other === 'utp') second = open();
    if (other === 'tcp') second = new RenoFlow(timeline, there, back);
  });
  timeline.at(OTHER_UNTIL_S * 1_000, () => second?.stop());
  const counts: number[][] = [[], []];
  const queueMs: number[] = [];
  const before = [0, 0];
  for (let at = STEP_MS; at <= SECONDS * 1_000; at += STEP_MS) {
    timeline.run(at);
    for (const [i, received] of [first.received, second?.received ?? 0].entries()) {
      counts[i]?.push(((received - (before[i] ?? 0)) / STEP_MS / RATE) * 1e5);
      before[i] = received;
    }
    queueMs.push(there.queueMs);
  }
  const [own = [], others = []] = counts;
  const rates: Rate[] = [{ name: 'uTP', values: own }];
  const name = other === 'tcp' ? 'TCP' : 'another uTP';
  if (other !== 'none') rates.push({ name, values: others });
  return { title, rates, queueMs };
}

function render({ title, rates, queueMs }: Run): string {
  const curve = (name: string, kind: Curve['kind'], values: readonly number[]): Curve => {
    const points = values.map((value, i) => [((i + 1) * STEP_MS) / 1_000, value] as const);
    return { name, kind, points };
  };
  const target: Curve = {
    name: 'target',
    kind: 'bound',
    points: [
      [0, TARGET_MS],
      [SECONDS, TARGET_MS],
    ],
  };
  const curves = rates.map(({ name, values }, i) =>
    curve(name, i === 0 ? 'first' : 'second', values),
  );
  return renderPlot(
    title,
    [
      {
        title: `${title}: share of the link, %`,
        height: 180,
        max: 100,
        marks: [0, 50, 100],
        curves,
      },
      {
        title: 'time that a packet waits at the link, ms',
        height: 90,
        max: 400,
        marks: [0, 200, 400],
        curves: [target, curve('queue', 'plain', queueMs)],
      },
    ],
    {
      title: 'time, s',
      min: 0,
      max: SECONDS,
      marks: [0, 20, 40, 60, 80],
      shades: rates.length > 1 ? [{ from: OTHER_FROM_S, until: OTHER_UNTIL_S }] : [],
    },
  );
}

/** Means of a series between two times. */
function mean(values: readonly number[], fromS: number, untilS: number): string {
  const part = values.slice((fromS * 1_000) / STEP_MS, (untilS * 1_000) / STEP_MS);
  return (part.reduce((sum, value) => sum + value, 0) / part.length).toFixed(0);
}

const runs: readonly [string, Run][] = [
  ['alone', simulate('uTP alone', 'none')],
  ['tcp', simulate('uTP, and TCP from 20 s to 50 s', 'tcp')],
  ['two', simulate('uTP, and another uTP from 20 s to 50 s', 'utp')],
];
for (const [name, run] of runs) {
  writeFileSync(`${DOCS}/utp-${name}.svg`, render(run));
  for (const [from, until] of [
    [5, 20],
    [25, 50],
    [55, 80],
  ] as const) {
    const shares = run.rates.map(
      (series) => `${series.name} ${mean(series.values, from, until)} %`,
    );
    const queue = mean(run.queueMs, from, until);
    console.log(`${run.title}, ${from} to ${until} s: ${shares.join(', ')}, queue ${queue} ms`);
  }
}
