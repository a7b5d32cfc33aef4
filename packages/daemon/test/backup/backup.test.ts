import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { backUp, restore } from '../../src/backup/backup.ts';
import { seal, unseal } from '../../src/backup/seal.ts';
import { SettingRecords } from '../../src/store/setting-records.ts';
import { openStore } from '../../src/store/store.ts';
import type { Store } from '../../src/store/store.ts';
import { fault } from '../faults.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import type { TemporaryFolder } from '../temporary-folder.ts';

const WORDS = 'correct horse battery staple';

function makeHome(folder: TemporaryFolder): Store {
  mkdirSync(folder.at('home', 'resume'), { recursive: true });
  writeFileSync(folder.at('home', 'config.toml'), 'version = 1\n');
  writeFileSync(folder.at('home', 'api-secret'), 'SECRET');
  writeFileSync(folder.at('home', 'page-certificate.pem'), 'KEY');
  writeFileSync(folder.at('home', 'resume', 'a.resume'), Buffer.alloc(200_000, 7));
  writeFileSync(folder.at('home', 'resume', 'empty'), '');
  mkdirSync(folder.at('home', 'identity'));
  writeFileSync(folder.at('home', 'identity', 'person'), 'WORDS');
  writeFileSync(folder.at('home', 'identity', 'person.new'), 'half of what is being wri');
  const store = openStore(folder.at('home', 'daemon.sqlite'));
  new SettingRecords(store).put('theme', 'dark');
  return store;
}

void test('a backup of a peer that runs has all that is committed, and makes the same home', async () => {
  using folder = temporaryFolder();
  using store = makeHome(folder);
  const made = await backUp(folder.at('home'), folder.at('kept'), WORDS);
  new SettingRecords(store).put('theme', 'light'); // afterwards
  assert.equal(statSync(folder.at('kept')).mode & 0o777, 0o600);
  assert.doesNotMatch(readFileSync(folder.at('kept'), 'latin1'), /SQLite|SECRET|WORDS|version = 1/);
  mkdirSync(folder.at('new'));
  assert.deepEqual(await restore(folder.at('kept'), folder.at('new'), WORDS), made);
  assert.equal(made.files, 6);
  assert.equal(readFileSync(folder.at('new', 'identity', 'person'), 'utf8'), 'WORDS');
  assert.equal(statSync(folder.at('new', 'identity', 'person')).mode & 0o777, 0o600);
  assert.equal(statSync(folder.at('new', 'identity')).mode & 0o777, 0o700);
  assert.deepEqual(readdirSync(folder.at('new', 'identity')), ['person']);
  using restored = openStore(folder.at('new', 'daemon.sqlite'));
  assert.equal(new SettingRecords(restored).get('theme'), 'dark');
  assert.deepEqual(
    readFileSync(folder.at('new', 'resume', 'a.resume')),
    readFileSync(folder.at('home', 'resume', 'a.resume')),
  );
  assert.equal(existsSync(folder.at('new', 'api-secret')), false);
  assert.deepEqual(readdirSync(folder.path).toSorted(), ['home', 'kept', 'new']);
});

void test('nothing is overwritten, neither a file nor a home', async () => {
  using folder = temporaryFolder();
  using _store = makeHome(folder);
  await backUp(folder.at('home'), folder.at('kept'), WORDS);
  const again = backUp(folder.at('home'), folder.at('kept'), WORDS);
  await assert.rejects(again, fault('FILE_EXISTS'));
  const over = restore(folder.at('kept'), folder.at('home'), WORDS);
  await assert.rejects(over, fault('HOME_NOT_EMPTY'));
  await assert.rejects(backUp(folder.at('none'), folder.at('x'), WORDS), fault('NO_HOME'));
});

void test('without the pass phrase nothing is opened, and nothing is left behind', async () => {
  using folder = temporaryFolder();
  using _store = makeHome(folder);
  await backUp(folder.at('home'), folder.at('kept'), WORDS);
  const wrong = restore(folder.at('kept'), folder.at('new'), `${WORDS}r`);
  await assert.rejects(wrong, fault('PASS_PHRASE_WRONG'));
  writeFileSync(folder.at('other'), 'something else, and longer than what a backup begins with');
  const other = restore(folder.at('other'), folder.at('new'), WORDS);
  await assert.rejects(other, fault('BACKUP_UNKNOWN'));
  assert.deepEqual(readdirSync(folder.path).toSorted(), ['home', 'kept', 'other']);
});

void test('a backup that was changed, cut off, or put together anew is found out, wherever that is', async () => {
  const plain = Buffer.alloc(150_000, 1);
  const sealed = Buffer.concat(await collect(seal(pieces([plain]), WORDS)));
  const open = (bytes: Uint8Array): Promise<Uint8Array[]> =>
    collect(unseal(pieces([bytes]), WORDS));
  assert.deepEqual(Buffer.concat(await open(sealed)), plain);
  const damaged = fault('BACKUP_DAMAGED');
  const chunk = 65_536 + 16;
  const flip = (at: number): Buffer => {
    const changed = Buffer.from(sealed);
    changed[at] = (changed[at] ?? 0) ^ 1;
    return changed;
  };
  await assert.rejects(open(flip(40 + chunk + 5)), damaged);
  await assert.rejects(open(flip(sealed.length - 1)), damaged);
  await assert.rejects(open(flip(20)), fault('PASS_PHRASE_WRONG')); // its salt
  await assert.rejects(open(sealed.subarray(0, -1)), damaged);
  await assert.rejects(open(sealed.subarray(0, 40 + 2 * chunk)), damaged); // at the end of a chunk
  await assert.rejects(open(Buffer.concat([sealed, Buffer.alloc(1)])), damaged);
  const swapped = Buffer.concat([
    sealed.subarray(0, 40 + chunk),
    sealed.subarray(40 + 2 * chunk),
    sealed.subarray(40 + chunk, 40 + 2 * chunk),
  ]);
  await assert.rejects(open(swapped), damaged);
});

void test('a file that asks for too much memory is not opened', async () => {
  const sealed = Buffer.concat(await collect(seal(pieces([]), WORDS)));
  assert.deepEqual(Buffer.concat(await collect(unseal(pieces([sealed]), WORDS))).length, 0);
  sealed[16] = 31;
  await assert.rejects(collect(unseal(pieces([sealed]), WORDS)), fault('BACKUP_UNKNOWN'));
});

void test('a backup that names a file elsewhere writes nothing there', async () => {
  using folder = temporaryFolder();
  const name = 'resume/../../evil';
  const head = Buffer.concat([Buffer.of(name.length), Buffer.from(name), Buffer.alloc(8)]);
  const sealed = await collect(seal(pieces([head, Buffer.of(0)]), WORDS));
  writeFileSync(folder.at('kept'), Buffer.concat(sealed));
  const restoring = restore(folder.at('kept'), folder.at('new'), WORDS);
  await assert.rejects(restoring, fault('BACKUP_DAMAGED'));
  assert.deepEqual(readdirSync(folder.path), ['kept']);
});

async function* pieces(parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part);
  return parts;
}
