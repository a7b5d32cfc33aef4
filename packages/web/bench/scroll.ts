// Frames of the list while one scrolls and filters ten thousand rows, with live updates; beside it, in the same
// browser and the same loop, a page with nothing on it and one with as many plain rows, for what this machine can do:
//   node packages/web/bench/scroll.ts [rows]
import { availableParallelism, cpus, loadavg } from 'node:os';
import type { CDPSession, Page } from 'playwright-core';
import { Browser, DESKTOP, visit } from '../test/browser/chromium.ts';

const ROWS = Number(process.argv[2] ?? 10_000);
const FRAMES = 300;
/** As a wheel that turns quickly. */
const STEP_PIXELS = 240;
const FILTER_MS = 4_000;
const SEARCH = 'sintel 2160p';

console.log(
  `${cpus()[0]?.model ?? ''}, ${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1)}, ${ROWS} rows`,
);
await using browser = await Browser.open();
await measurePlain('an empty page', '<div style="height: 600000px"></div>');
await measurePlain('plain rows', plainRows());
await using visited = await visit(browser, { transfers: ROWS, hash: '#/transfers' });
const { page, peer } = visited;
await page.locator('[data-id]').first().waitFor();
const meter = await openProcessor(page);
await measure('the list at rest', () => scroll(page), meter);
const ticks = setInterval(() => peer.world.tick(), 1_000);
await measure('the list, live', () => scroll(page), meter);
await measure('filtering, live', () => filter(page), meter);
clearInterval(ticks);

async function measurePlain(what: string, content: string): Promise<void> {
  const plain = await browser.context.newPage();
  await plain.setViewportSize(DESKTOP);
  await plain.setContent(
    '<style>body { margin: 0; font: 15px sans-serif } .grid { height: 640px; margin: 160px 24px; overflow: auto; ' +
      'position: relative } .row { position: absolute; width: 100%; height: 60px; border-bottom: 1px solid; ' +
      `contain: strict }</style><div class="grid">${content}</div>`,
  );
  await measure(what, () => scroll(plain), await openProcessor(plain));
  await plain.close();
}

function plainRows(): string {
  const row = (at: number): string =>
    `<div class="row" style="top: ${at * 60}px">A row with a line of text, number ${at}</div>`;
  return Array.from({ length: ROWS }, (_, at) => row(at)).join('');
}

/** Milliseconds from each frame to the next. */
function scroll(shown: Page): Promise<number[]> {
  return shown.evaluate(
    ({ frames, step }) =>
      new Promise<number[]>((resolve) => {
        const grid = document.querySelector('.grid');
        grid?.scrollTo(0, 0);
        const times: number[] = [];
        let before = performance.now();
        const next = (now: number): void => {
          times.push(now - before);
          before = now;
          if (times.length > frames) resolve(times.slice(1));
          else {
            grid?.scrollBy(0, step);
            requestAnimationFrame(next);
          }
        };
        requestAnimationFrame(next);
      }),
    { frames: FRAMES, step: STEP_PIXELS },
  );
}

async function filter(shown: Page): Promise<number[]> {
  const watched = shown.evaluate(
    (lengthMs) =>
      new Promise<number[]>((resolve) => {
        const times: number[] = [];
        let before = performance.now();
        const end = before + lengthMs;
        const next = (now: number): void => {
          times.push(now - before);
          before = now;
          if (now > end) resolve(times.slice(1));
          else requestAnimationFrame(next);
        };
        requestAnimationFrame(next);
      }),
    FILTER_MS,
  );
  await shown.getByRole('searchbox').pressSequentially(SEARCH, { delay: 150 });
  return await watched;
}

async function openProcessor(shown: Page): Promise<CDPSession> {
  const session = await shown.context().newCDPSession(shown);
  // of the thread, not of the clock: what other programs do at the same time does not count
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  return session;
}

interface Spent {
  readonly main: number;
  readonly all: number;
}

/** Seconds of processor time: of the page's main thread, and of its whole process, which lays out and paints. */
async function spent(processor: CDPSession): Promise<Spent> {
  const { metrics } = await processor.send('Performance.getMetrics');
  const value = (wanted: string): number => metrics.find(({ name }) => name === wanted)?.value ?? 0;
  return { main: value('TaskDuration'), all: value('ProcessTime') };
}

async function measure(
  what: string,
  run: () => Promise<number[]>,
  processor: CDPSession,
): Promise<void> {
  const before = await spent(processor);
  const times = await run();
  const after = await spent(processor);
  const sorted = times.toSorted((one, other) => one - other);
  const at = (share: number): string => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1);
  const late = times.filter((time) => time > 50).length;
  const aFrame = (seconds: number): string => ((seconds * 1_000) / times.length).toFixed(1);
  console.log(
    `${what}: ${times.length} frames, median ${at(0.5)} ms, p95 ${at(0.95)} ms, longest ${at(0.9999)} ms, ${late} over 50 ms; ` +
      `of the processor a frame: main thread ${aFrame(after.main - before.main)} ms, all of the page ${aFrame(after.all - before.all)} ms`,
  );
}
