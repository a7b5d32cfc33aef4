import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Transfer } from '@coequal/contract';
import { RevisionLog } from '../../src/files/revision-log.ts';
import { SpeedRings } from '../../src/files/speed-rings.ts';

function row(id: string, have: number): Transfer {
  return {
    id,
    name: id,
    state: 'downloading',
    size: 100,
    wanted: 100,
    have,
    down: 0,
    up: 0,
    downloaded: 0,
    uploaded: 0,
    peers: 0,
    seeds: 0,
    tags: [],
    directory: '/',
    addedAt: 0,
    isPrivate: false,
    isSequential: false,
    queuePosition: 1,
  };
}

function entry(id: string): {
  id: string;
  row: Transfer | undefined;
  told: string;
  revision: number;
} {
  return { id, row: undefined, told: '', revision: 0 };
}

void test('who has seen a revision is told what changed since, and nothing else', () => {
  const log = new RevisionLog(1_000);
  const [a, b] = [entry('a'), entry('b')];
  log.update(a, row('a', 1));
  log.update(b, row('b', 1));
  const first = log.since(undefined, [a, b]);
  assert.deepEqual([first.since, first.isWhole, first.changed.length], [0, true, 2]);

  assert.deepEqual(log.since(first.revision, [a, b]).changed, []);
  log.update(a, row('a', 1)); // as it was
  assert.deepEqual(log.since(first.revision, [a, b]).changed, []);

  log.update(b, row('b', 2));
  log.remove(a);
  const next = log.since(first.revision, [b]);
  assert.deepEqual([next.since, next.isWhole], [first.revision, false]);
  assert.deepEqual(next.removed, ['a']);
  assert.deepEqual(next.changed, [row('b', 2)]);
});

void test('of a row that changed thousands of times the last is told, and states are counted', () => {
  const log = new RevisionLog(1_000);
  const [a, b] = [entry('a'), entry('b')];
  log.update(b, row('b', 0));
  const { revision } = log.since(undefined, [a, b]);
  for (let have = 0; have < 30_000; have += 1) log.update(a, row('a', have));
  log.update(b, { ...row('b', 0), state: 'paused' });
  assert.deepEqual(log.since(revision, []).changed, [
    row('a', 29_999),
    { ...row('b', 0), state: 'paused' },
  ]);
  assert.deepEqual(log.countByState(), { downloading: 1, paused: 1 });
  log.remove(b);
  assert.deepEqual(log.countByState(), { downloading: 1 });
});

void test('one that was removed and comes back is told as there', () => {
  const log = new RevisionLog(1_000);
  const a = entry('a');
  log.update(a, row('a', 1));
  const { revision } = log.since(undefined, [a]);
  log.remove(a);
  log.update(a, row('a', 1));
  const delta = log.since(revision, [a]);
  assert.deepEqual([delta.removed, delta.changed.length], [[], 1]);
});

void test('a revision of an earlier run, or of the future, gets everything', () => {
  const log = new RevisionLog(2_000);
  const a = entry('a');
  log.update(a, row('a', 1));
  for (const revision of [5, 1_999, 99_999]) {
    const delta = log.since(revision, [a]);
    assert.deepEqual([delta.isWhole, delta.changed.length], [true, 1], `${revision}`);
  }
});

void test('who missed more removals than are remembered gets everything', () => {
  const log = new RevisionLog(0);
  const { revision } = log.since(undefined, []);
  for (let index = 0; index < 10_001; index++) {
    const each = entry(`${index}`);
    log.update(each, row(each.id, 0));
    log.remove(each);
  }
  assert.equal(log.since(revision, []).isWhole, true);
});

void test('speeds are averaged over each interval, the oldest first', () => {
  const rings = new SpeedRings();
  for (let second = 0; second < 70; second++) rings.add(second, 1);
  const minute = rings.report('minute');
  assert.deepEqual([minute.intervalSeconds, minute.down.length], [1, 60]);
  assert.deepEqual([minute.down.at(0), minute.down.at(-1)], [10, 69]);
  const hour = rings.report('hour');
  assert.deepEqual(hour.down, [4, 14, 24, 34, 44, 54, 64]);
  assert.deepEqual(rings.report('day').down, []);
});
