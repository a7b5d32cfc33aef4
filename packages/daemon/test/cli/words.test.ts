import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StallReason } from '@coequal/bittorrent';
import { topicOf, whyNothingMoves } from '../../src/cli/words.ts';
import { sourceReport, sourceStatus } from './sources.ts';

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
    assert.equal(whyNothingMoves(DOWNLOADING, stall, sourceReport()), words);
  });
}

void test('what moves needs no words, and a check says how far it is', () => {
  assert.equal(whyNothingMoves({ type: 'seeding' }, undefined, sourceReport()), undefined);
  assert.equal(
    whyNothingMoves({ type: 'checking', checked: 40, total: 100 }, undefined, sourceReport()),
    'checking what is on disk: 40 %',
  );
});

void test('how each source is doing is said when there is nobody to ask', () => {
  const sources = sourceReport({
    tracker: sourceStatus(3, { state: { type: 'working', nextInMs: 60_000 } }),
    lsd: sourceStatus(),
    dht: sourceStatus(0, { nodes: 34, state: { type: 'asking' } }),
    pex: sourceStatus(12),
  });
  const stall: StallReason = { type: 'unreachable', candidates: 15 };
  assert.equal(
    whyNothingMoves(DOWNLOADING, stall, sources),
    '15 peers known, none can be reached; trying again; trackers: 3 peers; ' +
      'local network: nobody yet; DHT: 34 nodes, looking; other peers: 12 peers',
  );
  const moving: StallReason = { type: 'choked', peers: 2 };
  assert.equal(whyNothingMoves(DOWNLOADING, moving, sources), 'waiting for a turn at 2 peers');
});

void test('what failed is said with the reason, and when it is tried again', () => {
  const refused = 'the tracker cannot be reached: connection refused';
  const stall: StallReason = { type: 'no-peers', answered: 0, failed: 1, problem: refused };
  const sources = sourceReport({
    tracker: sourceStatus(0, { state: { type: 'failed', problem: refused, nextInMs: 299_100 } }),
    dht: sourceStatus(0, {
      nodes: 0,
      state: { type: 'failed', problem: 'no node is known that answers', nextInMs: 30_000 },
    }),
  });
  assert.equal(
    whyNothingMoves(DOWNLOADING, stall, sources),
    `no peers yet: 1 tracker failed (${refused}), next try in 5 min 00 s; ` +
      'DHT: no node is known that answers, next try in 30 s',
  );
});

void test('of a private torrent it is said that its trackers alone are asked', () => {
  const state = { type: 'off', why: 'private' } as const;
  const closed = sourceStatus(0, { state });
  const stall: StallReason = { type: 'no-peers', answered: 1, failed: 0, problem: undefined };
  const sources = sourceReport({ tracker: sourceStatus(), lsd: closed, dht: closed, pex: closed });
  assert.equal(
    whyNothingMoves(DOWNLOADING, stall, sources),
    'no peers yet: 1 tracker answered, 0 peers; the torrent is private, so its trackers alone are asked',
  );
});

void test('the topic stays while numbers change, and changes with what is wrong', () => {
  const stall: StallReason = { type: 'unreachable', candidates: 15 };
  const topic = (candidates: number, dht = sourceStatus()): string | undefined =>
    topicOf(DOWNLOADING, { ...stall, candidates }, sourceReport({ dht }));
  assert.equal(topic(15), topic(16, sourceStatus(3, { nodes: 9, state: { type: 'asking' } })));
  const failed = { type: 'failed', problem: 'x', nextInMs: undefined } as const;
  assert.notEqual(topic(15), topic(15, sourceStatus(0, { state: failed })));
});

void test('what a tracker says cannot move the cursor', () => {
  const stall: StallReason = { type: 'no-peers', answered: 0, failed: 1, problem: 'x\u001b[2Jy' };
  assert.match(whyNothingMoves(DOWNLOADING, stall, sourceReport()) ?? '', /\(x\ufffd\[2Jy\)$/);
});
