// Pictures of the screens, over a peer in memory: node packages/web/bench/pictures.ts [folder] [name,name]
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Browser, PHONE, visit } from '../test/browser/chromium.ts';
import type { VisitOptions } from '../test/browser/chromium.ts';
import { MIRA } from '../test/fake-peer/people.ts';
import { idOf } from '../test/fake-peer/samples.ts';

/** Only those, such as `people,seen`. */
const WANTED = process.argv[3]?.split(',');
const FOLDER = resolve(
  process.argv[2] ?? fileURLToPath(new URL('../../../docs/page', import.meta.url)),
);
const WINDOW = { width: 1280, height: 800 };

interface Picture extends VisitOptions {
  readonly name: string;
  /** The button that is pressed first. */
  readonly press?: string;
  /** And then what the dialog is for. */
  readonly confirm?: boolean;
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
  { name: 'who', hash: '#/people', sign: '.who' },
  { name: 'people', hash: '#/people', hasPeople: true, sign: '.person' },
  { name: 'contact', hash: `#/people/${MIRA}`, hasPeople: true, sign: '.things' },
  {
    name: 'invite',
    hash: '#/people',
    hasPeople: true,
    press: 'Invite someone',
    confirm: true,
    sign: '.spoken-code',
  },
  { name: 'me', hash: '#/me', hasPeople: true, sign: '.lines li' },
  { name: 'receive', hash: '#/handover', hasPeople: true, sign: '.thing' },
  { name: 'sent', hash: '#/handover/sent', hasPeople: true, sign: '.thing' },
  { name: 'seen', hash: '#/seen', hasPeople: true, sign: '.shared' },
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
  {
    name: 'people-arabic',
    hash: '#/people',
    hasPeople: true,
    sign: '.person',
    settings: { language: 'ar' },
  },
  { name: 'phone-people', hash: '#/people', hasPeople: true, sign: '.person', viewport: PHONE },
  {
    name: 'phone-receive',
    hash: '#/handover',
    hasPeople: true,
    sign: '.thing',
    viewport: PHONE,
    settings: { theme: 'dark' },
  },
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
const wanted = PICTURES.filter(({ name }) => WANTED?.includes(name) ?? true);
for (const { name, press, confirm, sign, viewport = WINDOW, ...options } of wanted) {
  await using visited = await visit(browser, { ...options, viewport });
  const { page } = visited;
  await page.emulateMedia({ reducedMotion: 'reduce' });
  if (press !== undefined) await page.getByRole('button', { name: press }).click();
  if (confirm === true) await page.locator('.dialog-foot .primary').click();
  await page.locator(sign).first().waitFor();
  // graphs are drawn in the frame after they came
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(drawn)));
  await page.screenshot({ path: join(FOLDER, `${name}.png`) });
  console.log(join(FOLDER, `${name}.png`));
}
