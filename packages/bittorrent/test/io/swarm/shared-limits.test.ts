import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Endpoint } from '@coequal/base';
import {
  ConnectionBudget,
  DownloadLimiter,
  ReadHolds,
  SharedRates,
} from '../../../src/io/swarm/shared-limits.ts';
import { FakeClock, FakeConn } from './fake-conn.ts';

const READ = 65_536;
const LIMIT = 10 * READ;

/** Reads of each connection that is not paused, as often as `everyMs`; returns the bytes of each. */
function readFor(
  clock: FakeClock,
  limiter: DownloadLimiter,
  conns: readonly FakeConn[],
  ms: number,
  length = READ,
): readonly number[] {
  const read = conns.map(() => 0);
  for (const end = clock.now() + ms; clock.now() < end; clock.pass(1)) {
    for (const [index, conn] of conns.entries()) {
      if (conn.isPaused) continue;
      read[index] = (read[index] ?? 0) + length;
      limiter.spend(length, conn);
    }
  }
  return read;
}

function makeConns(count: number): readonly FakeConn[] {
  return Array.from({ length: count }, () => new FakeConn());
}

test('connections are counted', () => {
  const budget = new ConnectionBudget();
  for (let count = 0; count < 300; count++) assert.ok(budget.tryTake());
  assert.ok(!budget.tryTake());
  budget.release();
  assert.ok(budget.tryTake());
  assert.notEqual(budget.nextKey(), budget.nextKey());
});

test('one network may come in half as often as there are connections, and dials do not count', () => {
  const budget = new ConnectionBudget();
  const at = (host: string): Endpoint => ({ host, port: 1 });
  const accepted = (host: string): number => {
    let count = 0;
    while (budget.tryAccept(at(host))) count += 1;
    return count;
  };
  assert.equal(accepted('2001:db8::1'), 150);
  assert.ok(!budget.tryAccept(at('2001:db8::2')), 'it is the same network');
  for (let count = 0; count < 100; count++) assert.ok(budget.tryTake());
  assert.equal(accepted('192.0.2.1'), 50);
  budget.release({ dialled: at('192.0.2.1'), remote: at('192.0.2.1') });
  assert.equal(accepted('192.0.2.1'), 1);
  for (let count = 0; count < 51; count++) {
    budget.release({ dialled: undefined, remote: at('192.0.2.1') });
  }
  assert.ok(!budget.tryAccept(at('2001:db8::1')));
  assert.equal(accepted('192.0.2.1'), 51);
});

test('without a limit no connection is ever paused', () => {
  const clock = new FakeClock();
  const { download, upload } = new SharedRates({}, clock);
  const conns = makeConns(2);
  readFor(clock, download, conns, 100);
  assert.ok(conns.every(({ isPaused }) => !isPaused));
  assert.deepEqual([clock.timers, upload.limit], [0, undefined]);
});

test('connections that all have much to give share the limit', () => {
  const clock = new FakeClock();
  const limiter = new DownloadLimiter(LIMIT, clock, new ReadHolds());
  const conns = makeConns(5);
  readFor(clock, limiter, conns, 1_000); // each may overdraw once at first
  const read = readFor(clock, limiter, conns, 10_000);
  const total = read.reduce((sum, bytes) => sum + bytes, 0);
  assert.ok(Math.abs(total - 10 * LIMIT) <= 2 * READ, `${total} bytes in ten seconds`);
  assert.ok(Math.max(...read) - Math.min(...read) <= 2 * READ, read.join(' '));
});

test('connections that have nothing to give hold up none that has', () => {
  const clock = new FakeClock();
  const limiter = new DownloadLimiter(LIMIT, clock, new ReadHolds());
  const [busy, ...idle] = makeConns(20);
  assert.ok(busy);
  for (const conn of [busy, ...idle]) limiter.spend(READ, conn); // all are paused, deep in debt
  clock.pass(3_000);
  const [read] = readFor(clock, limiter, [busy], 5_000);
  assert.ok(Math.abs((read ?? 0) - 5 * LIMIT) <= 2 * READ, `${read} bytes in five seconds`);
  assert.ok(
    idle.every(({ isPaused }) => !isPaused),
    'whoever gives nothing need not be paused',
  );
});

test('a connection that ends in its turn or before it is passed over', () => {
  const clock = new FakeClock();
  const limiter = new DownloadLimiter(LIMIT, clock, new ReadHolds());
  const [first, second, third] = makeConns(3);
  assert.ok(first && second && third);
  for (const conn of [first, second, third]) limiter.spend(READ, conn);
  limiter.forget(second);
  for (let waited = 0; first.isPaused && waited < 1_000; waited++) clock.pass(1);
  assert.ok(!first.isPaused && third.isPaused);
  limiter.forget(first);
  clock.pass(1_000);
  assert.ok(second.isPaused, 'what was forgotten is left alone');
  assert.ok(!third.isPaused);
  assert.equal(clock.timers, 0);
});

test('a limit that changes holds for connections that wait already', () => {
  const clock = new FakeClock();
  const limiter = new DownloadLimiter(1_000, clock, new ReadHolds());
  const conns = makeConns(3);
  for (const conn of conns) limiter.spend(READ, conn); // three minutes' worth
  limiter.setLimit(LIMIT);
  readFor(clock, limiter, conns, 1_000);
  const total = readFor(clock, limiter, conns, 5_000).reduce((sum, bytes) => sum + bytes, 0);
  assert.ok(Math.abs(total - 5 * LIMIT) <= 3 * READ, `${total} bytes in five seconds`);
  for (const conn of conns) limiter.spend(READ * 100, conn);
  limiter.setLimit(undefined);
  assert.ok(conns.every(({ isPaused }) => !isPaused));
  clock.pass(100);
  assert.equal(clock.timers, 0);
});

test('a connection that two limits hold is read again once neither does', () => {
  const clock = new FakeClock();
  const holds = new ReadHolds();
  const [slow, fast] = [LIMIT / 10, LIMIT].map((rate) => new DownloadLimiter(rate, clock, holds));
  const conn = new FakeConn();
  assert.ok(slow && fast);
  slow.spend(READ, conn);
  fast.spend(READ, conn);
  clock.pass(500); // the fast one lets it go
  assert.ok(conn.isPaused);
  clock.pass(1_000);
  assert.ok(!conn.isPaused);
});

test('nobody who waits is no reason to stay awake', () => {
  const clock = new FakeClock();
  const limiter = new DownloadLimiter(1, clock, new ReadHolds());
  const conn = new FakeConn();
  limiter.spend(READ, conn);
  assert.equal(clock.timers, 1);
  limiter.forget(conn);
  assert.equal(clock.timers, 0);
});
