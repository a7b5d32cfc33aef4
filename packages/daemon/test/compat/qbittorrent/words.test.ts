// Transfers in qBittorrent's words, and what its programs send, read.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LocalFault } from '@coequal/base';
import type { Transfer } from '@coequal/contract';
import fc from 'fast-check';
import { readGiven } from '../../../src/compat/qbittorrent/given.ts';
import { chosen } from '../../../src/compat/qbittorrent/listing.ts';
import { parseMultipart, PARTS_MAX } from '../../../src/compat/qbittorrent/multipart.ts';
import { Sessions, sidOf } from '../../../src/compat/qbittorrent/sessions.ts';
import { SyncBook } from '../../../src/compat/qbittorrent/sync-book.ts';
import {
  goalsOf,
  infoOf,
  rateOf,
  ratioLimitOf,
  seedingTimeLimitOf,
  stateOf,
} from '../../../src/compat/qbittorrent/words.ts';
import { EntryMarks } from '../../../src/files/entry-marks.ts';
import { TransferEntry } from '../../../src/files/transfer-entry.ts';
import { OPTION_DEFAULTS } from '../../../src/store/transfer-records.ts';
import type { TransferRecord } from '../../../src/store/transfer-records.ts';

const ID = 'a'.repeat(40);

function row(changes: Partial<Transfer> = {}): Transfer {
  return {
    id: ID,
    name: 'a',
    state: 'downloading',
    size: 100,
    wanted: 100,
    have: 40,
    down: 0,
    up: 0,
    downloaded: 40,
    uploaded: 20,
    peers: 3,
    seeds: 1,
    tags: ['x', 'y'],
    directory: '/files',
    addedAt: 5_000,
    isPrivate: false,
    isSequential: true,
    queuePosition: 2,
    ...changes,
  };
}

function entry(): TransferEntry {
  const record: TransferRecord = {
    id: ID,
    magnet: undefined,
    name: 'a',
    directory: '/files',
    contentPath: undefined,
    intent: 'force',
    category: undefined,
    tags: [],
    options: { ...OPTION_DEFAULTS, goals: { ratio: 2, seedMinutes: null } },
    queuePosition: 2,
    addedAt: 5_000,
    completedAt: undefined,
    figures: {
      size: 100,
      wanted: 100,
      have: 40,
      downloaded: 40,
      uploaded: 20,
      isPrivate: false,
      seedSeconds: 7,
    },
    removedUntil: undefined,
    deletesData: false,
  };
  return new TransferEntry(record, new EntryMarks());
}

void test('each state has qBittorrent’s word, which depends on whether all is here and something moves', () => {
  const done = { have: 100 };
  const words = [
    stateOf(row(), false),
    stateOf(row({ down: 1 }), false),
    stateOf(row(), true),
    stateOf(row({ state: 'metadata' }), false),
    stateOf(row({ state: 'metadata' }), true),
    stateOf(row({ state: 'paused' }), false),
    stateOf(row({ state: 'paused', ...done }), false),
    stateOf(row({ state: 'queued' }), false),
    stateOf(row({ state: 'queued', ...done }), false),
    stateOf(row({ state: 'checking' }), false),
    stateOf(row({ state: 'checking', ...done }), false),
    stateOf(row({ state: 'seeding', ...done }), false),
    stateOf(row({ state: 'seeding', ...done, up: 1 }), false),
    stateOf(row({ state: 'seeding', ...done }), true),
    stateOf(row({ state: 'finished', ...done }), false),
    stateOf(row({ state: 'moving' }), false),
    stateOf(row({ state: 'failed' }), false),
    stateOf(
      row({ state: 'failed', reason: { code: 'CONTENT_MISSING', details: {}, text: '' } }),
      false,
    ),
  ];
  assert.deepEqual(words, [
    'stalledDL',
    'downloading',
    'forcedDL',
    'metaDL',
    'forcedMetaDL',
    'pausedDL',
    'pausedUP',
    'queuedDL',
    'queuedUP',
    'checkingDL',
    'checkingUP',
    'stalledUP',
    'uploading',
    'forcedUP',
    'pausedUP',
    'moving',
    'error',
    'missingFiles',
  ]);
});

void test('a row is told in seconds, bytes and parts of one', () => {
  const info = infoOf(row({ category: 'tv' }), entry());
  assert.equal(info['added_on'], 5);
  assert.equal(info['completion_on'], -1);
  assert.equal(info['amount_left'], 60);
  assert.equal(info['content_path'], '/files/a');
  assert.equal(info['save_path'], '/files');
  assert.equal(info['ratio'], 0.2, 'to the size, as goals are');
  assert.equal(info['ratio_limit'], 2);
  assert.equal(info['seeding_time_limit'], -2);
  assert.equal(info['seeding_time'], 7);
  assert.equal(info.progress, 0.4);
  assert.equal(info.tags, 'x, y');
  assert.equal(info['force_start'], true);
  assert.equal(info['magnet_uri'], `magnet:?xt=urn:btih:${ID}&dn=a`);
});

void test('goals and rates go there and back: as the settings say, never, and a number', () => {
  for (const limit of [-2, -1, 0, 3]) {
    const { ratio = null, seedMinutes = null } = goalsOf(limit, limit);
    assert.equal(ratioLimitOf({ ratio, seedMinutes }), limit);
    assert.equal(seedingTimeLimitOf({ ratio, seedMinutes }), limit);
  }
  assert.deepEqual(goalsOf(undefined, undefined), {});
  assert.deepEqual([rateOf(-1), rateOf(0), rateOf(1_000.5)], [null, null, 1_000]);
});

void test('the list is filtered, sorted and cut', () => {
  const infos = ['c', 'a', 'b'].map((name, index) =>
    infoOf(
      row({ id: `${index}`.repeat(40), name, ...(index === 0 && { category: 'tv' }) }),
      entry(),
    ),
  );
  const names = (query: string): unknown[] =>
    chosen(infos, readGiven(query, undefined, '')).map(({ name }) => name);
  assert.deepEqual(names('sort=name'), ['a', 'b', 'c']);
  assert.deepEqual(names('sort=name&reverse=true&limit=2'), ['c', 'b']);
  assert.deepEqual(names('sort=name&offset=-1'), ['c']);
  assert.deepEqual(names('sort=name&offset=1&limit=1'), ['b']);
  assert.deepEqual(names('sort=constructor'), ['c', 'a', 'b']);
  assert.deepEqual(names('category=tv'), ['c']);
  assert.deepEqual(names('category='), ['a', 'b']);
  assert.deepEqual(names(`hashes=${'1'.repeat(40)}|${'2'.repeat(40)}`), ['a', 'b']);
  assert.deepEqual(names('tag=x&filter=downloading'), ['c', 'a', 'b']);
  assert.deepEqual(names('tag='), []);
  assert.deepEqual(names('filter=completed'), []);
});

void test('a form with files is read, with names in quotes and without', () => {
  const text = [
    '--b',
    'Content-Disposition: form-data; name="torrents"; filename="a;b.torrent"',
    'Content-Type: application/x-bittorrent',
    '',
    'd\r\n--e',
    '--b',
    'content-disposition: form-data; name=category',
    '',
    'tv',
    '--b--',
    '',
  ].join('\r\n');
  const given = readGiven('', Buffer.from(text), 'multipart/form-data; boundary="b"');
  assert.deepEqual(given.files.map(String), [String(Buffer.from('d\r\n--e'))]);
  assert.equal(given.text('category'), 'tv');
});

void test('whatever the bytes, a form is read or refused as a bad request', () => {
  const type = 'multipart/form-data; boundary=b';
  const piece = fc.constantFrom(
    '--b',
    '\r\n',
    '--',
    'name="x"',
    'Content-Disposition: form-data;',
    ' ',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string())), (pieces) => {
      try {
        parseMultipart(Buffer.from(pieces.join('')), type);
      } catch (error) {
        assert.ok(error instanceof LocalFault && error.code === 'BAD_REQUEST', String(error));
      }
    }),
  );
});

void test('a form has no more parts than its limit, and none without an end', () => {
  const part = '--b\r\nContent-Disposition: form-data; name="x"\r\n\r\ny\r\n';
  const type = 'multipart/form-data; boundary=b';
  const form = (count: number): Buffer => Buffer.from(`${part.repeat(count)}--b--\r\n`);
  assert.equal(parseMultipart(form(PARTS_MAX), type).length, PARTS_MAX);
  const bad = { code: 'BAD_REQUEST' };
  assert.throws(() => parseMultipart(form(PARTS_MAX + 1), type), bad);
  assert.throws(() => parseMultipart(Buffer.from(part), type), bad);
  assert.throws(() => parseMultipart(form(1), 'multipart/form-data'), bad);
  const head = `--b\r\nX: ${'x'.repeat(10_000)}\r\n\r\ny\r\n--b--`;
  assert.throws(() => parseMultipart(Buffer.from(head), type), bad);
});

void test('who names the last answer is told what changed since, who names another everything', () => {
  const book = new SyncBook(() => 0.5);
  const told = { revision: 7, categories: '{}', tags: [] };
  assert.equal(book.told('one', 0), undefined);
  const rid = book.note('one', told);
  assert.equal(book.told('one', rid), told);
  assert.equal(book.told('other', rid), undefined);
  assert.equal(book.told('one', rid - 1), undefined);
  for (let caller = 0; caller < 100; caller += 1) book.note(`${caller}`, told);
  assert.equal(book.told('one', rid), undefined, 'only so many are remembered');
});

void test('a session ends when it was not used for an hour, when it is closed, or for a hundred newer ones', () => {
  let now = 0;
  const sessions = new Sessions({ now: () => now });
  const sid = sessions.open('secret');
  now = 3_600_000;
  assert.equal(sessions.use(sid), 'secret');
  now += 3_600_001;
  assert.equal(sessions.use(sid), undefined);
  const closed = sessions.open('secret');
  sessions.close(closed);
  assert.equal(sessions.use(closed), undefined);
  const first = sessions.open('secret');
  for (let count = 0; count < 100; count += 1) sessions.open('other');
  assert.equal(sessions.use(first), undefined);
  assert.equal(sidOf('x=1; SID=abc'), 'abc');
  assert.equal(sidOf(undefined), undefined);
});
