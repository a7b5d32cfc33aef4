import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InfoHash } from '../../../src/core/ids.ts';
import { parseInfoHash } from '../../../src/core/ids.ts';
import { LocalSearch } from '../../../src/core/lsd/local-search.ts';
import type { LocalSearchOutput } from '../../../src/core/lsd/local-search.ts';
import { encodeLsdMessage } from '../../../src/core/lsd/lsd-message.ts';

const MINUTE = 60_000;
const hash = (number: number): InfoHash => parseInfoHash(number.toString(16).padStart(40, '0'));
const open = (hashesMax = 20): LocalSearch =>
  new LocalSearch({ cookie: 'ours', hashesMax, announces: true });

/** Lets it announce until then; what it announced, with when. */
function announced(search: LocalSearch, until: number): { at: number; hashes: number }[] {
  const found: { at: number; hashes: number }[] = [];
  for (let at = search.deadline; at !== undefined && at <= until; at = search.deadline) {
    for (const output of search.step({ type: 'timeout' }, at))
      if (output.type === 'announce') found.push({ at, hashes: output.infoHashes.length });
  }
  return found;
}

function hear(
  search: LocalSearch,
  now: number,
  { from = '10.0.0.7', cookie = 'theirs', port = 6881, infoHash = hash(1) } = {},
): readonly LocalSearchOutput[] {
  const bytes = encodeLsdMessage({ host: '', port, infoHashes: [infoHash], cookie });
  return search.step({ type: 'datagram', bytes, from }, now);
}

test('torrents that are added together are announced together, and then every five minutes', () => {
  const search = open();
  search.step({ type: 'add', infoHash: hash(1) }, 0);
  search.step({ type: 'add', infoHash: hash(2) }, 50);
  const told = announced(search, 11 * MINUTE);
  assert.deepEqual(
    told,
    [0, 1, 2].map((round) => ({ at: 200 + round * 5 * MINUTE, hashes: 2 })),
  );
});

test('when the network has changed, all are announced as soon as a minute has passed since the last time', () => {
  const search = open();
  search.step({ type: 'add', infoHash: hash(1) }, 0);
  assert.equal(announced(search, 1_000).length, 1);
  search.step({ type: 'network-changed' }, 10_000);
  search.step({ type: 'network-changed' }, 20_000);
  assert.deepEqual(announced(search, 2 * MINUTE), [{ at: 200 + MINUTE, hashes: 1 }]);
  search.step({ type: 'network-changed' }, 4 * MINUTE);
  assert.deepEqual(announced(search, 5 * MINUTE), [{ at: 4 * MINUTE + 200, hashes: 1 }]);
});

test('a torrent is never announced twice in a minute, also when it goes and comes back', () => {
  const search = open();
  search.step({ type: 'add', infoHash: hash(1) }, 0);
  assert.equal(announced(search, 1_000).length, 1);
  for (let now = 1_000; now < 50_000; now += 1_000) {
    search.step({ type: 'remove', infoHash: hash(1) }, now);
    search.step({ type: 'add', infoHash: hash(1) }, now);
  }
  assert.deepEqual(announced(search, 2 * MINUTE), [{ at: 200 + MINUTE, hashes: 1 }]);
});

test('a thousand torrents are announced a few at a time', () => {
  const search = open(20);
  for (let number = 1; number <= 1_000; number++)
    search.step({ type: 'add', infoHash: hash(number) }, 0);
  const told = announced(search, MINUTE);
  assert.equal(told.length, 50);
  assert.ok(told.every(({ at, hashes }, index) => hashes === 20 && at === 200 + index * 250));
});

test('who listens nowhere announces nothing, and hears', () => {
  const search = new LocalSearch({ cookie: 'ours', hashesMax: 20, announces: false });
  search.step({ type: 'add', infoHash: hash(1) }, 0);
  assert.equal(search.deadline, undefined);
  assert.equal(hear(search, 0).length, 1);
});

test('a peer of the network is found; we, strangers and other torrents are not', () => {
  const search = open();
  search.step({ type: 'add', infoHash: hash(1) }, 0);
  const peer = { host: '10.0.0.7', port: 6881 };
  assert.deepEqual(hear(search, 0), [{ type: 'found', infoHash: hash(1), peer }]);
  assert.deepEqual(hear(search, 0, { cookie: 'ours' }), []);
  assert.deepEqual(hear(search, 0, { infoHash: hash(2) }), []);
  for (const from of ['198.51.100.7', '2001:db8::7', '8.8.8.8'])
    assert.deepEqual(hear(search, 0, { from }), [], from);
  for (const from of ['192.168.1.2', 'fe80::1', 'fd00::1', '127.0.0.1', '169.254.1.1'])
    assert.equal(hear(search, 0, { from }).length, 1, from);
  assert.deepEqual(
    search.step({ type: 'datagram', bytes: Buffer.from('NOTIFY * HTTP/1.1'), from: '10.0.0.7' }, 0),
    [],
  );
});

test('of a flood of forged datagrams a few peers a minute are taken', () => {
  const search = open();
  search.step({ type: 'add', infoHash: hash(1) }, 0);
  let found = 0;
  for (let index = 0; index < 100_000; index++) {
    const from = `10.1.${(index >> 8) & 255}.${index & 255}`;
    found += hear(search, Math.floor(index / 1_000) * 100, {
      from,
      port: 1 + (index % 60_000),
    }).length;
  }
  assert.equal(found, 30);
  assert.equal(hear(search, 2 * MINUTE).length, 1, 'a minute later others are heard again');
});
