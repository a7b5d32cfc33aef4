import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { AnnounceAnswer } from '../../../src/core/tracker/announce.ts';
import type { TrackerProblem } from '../../../src/core/tracker/tracker-fault.ts';
import { TrackerTiers } from '../../../src/core/tracker/tracker-tiers.ts';
import type {
  TrackerAnnounce,
  TrackerTiersOptions,
} from '../../../src/core/tracker/tracker-tiers.ts';
import { formatTrackerUrl } from '../../../src/core/tracker/tracker-url.ts';

const [A, B, C, D] = ['http://a/', 'http://b/', 'http://c/', 'http://d/'] as const;

const ANSWER: AnnounceAnswer = {
  intervalMs: 1_800_000,
  minIntervalMs: 300_000,
  peers: [{ host: '192.0.2.1', port: 6881 }],
  seeds: 1,
  leechers: 2,
  downloadedCount: undefined,
  warning: undefined,
  trackerId: undefined,
  externalAddress: undefined,
};

const PROBLEM = { code: 'TRACKER_TIMEOUT', text: 'the tracker did not answer' };

/** With a random number just under 1 a shuffle leaves the order; 0.5 leaves waits as they are. */
function open(
  tiers: readonly (readonly string[])[],
  options: Partial<TrackerTiersOptions> = {},
): TrackerTiers {
  let isBuilt = false;
  const random = (): number => (isBuilt ? 0.5 : 0.999_999);
  const machine = new TrackerTiers({ tiers, random, isPrivate: false, ...options });
  isBuilt = true;
  return machine;
}

function show(announces: readonly TrackerAnnounce[]): string[] {
  return announces.map(({ target, event }) => `${formatTrackerUrl(target)} ${event ?? '-'}`);
}

const answered = (
  tracker: number,
  answer = ANSWER,
): { type: 'answered'; tracker: number; answer: AnnounceAnswer } => ({
  type: 'answered',
  tracker,
  answer,
});

const failed = (
  tracker: number,
  problem: TrackerProblem = PROBLEM,
): { type: 'failed'; tracker: number; problem: TrackerProblem } => ({
  type: 'failed',
  tracker,
  problem,
});

test('starting announces at once to the first tracker, and then at its interval', () => {
  const tiers = open([[A]]);
  assert.equal(tiers.deadline, undefined);
  assert.deepEqual(show(tiers.step({ type: 'start' }, 100)), [`${A} started`]);
  assert.deepEqual(tiers.step(answered(0), 200), []);
  assert.equal(tiers.deadline, 1_800_200);
  assert.deepEqual(tiers.step({ type: 'timeout' }, 1_800_199), []);
  assert.deepEqual(show(tiers.step({ type: 'timeout' }, 1_800_200)), [`${A} -`]);
});

test('a tracker that fails hands over to the next, through the tiers', () => {
  const tiers = open([[A, B], [C]]);
  assert.deepEqual(show(tiers.step({ type: 'start' }, 0)), [`${A} started`]);
  assert.deepEqual(show(tiers.step(failed(0), 10)), [`${B} started`]);
  assert.deepEqual(show(tiers.step(failed(1), 20)), [`${C} started`]);
  assert.deepEqual(tiers.step(answered(2), 30), []);
  assert.deepEqual(
    tiers.reports.map(({ url, state, tier }) => [url, state, tier]),
    [
      [A, 'failed', 0],
      [B, 'failed', 0],
      [C, 'working', 1],
    ],
  );
});

test('the tracker that works moves to the front of its tier, and higher tiers are tried again first', () => {
  const tiers = open([[A], [B, C]]);
  tiers.step({ type: 'start' }, 0);
  tiers.step(failed(0), 0);
  tiers.step(failed(1), 0);
  tiers.step(answered(2), 0);
  assert.deepEqual(show(tiers.step({ type: 'timeout' }, 1_800_000)), [`${A} started`]);
  assert.deepEqual(show(tiers.step(failed(0), 1_800_000)), [`${C} -`]);
});

test('the order within a tier is drawn, each as likely, and tiers keep theirs', () => {
  const seen = new Set<string>();
  for (let draw = 0; draw < 24; draw++) {
    const lots = [0.1, 0.2, 0.3, 0.4];
    const numbers = [6, 2, 1, 1].flatMap((part) =>
      lots.splice(Math.floor(draw / part) % lots.length, 1),
    );
    const random = (): number => numbers.shift() ?? 0;
    const tiers = new TrackerTiers({
      tiers: [[A, B, C, D], ['http://last/']],
      random,
      isPrivate: true,
    });
    const order = show(tiers.step({ type: 'start' }, 0));
    while (order.length < 5) {
      const latest = tiers.reports.findIndex(({ state }) => state === 'announcing');
      order.push(...show(tiers.step(failed(latest), 0)));
    }
    assert.equal(order[4], 'http://last/ started');
    seen.add(order.join());
  }
  assert.equal(seen.size, 24);
});

test('when the network has changed, trackers that failed are asked at once, but those that said when to come', () => {
  const tiers = open([[A, B]]);
  tiers.step({ type: 'start' }, 0);
  tiers.step(failed(0, { ...PROBLEM, retryAfterMs: 3_600_000 }), 0);
  tiers.step(failed(1), 0);
  assert.ok((tiers.deadline ?? 0) > 1_000);
  assert.deepEqual(show(tiers.step({ type: 'network-changed' }, 1_000)), [`${B} started`]);
  tiers.step(failed(1), 60_000);
  assert.deepEqual(show(tiers.step({ type: 'network-changed' }, 60_001)), [`${B} started`]);
  tiers.step(answered(1), 60_000);
  assert.deepEqual(show(tiers.step({ type: 'network-changed' }, 61_000)), [], 'min interval');
  assert.equal(tiers.deadline, 60_000 + ANSWER.minIntervalMs);
});

test('failures in a row are retried after 5 s, 15 s, 30 s, and so on up to an hour', () => {
  const tiers = open([[A]]);
  tiers.step({ type: 'start' }, 0);
  let now = 0;
  const waits: number[] = [];
  for (let i = 0; i < 12; i++) {
    assert.deepEqual(tiers.step(failed(0), now), []);
    waits.push(((tiers.deadline ?? 0) - now) / 1_000);
    now = tiers.deadline ?? 0;
    assert.deepEqual(show(tiers.step({ type: 'timeout' }, now)), [`${A} started`]);
  }
  assert.deepEqual(waits, [5, 15, 30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600, 3_600]);
  tiers.step(answered(0), now);
  tiers.step({ type: 'timeout' }, now + 1_800_000);
  tiers.step(failed(0), now + 1_800_000);
  assert.equal(tiers.deadline, now + 1_805_000); // success forgets them
});

test('waits after failures vary by a quarter', () => {
  for (const [number, wait] of [
    [0, 3_750],
    [0.999_999_9, 6_250],
  ] as const) {
    const tiers = open([[A]], { random: () => number });
    tiers.step({ type: 'start' }, 0);
    tiers.step(failed(0), 0);
    assert.equal(Math.round(tiers.deadline ?? 0), wait);
  }
});

test('a tracker that says how long to stay away is obeyed', () => {
  const tiers = open([[A]]);
  tiers.step({ type: 'start' }, 0);
  const problem = { ...PROBLEM, retryAfterMs: 600_000 };
  tiers.step({ type: 'failed', tracker: 0, problem }, 0);
  assert.equal(tiers.deadline, 600_000);
});

test('a tracker that is slow no longer holds up the next, and its late answer counts', () => {
  const tiers = open([[A], [B], [C]]);
  tiers.step({ type: 'start' }, 0);
  assert.equal(tiers.deadline, 5_000);
  assert.deepEqual(show(tiers.step({ type: 'timeout' }, 5_000)), [`${B} started`]);
  assert.deepEqual(tiers.step(answered(1), 5_100), []);
  assert.equal(tiers.deadline, 1_805_100);
  assert.deepEqual(tiers.step(answered(0), 6_000), []);
  assert.equal(tiers.deadline, 1_805_100);
  assert.deepEqual(show(tiers.step({ type: 'stop' }, 7_000)), [`${A} stopped`, `${B} stopped`]);
});

test('with all trackers slow there is nothing to do until one answers or fails', () => {
  const tiers = open([[A], [B]]);
  tiers.step({ type: 'start' }, 0);
  tiers.step({ type: 'timeout' }, 5_000);
  assert.deepEqual(tiers.step({ type: 'timeout' }, 10_000), []);
  assert.equal(tiers.deadline, undefined);
  assert.deepEqual(tiers.step(failed(0), 11_000), []);
  assert.equal(tiers.deadline, undefined);
  assert.deepEqual(tiers.step(failed(1), 12_000), []);
  assert.equal(tiers.deadline, 16_000);
});

test('a private torrent waits for a slow tracker before it goes to another', () => {
  const tiers = open([[A], [B]], { isPrivate: true });
  tiers.step({ type: 'start' }, 0);
  assert.equal(tiers.deadline, undefined);
  assert.deepEqual(show(tiers.step(failed(0), 225_000)), [`${B} started`]);
});

test('completed is told at once, only to those who know this peer as a leecher, and once', () => {
  const tiers = open([[A], [B]]);
  tiers.step({ type: 'start' }, 0);
  tiers.step(failed(0), 0);
  tiers.step(answered(1), 0);
  assert.deepEqual(show(tiers.step({ type: 'completed' }, 1_000)), [`${B} completed`]);
  assert.deepEqual(tiers.step(answered(1), 1_100), []);
  assert.equal(tiers.deadline, 1_801_100);
  assert.deepEqual(show(tiers.step({ type: 'timeout' }, 1_801_100)), [`${A} started`]);
  assert.deepEqual(show(tiers.step(failed(0), 1_801_200)), [`${B} -`]);
});

test('completed waits for an announce that is under way, and is said after it', () => {
  const tiers = open([[A]]);
  tiers.step({ type: 'start' }, 0);
  assert.deepEqual(tiers.step({ type: 'completed' }, 10), []);
  assert.deepEqual(show(tiers.step(answered(0), 20)), [`${A} completed`]);
  assert.deepEqual(tiers.step(answered(0), 30), []);
});

test('completed that fails is said with the next announce', () => {
  const tiers = open([[A]]);
  tiers.step({ type: 'start' }, 0);
  tiers.step(answered(0), 0);
  tiers.step({ type: 'completed' }, 1_000);
  assert.deepEqual(tiers.step(failed(0), 1_000), []);
  assert.equal(tiers.deadline, 6_000);
  assert.deepEqual(show(tiers.step({ type: 'timeout' }, 6_000)), [`${A} completed`]);
});

test('when the tracker in use fails with an event, another takes over at once', () => {
  const tiers = open([[A], [B]]);
  tiers.step({ type: 'start' }, 0);
  tiers.step(answered(0), 0);
  tiers.step({ type: 'completed' }, 1_000);
  assert.deepEqual(show(tiers.step(failed(0), 1_000)), [`${B} started`]);
});

test('wanting peers announces early, but not before the min interval', () => {
  const tiers = open([[A]]);
  tiers.step({ type: 'start' }, 0);
  assert.deepEqual(tiers.step({ type: 'announce-now' }, 1), []); // one is under way
  tiers.step(answered(0), 100);
  assert.deepEqual(tiers.step({ type: 'announce-now' }, 1_000), []);
  assert.equal(tiers.deadline, 300_100);
  assert.deepEqual(show(tiers.step({ type: 'timeout' }, 300_100)), [`${A} -`]);
  tiers.step(answered(0), 300_200);
  assert.deepEqual(show(tiers.step({ type: 'announce-now' }, 700_000)), [`${A} -`]);
});

test('while what came is of no use the others are asked, one after each answer, within their intervals', () => {
  const tiers = open([[A], [B], [C]]);
  assert.deepEqual(tiers.step({ type: 'want-others' }, 0), []);
  tiers.step({ type: 'start' }, 0);
  assert.deepEqual(tiers.step({ type: 'want-others' }, 10), [], 'one is under way');
  tiers.step(answered(0), 100);
  assert.deepEqual(show(tiers.step({ type: 'want-others' }, 30_000)), [`${B} started`]);
  assert.deepEqual(show(tiers.step(failed(1), 31_000)), [`${C} started`]);
  tiers.step(answered(2), 32_000);
  assert.deepEqual(show(tiers.step({ type: 'want-others' }, 62_000)), [`${B} started`]);
  tiers.step(answered(1), 63_000);
  assert.deepEqual(tiers.step({ type: 'want-others' }, 93_000), [], 'all were asked lately');
  assert.deepEqual(show(tiers.step({ type: 'want-others' }, 300_100)), [`${A} -`]);
});

test('who announces now asks those that failed as well, but not at every word', () => {
  const tiers = open([[A]]);
  tiers.step({ type: 'start' }, 0);
  for (let failures = 1; failures <= 6; failures++) {
    tiers.step(failed(0), tiers.deadline ?? 0);
    if (failures < 6) tiers.step({ type: 'timeout' }, tiers.deadline ?? 0);
  }
  const failedAt = (tiers.deadline ?? 0) - 240_000;
  assert.deepEqual(tiers.step({ type: 'announce-now' }, failedAt), []);
  assert.equal(tiers.deadline, failedAt + 5_000);
  assert.deepEqual(show(tiers.step({ type: 'announce-now' }, failedAt + 5_000)), [`${A} started`]);
  const told = { ...PROBLEM, retryAfterMs: 600_000 };
  tiers.step({ type: 'failed', tracker: 0, problem: told }, failedAt + 6_000);
  assert.deepEqual(tiers.step({ type: 'announce-now' }, failedAt + 12_000), []);
  assert.equal(tiers.deadline, failedAt + 606_000, 'it said how long to stay away');
});

test('trackers that are set anew: who is gone hears so, who is new is asked, who stays stays', () => {
  const tiers = open([[A], [B]]);
  tiers.step({ type: 'start' }, 0);
  tiers.step(answered(0), 100);
  const set = (...urls: readonly string[]): readonly string[] =>
    show(tiers.step({ type: 'set-tiers', tiers: urls.map((url) => [url]) }, 1_000));
  assert.deepEqual(set(A), [], 'one that was never asked just goes');
  assert.equal(tiers.deadline, 1_800_100);
  assert.deepEqual(set(A, C), [`${C} started`]);
  const [, c] = tiers.reports;
  assert.deepEqual([c?.url, c?.state, c?.tier], [C, 'announcing', 1]);
  assert.deepEqual(set(D), [`${A} stopped`, `${D} started`]);
  assert.deepEqual(tiers.step(answered(0), 1_001), [], 'it is gone');
  assert.deepEqual(set(), []);
  assert.equal(tiers.deadline, undefined);
});

test('a private torrent whose tracker works asks none of the new ones', () => {
  const tiers = open([[A]], { isPrivate: true });
  tiers.step({ type: 'start' }, 0);
  tiers.step(answered(0), 100);
  assert.deepEqual(tiers.step({ type: 'set-tiers', tiers: [[B], [A]] }, 200), []);
  assert.equal(tiers.deadline, 1_800_100);
  const announces = tiers.step({ type: 'set-tiers', tiers: [[B]] }, 300);
  assert.deepEqual(show(announces), [`${A} stopped`, `${B} started`]);
});

test('a private torrent stays with a tracker that works', () => {
  const tiers = open([[A], [B]], { isPrivate: true });
  tiers.step({ type: 'start' }, 0);
  tiers.step(answered(0), 100);
  assert.deepEqual(tiers.step({ type: 'want-others' }, 30_000), []);
});

test('that our port is another one is told at once, to those that work or are being asked', () => {
  const tiers = open([[A], [B], [C]]);
  assert.deepEqual(tiers.step({ type: 'port-changed' }, 0), [], 'nobody was told anything');
  tiers.step({ type: 'start' }, 0);
  assert.deepEqual(show(tiers.step({ type: 'port-changed' }, 10)), [`${A} started`]);
  tiers.step(failed(0), 20);
  tiers.step(answered(1), 30);
  assert.deepEqual(show(tiers.step({ type: 'port-changed' }, 40)), [`${B} -`]);
  tiers.step(answered(1), 50);
  assert.equal(tiers.deadline, 50 + ANSWER.intervalMs);
});

test('stopped goes to those that work, and ends everything', () => {
  const tiers = open([[A], [B]]);
  tiers.step({ type: 'start' }, 0);
  tiers.step(failed(0), 0);
  tiers.step(answered(1), 0);
  assert.deepEqual(show(tiers.step({ type: 'stop' }, 10)), [`${B} stopped`]);
  assert.equal(tiers.deadline, undefined);
  assert.deepEqual(tiers.step({ type: 'announce-now' }, 10_000_000), []);
});

test('every tier announces for itself if asked to, unless the torrent is private', () => {
  const all = open([[A, B], [C]], { allTiers: true });
  assert.deepEqual(show(all.step({ type: 'start' }, 0)), [`${A} started`, `${C} started`]);
  assert.deepEqual(show(all.step(failed(0), 10)), [`${B} started`]);
  assert.deepEqual(show(all.step(failed(2), 20)), []);
  const one = open([[A, B], [C]], { allTiers: true, isPrivate: true });
  assert.deepEqual(show(one.step({ type: 'start' }, 0)), [`${A} started`]);
});

test('trackers of other kinds are reported and never asked', () => {
  const tiers = open([['wss://tracker.example'], ['gopher://x\u001b[2J'], ['nonsense']]);
  assert.deepEqual(tiers.step({ type: 'start' }, 0), []);
  assert.equal(tiers.deadline, undefined);
  assert.deepEqual(tiers.step({ type: 'announce-now' }, 1), []);
  assert.equal(tiers.deadline, undefined);
  assert.deepEqual(
    tiers.reports.map(({ url, state, lastError }) => [url, state, lastError?.text]),
    [
      [
        'wss://tracker.example',
        'failed',
        'this kind of tracker is not supported: WebTorrent trackers come later',
      ],
      ['gopher://x [2J', 'failed', 'this kind of tracker is not supported'],
      ['nonsense', 'failed', 'the address of the tracker is not valid'],
    ],
  );
});

test('each address counts once, and at most a hundred are used', () => {
  const many = Array.from({ length: 150 }, (_, i) => [
    `http://t${i}/announce`,
    'http://same/',
    'HTTP://SAME',
  ]);
  assert.equal(open(many).reports.length, 100);
  assert.equal(open([['http://same/', 'HTTP://SAME:80']]).reports.length, 1);
});

test('a report says what there is to know', () => {
  const tiers = open([[A], [B]]);
  tiers.step({ type: 'start' }, 0);
  tiers.step(failed(0), 0);
  tiers.step(answered(1, { ...ANSWER, warning: 'soon closed', downloadedCount: 8 }), 10);
  assert.deepEqual(tiers.reports, [
    {
      url: A,
      tier: 0,
      state: 'failed',
      lastError: PROBLEM,
      warning: undefined,
      nextAnnounceAt: 1_800_010,
      seeds: undefined,
      leechers: undefined,
      downloadedCount: undefined,
      peersGiven: 0,
    },
    {
      url: B,
      tier: 1,
      state: 'working',
      lastError: undefined,
      warning: 'soon closed',
      nextAnnounceAt: 1_800_010,
      seeds: 1,
      leechers: 2,
      downloadedCount: 8,
      peersGiven: 1,
    },
  ]);
});

test('whatever happens, no tracker is asked twice at a time and the waiting always ends', () => {
  const action = fc.constantFrom(
    'answer',
    'answer',
    'fail',
    'fail',
    'wait',
    'completed',
    'announce-now',
    'set-tiers',
    'network-changed',
  );
  fc.assert(
    fc.property(
      fc.array(fc.tuple(action, fc.nat(3)), { maxLength: 60 }),
      fc.boolean(),
      (actions, isPrivate) => {
        const tiers = open(
          [
            [A, B],
            [C, D],
          ],
          { isPrivate },
        );
        const asked = new Set<number>();
        let now = 0;
        const check = (announces: readonly TrackerAnnounce[]): void => {
          for (const { tracker } of announces) {
            assert.ok(!asked.has(tracker), 'asked twice');
            asked.add(tracker);
          }
          assert.ok(asked.size > 0 || tiers.deadline !== undefined, 'stuck');
        };
        check(tiers.step({ type: 'start' }, now));
        for (const [what, pick] of actions) {
          now += 10;
          const tracker = [...asked][pick % Math.max(asked.size, 1)];
          if (what === 'completed' || what === 'announce-now' || what === 'network-changed')
            check(tiers.step({ type: what }, now));
          else if (what === 'set-tiers') {
            const other =
              [[[A], [B, C, D]], [[D, A]], [[C], ['http://e/'], [B]], [[B]]][pick] ?? [];
            const announces = tiers.step({ type: 'set-tiers', tiers: other }, now);
            for (const index of asked) if (!tiers.has(index)) asked.delete(index);
            for (const { tracker, event } of announces)
              if (event === 'stopped') assert.ok(!tiers.has(tracker));
            check(announces.filter(({ event }) => event !== 'stopped'));
            assert.deepEqual(
              tiers.reports.map(({ url }) => url),
              other.flat(),
            );
          } else if (what === 'wait') {
            now = Math.max(now, tiers.deadline ?? now);
            check(tiers.step({ type: 'timeout' }, now));
            assert.ok((tiers.deadline ?? Infinity) > now, 'no progress');
          } else if (tracker !== undefined) {
            asked.delete(tracker);
            check(tiers.step(what === 'answer' ? answered(tracker) : failed(tracker), now));
          }
        }
      },
    ),
    { numRuns: 1_000 },
  );
});
