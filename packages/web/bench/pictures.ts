// Pictures of the screens, over a peer in memory: node packages/web/bench/pictures.ts [folder]
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Browser, PHONE, visit } from '../test/browser/chromium.ts';
import type { VisitOptions } from '../test/browser/chromium.ts';
import { idOf } from '../test/fake-peer/samples.ts';

const FOLDER = resolve(
  process.argv[2] ?? fileURLToPath(new URL('../../../docs/page', import.meta.url)),
);
const WINDOW = { width: 1280, height: 800 };

interface Picture extends VisitOptions {
  readonly name: string;
  /** The button that is pressed first. */
  readonly press?: string;
  /** What shows that it is there. */
  readonly sign: string;
}

const PICTURES: readonly Picture[] = [
  { name: 'home', hash: '#/home', sign: '.now-graph canvas' },
  { name: 'first-run', isSetUp: false, sign: '.points' },
  { name: 'transfers', hash: '#/transfers', sign: '[data-id]' },
  { name: 'details', hash: `#/transfers/${idOf(0)}/pieces`, sign: 'canvas' },
  { name: 'speed', hash: `#/transfers/${idOf(0)}/speed`, sign: 'canvas' },
  {
    name: 'sources',
    hash: `#/transfers/${idOf(0)}/trackers`,
    sign: '.tracker, .source, [role=tabpanel] li',
  },
  { name: 'empty', hash: '#/home', transfers: 0, sign: '.demo-offer' },
  { name: 'import', hash: '#/import', press: 'Look at qBittorrent', sign: '.import-items' },
  { name: 'share', hash: '#/share', sign: '.form' },
  { name: 'settings', hash: '#/settings', sign: '.setting' },
  { name: 'reach', hash: '#/reach', sign: '.lines li' },
  {
    name: 'pair',
    hash: '#/reach',
    press: 'Use it on your phone',
    sign: '.pairing-note',
    settings: { pageReach: 'https' },
  },
  { name: 'doctor', hash: '#/doctor', sign: '.check' },
  { name: 'log', hash: '#/log', sign: '.log li' },
  { name: 'dark', hash: '#/transfers', sign: '[data-id]', settings: { theme: 'dark' } },
  { name: 'arabic', hash: '#/home', sign: '.now-graph canvas', settings: { language: 'ar' } },
  { name: 'phone', hash: '#/transfers', sign: '[data-id]', viewport: PHONE },
  {
    name: 'phone-dark',
    hash: `#/transfers/${idOf(0)}/overview`,
    sign: '.tiles',
    viewport: PHONE,
    settings: { theme: 'dark' },
  },
];

await mkdir(FOLDER, { recursive: true });
await using browser = await Browser.open();
for (const { name, press, sign, viewport = WINDOW, ...options } of PICTURES) {
  await using visited = await visit(browser, { ...options, viewport });
  const { page } = visited;
  await page.emulateMedia({ reducedMotion: 'reduce' });
  if (press !== undefined) await page.getByRole('button', { name: press }).click();
  await page.locator(sign).first().waitFor();
  // graphs are drawn in the frame after they came
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(drawn)));
  await page.screenshot({ path: join(FOLDER, `${name}.png`) });
  console.log(join(FOLDER, `${name}.png`));
}
