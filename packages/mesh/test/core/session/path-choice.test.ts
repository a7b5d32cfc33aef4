import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LinkPath } from '@coequal/base';
import { choiceDueAt, pickPath } from '../../../src/core/session/path-choice.ts';
import { PathHealth } from '../../../src/core/session/path-health.ts';
import { SendWindow } from '../../../src/core/session/send-window.ts';

const view = (
  type: 'lan' | 'direct',
  isDoubtful = false,
): { path: LinkPath; isDoubtful: boolean } => ({
  path: { type },
  isDoubtful,
});

test('the better kind of path is used, but not in the first moments of another', () => {
  const [direct, lan] = [view('direct'), view('lan')];
  assert.equal(pickPath([direct, lan], undefined, 0, 0), lan);
  assert.equal(pickPath([direct, lan], direct, 0, 1_000), direct);
  assert.equal(pickPath([direct, lan], direct, 0, choiceDueAt(0)), lan);
  assert.equal(pickPath([direct, lan], lan, 0, choiceDueAt(0)), lan);
  assert.equal(pickPath([direct, view('direct')], direct, 0, choiceDueAt(0)), direct);
  assert.equal(pickPath([], undefined, 0, 0), undefined);
});

test('a doubtful path gives way at once, to a worse kind as well', () => {
  const lan = view('lan', true);
  const direct = view('direct');
  assert.equal(pickPath([lan, direct], lan, 0, 1), direct);
  assert.equal(pickPath([lan], lan, 0, 1), lan);
});

/** What a path says over time when nothing answers. */
function silence(health: PathHealth, from: number, until: number): string[] {
  const said: string[] = [];
  for (let now = from; now <= until; now = Math.max(health.deadline, now + 1)) {
    for (const { type } of health.step({ type: 'timeout' }, now)) said.push(`${type} ${now}`);
    if (said.at(-1)?.startsWith('dead') === true) return said;
  }
  return said;
}

test('what was sent and is not answered makes a path doubtful after 2 s, and dead after 6 s', () => {
  const health = new PathHealth(0);
  health.step({ type: 'sent' }, 100);
  assert.equal(health.isDoubtful(2_099), false);
  assert.equal(health.isDoubtful(2_100), true);
  assert.deepEqual(silence(health, 100, 60_000), ['ping 2100', 'ping 4100', 'dead 6100']);
});

test('an answer ends the doubt', () => {
  const health = new PathHealth(0);
  health.step({ type: 'sent' }, 100);
  health.step({ type: 'timeout' }, 2_100);
  health.step({ type: 'answered', isMoreDue: false }, 2_200);
  assert.equal(health.isDoubtful(9_000), false);
  assert.ok(health.deadline >= 2_200 + 4_000);
});

test('an idle path is asked every 15 s, and its death noticed', () => {
  assert.deepEqual(silence(new PathHealth(0), 0, 60_000), [
    'ping 15000',
    'ping 17000',
    'ping 19000',
    'dead 21000',
  ]);
});

test('a silence that was slept through proves nothing', () => {
  const health = new PathHealth(0);
  health.step({ type: 'sent' }, 100);
  const later = 3_600_000;
  assert.deepEqual(health.step({ type: 'timeout' }, later), [{ type: 'ping' }]);
  assert.equal(health.isDoubtful(later), true);
  assert.equal(silence(health, later, later + 60_000).at(-1), `dead ${later + 6_000}`);
});

test('bulk goes slower as soon as it makes the way longer, and faster again', () => {
  const window = new SendWindow('bulk');
  let now = 0;
  const acknowledge = (roundTripMs: number, times: number): void => {
    for (let i = 0; i < times; i++) {
      now += 10;
      window.acknowledged(16_384, roundTripMs, true, now);
    }
  };
  acknowledge(40, 20);
  const before = window.bytes;
  assert.ok(before > 131_072, 'it grows while it is full and nothing is late');
  acknowledge(60, 10);
  assert.ok(window.bytes > before, '25 ms more are allowed');
  const grown = window.bytes;
  acknowledge(100, 40);
  assert.ok(window.bytes < grown * 0.8);
  const cut = window.bytes;
  acknowledge(41, 20);
  assert.ok(window.bytes > cut);
  acknowledge(200, 400);
  const least = window.bytes;
  assert.equal(least, 16_384);
  acknowledge(200, 200);
  acknowledge(201, 20);
  assert.ok(window.bytes > least, 'it is the way that has become longer');
});

test('talk is not held back by delay', () => {
  const window = new SendWindow('talk');
  const before = window.bytes;
  for (let now = 0; now < 1_000; now += 10) window.acknowledged(1_000, 10 + now, true, now);
  assert.equal(window.bytes, before);
});
