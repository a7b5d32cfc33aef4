import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StallReason } from '@coequal/bittorrent';
import { whyNothingMoves } from '../../src/cli/words.ts';

const DOWNLOADING = { type: 'downloading' } as const;

const CASES: readonly (readonly [StallReason, string])[] = [
  [
    { type: 'no-peers', answered: 2, failed: 0, problem: undefined },
    'no peers yet: 2 trackers answered, 0 peers',
  ],
  [
    { type: 'no-peers', answered: 1, failed: 3, problem: 'the tracker did not answer' },
    'no peers yet: 1 tracker answered, 3 failed (the tracker did not answer), 0 peers',
  ],
  [
    { type: 'no-peers', answered: 0, failed: 1, problem: 'the tracker refused: not you' },
    'no peers yet: 1 tracker failed (the tracker refused: not you)',
  ],
  [
    { type: 'disk-full', path: '/x', bytesNeeded: 1_200_000_000 },
    'disk full: 1.20 GB needed in /x, will go on when there is room',
  ],
  [{ type: 'asking-trackers', trackers: 1 }, 'asking 1 tracker for peers'],
  [{ type: 'dialing', dialing: 3 }, 'connecting to 3 peers'],
  [{ type: 'unreachable', candidates: 1 }, '1 peer known, none can be reached; trying again'],
  [
    { type: 'pieces-missing', peers: 2, copies: 0.5 },
    '2 peers connected, none has the pieces still missing',
  ],
  [{ type: 'choked', peers: 4 }, 'waiting for a turn at 4 peers'],
];

for (const [stall, words] of CASES) {
  void test(`"${stall.type}" is told as "${words}"`, () => {
    assert.equal(whyNothingMoves(DOWNLOADING, stall, {}), words);
  });
}

void test('what moves needs no words, and a check says how far it is', () => {
  assert.equal(whyNothingMoves({ type: 'seeding' }, undefined, {}), undefined);
  assert.equal(
    whyNothingMoves({ type: 'checking', checked: 40, total: 100 }, undefined, {}),
    'checking what is on disk: 40 %',
  );
});

void test('where peers were looked for is said when there is nobody to ask', () => {
  const sources = {
    tracker: { given: 3, links: 1 },
    lsd: { given: 0, links: 0 },
    pex: { given: 12, links: 0 },
  };
  const stall: StallReason = { type: 'unreachable', candidates: 15 };
  assert.equal(
    whyNothingMoves(DOWNLOADING, stall, sources),
    '15 peers known, none can be reached; trying again; ' +
      'peers found: 3 from trackers, 0 in the local network, 12 from other peers',
  );
  const moving: StallReason = { type: 'choked', peers: 2 };
  assert.equal(whyNothingMoves(DOWNLOADING, moving, sources), 'waiting for a turn at 2 peers');
});

void test('what a tracker says cannot move the cursor', () => {
  const stall: StallReason = { type: 'no-peers', answered: 0, failed: 1, problem: 'x\u001b[2Jy' };
  assert.match(whyNothingMoves(DOWNLOADING, stall, {}) ?? '', /\(x\ufffd\[2Jy\)$/);
});
