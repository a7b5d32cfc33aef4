import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainStall } from '../../../src/core/swarm/stall.ts';
import type { StallFacts, StallReason, TrackerFact } from '../../../src/core/swarm/stall.ts';

/** Everything is well, but nothing comes. */
const WELL: StallFacts = {
  hasMetadata: true,
  peers: 3,
  dialing: 0,
  candidates: 3,
  trackers: [],
  isSought: false,
  unchokedBy: 2,
  useful: 3,
  copies: 3,
  diskFull: undefined,
};

function tracker(state: TrackerFact['state'], problem?: string): TrackerFact {
  return { url: 'http://tracker.test', state, problem };
}

const NOBODY: Partial<StallFacts> = { peers: 0, candidates: 0, useful: 0, unchokedBy: 0 };

const CASES: readonly (readonly [string, Partial<StallFacts>, StallReason])[] = [
  ['peers take their time', {}, { type: 'waiting-for-blocks', peers: 2 }],
  ['all choke us', { unchokedBy: 0 }, { type: 'choked', peers: 3 }],
  [
    'nobody has what is missing',
    { useful: 0, copies: 0.5 },
    { type: 'pieces-missing', peers: 3, copies: 0.5 },
  ],
  ['the metadata is missing', { hasMetadata: false }, { type: 'waiting-for-metadata', peers: 3 }],
  ['there is nobody to ask', NOBODY, { type: 'no-sources' }],
  [
    'others than trackers are asked',
    { ...NOBODY, isSought: true },
    { type: 'no-peers', answered: 0, failed: 0, problem: undefined },
  ],
  [
    'dials are under way',
    { ...NOBODY, candidates: 2, dialing: 1 },
    { type: 'dialing', dialing: 1 },
  ],
  ['nobody answers', { ...NOBODY, candidates: 2 }, { type: 'unreachable', candidates: 2 }],
  [
    'the tracker was not heard yet',
    { ...NOBODY, trackers: [tracker('announcing'), tracker('idle')] },
    { type: 'asking-trackers', trackers: 2 },
  ],
  [
    'trackers know nobody',
    { ...NOBODY, trackers: [tracker('working'), tracker('failed', 'no such host')] },
    { type: 'no-peers', answered: 1, failed: 1, problem: 'no such host' },
  ],
  [
    'the disk is full, whatever else is wrong',
    { ...NOBODY, hasMetadata: false, diskFull: { path: '/x', bytesNeeded: 7 } },
    { type: 'disk-full', path: '/x', bytesNeeded: 7 },
  ],
];

for (const [name, facts, reason] of CASES) {
  test(`a stall is explained when ${name}`, () => {
    assert.deepEqual(explainStall({ ...WELL, ...facts }), reason);
  });
}
