import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trackersState } from '../../../src/core/tracker/tracker-report.ts';
import type { TrackerReport } from '../../../src/core/tracker/tracker-report.ts';

const IDLE: TrackerReport = {
  url: 'http://a/',
  tier: 0,
  state: 'idle',
  lastError: undefined,
  warning: undefined,
  nextAnnounceAt: undefined,
  seeds: undefined,
  leechers: undefined,
  downloadedCount: undefined,
  peersGiven: 0,
};
const WORKING: TrackerReport = { ...IDLE, state: 'working', nextAnnounceAt: 1_800_000 };
const FAILED: TrackerReport = {
  ...IDLE,
  state: 'failed',
  nextAnnounceAt: 15_000,
  lastError: { code: 'HTTP_FAILED', text: 'connection refused' },
};

test('one tracker that works is enough, and is asked again at its time', () => {
  assert.deepEqual(trackersState([FAILED, WORKING, IDLE], 600_000), {
    type: 'working',
    nextInMs: 1_200_000,
  });
});

test('while one may still answer, trackers are being asked', () => {
  const asked: TrackerReport = { ...IDLE, state: 'announcing' };
  assert.deepEqual(trackersState([FAILED, asked], 0), { type: 'asking' });
});

test('when all failed it is said why, and when the first is tried again', () => {
  const later: TrackerReport = { ...FAILED, nextAnnounceAt: 60_000 };
  const unusable: TrackerReport = { ...FAILED, nextAnnounceAt: undefined };
  assert.deepEqual(trackersState([later, FAILED, unusable], 5_000), {
    type: 'failed',
    problem: 'connection refused',
    code: 'HTTP_FAILED',
    details: {},
    nextInMs: 10_000,
  });
  assert.deepEqual(trackersState([FAILED], 20_000), {
    type: 'failed',
    problem: 'connection refused',
    code: 'HTTP_FAILED',
    details: {},
    nextInMs: 0,
  });
});
