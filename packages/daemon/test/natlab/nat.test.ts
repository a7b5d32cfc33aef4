// Which pairs of home networks get connected, and how: docs/nat.md has the table, and no pair may do worse.
// After an improvement: `node_modules/.bin/node packages/daemon/test/natlab/nat.test.ts --update`.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { meet, PYTHON, WAYS } from './meeting.ts';
import type { Foreign, Way } from './meeting.ts';
import { NAT_TYPES, NatLab } from './nat-lab.ts';
import type { LabHost, NatType } from './nat-lab.ts';

const DOCUMENT = new URL('../../../../docs/nat.md', import.meta.url);
const IN_WORDS: Readonly<Record<Way, string>> = {
  tcp: 'TCP',
  utp: 'uTP',
  punched: 'punched uTP',
  none: 'not at all',
};
const TABLE = /^\| seed behind .*\n\|(?:---\|)+\n(?:\|.*\n)+/m;
const isUpdate = process.argv.includes('--update');

/** Meetings at a time: each is four processes, which mostly wait. */
const MEETINGS_AT_ONCE = 7;

/** All of them: on two cores they take a minute and a half, and on busy ones several times that. */
const MEETINGS_TIMEOUT_MS = 480_000;

/** Of each kind one for a seed and one for a leech; and the helper's. */
interface Homes {
  readonly seeds: ReadonlyMap<NatType, LabHost>;
  readonly leeches: ReadonlyMap<NatType, LabHost>;
  readonly helper: LabHost;
}

/** Each pair once: the seed is behind what lets in more. */
const PAIRS = NAT_TYPES.flatMap((seed, index) =>
  NAT_TYPES.slice(index).map((leech) => ({ seed, leech })),
);

const results = new Map<string, Way>();
const document = readFileSync(DOCUMENT, 'utf8');
const skip = await NatLab.skipReason();
const noLibtorrent = hasLibtorrent() ? false : 'install the Debian package python3-libtorrent';

describe(
  'between two home networks',
  { concurrency: MEETINGS_AT_ONCE, timeout: MEETINGS_TIMEOUT_MS, skip },
  () => {
    let lab: NatLab | undefined;
    let homes: Homes | undefined;

    before(async () => {
      lab = await NatLab.open();
      homes = await openHomes(lab);
    });

    after(() => {
      lab?.[Symbol.dispose]();
      if (isUpdate) writeFileSync(DOCUMENT, document.replace(TABLE, format(results)));
    });

    for (const [number, pair] of PAIRS.entries()) {
      test(`a seed behind ${pair.seed} and a leech behind ${pair.leech}`, async () => {
        const seed = homes?.seeds.get(pair.seed);
        const leech = homes?.leeches.get(pair.leech);
        assert.ok(homes && seed && leech);
        const way = await meet({ seed, leech, helper: homes.helper, number });
        results.set(keyOf(pair.seed, pair.leech), way);
        const expected = wayInTable(document, pair.seed, pair.leech);
        if (isUpdate) return;
        assert.ok(
          WAYS.indexOf(way) >= WAYS.indexOf(expected),
          `connected by ${IN_WORDS[way]}, and not by ${IN_WORDS[expected]}`,
        );
      });
    }

    for (const [index, foreign] of (['seed', 'leech', 'helper'] as const).entries()) {
      test(
        `libtorrent as ${foreign}, and both behind portres`,
        { skip: noLibtorrent },
        async () => {
          assert.equal(await meetLibtorrent(foreign, PAIRS.length + index), 'punched');
        },
      );
    }

    async function meetLibtorrent(foreign: Foreign, number: number): Promise<Way> {
      const seed = homes?.seeds.get('portres');
      const leech = homes?.leeches.get('portres');
      assert.ok(homes && seed && leech);
      return await meet({ seed, leech, helper: homes.helper, number, foreign });
    }
  },
);

async function openHomes(lab: NatLab): Promise<Homes> {
  const seeds = new Map<NatType, LabHost>();
  const leeches = new Map<NatType, LabHost>();
  for (const type of NAT_TYPES) {
    seeds.set(type, await lab.host(type));
    leeches.set(type, await lab.host(type));
  }
  return { seeds, leeches, helper: await lab.host('public') };
}

function format(ways: ReadonlyMap<string, Way>): string {
  const rows = NAT_TYPES.map((seed) => {
    const cells = NAT_TYPES.map((leech) => {
      const way = ways.get(keyOf(seed, leech));
      return way === undefined ? '' : IN_WORDS[way];
    });
    return `| ${seed} | ${cells.join(' | ')} |`;
  });
  const head = `| seed behind | ${NAT_TYPES.join(' | ')} |`;
  const line = `|${'---|'.repeat(NAT_TYPES.length + 1)}`;
  return `${[head, line, ...rows].join('\n')}\n`;
}

function wayInTable(text: string, seed: NatType, leech: NatType): Way {
  const [table = ''] = TABLE.exec(text) ?? [];
  const row = table.split('\n').find((line) => line.startsWith(`| ${seed} |`));
  const words = row?.split('|')[2 + NAT_TYPES.indexOf(leech)]?.trim();
  const way = WAYS.find((each) => IN_WORDS[each] === words);
  assert.ok(way !== undefined || isUpdate, `docs/nat.md says nothing of ${seed} and ${leech}`);
  return way ?? 'none';
}

function keyOf(seed: NatType, leech: NatType): string {
  return `${seed} ${leech}`;
}

function hasLibtorrent(): boolean {
  try {
    execFileSync(PYTHON, ['-c', 'import libtorrent'], { stdio: 'ignore' });
    return true;
  } catch {
    return false; // no Python here, or not this module
  }
}
