// Frames of the list while one scrolls and filters ten thousand rows, with live updates:
//   node packages/web/bench/scroll.ts [rows]
import { availableParallelism, cpus, loadavg } from 'node:os';
import { Browser, visit } from '../test/browser/chromium.ts';

const ROWS = Number(process.argv[2] ?? 10_000);
const FRAMES = 300;
/** As a wheel that turns quickly. */
const STEP_PIXELS = 240;
const SEARCH = 'sintel 2160p';

await using browser = await Browser.open();
await using visited = await visit(browser, { transfers: ROWS, hash: '#/transfers' });
const { page, peer } = visited;
await page.locator('[data-id]').first().waitFor();
// of the thread, not of the clock: what other programs do at the same time does not count
const devtools = await page.context().newCDPSession(page);
await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
const ticks = setInterval(() => peer.world.tick(), 1_000);

const beforeScrolling = await busySeconds();
const scrolling = await page.evaluate(
  ({ frames, step }) =>
    new Promise<number[]>((resolve) => {
      const grid = document.querySelector('.grid');
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

const beforeFiltering = await busySeconds();
const watched = page.evaluate(
  () =>
    new Promise<number[]>((resolve) => {
      const times: number[] = [];
      let before = performance.now();
      const end = before + 4_000;
      const next = (now: number): void => {
        times.push(now - before);
        before = now;
        if (now > end) resolve(times.slice(1));
        else requestAnimationFrame(next);
      };
      requestAnimationFrame(next);
    }),
);
await page.getByRole('searchbox').pressSequentially(SEARCH, { delay: 150 });
const filtering = await watched;
const afterFiltering = await busySeconds();
clearInterval(ticks);

console.log(
  `${cpus()[0]?.model ?? ''}, ${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1)}, ${ROWS} rows`,
);
tell('scrolling', scrolling, beforeFiltering - beforeScrolling);
tell('filtering', filtering, afterFiltering - beforeFiltering);

/** Processor time of the page's main thread. */
async function busySeconds(): Promise<number> {
  const { metrics } = await devtools.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0;
}

function tell(what: string, times: readonly number[], busy: number): void {
  const sorted = times.toSorted((one, other) => one - other);
  const at = (share: number): string => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1);
  const late = times.filter((time) => time > 50).length;
  console.log(
    `${what}: ${times.length} frames, median ${at(0.5)} ms, p95 ${at(0.95)} ms, longest ${at(0.9999)} ms, ${late} over 50 ms; ` +
      `main thread ${((busy * 1_000) / times.length).toFixed(1)} ms of processor time a frame`,
  );
}
