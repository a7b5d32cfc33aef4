import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SessionIdentity } from '../../../src/core/session/session-identity.ts';
import type { Answer, GreetedIds } from '../../../src/core/session/session-identity.ts';

let lastId = 0n;
const open = (): SessionIdentity => new SessionIdentity(() => ++lastId);

/** One greeting of a to b, to its end. Returns who began anew. */
function greet(a: SessionIdentity, b: SessionIdentity): string[] {
  const anew: string[] = [];
  for (let i = 0; i < 4; i++) {
    const sent = a.ids;
    const answer = b.answer(sent);
    const peer = answer.meaning === 'again' ? 0n : sent.own;
    const meaning = a.welcomed(sent, { own: answer.own, peer });
    if (meaning === 'begin-anew') anew.push('a');
    if (meaning !== 'proven') continue;
    assert.ok(b.isCurrent(answer));
    if (b.proven(answer)) anew.push('b');
    assert.deepEqual(a.ids, { own: b.ids.peer, peer: b.ids.own }, 'they agree');
    return anew;
  }
  assert.fail('a greeting comes to an end');
}

test('two that begin agree at once, and go on over another path', () => {
  const [a, b] = [open(), open()];
  assert.deepEqual(greet(a, b), []);
  const before = a.ids;
  assert.deepEqual(greet(b, a), []);
  assert.deepEqual(a.ids, before);
});

test('whoever greets one that has begun anew begins anew as well, and the other way round', () => {
  const a = open();
  greet(a, open());
  assert.deepEqual(greet(a, open()), ['a']);
  const b = open();
  greet(open(), b);
  assert.deepEqual(greet(open(), b), ['b']);
});

test('a hello alone ends no session', () => {
  const [a, b] = [open(), open()];
  greet(a, b);
  const before = b.ids;
  b.answer({ own: 999_999n, peer: 0n });
  b.answer({ own: 999_998n, peer: 0n });
  assert.deepEqual(b.ids, before);
  assert.deepEqual(greet(a, b), []);
});

/** Messages between two sides, each on a path of its own, delivered in any order between paths, or never. */
test('whatever greetings cross, and whoever begins anew, both agree in the end', () => {
  type Path = {
    readonly dialler: 0 | 1;
    sent: GreetedIds | undefined;
    answer: Answer | undefined;
    queue: (() => void)[];
  };
  const run = (steps: readonly number[]): void => {
    const sides = [open(), open()] as [SessionIdentity, SessionIdentity];
    const paths: Path[] = [];
    const hello = (path: Path): void => {
      const sent = sides[path.dialler].ids;
      path.sent = sent;
      path.queue.push(() => {
        const other = sides[(1 - path.dialler) as 0 | 1];
        const answer = other.answer(sent);
        path.answer = answer;
        const peer = answer.meaning === 'again' ? 0n : sent.own;
        path.queue.push(() => {
          const meaning = sides[path.dialler].welcomed(sent, { own: answer.own, peer });
          if (meaning === 'begin-anew') closeOthers(path);
          if (meaning !== 'proven') hello(path);
          else {
            path.queue.push(() => {
              if (other !== sides[(1 - path.dialler) as 0 | 1] || !other.isCurrent(answer)) return;
              if (other.proven(answer)) closeOthers(path);
            });
          }
        });
      });
    };
    const closeOthers = (but: Path): void => {
      for (const path of paths) if (path !== but) path.queue = [];
    };
    for (const step of steps) {
      const kind = step % 8;
      if (kind < 2) {
        const path: Path = {
          dialler: kind as 0 | 1,
          sent: undefined,
          answer: undefined,
          queue: [],
        };
        paths.push(path);
        hello(path);
      } else if (kind === 2) {
        const side = (Math.floor(step / 8) % 2) as 0 | 1;
        sides[side] = open(); // restarted: its paths are gone
        for (const path of paths) path.queue = [];
      } else {
        const waiting = paths.filter(({ queue }) => queue.length > 0);
        waiting[Math.floor(step / 8) % Math.max(waiting.length, 1)]?.queue.shift()?.();
      }
    }
    for (let i = 0; i < 200; i++) for (const path of paths) path.queue.shift()?.();
    assert.ok(
      paths.every(({ queue }) => queue.length === 0),
      'greetings come to an end',
    );
    greet(sides[0], sides[1]);
    assert.deepEqual(greet(sides[1], sides[0]), []);
  };
  fc.assert(fc.property(fc.array(fc.nat(800), { maxLength: 60 }), run), { numRuns: 3_000 });
});
