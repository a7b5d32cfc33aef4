// 1 GiB fetched by a running peer while its page is open in a browser, beside the same with the page closed, in turns:
//   node packages/web/bench/transfer.ts [--runs N] [--screens transfers,pieces,speed] [--mebibytes N] [--command FILE]
//     [--others SECONDS]
// FILE: the bin/coequal.js of an installed package; without it the peers run from these sources. Linux only.
// Both cores are busy in a run, so whatever else the machine does makes it longer: a run in which others took more than
// SECONDS of the processor (0.4, a tenth of what a run takes) is left out and made again.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempDisposable, open, readdir, readFile, rm } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Client } from '@coequal/contract';
import { Browser, DESKTOP } from '../test/browser/chromium.ts';

const PIECE_LENGTH = 2 ** 20;
/** Between looks at whether all is there. */
const LOOK_MS = 50;
/** After the page came, so that nothing of its start is measured. */
const SETTLE_MS = 1_500;
/** Tries for one run that counts. */
const TRIES_MAX = 3;
/** Before a run others are waited for: until they take less than this share of one core. */
const OTHERS_SHARE_MAX = 0.1;
const LOOK_FOR_OTHERS_MS = 500;
const QUIET_WAIT_MAX_MS = 10_000;

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '3' },
    screens: { type: 'string', default: 'transfers,pieces,speed' },
    mebibytes: { type: 'string', default: '1024' },
    command: { type: 'string' },
    others: { type: 'string', default: '0.4' },
  },
});
const LENGTH = Number(values.mebibytes) * 2 ** 20;
const SOURCES = fileURLToPath(new URL('../../daemon/bin/coequal.js', import.meta.url));
const COMMAND = values.command ?? SOURCES;

/** Where the page is meanwhile, and what shows that it is there. */
const SCREENS = [
  { name: 'page closed', path: undefined, sign: '' },
  { name: 'transfers', path: () => '#/transfers', sign: '[data-id]' },
  { name: 'pieces', path: (id: string) => `#/transfers/${id}/pieces`, sign: '.piece-map canvas' },
  { name: 'speed', path: (id: string) => `#/transfers/${id}/speed`, sign: '.speed-graph' },
] as const;
type Screen = (typeof SCREENS)[number];

interface Run {
  readonly seconds: number;
  /** Of the processor: the seed, the peer that fetches, the browser, this bench, and all else on the machine. */
  readonly seed: number;
  readonly peer: number;
  readonly browser: number;
  readonly bench: number;
  readonly others: number;
}

await using folder = await mkdtempDisposable('/dev/shm/coequal-open-');
const content = join(folder.path, 'content.bin');
const torrent = join(folder.path, 'content.torrent');
await makeContent();
await using browser = await Browser.open();
const page = await browser.context.newPage();
await page.setViewportSize(DESKTOP);
await using seed = await startSeed();
console.log(
  `${cpus()[0]?.model ?? ''}, ${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1)}, ` +
    `from ${values.command === undefined ? 'sources' : 'the package'}, ${values.mebibytes} MiB in /dev/shm`,
);
const wanted = values.screens.split(',');
const screens = SCREENS.filter(({ name, path }) => path === undefined || wanted.includes(name));
const runs = new Map<Screen, Run[]>(screens.map((screen) => [screen, []]));
// the first costs the seed half a second more, for what it compiles
await measure(SCREENS[0]);
for (let round = 0; round < Number(values.runs); round += 1) {
  // another first each time: what one run leaves behind is not always the same one's to bear
  const first = round % screens.length;
  for (const screen of [...screens.slice(first), ...screens.slice(0, first)]) {
    const run = await measureAlone(screen);
    if (run !== undefined) runs.get(screen)?.push(run);
  }
}
const closed = medians(SCREENS[0]);
for (const screen of screens) {
  const own = medians(screen);
  const times = (runs.get(screen) ?? []).map(({ seconds }) => seconds.toFixed(2)).join(', ');
  const share = (closed.seconds / own.seconds).toFixed(2);
  console.log(
    `${screen.name}: ${own.seconds.toFixed(2)} s (${times}), ${share} of the speed with the page closed; ${processor(own)}`,
  );
}

/** Undefined: others had the machine each time. */
async function measureAlone(screen: Screen): Promise<Run | undefined> {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    await untilQuiet();
    const run = await measure(screen);
    const counts = run.others <= Number(values.others);
    const note = counts ? '' : ', left out';
    console.log(`  ${screen.name}: ${run.seconds.toFixed(2)} s; ${processor(run)}${note}`);
    if (counts) return run;
  }
  return undefined;
}

async function untilQuiet(): Promise<void> {
  const end = performance.now() + QUIET_WAIT_MAX_MS;
  while (performance.now() < end) {
    const [at, before] = [performance.now(), await spentByMachine()];
    await setTimeout(LOOK_FOR_OTHERS_MS);
    const share = (await spentByMachine()) - before;
    if (share < (OTHERS_SHARE_MAX * (performance.now() - at)) / 1_000) return;
  }
}

function processor({ seed: seeding, peer, browser: shown, bench, others }: Run): string {
  const figures = { seed: seeding, peer, browser: shown, bench, others };
  const texts = Object.entries(figures).map(([name, value]) => `${name} ${value.toFixed(2)}`);
  return `processor s: ${texts.join(', ')}`;
}

function medians(screen: Screen): Run {
  const all = runs.get(screen) ?? [];
  const of = (value: (run: Run) => number): number => median(all.map(value));
  return {
    seconds: of(({ seconds }) => seconds),
    seed: of((run) => run.seed),
    peer: of(({ peer }) => peer),
    browser: of((run) => run.browser),
    bench: of(({ bench }) => bench),
    others: of(({ others }) => others),
  };
}

async function measure({ path, sign }: Screen): Promise<Run> {
  await using own = await mkdtempDisposable(join(folder.path, 'run-'));
  const home = join(own.path, 'home');
  await using peer = await start([
    'up',
    '--no-open',
    '--offline',
    '--api-port',
    '0',
    '--home',
    home,
  ]);
  const { url } = (await peer.told('ready')) as { url: string };
  const base = new URL(url).origin;
  const secret = (await readFile(join(home, 'api-secret'), 'utf8')).trim();
  const client = new Client({ base, secret, fetch: fetchTwice });
  const bytes = (await readFile(torrent)).toString('base64');
  const { id } = await client.call('addTransfer', {
    body: { torrent: bytes, directory: own.path },
  });
  if (path !== undefined) await show(url, base + path(id), sign);
  await setTimeout(SETTLE_MS);
  const before = await spentByAll(peer.pid);
  const body = { peers: [`127.0.0.1:${seed.port}`] };
  await client.call('addPeers', { params: { id }, body });
  await untilComplete(client);
  const after = await spentByAll(peer.pid);
  const run = {
    seconds: after.seconds - before.seconds,
    seed: after.seed - before.seed,
    peer: after.peer - before.peer,
    browser: after.browser - before.browser,
    bench: after.bench - before.bench,
    others: after.others - before.others,
  };
  await page.goto('about:blank');
  await rm(join(own.path, 'content.bin'));
  return run;
}

/** The peer ends connections that were idle; one may be used again in that moment. */
async function fetchTwice(...request: Parameters<typeof fetch>): Promise<Response> {
  try {
    return await fetch(...request);
  } catch {
    return await fetch(...request);
  }
}

async function show(loginLink: string, address: string, sign: string): Promise<void> {
  await page.goto(loginLink);
  await page.goto(address);
  await page.locator(sign).first().waitFor();
}

async function untilComplete(client: Client): Promise<void> {
  let revision: number | undefined;
  for (;;) {
    const delta = await client.call('listTransfers', {
      query: revision === undefined ? {} : { revision },
    });
    ({ revision } = delta);
    if (delta.changed.some(({ state }) => state === 'seeding')) return;
    await setTimeout(LOOK_MS);
  }
}

async function makeContent(): Promise<void> {
  await using file = await open(content, 'w');
  const random = await open('/dev/urandom');
  const buffer = Buffer.alloc(16 * PIECE_LENGTH);
  for (let written = 0; written < LENGTH; written += buffer.length) {
    await random.read(buffer, 0, buffer.length, null);
    await file.write(buffer);
  }
  await random.close();
  const flags = ['--v1', '--piece-length', String(PIECE_LENGTH), '-o', torrent];
  const child = spawn(process.execPath, [COMMAND, 'create', content, ...flags], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await once(child, 'exit');
}

async function startSeed(): Promise<
  AsyncDisposable & { readonly port: number; readonly pid: number }
> {
  const flags = ['--trust', '--offline', '--no-discovery', '--no-trackers'];
  const child = await start(['seed', torrent, content, ...flags]);
  const { port } = (await child.told('listening')) as { port: number };
  return { port, pid: child.pid, [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() };
}

async function start(args: readonly string[]) {
  const child: ChildProcess = spawn(process.execPath, [COMMAND, ...args, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const lines = child.stdout === null ? [] : createInterface({ input: child.stdout });
  return {
    pid: child.pid ?? 0,
    /** Once; what comes later is not read. */
    async told(event: string): Promise<unknown> {
      for await (const line of lines) {
        const told = JSON.parse(line) as { event: string };
        if (told.event === event) return told;
      }
      throw new Error(`${event} was not told`);
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      child.stdout?.resume();
      await ended;
    },
  };
}

/** Up to now. */
async function spentByAll(peerPid: number): Promise<Run> {
  const seconds = performance.now() / 1_000;
  const used = process.cpuUsage();
  const parts = {
    seed: await spent(seed.pid),
    peer: await spent(peerPid),
    browser: await spentByBrowser(),
    bench: (used.user + used.system) / 1_000_000,
  };
  const known = Object.values(parts).reduce((sum, part) => sum + part, 0);
  return { seconds, ...parts, others: (await spentByMachine()) - known };
}

/** All but idle, waiting for disks, and guests, which are told as users too. */
async function spentByMachine(): Promise<number> {
  const [line = ''] = (await readFile('/proc/stat', 'utf8')).split('\n');
  const [user, nice, system, , , ...interrupts] = line.split(/ +/).slice(1, 9).map(Number);
  return (
    [user, nice, system, ...interrupts].reduce<number>((sum, ticks = 0) => sum + ticks, 0) / 100
  );
}

/** Seconds of processor time (proc(5)), at a hundred ticks a second as Linux has them everywhere. */
async function spent(pid: number | string): Promise<number> {
  const [user, system] = (await statOf(pid)).slice(11, 13);
  return (Number(user) + Number(system)) / 100;
}

/** Of all processes below this one that are no peers. */
async function spentByBrowser(): Promise<number> {
  let seconds = 0;
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (command.includes('chrom') && (await isOurs(pid)))
      seconds += await spent(pid).catch(() => 0);
  }
  return seconds;
}

async function isOurs(pid: string): Promise<boolean> {
  const parent = (await statOf(pid).catch(() => []))[1] ?? '0';
  return parent === String(process.pid) || (Number(parent) > 1 && (await isOurs(parent)));
}

async function statOf(pid: number | string): Promise<string[]> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((one, other) => one - other)[numbers.length >> 1] ?? 0;
}
