// How quick the running peer is: what changed among 10,000 transfers, and from start to page, of the command as it is
// installed, or with --sources from the checkout. What it takes at rest is in at-rest.ts.
//   node_modules/.bin/node packages/daemon/bench/running-peer.ts
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client } from '@coequal/contract';
import { readOwnerSecret } from '../src/peer/owner-secret.ts';
import { RunningPeer } from '../src/peer/running-peer.ts';
import { openStore } from '../src/store/store.ts';
import { NO_FIGURES, OPTION_DEFAULTS, TransferRecords } from '../src/store/transfer-records.ts';
import { installPacked } from '../test/e2e/packed.ts';

const TRANSFERS = 10_000;
const CHANGED = 100;
const ASKED = 200;
const STARTS = 9;
const SOURCES = fileURLToPath(new URL('../bin/coequal.js', import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'coequal-bench-'));
try {
  const { model = 'unknown' } = cpus()[0] ?? {};
  console.log(`${availableParallelism()} × ${model}, Node ${process.version}\n`);
  await measureDelta(join(folder, 'large'));
  await measureStart(join(folder, 'start'));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measureDelta(home: string): Promise<void> {
  await fillHome(home);
  await using peer = await RunningPeer.open({
    home,
    downloadDirectory: folder,
    reach: 'loopback',
    apiPort: 0,
    flags: {},
    environment: {},
    pageDirectory: undefined,
  });
  const client = new Client({ base: peer.url, secret: readOwnerSecret(home) });
  const ids = (await client.call('listTransfers', { query: {} })).changed.map(({ id }) => id);
  let { revision } = peer.transfers.since(undefined);
  const delta: number[] = [];
  for (let round = 0; round < ASKED; round += 1) {
    // each second round takes back what the one before did
    const chosen = pick(ids, round - (round % 2));
    peer.transfers.act(chosen, round % 2 === 0 ? 'resume' : 'pause');
    const before = performance.now();
    const answer = await client.call('listTransfers', { query: { revision } });
    delta.push(performance.now() - before);
    if (answer.isWhole || answer.changed.length !== CHANGED) throw new Error('not the delta');
    ({ revision } = answer);
    await setTimeout(15); // as a page does, and within a hundred a second
  }
  const whole: number[] = [];
  for (let round = 0; round < 20; round += 1) {
    const before = performance.now();
    await client.call('listTransfers', { query: {} });
    whole.push(performance.now() - before);
  }
  console.log(`${CHANGED} changed of ${TRANSFERS}: ${milliseconds(delta)}`);
  console.log(`all ${TRANSFERS}: ${milliseconds(whole)}`);
  measureLoop(peer, ids);
}

/** In the peer itself, without the way over HTTP. */
function measureLoop({ transfers }: RunningPeer, ids: readonly string[]): void {
  const act: number[] = [];
  const tell: number[] = [];
  let { revision } = transfers.since(undefined);
  for (let round = 0; round < ASKED; round += 1) {
    const id = ids[(round - (round % 2)) * 37] ?? '';
    const before = performance.now();
    transfers.act([id], round % 2 === 0 ? 'resume' : 'pause');
    const acted = performance.now();
    const delta = transfers.since(revision);
    tell.push(performance.now() - acted);
    act.push(acted - before);
    if (delta.changed.length !== 1) throw new Error('not the one');
    ({ revision } = delta);
  }
  console.log(`one of ${TRANSFERS} is paused or resumed, and stored: ${milliseconds(act)}`);
  console.log(`and told: ${milliseconds(tell)}`);
  const loop: number[] = [];
  for (let round = 0; round < ASKED; round += 1) {
    const before = performance.now();
    transfers.runner.tick();
    transfers.refresh();
    loop.push(performance.now() - before);
  }
  console.log(`the loop of each second, ${TRANSFERS} at rest: ${milliseconds(loop)}`);
}

function pick(ids: readonly string[], round: number): string[] {
  const first = (round * CHANGED) % ids.length;
  return ids.slice(first, first + CHANGED);
}

/** Transfers that rest, without metainfo: to list them is all that is asked. */
async function fillHome(home: string): Promise<void> {
  const options = { home, downloadDirectory: folder, reach: 'loopback' as const, apiPort: 0 };
  const more = { flags: {}, environment: {}, pageDirectory: undefined };
  await (await RunningPeer.open({ ...options, ...more }))[Symbol.asyncDispose]();
  using store = openStore(join(home, 'daemon.sqlite'));
  new TransferRecords(store).putAll(
    Array.from({ length: TRANSFERS }, (_, index) => {
      const id = index.toString(16).padStart(40, '0');
      return {
        id,
        magnet: `magnet:?xt=urn:btih:${id}`,
        name: `A file of an ordinary name, number ${index}.iso`,
        directory: '/home/somebody/Downloads',
        contentPath: undefined,
        intent: 'pause' as const,
        category: undefined,
        tags: ['one', 'two'],
        options: OPTION_DEFAULTS,
        queuePosition: index,
        addedAt: 1_790_000_000_000 + index,
        completedAt: undefined,
        figures: { ...NO_FIGURES, size: 1_000_000_000, wanted: 1_000_000_000, have: index },
        removedUntil: undefined,
        deletesData: false,
      };
    }),
  );
}

async function measureStart(home: string): Promise<void> {
  const bin = process.argv.includes('--sources') ? SOURCES : installedCommand();
  await (await start(bin, home))[Symbol.asyncDispose](); // V8 keeps what it compiled
  const times: number[] = [];
  for (let round = 0; round < STARTS; round += 1) {
    const before = performance.now();
    await using peer = await start(bin, home);
    const response = await fetch(peer.url, { redirect: 'manual' });
    times.push(performance.now() - before);
    if (response.status !== 303) throw new Error('no page');
  }
  console.log(`from start to page, a process each: ${milliseconds(times)}`);
}

function installedCommand(): string {
  const { installed } = installPacked(join(folder, 'packed'));
  return join(installed, 'node_modules/coequal/bin/coequal.js');
}

async function start(bin: string, home: string) {
  const args = [bin, 'up', '--json', '--offline', '--api-port', '0', '--home', home];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return {
    url: (JSON.parse(line) as { url: string }).url,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function milliseconds(values: readonly number[]): string {
  const sorted = values.toSorted((one, other) => one - other);
  const at = (part: number): string =>
    (sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0).toFixed(1);
  return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms (${values.length})`;
}
