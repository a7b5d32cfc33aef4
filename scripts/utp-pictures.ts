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

const DOCS = fileURLToPath(new URL('../docs', import.meta.url));

/** 10 Mbit/s behind a queue of 400 ms, 40 ms there and back. */
const RATE = 1_250_000;
const QUEUE_LENGTH = 500_000;
const LATENCY_MS = 20;

const SECONDS = 80;
const OTHER_FROM_S = 20;
const OTHER_UNTIL_S = 50;
const STEP_MS = 500;

interface Series {
  readonly name: string;
  readonly colour: string;
  readonly values: readonly number[];
}

interface Run {
  readonly title: string;
  /** Share of the link in each step, as percentages. */
  readonly rates: readonly Series[];
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
  const rates: Series[] = [{ name: 'uTP', colour: '#0b6e99', values: own }];
  const name = other === 'tcp' ? 'TCP' : 'another uTP';
  if (other !== 'none') rates.push({ name, colour: '#c2410c', values: others });
  return { title, rates, queueMs };
}

const WIDTH = 760;
const LEFT = 60;
const RIGHT = 740;
const RATES = { top: 40, bottom: 220, max: 100 };
const QUEUE = { top: 260, bottom: 350, max: 400 };

function line(values: readonly number[], area: typeof RATES, colour: string): string {
  const points = values.map((value, i) => {
    const x = LEFT + ((i + 1) / values.length) * (RIGHT - LEFT);
    const y = area.bottom - (Math.min(value, area.max) / area.max) * (area.bottom - area.top);
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  });
  return `<polyline fill="none" stroke="${colour}" stroke-width="1.8" points="${points.join(' ')}"/>`;
}

function axis(area: typeof RATES, unit: string, marks: readonly number[]): string {
  return marks
    .map((mark) => {
      const y = area.bottom - (mark / area.max) * (area.bottom - area.top);
      return (
        `<line x1="${LEFT}" x2="${RIGHT}" y1="${y}" y2="${y}" stroke="#ddd"/>` +
        `<text x="${LEFT - 6}" y="${y + 4}" text-anchor="end">${mark} ${unit}</text>`
      );
    })
    .join('\n');
}

function render({ title, rates, queueMs }: Run): string {
  const legend = rates.map(
    ({ name, colour }, i) =>
      `<text x="${RIGHT - 180 + i * 70}" y="24" fill="${colour}" font-weight="bold">${name}</text>`,
  );
  const times = [0, 20, 40, 60, 80].map((second) => {
    const x = LEFT + (second / SECONDS) * (RIGHT - LEFT);
    return `<text x="${x}" y="${QUEUE.bottom + 18}" text-anchor="middle">${second} s</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} 380" font-family="sans-serif" font-size="12">`,
    `<title>${title}</title>`,
    `<rect width="${WIDTH}" height="380" fill="#fff"/>`,
    `<text x="${LEFT}" y="24">${title}: share of the link</text>`,
    ...legend,
    axis(RATES, '%', [0, 50, 100]),
    ...rates.map(({ values, colour }) => line(values, RATES, colour)),
    `<text x="${LEFT}" y="${QUEUE.top - 10}">queue at the link, target 100 ms</text>`,
    axis(QUEUE, 'ms', [0, 100, 400]),
    line(queueMs, QUEUE, '#555'),
    ...times,
    '</svg>\n',
  ].join('\n');
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
