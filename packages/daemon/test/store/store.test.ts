import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { AccessRecords } from '../../src/store/access-records.ts';
import { CategoryRecords } from '../../src/store/category-records.ts';
import { GuestRecords } from '../../src/store/guest-records.ts';
import { MIGRATIONS } from '../../src/store/migrations.ts';
import { SettingRecords } from '../../src/store/setting-records.ts';
import { openStore } from '../../src/store/store.ts';
import { NO_FIGURES, OPTION_DEFAULTS, TransferRecords } from '../../src/store/transfer-records.ts';
import type { TransferRecord } from '../../src/store/transfer-records.ts';
import { fault } from '../faults.ts';
import { temporaryFolder } from '../temporary-folder.ts';

/** Written by this program when the form was 1. Never written again. */
const FORM_1 = fileURLToPath(new URL('daemon-form-1.sqlite', import.meta.url));

/** Likewise, when it was 3: the first with links for guests. */
const FORM_3 = fileURLToPath(new URL('daemon-form-3.sqlite', import.meta.url));

const ID = 'ab'.repeat(20);

void test('a file of form 1 is read, brought to the newest form, and holds what it held', () => {
  using folder = temporaryFolder();
  const path = folder.at('daemon.sqlite');
  copyFileSync(FORM_1, path);
  {
    using store = openStore(path);
    const [transfer] = new TransferRecords(store).all();
    assert.equal(transfer?.name, 'holiday');
    assert.deepEqual(transfer.tags, ['sea', 'ünïcödé']);
    assert.equal(transfer.category, 'films');
    assert.deepEqual(new TransferRecords(store).metainfo(ID), new Uint8Array([1, 2, 3]));
    assert.deepEqual(new CategoryRecords(store).all(), [{ name: 'films', directory: '/srv/f' }]);
    assert.deepEqual(new SettingRecords(store).all(), { uploadMax: 1_000, 'peer.setUpAt': 5 });
    assert.equal(new AccessRecords(store).keys()[0]?.name, 'phone');
  }
  using database = openRaw(path);
  assert.equal(database.prepare('PRAGMA user_version').get()?.['user_version'], MIGRATIONS.length);
});

void test('a file of form 3 has its links for guests, who used them, and what they began to put here', () => {
  using folder = temporaryFolder();
  const path = folder.at('daemon.sqlite');
  copyFileSync(FORM_3, path);
  using store = openStore(path);
  const records = new GuestRecords(store);
  const [link] = records.all();
  assert.deepEqual([link?.title, link?.guestsMax, link?.roots[0]?.size], ['Holiday', 3, 5]);
  assert.equal(records.files('ab12')[0]?.modified, '1795737600123456789');
  assert.deepEqual(
    ['v1', 'v2', 'v3'].map((hash) => records.visitor('ab12', hash)),
    ['welcome', 'stopped', 'unknown'],
  );
  assert.equal(records.countVisitors('ab12'), 1);
  assert.deepEqual(
    [...records.uploads('ab12')],
    [['u1', { name: 'a.bin', length: 9, synced: 4, path: undefined }]],
  );
  records.delete('ab12');
  assert.deepEqual([records.files('ab12'), records.countVisitors('ab12')], [[], 0]);
  assert.equal(records.uploads('ab12').size, 0);
});

void test('a file that a later version wrote is refused and not touched', () => {
  using folder = temporaryFolder();
  const path = folder.at('daemon.sqlite');
  {
    using database = openRaw(path);
    database.exec('PRAGMA user_version = 999');
  }
  const before = readFileSync(path);
  assert.throws(() => openStore(path), fault('STATE_TOO_NEW', { path, version: 999 }));
  assert.deepEqual(readFileSync(path), before);
});

void test('a damaged file and a folder in its place are told with their path', () => {
  using folder = temporaryFolder();
  const path = folder.at('daemon.sqlite');
  writeFileSync(path, 'this is no database, however long one reads in it. '.repeat(100));
  assert.throws(() => openStore(path), fault('STATE_UNREADABLE', { path }));
  assert.throws(() => openStore(folder.path), fault('STATE_UNREADABLE', { path: folder.path }));
});

void test('what fails within a transaction leaves nothing behind', () => {
  using store = openStore(':memory:');
  const settings = new SettingRecords(store);
  settings.put('a', 1);
  assert.throws(
    () =>
      store.transaction(() => {
        settings.put('a', 2);
        settings.put('b', 2);
        throw new Error('stop');
      }),
    /stop/,
  );
  assert.deepEqual(settings.all(), { a: 1 });
  settings.putAll(
    new Map<string, unknown>([
      ['a', undefined],
      ['c', [3]],
    ]),
  );
  assert.deepEqual(settings.all(), { c: [3] });
});

void test('a disk that is full is a fault of ours, in words, and nothing is half written', () => {
  using folder = temporaryFolder();
  const path = folder.at('daemon.sqlite');
  openStore(path)[Symbol.dispose]();
  using store = openStore(path);
  const settings = new SettingRecords(store);
  settings.put('kept', true);
  // as the system says it: no page more than there are
  store.run('PRAGMA max_page_count = 1');
  const long = 'x'.repeat(100_000);
  const values = new Map([
    ['kept', long],
    ['other', long],
  ]);
  assert.throws(() => settings.putAll(values), fault('DISK_FULL', { path }));
  assert.deepEqual(settings.all(), { kept: true });
});

void test('a transfer is read as it was written, and options that are new have their defaults', () => {
  using store = openStore(':memory:');
  const records = new TransferRecords(store);
  new CategoryRecords(store).put({ name: 'films' });
  const record = transferRecord({ category: 'films', removedUntil: 7, deletesData: true });
  records.add(record, undefined);
  assert.deepEqual(records.all(), [record]);
  assert.equal(records.metainfo(ID), undefined);
  records.add({ ...record, magnet: undefined }, new Uint8Array([9]));
  assert.equal(records.all()[0]?.magnet, undefined);
  assert.deepEqual(records.metainfo(ID), new Uint8Array([9]));
  store.run(`UPDATE transfers SET options = '{"isSequential":true}'`);
  assert.deepEqual(records.all()[0]?.options, { ...OPTION_DEFAULTS, isSequential: true });
  new CategoryRecords(store).delete('films');
  assert.equal(records.all()[0]?.category, undefined);
  records.delete([ID]);
  assert.equal(records.metainfo(ID), undefined);
});

void test('of browsers that are signed in the hundred that were used last stay', () => {
  using store = openStore(':memory:');
  const access = new AccessRecords(store);
  const hash = (number: number): Uint8Array => Uint8Array.of(number);
  for (let number = 0; number <= 100; number += 1) access.addSession(hash(number), number + 1);
  assert.equal(access.useSession(hash(0), 200, 0), false);
  assert.equal(access.useSession(hash(1), 200, 0), true);
  assert.equal(access.useSession(hash(100), 200, 0), true);
});

void test('a copy of the store has all that is committed', () => {
  using folder = temporaryFolder();
  using store = openStore(folder.at('daemon.sqlite'));
  new SettingRecords(store).put('a', 'b');
  store.copyTo(folder.at('copy.sqlite'));
  using copy = openStore(folder.at('copy.sqlite'));
  assert.deepEqual(new SettingRecords(copy).all(), { a: 'b' });
});

function transferRecord(changes: Partial<TransferRecord> = {}): TransferRecord {
  return {
    id: ID,
    magnet: 'magnet:?xt=urn:btih:' + ID,
    name: 'holiday',
    directory: '/srv',
    contentPath: undefined,
    intent: 'run',
    category: undefined,
    tags: ['sea'],
    options: OPTION_DEFAULTS,
    queuePosition: 1,
    addedAt: 2,
    completedAt: undefined,
    figures: NO_FIGURES,
    removedUntil: undefined,
    deletesData: false,
    ...changes,
  };
}

function openRaw(path: string): DatabaseSync & Disposable {
  const database = new DatabaseSync(path);
  return Object.assign(database, { [Symbol.dispose]: () => database.close() });
}
