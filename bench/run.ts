// Measures our command beside other programs on this machine, in one go and in turns.
//
//   node bench/run.ts [CASE]... [--runs N] [--store shm|disk] [--clients NAME,NAME] [--profile FOLDER]
//
// Without a case, all of them: cases/index.ts. Everything is on loopback.
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Way } from './case.ts';
import { CASES } from './cases/index.ts';
import { clients, utpClients } from './clients.ts';
import type { Client } from './clients.ts';
import { profileReport } from './cpu-profile.ts';
import type { Figures } from './figures.ts';
import { DISTURBANCE_MAX } from './goals.ts';
import { installOurs } from './installed.ts';
import { machine, report } from './report.ts';

/** The slowest of these takes half a minute; nothing that needs longer will end. */
const MEASUREMENT_TIMEOUT_MS = 120_000;

/** A machine that is never quiet is measured as it is, and the table says so. */
const ATTEMPTS_MAX = 4;

const { values: options, positionals } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    store: { type: 'string', default: 'shm' },
    clients: { type: 'string', default: 'coequal,libtorrent,webtorrent' },
    profile: { type: 'string' },
  },
  allowPositionals: true,
});

const isOnDisk = options.store === 'disk';
const stopping = new AbortController();
process.once('SIGINT', () => stopping.abort()).once('SIGTERM', () => stopping.abort());
const profiles = options.profile === undefined ? undefined : resolve(options.profile);
if (profiles !== undefined) mkdirSync(profiles, { recursive: true });
const wanted = options.clients.split(',');
await using installed = await installOurs();
const ours = { command: installed.command, profiles };
const isWanted = ({ name }: Client): boolean => wanted.includes(name);
const isHere = ({ skip }: Client): boolean => skip === false;
const chosen = clients(ours).filter(isWanted);
const chosenUtp = utpClients(ours).filter(isWanted);
const names = positionals.length > 0 ? positionals : Object.keys(CASES);

console.log(machine().join('\n'));
console.log(`- \`npm run bench -- ${process.argv.slice(2).join(' ')}\``);
console.log(`- content ${isOnDisk ? 'on disk' : 'in memory (tmpfs)'}`);
for (const { name, skip } of new Set([...chosen, ...chosenUtp]))
  if (skip !== false) console.log(`- without ${name}: ${skip}`);
for (const name of names) await runCase(name);
if (profiles !== undefined) console.log(profileReport(profiles).join('\n'));

async function runCase(name: string): Promise<void> {
  const open = CASES[name];
  if (!open) throw new Error(`there is no case ${name}: ${Object.keys(CASES).join(', ')}`);
  await using opened = await open({
    clients: chosen.filter(isHere),
    utpClients: chosenUtp.filter(isHere),
    command: ours.command,
    store: isOnDisk ? tmpdir() : '/dev/shm',
  });
  const results = opened.ways.map((way) => ({ way, runs: new Array<Figures>() }));
  const runs = Math.max(Number(options.runs), opened.runsMin ?? 0);
  for (let run = 0; run < runs; run++) {
    for (const result of results) result.runs.push(await undisturbed(result.way));
  }
  console.log(`\n### ${opened.title}\n`);
  console.log(report(name, opened, results).join('\n'));
}

/** Measures again when other processes were busy; the quietest of the attempts. */
async function undisturbed({ run }: Way): Promise<Figures> {
  let quietest = await measure();
  for (let attempt = 1; attempt < ATTEMPTS_MAX; attempt++) {
    if ((quietest.disturbance ?? 0) <= DISTURBANCE_MAX) break;
    const figures = await measure();
    if ((figures.disturbance ?? 0) < (quietest.disturbance ?? 0)) quietest = figures;
  }
  return quietest;

  function measure(): Promise<Figures> {
    stopping.signal.throwIfAborted();
    return run(AbortSignal.any([stopping.signal, AbortSignal.timeout(MEASUREMENT_TIMEOUT_MS)]));
  }
}
