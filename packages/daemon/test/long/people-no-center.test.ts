// Everybody by whom contacts found each other is gone, and both start again: who still comes to whom, by what each kept
// of the other. docs/mesh-nat.md has the table: `node packages/daemon/test/long/people-no-center.test.ts --update`.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { NatLab } from '../natlab/nat-lab.ts';
import type { NatType } from '../natlab/nat-lab.ts';
import { assertReceived, beginSend, timeOf, World } from '../natlab/people-world.ts';
import type { Home } from '../natlab/people-world.ts';

const DOCUMENT = new URL('../../../../docs/mesh-nat.md', import.meta.url);
const TABLE = /^\| nobody else is there; .*\n\|(?:---\|)+\n(?:\|.*\n)*/m;
const isUpdate = process.argv.includes('--update');

/** `helped`: they cannot become contacts without a third. */
const PAIRS: readonly { readonly types: readonly [NatType, NatType]; readonly meet: boolean }[] = [
  { types: ['fullcone', 'portres'], meet: true },
  { types: ['fullcone', 'symmetric'], meet: true },
  { types: ['firewall', 'portres'], meet: true },
  { types: ['portres', 'portres'], meet: true },
  { types: ['portres', 'symmetric'], meet: false },
  { types: ['symmetric', 'symmetric'], meet: false },
];
/** The second starts so much later than the first: routers have forgotten what the first sent when it began. */
const LATER_MS = 40_000;
/** Who comes at all comes within two rounds of what keeps routers open. */
const WAITED_MS = 30_000;
/** Nodes say where each is seen a moment after it began, and each tells the other, at most every 10 s. */
const TOLD_MS = 15_000;
const TIMEOUT_MS = 280_000;
const LENGTH = 100_000;

const skip = await NatLab.skipReason();

describe('when nobody else is there', { timeout: TIMEOUT_MS, skip }, () => {
  const rows: string[] = [];

  after(() => {
    const head = '| nobody else is there; behind | both start at once | one starts 40 s later |';
    const table = `${[head, '|---|---|---|', ...rows].join('\n')}\n`;
    process.stdout.write(table);
    if (!isUpdate) return;
    writeFileSync(DOCUMENT, readFileSync(DOCUMENT, 'utf8').replace(TABLE, table));
  });

  test('contacts come to each other wherever a router can be kept open for the other', async () => {
    await using owned = new AsyncDisposableStack();
    const world = owned.use(await World.open());
    const homes = await Promise.all(
      PAIRS.map(async ({ types }) => {
        const home = owned.use(await world.pair(types[0], types[1], true));
        await home.anna.befriend(home.ben);
        return home;
      }),
    );
    const people = homes.flatMap(({ anna, ben }) => [anna, ben]);
    await sleep(TOLD_MS);
    await Promise.all(people.map((person) => person.stop()));
    await world.helper.stop();
    await world.killNodes();

    let began = performance.now();
    await Promise.all(people.map((person) => person.startAgain()));
    const atOnce = await Promise.all(homes.map((home) => meets(home, began)));
    await Promise.all(people.map((person) => person.stop()));
    await Promise.all(homes.map(({ anna }) => anna.startAgain()));
    await sleep(LATER_MS);
    began = performance.now();
    await Promise.all(homes.map(({ ben }) => ben.startAgain()));
    const later = await Promise.all(homes.map((home) => meets(home, began)));
    for (const [index, { types }] of PAIRS.entries())
      rows.push(`| ${types.join(', ')} | ${wordsOf(atOnce[index])} | ${wordsOf(later[index])} |`);

    for (const [index, { types, meet }] of PAIRS.entries()) {
      const found = [atOnce[index], later[index]].map((ms) => ms !== undefined);
      assert.deepEqual(found, [meet, meet], types.join(', '));
    }
    const [portres] = homes.filter((_, index) => PAIRS[index]?.types.join() === 'portres,portres');
    assert.ok(portres);
    const content = randomBytes(LENGTH);
    const { anna, ben } = portres;
    await beginSend(anna, ben, await anna.linked(ben.name), content);
    await assertReceived(ben, content);
  });
});

/** How long after they began to start, if at all. */
async function meets({ anna, ben }: Home, began: number): Promise<number | undefined> {
  const linked = Promise.all([anna.linked(ben.name), ben.linked(anna.name)]);
  linked.catch(() => undefined); // it may end with the laboratory
  const isLinked = await Promise.race([linked, sleep(WAITED_MS)]);
  return isLinked === undefined ? undefined : performance.now() - began;
}

function wordsOf(ms: number | undefined): string {
  return ms === undefined ? 'not at all' : timeOf(ms);
}
