import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '@coequal/base';
import { SETTING_DEFAULTS } from '@coequal/contract';
import type { Settings } from '@coequal/contract';
import { PeerRates } from '../../src/files/peer-rates.ts';

void test('the one limit of the peer is as settings and the time of day say', () => {
  let settings: Settings = {
    downloadDirectory: '/downloads',
    ...SETTING_DEFAULTS,
    uploadMax: 5_000,
    scheduleFrom: '22:00',
    scheduleTo: '06:00',
    scheduleDays: [1],
    scheduleUploadMax: 100,
    scheduleDownloadMax: 700,
  };
  let hour = 12;
  const clock: Clock = {
    now: () => 0,
    epochNow: () => new Date(2026, 10, 23, hour).getTime(), // a Monday
    at: () => () => undefined,
  };
  const rates = new PeerRates(() => settings, clock);
  const limits = (): readonly unknown[] => {
    rates.look();
    const { uploadBytesPerSecondMax: up, downloadBytesPerSecondMax: down } = rates.shared.limits;
    return [up, down];
  };
  assert.deepEqual(limits(), [5_000, undefined]);
  settings = { ...settings, scheduleIsOn: true };
  assert.deepEqual(limits(), [5_000, undefined]);
  hour = 23;
  assert.deepEqual(limits(), [100, 700]);
  settings = { ...settings, scheduleIsOn: false, uploadMax: null };
  assert.deepEqual(limits(), [undefined, undefined]);
});
