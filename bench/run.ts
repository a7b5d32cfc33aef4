// Times our command beside other programs on this machine, in one go and in turns.
//
//   node bench/run.ts [pair | small | recheck]... [--runs N] [--store shm|disk]
//     [--clients NAME,NAME] [--profile FOLDER]
//
// pair: 1 GiB in one file; small: 2,000 files of 262 MB; recheck: hashing 1 GiB that is there.
// Each transfer is over plain TCP on loopback, the peers introduced by an HTTP tracker; both ends share the cores.
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { digestsOf, makeContent } from '../packages/bittorrent/test/interop/content.ts';
import type { Content, ContentOptions } from '../packages/bittorrent/test/interop/content.ts';
import { clients } from './clients.ts';
import type { Client } from './clients.ts';
import { profileReport } from './cpu-profile.ts';
import { measureCheck, measureTransfer } from './measure.ts';
import type { Measured } from './measure.ts';
import { machine, table } from './report.ts';

/** The slowest of these takes seconds; nothing that needs longer will end. */
const MEASUREMENT_TIMEOUT_MS = 120_000;

/** Of all cores; with more of them busy elsewhere, times say little. */
const DISTURBANCE_MAX = 0.1;
/** A machine that is never quiet is measured as it is, and the table says so. */
const ATTEMPTS_MAX = 4;

const MIB = 1 << 20;
const ONE_FILE = { files: new Map([['file.bin', 1_024 * MIB]]), pieceLength: MIB };
const SMALL_FILES = { files: smallFiles(), name: 'content', pieceLength: MIB / 4 };

/** Sizes spread evenly from 1 byte to 256 KiB. */
function smallFiles(): ReadonlyMap<string, number> {
  const files = new Map<string, number>();
  for (let index = 0; index < 2_000; index++) {
    files.set(`${index % 40}/${index}`, ((index * 104_729) % (MIB / 4)) + 1);
  }
  return files;
}

interface Way {
  readonly name: string;
  readonly run: (content: Content, digests: ReadonlyMap<string, string>) => Promise<Measured>;
}

interface Case {
  readonly title: string;
  readonly content: ContentOptions;
  readonly reference: string;
  readonly ways: readonly Way[];
}

const { values: options, positionals } = parseArgs({
  options: {
    runs: { type: 'string', default: '3' },
    store: { type: 'string', default: 'shm' },
    clients: { type: 'string', default: 'coequal,libtorrent,webtorrent' },
    profile: { type: 'string' },
  },
  allowPositionals: true,
});

const stopping = new AbortController();
process.once('SIGINT', () => stopping.abort()).once('SIGTERM', () => stopping.abort());
const profiles = options.profile === undefined ? undefined : resolve(options.profile);
if (profiles !== undefined) mkdirSync(profiles, { recursive: true });
const wanted = options.clients.split(',');
const chosen = clients(profiles).filter(({ name }) => wanted.includes(name));
const present = chosen.filter(({ skip }) => skip === false);
const cases = casesOf(present);
const names = positionals.length > 0 ? positionals : Object.keys(cases);

console.log(machine().join('\n'));
console.log(`- \`npm run bench -- ${process.argv.slice(2).join(' ')}\``);
for (const { name, skip } of chosen) if (skip !== false) console.log(`- without ${name}: ${skip}`);
for (const name of names) {
  const chosenCase = cases[name];
  if (!chosenCase) throw new Error(`there is no case ${name}: ${Object.keys(cases).join(', ')}`);
  await runCase(chosenCase);
}
if (profiles !== undefined) console.log(profileReport(profiles).join('\n'));

function casesOf(all: readonly Client[]): Readonly<Record<string, Case>> {
  const ways = transfers(all);
  const reference = 'libtorrent → libtorrent';
  return {
    pair: { title: '1 GiB in one file', content: ONE_FILE, reference, ways },
    small: { title: '2,000 small files', content: SMALL_FILES, reference, ways },
    recheck: {
      title: 'Checking 1 GiB',
      content: ONE_FILE,
      reference: 'libtorrent',
      ways: all.map((client) => ({
        name: client.name,
        run: (content) => measureCheck(client, content, signal()),
      })),
    },
  };
}

/** Every client with itself; ours with every other, both ways. */
function transfers(all: readonly Client[]): readonly Way[] {
  const pairs = all.flatMap((from) => all.map((to): readonly [Client, Client] => [from, to]));
  return pairs
    .filter((pair) => pair[0] === pair[1] || pair.some(({ name }) => name === 'coequal'))
    .map(([from, to]) => ({
      name: `${from.name} → ${to.name}`,
      run: (content, digests) => measureTransfer([from, to], content, digests, signal()),
    }));
}

function signal(): AbortSignal {
  return AbortSignal.any([stopping.signal, AbortSignal.timeout(MEASUREMENT_TIMEOUT_MS)]);
}

async function runCase({ title, content: wantedContent, reference, ways }: Case): Promise<void> {
  const store = options.store === 'disk' ? tmpdir() : '/dev/shm';
  await using content = await makeContent({ ...wantedContent, store });
  const digests = digestsOf(content.directory);
  const results = ways.map(({ name }) => ({ name, runs: new Array<Measured>() }));
  for (let run = 0; run < Number(options.runs); run++) {
    for (const [index, way] of ways.entries()) {
      stopping.signal.throwIfAborted();
      results[index]?.runs.push(await undisturbed(() => way.run(content, digests)));
    }
  }
  const where = options.store === 'disk' ? 'on disk' : 'in memory (tmpfs)';
  console.log(`\n### ${title}, ${where}\n`);
  console.log(table(results, content.metainfo.length, reference).join('\n'));
}

/** Measures again when other processes were busy; the quietest of the attempts. */
async function undisturbed(run: () => Promise<Measured>): Promise<Measured> {
  let quietest = await run();
  for (let attempt = 1; attempt < ATTEMPTS_MAX; attempt++) {
    if (quietest.disturbance <= DISTURBANCE_MAX) break;
    const measured = await run();
    if (measured.disturbance < quietest.disturbance) quietest = measured;
  }
  return quietest;
}
