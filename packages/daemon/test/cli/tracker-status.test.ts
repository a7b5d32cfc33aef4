import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TrackerReport } from '@coequal/bittorrent';
import { trackerStatus } from '../../src/cli/tracker-status.ts';

const FAILED: TrackerReport = {
  url: 'http://a/',
  tier: 0,
  state: 'failed',
  lastError: { code: 'HTTP_FAILED', text: 'connection refused' },
  warning: undefined,
  nextAnnounceAt: 15_000,
  seeds: undefined,
  leechers: undefined,
  downloadedCount: undefined,
  peersGiven: 3,
};

void test('of each tracker there is what it gave, what went wrong last, and how long until it is asked', () => {
  assert.deepEqual(trackerStatus(FAILED, 5_000), {
    url: 'http://a/',
    state: 'failed',
    problem: 'connection refused',
    warning: undefined,
    nextInMs: 10_000,
    given: 3,
    seeds: undefined,
    leechers: undefined,
  });
  assert.equal(trackerStatus(FAILED, 20_000).nextInMs, 0, 'it is due');
  const unusable = { ...FAILED, nextAnnounceAt: undefined };
  assert.equal(trackerStatus(unusable, 0).nextInMs, undefined);
});
