import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ledbat } from '../../../src/core/utp/ledbat.ts';
import { Pacer } from '../../../src/core/utp/pacer.ts';
import { RoundTrip } from '../../../src/core/utp/round-trip.ts';

function open(...roundTrips: readonly number[]): Pacer {
  const roundTrip = new RoundTrip();
  for (const each of roundTrips) roundTrip.add(each);
  const ledbat = new Ledbat(1_380);
  for (let i = 0; i < 100; i++) ledbat.onAck(1_380, true, 50, i);
  return new Pacer(ledbat, roundTrip);
}

/** How many packets it lets go at that time. */
function countAdmitted(pacer: Pacer, now: number): number {
  for (let count = 0; count < 1_000; count++) {
    if (!pacer.admits(now)) return count;
    pacer.onSent(1_400);
  }
  return Infinity;
}

test('of a window a few packets go at once, and the rest over the round trip', () => {
  const pacer = open(100);
  // the window has 103 packets, which are two in a millisecond in slow start
  assert.equal(countAdmitted(pacer, 0), 10);
  assert.ok(pacer.deadline >= 1 && pacer.deadline < 3);
  let sent = 0;
  for (let now = 1; now <= 50; now++) sent += countAdmitted(pacer, now);
  assert.ok(sent >= 99 && sent <= 105, `${sent} packets in half a round trip`);
  pacer.reset();
  assert.equal(pacer.deadline, Infinity);
});

test('a pause is not made up for', () => {
  const pacer = open(100);
  countAdmitted(pacer, 0);
  assert.equal(countAdmitted(pacer, 10_000), 10);
});

test('on a path that is short, if busy now, nothing waits', () => {
  assert.equal(countAdmitted(open(1, 40, 40, 40), 0), Infinity);
});
