import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Turnover } from '../../../src/core/swarm/turnover.ts';
import type { Standing } from '../../../src/core/swarm/turnover.ts';

const MINUTE = 60_000;

function link(key: number, more: Partial<Standing> = {}): Standing {
  return { key, network: `network ${key}`, openedAt: 0, rate: 0, priority: 0, ...more };
}

test('the slowest gives way, and of equals the one that had longest', () => {
  const links = [
    link(1, { rate: 5 }),
    link(2, { rate: 1, openedAt: 2 }),
    link(3, { rate: 1, openedAt: 1 }),
  ];
  assert.equal(new Turnover().forCandidate(links, 2 * MINUTE), 3);
  assert.equal(new Turnover().forNewcomer('another', links, 2 * MINUTE), 3);
});

test('of equally slow ones the one of the lowest priority gives way (BEP 40)', () => {
  const links = [
    link(1, { priority: 3 }),
    link(2, { priority: 1, openedAt: 9 }),
    link(3, { rate: 1 }),
  ];
  assert.equal(new Turnover().forCandidate(links, 2 * MINUTE), 2);
});

test('a peer has a minute to show what it is good for', () => {
  const turnover = new Turnover();
  const links = [link(1, { rate: 9 }), link(2, { openedAt: 1 })];
  assert.equal(turnover.forCandidate(links, MINUTE - 1), undefined);
  assert.equal(turnover.forCandidate(links, MINUTE), 1);
});

test('one link in half a minute is given away, however many wait', () => {
  const turnover = new Turnover();
  const links = [link(1), link(2)];
  const gone: number[] = [];
  for (let now = MINUTE; now < 3 * MINUTE; now += 1_000) {
    const key = turnover.forNewcomer(`newcomer ${now}`, links, now);
    if (key !== undefined) gone.push(now);
  }
  assert.deepEqual(gone, [60_000, 90_000, 120_000, 150_000]);
});

test('a network with more links than others gives way at once, until it has no more', () => {
  const turnover = new Turnover();
  const crowd = [1, 2, 3].map((key) => link(key, { network: 'crowd', rate: 10 - key }));
  const links = [...crowd, link(4)];
  assert.equal(turnover.forNewcomer('new', links, 0), 3);
  assert.equal(turnover.forNewcomer('crowd', links, 0), undefined);
  assert.equal(turnover.forNewcomer('network 4', links, 0), 3);
  const fair = [link(1, { network: 'crowd' }), link(2, { network: 'crowd' }), link(4)];
  assert.equal(turnover.forNewcomer('network 4', fair, 0), undefined);
});
