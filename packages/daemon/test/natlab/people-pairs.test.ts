// Whole peers behind each kind of router become contacts with those behind each other kind, and hand over a file: all in
// one laboratory, with one public peer whom all know. docs/mesh-nat.md has the table, and no pair may do worse:
// `node packages/daemon/test/natlab/people-pairs.test.ts --update`.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import type { LabPerson } from './lab-person.ts';
import { NAT_TYPES, NatLab } from './nat-lab.ts';
import type { NatType } from './nat-lab.ts';
import { assertReceived, beginSend, timeOf, World } from './people-world.ts';

const DOCUMENT = new URL('../../../../docs/mesh-nat.md', import.meta.url);
const TABLE = /^\| invited by one behind .*\n\|(?:---\|)+\n(?:\|.*\n)*/m;
const isUpdate = process.argv.includes('--update');

const LENGTH = 1_000_000;
/** All of them: on two cores they take 100 s, and on busy ones several times that. */
const TIMEOUT_MS = 560_000;
/** Peers that start at a time: each takes a second of a processor. */
const STARTS_AT_ONCE = 3;

const PAIRS = NAT_TYPES.flatMap((guest) => NAT_TYPES.map((host) => ({ guest, host })));
type Pair = (typeof PAIRS)[number];

/**
 * Nobody gets these two together without a third, or by luck alone: docs/mesh-nat.md. All others find a direct way, at
 * the latest when the relayed one is looked at again.
 */
function mayStayRelayed({ guest, host }: Pair): boolean {
  const types = [guest, host];
  if (types.includes('no-udp')) return !types.includes('public');
  return types.includes('symmetric') && !types.includes('public') && !types.includes('fullcone');
}

interface Result {
  readonly path: string;
  readonly linkedMs: number;
  readonly sentMs: number;
  /** Since the acceptance; undefined as long as it is relayed. */
  directMs?: number;
}

const skip = await NatLab.skipReason();

describe('whole peers behind each kind of router', { timeout: TIMEOUT_MS, skip }, () => {
  const owned = new AsyncDisposableStack();
  const guests = new Map<NatType, LabPerson>();
  const hosts = new Map<NatType, LabPerson>();
  const results = new Map<string, Result>();

  before(async () => {
    const world = owned.use(await World.open());
    const starts = NAT_TYPES.flatMap((type) => [
      { type, side: guests, name: `guest behind ${type}` },
      { type, side: hosts, name: `host behind ${type}` },
    ]);
    await Promise.all(
      Array.from({ length: STARTS_AT_ONCE }, async () => {
        for (let next = starts.shift(); next !== undefined; next = starts.shift()) {
          const { type, side, name } = next;
          const person = owned.use(await world.person(name, type));
          side.set(type, person);
          await world.helper.befriend(person);
        }
      }),
    );
  });

  after(async () => {
    await owned.disposeAsync();
    process.stdout.write(format(results));
    if (!isUpdate) return;
    const document = readFileSync(DOCUMENT, 'utf8');
    writeFileSync(DOCUMENT, document.replace(TABLE, format(results)));
  });

  for (const pair of PAIRS) {
    test(`one behind ${pair.guest} accepts an invitation of one behind ${pair.host}`, async () => {
      const [guest, host] = [guests.get(pair.guest), hosts.get(pair.host)];
      assert.ok(guest && host);
      const began = performance.now();
      await host.befriend(guest);
      const linkedMs = performance.now() - began;
      const { path } = await guest.linked(host.name);
      const content = randomBytes(LENGTH);
      const file = `${keyOf(pair)}.jpg`;
      const sentAt = performance.now();
      await beginSend(guest, host, await guest.linked(host.name), content, file);
      await assertReceived(host, content, file);
      const sentMs = performance.now() - sentAt;
      const result: Result = { path, linkedMs, sentMs };
      results.set(keyOf(pair), result);
      if (path !== 'relayed') return;
      const direct = guest.linked(host.name, ['direct', 'lan']).then(() => {
        result.directMs = performance.now() - began;
      });
      if (!mayStayRelayed(pair)) await direct;
      else direct.catch(() => undefined); // the laboratory may close before
    });
  }
});

function format(found: ReadonlyMap<string, Result>): string {
  const rows = NAT_TYPES.map((guest) => {
    const cells = NAT_TYPES.map((host) => wordsOf(found.get(keyOf({ guest, host }))));
    return `| ${guest} | ${cells.join(' | ')} |`;
  });
  const head = `| invited by one behind | ${NAT_TYPES.join(' | ')} |`;
  return `${[head, `|${'---|'.repeat(NAT_TYPES.length + 1)}`, ...rows].join('\n')}\n`;
}

function wordsOf(result: Result | undefined): string {
  if (result === undefined) return 'not at all';
  const { path, linkedMs, sentMs, directMs } = result;
  const later = directMs === undefined ? '' : `, direct ${timeOf(directMs)}`;
  return `${path} ${timeOf(linkedMs)}${later}; ${timeOf(sentMs)}`;
}

function keyOf({ guest, host }: Pair): string {
  return `${guest}-${host}`;
}
