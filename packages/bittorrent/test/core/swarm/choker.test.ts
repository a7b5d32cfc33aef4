import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CHOKE_ROUND_MS, Choker, SNUBBED_MS, uploadSlots } from '../../../src/core/swarm/choker.ts';
import type { ChokeCandidate } from '../../../src/core/swarm/choker.ts';
import { seededRandom } from '../seeded-random.ts';

function candidate(key: number, fields: Partial<ChokeCandidate> = {}): ChokeCandidate {
  return {
    key,
    isInterested: true,
    isUnchoked: false,
    downRate: 0,
    unchokedAt: undefined,
    wasFickle: false,
    givenBytes: 0,
    silentSince: undefined,
    isNew: false,
    ...fields,
  };
}

const choker = (seed = 1): Choker => new Choker({ random: seededRandom(seed) });

/** Rounds of choking among peers of which each keeps what it was last told. */
function simulate(
  start: readonly ChokeCandidate[],
  rules: { slots: number; mode: 'leech' | 'seed' },
  rounds: number,
  seed = 1,
): { turns: Map<number, number>; sets: ReadonlySet<number>[] } {
  const deciding = choker(seed);
  const turns = new Map<number, number>(start.map(({ key }) => [key, 0]));
  const sets: ReadonlySet<number>[] = [];
  let peers = start;
  for (let round = 0; round < rounds; round++) {
    const now = round * CHOKE_ROUND_MS;
    const chosen = deciding.decide(peers, rules, now);
    sets.push(chosen);
    peers = peers.map((peer) => {
      const isUnchoked = chosen.has(peer.key);
      if (isUnchoked) turns.set(peer.key, (turns.get(peer.key) ?? 0) + 1);
      const unchokedAt = isUnchoked && !peer.isUnchoked ? now : peer.unchokedAt;
      return { ...peer, isUnchoked, unchokedAt };
    });
  }
  return { turns, sets };
}

test('all who are interested are unchoked while there are slots, and nobody else', () => {
  const peers = [candidate(1), candidate(2, { isInterested: false }), candidate(3)];
  const deciding = choker();
  assert.deepEqual([...deciding.decide(peers, { slots: 2, mode: 'leech' }, 0)], [1, 3]);
  assert.equal(deciding.deadline, undefined);
});

test('a round is due only while slots are contended', () => {
  const deciding = choker();
  deciding.decide(
    [1, 2, 3].map((key) => candidate(key)),
    { slots: 2, mode: 'leech' },
    5,
  );
  assert.equal(deciding.deadline, 5 + CHOKE_ROUND_MS);
});

test('between rounds nobody loses its slot, and a free one is given at once', () => {
  const deciding = choker();
  const rules = { slots: 2, mode: 'leech' } as const;
  deciding.decide(
    [1, 2, 3].map((key) => candidate(key)),
    rules,
    0,
  );
  const one = candidate(1, { isUnchoked: true });
  const two = candidate(2, { isUnchoked: true, downRate: 1 });
  const three = candidate(3, { downRate: 999 });
  assert.deepEqual(deciding.decide([one, two, three], rules, 10), new Set([1, 2]));
  assert.deepEqual(deciding.decide([one, three, candidate(4)], rules, 20), new Set([1, 3]));
});

test('those who give most get the regular slots', () => {
  const peers = [10, 50, 30, 40, 20].map((downRate, key) => candidate(key, { downRate }));
  const { sets } = simulate(peers, { slots: 4, mode: 'leech' }, 20);
  for (const chosen of sets) {
    assert.equal(chosen.size, 4);
    for (const giver of [1, 2, 3]) assert.ok(chosen.has(giver));
  }
});

test('a free rider gets no regular slot while givers compete, but is tried now and then', () => {
  const givers = [1, 2, 3, 4, 5, 6].map((key) => candidate(key, { downRate: 100 }));
  const { turns } = simulate([...givers, candidate(0)], { slots: 4, mode: 'leech' }, 400);
  const share = (turns.get(0) ?? 0) / 400;
  assert.ok(share > 0.1 && share < 0.45, `${share} of the rounds`); // one of four in the lot
});

test('an optimistic unchoke lasts three rounds', () => {
  const givers = [1, 2].map((key) => candidate(key, { downRate: 100 }));
  const riders = [11, 12, 13, 14].map((key) => candidate(key));
  const { sets } = simulate([...givers, ...riders], { slots: 3, mode: 'leech' }, 12);
  const tried = sets.map((chosen) => [...chosen].find((key) => key > 10));
  for (let round = 0; round < 12; round += 3) {
    assert.equal(tried[round], tried[round + 1]);
    assert.equal(tried[round], tried[round + 2]);
    if (round > 0) assert.notEqual(tried[round], tried[round - 1]);
  }
});

test('new peers are unchoked optimistically about three times as often', () => {
  let fresh = 0;
  for (let seed = 0; seed < 400; seed++) {
    const peers = [
      candidate(1, { downRate: 9 }),
      candidate(2, { isNew: true }),
      candidate(3),
      candidate(4),
      candidate(5),
    ];
    if (choker(seed).decide(peers, { slots: 2, mode: 'leech' }, 0).has(2)) fresh += 1;
  }
  assert.ok(fresh > 150 && fresh < 250, `${fresh} of 400`);
});

test('whoever snubs us loses its slot to one that gives less', () => {
  const snubbing = candidate(1, { downRate: 1_000, silentSince: 0, isUnchoked: true });
  const peers = [snubbing, candidate(2, { downRate: 10 }), candidate(3, { downRate: 20 })];
  const rules = { slots: 1, mode: 'leech' } as const;
  assert.deepEqual([...choker().decide(peers, rules, SNUBBED_MS - 1)], [1]);
  assert.deepEqual([...choker().decide(peers, rules, SNUBBED_MS)], [3]);
});

test('equal peers all get slots over time, from a leecher and from a seed', () => {
  fc.assert(
    fc.property(
      fc.nat(),
      fc.integer({ min: 3, max: 8 }),
      fc.integer({ min: 9, max: 24 }),
      fc.constantFrom('leech' as const, 'seed' as const),
      (seed, slots, count, mode) => {
        const peers = Array.from({ length: count }, (_, key) => candidate(key));
        const { turns, sets } = simulate(peers, { slots, mode }, 600, seed);
        for (const chosen of sets) assert.equal(chosen.size, slots);
        for (const [key, turn] of turns) assert.ok(turn > 0, `peer ${key} never had a slot`);
      },
    ),
    { numRuns: 30 },
  );
});

test('a seed gives all peers the same time, within a turn', () => {
  const peers = Array.from({ length: 9 }, (_, key) => candidate(key));
  const { turns } = simulate(peers, { slots: 3, mode: 'seed' }, 900);
  for (const turn of turns.values()) assert.ok(Math.abs(turn - 300) <= 3, `${turn} rounds`);
});

test('a seed ends the turn of a peer that had its share, for whoever waits, newcomers first', () => {
  const deciding = choker();
  const rules = { slots: 2, mode: 'seed' } as const;
  const sated = candidate(1, { isUnchoked: true, unchokedAt: 0, givenBytes: 17 * 2 ** 20 });
  const hungry = candidate(2, { isUnchoked: true, unchokedAt: 0, givenBytes: 5 });
  const waiting = candidate(3, { unchokedAt: 1 });
  assert.deepEqual(deciding.decide([sated, hungry, waiting], rules, 20), new Set([2, 3]));
  const newcomer = candidate(4);
  const next = deciding.decide([sated, hungry, waiting, newcomer], rules, 20 + CHOKE_ROUND_MS);
  assert.deepEqual(next, new Set([2, 4]));
});

test('who went off with what nobody else had waits for all others, but for those whose turn is over', () => {
  const rules = { slots: 2, mode: 'seed' } as const;
  const fickle = candidate(1, { wasFickle: true });
  const sated = candidate(2, { isUnchoked: true, unchokedAt: 0, givenBytes: 17 * 2 ** 20 });
  const waiting = candidate(3, { unchokedAt: 1 });
  assert.deepEqual(choker().decide([fickle, waiting, candidate(4)], rules, 2), new Set([3, 4]));
  assert.deepEqual(choker().decide([sated, fickle, waiting], rules, 2), new Set([1, 3]));
});

test('whatever the candidates, as many are unchoked as there are slots or interest', () => {
  const arbitrary = fc.record({
    isInterested: fc.boolean(),
    isUnchoked: fc.boolean(),
    downRate: fc.nat(),
    unchokedAt: fc.option(fc.nat(100_000), { nil: undefined }),
    wasFickle: fc.boolean(),
    givenBytes: fc.nat(),
    silentSince: fc.option(fc.nat(100_000), { nil: undefined }),
    isNew: fc.boolean(),
  });
  const mode = fc.constantFrom('leech' as const, 'seed' as const);
  const times = fc.array(fc.nat(200_000), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(
      fc.array(arbitrary),
      fc.integer({ min: 1, max: 20 }),
      mode,
      times,
      (all, slots, how, at) => {
        const deciding = choker();
        const peers = all.map((fields, key) => candidate(key, fields));
        const interested = peers.filter(({ isInterested }) => isInterested).length;
        for (const now of at.toSorted((a, b) => a - b)) {
          const chosen = deciding.decide(peers, { slots, mode: how }, now);
          assert.equal(chosen.size, Math.min(slots, interested));
          for (const key of chosen) assert.equal(peers[key]?.isInterested, true);
        }
      },
    ),
  );
});

test('slots follow the limit, and without one what the network takes', () => {
  assert.equal(uploadSlots(10_000, { slots: 8, backlogged: 0 }), 3);
  assert.equal(uploadSlots(1_000_000, { slots: 8, backlogged: 0 }), 10);
  assert.equal(uploadSlots(20_000_000, { slots: 8, backlogged: 0 }), 20);
  assert.equal(uploadSlots(undefined, { slots: 0, backlogged: 0 }), 8);
  assert.equal(uploadSlots(undefined, { slots: 8, backlogged: 3 }), 9);
  assert.equal(uploadSlots(undefined, { slots: 9, backlogged: 5 }), 9);
  assert.equal(uploadSlots(undefined, { slots: 9, backlogged: 9 }), 8);
  assert.equal(uploadSlots(undefined, { slots: 20, backlogged: 0 }), 20);
});
