// Whole peers behind routers of their own become contacts, hand over a file, and find each other again after what
// happens to networks. docs/mesh-nat.md has the table: `node packages/daemon/test/natlab/people.test.ts --update`.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Offer } from '@coequal/contract';
import type { LabPerson } from './lab-person.ts';
import { NatLab } from './nat-lab.ts';
import { assertReceived, beginSend, timeOf, World } from './people-world.ts';

const DOCUMENT = new URL('../../../../docs/mesh-nat.md', import.meta.url);
const TABLE = /^\| whole peers behind .*\n\|(?:---\|)+\n(?:\|.*\n)*/m;
const isUpdate = process.argv.includes('--update');

const SMALL_LENGTH = 1_000_000;
const LARGE_LENGTH = 60_000_000;
/** So that what is sent runs while networks change. */
const SLOW_BYTES_PER_SECOND = 500_000;
/** More than the pieces that a peer could have had in hand when its network broke. */
const GROWN_LENGTH = 2_000_000;
const SUSPENDED_MS = 20_000;
/** A test of this file, of which the longest takes a minute on two busy cores: what has not come by then never comes. */
const TIMEOUT_MS = 170_000;

interface Row {
  readonly what: string;
  readonly path: string;
  readonly ms: number;
  readonly sentMs?: number;
}

const skip = await NatLab.skipReason();
const rows: Row[] = [];

describe('whole peers behind routers', { concurrency: false, timeout: 600_000, skip }, () => {
  let world: World | undefined;

  before(async () => {
    world = await World.open();
  });

  after(async () => {
    await world?.[Symbol.asyncDispose]();
    process.stdout.write(format(rows));
    if (!isUpdate) return;
    const document = readFileSync(DOCUMENT, 'utf8');
    writeFileSync(DOCUMENT, document.replace(TABLE, format(rows)));
  });

  const PAIRS = [
    ['portres', 'portres', 'direct'],
    ['symmetric', 'symmetric', 'relayed'],
    ['no-udp', 'portres', 'relayed'],
  ] as const;
  for (const [first, second, path] of PAIRS) {
    test(
      `${first} and ${second} become contacts and hand over a file`,
      { timeout: TIMEOUT_MS },
      async () => {
        assert.ok(world);
        await using home = await world.pair(first, second, path === 'relayed');
        const began = performance.now();
        await home.anna.befriend(home.ben);
        const ms = performance.now() - began;
        const seen = await home.anna.linked(home.ben.name, [path]);
        const sentAt = performance.now();
        const content = randomBytes(SMALL_LENGTH);
        await beginSend(home.anna, home.ben, seen, content);
        await assertReceived(home.ben, content);
        const sentMs = performance.now() - sentAt;
        rows.push({ what: `${first}, ${second}`, path: seen.path, ms, sentMs });
      },
    );
  }

  test(
    'a link and what runs over it recover from a new mapping, a new address and a sleep',
    { timeout: TIMEOUT_MS },
    async () => {
      assert.ok(world);
      await using home = await world.pair('portres', 'portres', false);
      const { lab } = world;
      const { anna, ben } = home;
      await anna.befriend(ben);
      await anna.client.call('changeSettings', {
        body: { values: { uploadMax: SLOW_BYTES_PER_SECOND } },
      });
      const content = randomBytes(LARGE_LENGTH);
      await beginSend(anna, ben, await anna.linked(ben.name), content);
      await grown(ben, GROWN_LENGTH);
      const recovers = async (what: string, disturb: () => Promise<void>): Promise<void> => {
        await disturb();
        const began = performance.now();
        // what is said now, not what was on its way: a new name
        await anna.client.call('changeProfile', { body: { name: what } });
        const { path } = await ben.linked(what);
        const ms = performance.now() - began;
        const { have } = await ben.offer(() => true);
        assert.ok(have < LARGE_LENGTH, 'the send ended too early to tell anything');
        await grown(ben, have + GROWN_LENGTH);
        rows.push({ what, path, ms, sentMs: performance.now() - began });
      };
      await recovers('restart of a router', () => lab.restartRouter(anna.host));
      await recovers('another address at home', () => lab.moveHost(ben.host));
      await recovers('20 s of sleep', async () => {
        ben.signal('SIGSTOP');
        await sleep(SUSPENDED_MS);
        ben.signal('SIGCONT');
      });
      await anna.client.call('changeSettings', { body: { values: { uploadMax: null } } });
      await assertReceived(ben, content);
    },
  );

  test(
    'earlier contacts find each other without the nodes that they began with',
    { timeout: TIMEOUT_MS },
    async () => {
      assert.ok(world);
      await using home = await world.pair('portres', 'portres', true);
      const { anna, ben } = home;
      await anna.befriend(ben);
      await Promise.all([anna.stop(), ben.stop()]);
      await world.killNodes();
      const began = performance.now();
      await Promise.all([anna.startAgain(), ben.startAgain()]);
      const [{ path }] = await Promise.all([anna.linked(ben.name), ben.linked(anna.name)]);
      rows.push({
        what: 'both started again, all nodes gone',
        path,
        ms: performance.now() - began,
      });
      const content = randomBytes(SMALL_LENGTH);
      await beginSend(anna, ben, await anna.linked(ben.name), content);
      await assertReceived(ben, content);
    },
  );
});

/** Once so many bytes of the only offer are there and verified. */
async function grown(by: LabPerson, length: number): Promise<Offer> {
  return await by.offer(({ have }) => have >= length);
}

function format(found: readonly Row[]): string {
  const lines = found.map(({ what, path, ms, sentMs }) => {
    const sent = sentMs === undefined ? '' : timeOf(sentMs);
    return `| ${what} | ${path} | ${timeOf(ms)} | ${sent} |`;
  });
  const head = '| whole peers behind | path | linked after | bytes after |';
  return `${[head, '|---|---|---|---|', ...lines].join('\n')}\n`;
}
