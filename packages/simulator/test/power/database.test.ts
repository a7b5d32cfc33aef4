// The power goes while SQLite writes: what a call returned is there, whatever of the rest the disk kept.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Database } from '@coequal/base/database';
import { cutsOf, PowerFolder } from './cuts.ts';
import type { Cut } from './cuts.ts';
import { parseTrace, record, whyNotTraced } from './trace.ts';

const WRITER = fileURLToPath(new URL('./database-writer.ts', import.meta.url));
const MIGRATIONS = ['CREATE TABLE rows (n INTEGER PRIMARY KEY, text TEXT) STRICT'];
const IS_LONG = process.env['COEQUAL_LONG'] === '1';
/** Of one trace. */
const CUTS = IS_LONG ? 20_000 : 300;
/** So many that the WAL is carried over into the file, and begun anew, twice. */
const ROWS = 700;

function recordRows({ home }: PowerFolder, synchronous: string, rows: number) {
  return record(home, WRITER, [join(home, 'x.sqlite'), synchronous, `${rows}`]);
}

/** Rows that were acknowledged, and those that are there afterwards. */
function look(folder: PowerFolder, cut: Cut): readonly [number, number] {
  const { name, said } = cut;
  folder.losePower(cut);
  using database = Database.open(join(folder.after, 'x.sqlite'), MIGRATIONS);
  assert.equal(database.get('PRAGMA integrity_check')?.['integrity_check'], 'ok', name);
  const [low = 0, high = 0, count] = ['min(n)', 'max(n)', 'count(*)'].map((what) =>
    Number(database.get(`SELECT ${what} AS it FROM rows`)?.['it'] ?? 0),
  );
  assert.ok(low + high === 0 && count === 2 * high, `${name}: half a transaction`);
  // it can go on
  database.run('INSERT INTO rows VALUES (?, ?)', high + 1, '');
  return [said.filter((line) => line.startsWith('row ')).length - 1, high];
}

describe('when the power goes', { skip: whyNotTraced() }, () => {
  test('a database opens, is sound, and has every transaction that was acknowledged', async () => {
    using folder = new PowerFolder();
    const steps = await recordRows(folder, '', ROWS);
    assert.ok(steps.some((step) => step.type === 'sync-names'));
    for (const cut of cutsOf(steps, { seed: 'database', count: CUTS })) {
      const [acknowledged, found] = look(folder, cut);
      assert.ok(found === acknowledged || found === acknowledged + 1, `${cut.name}: ${found}`);
    }
  });

  test('what SQLite does not sync is found to be lost: this test would notice', async () => {
    using folder = new PowerFolder();
    const steps = await recordRows(folder, 'NORMAL', 50);
    let lost = 0;
    for (const cut of cutsOf(steps, { seed: 'normal', count: 50 })) {
      const [acknowledged, found] = look(folder, cut);
      if (found < acknowledged) lost += 1;
    }
    assert.ok(lost > 0);
  });
});

test('a trace that has what is not understood is refused', () => {
  const hex = (text: string): string =>
    [...Buffer.from(text)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
  const made = `openat(AT_FDCWD, "${hex('/a/b')}", O_RDWR|O_CREAT, 0644) = 20\n`;
  assert.deepEqual(parseTrace(`${made}pwrite64(20, "${hex('xyz')}", 3, 7) = 2\n`, '/a'), [
    { type: 'name', path: '/a/b', is: 1 },
    { type: 'write', file: 1, at: 7, bytes: Buffer.from('xy') },
  ]);
  for (const line of [
    'pwritev(20, [{iov_base="", iov_len=0}], 1, 0) = 0',
    'mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_SHARED, 20, 0) = 0x7f00',
    `rename("${hex('/a/b')}", "${hex('/a/c')}") = 0`,
    'dup(20) = 21',
  ])
    assert.throws(() => parseTrace(`${made}${line}\n`, '/a'), line);
});
