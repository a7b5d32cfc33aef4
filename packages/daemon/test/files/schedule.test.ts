import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SETTING_DEFAULTS } from '@coequal/contract';
import type { Settings } from '@coequal/contract';
import { ratioOf } from '@coequal/contract';
import { isSatisfied } from '../../src/files/goals.ts';
import { isScheduled, limitsAt } from '../../src/files/schedule.ts';

const settings: Settings = {
  downloadDirectory: '/downloads',
  ...SETTING_DEFAULTS,
  uploadMax: 5_000,
  scheduleIsOn: true,
  scheduleDays: [1],
  scheduleFrom: '22:00',
  scheduleTo: '06:30',
  scheduleUploadMax: 100,
  scheduleDownloadMax: null,
};

/** 23 November 2026 is a Monday. */
function at(day: number, hours: number, minutes: number): Date {
  return new Date(2026, 10, day, hours, minutes);
}

void test('a schedule over midnight holds on the next morning, and on no other', () => {
  assert.equal(isScheduled(settings, at(23, 21, 59)), false);
  assert.equal(isScheduled(settings, at(23, 22, 0)), true);
  assert.equal(isScheduled(settings, at(24, 6, 29)), true);
  assert.equal(isScheduled(settings, at(24, 6, 30)), false);
  assert.equal(isScheduled(settings, at(24, 23, 0)), false);
  assert.equal(isScheduled(settings, at(23, 3, 0)), false, 'Sunday was not chosen');
});

void test('a schedule within a day holds on its days', () => {
  const day = { ...settings, scheduleFrom: '08:00', scheduleTo: '20:00' };
  assert.equal(isScheduled(day, at(23, 8, 0)), true);
  assert.equal(isScheduled(day, at(23, 20, 0)), false);
  assert.equal(isScheduled(day, at(24, 12, 0)), false);
});

void test('from a time to the same time is a whole day', () => {
  const whole = { ...settings, scheduleFrom: '08:00', scheduleTo: '08:00' };
  assert.equal(isScheduled(whole, at(23, 8, 0)), true);
  assert.equal(isScheduled(whole, at(24, 7, 59)), true);
  assert.equal(isScheduled(whole, at(24, 8, 0)), false);
});

void test('its limits hold instead of the others, also where it has none', () => {
  assert.deepEqual(limitsAt(settings, at(23, 12, 0)), { up: 5_000, down: undefined });
  assert.deepEqual(limitsAt(settings, at(23, 23, 0)), { up: 100, down: undefined });
  const off = { ...settings, scheduleIsOn: false };
  assert.deepEqual(limitsAt(off, at(23, 23, 0)), { up: 5_000, down: undefined });
});

void test('the goal that is reached first ends the passing on; own goals go before shared ones', () => {
  const given = { uploaded: 150, wanted: 100, seedSeconds: 600 };
  const none = { ratio: null, seedMinutes: null };
  assert.equal(isSatisfied(given, none, none), false);
  assert.equal(isSatisfied(given, none, { ratio: 1.5, seedMinutes: null }), true);
  assert.equal(
    isSatisfied(given, { ratio: 2, seedMinutes: null }, { ratio: 1, seedMinutes: null }),
    false,
  );
  assert.equal(isSatisfied(given, { ratio: 2, seedMinutes: 10 }, none), true);
  assert.equal(isSatisfied({ ...given, uploaded: 0 }, { ratio: 0, seedMinutes: null }, none), true);
});

void test('a ratio is to the size of what is wanted, in goals, engine, interfaces and on the page alike', () => {
  const figures = { uploaded: 150, downloaded: 400, wanted: 100, seedSeconds: 0 };
  assert.equal(ratioOf(figures), 1.5); // what was fetched twice, or was here before, changes nothing
  assert.equal(ratioOf({ uploaded: 5, wanted: 0 }), undefined);
  const none = { ratio: null, seedMinutes: null };
  assert.equal(isSatisfied(figures, { ...none, ratio: 1.5 }, none), true);
  assert.equal(isSatisfied(figures, { ...none, ratio: 1.6 }, none), false);
  assert.equal(isSatisfied({ ...figures, wanted: 0 }, { ...none, ratio: 0.1 }, none), false);
});
