import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Turns } from '../../src/io/turns.ts';

const NEVER = new AbortController().signal;

/** Work that is under way until it is told to end. */
class Work {
  readonly begun: string[] = [];
  readonly #ends = new Map<string, PromiseWithResolvers<void>>();

  start(turns: Turns, name: string, signal: AbortSignal = NEVER): Promise<void> {
    const end = Promise.withResolvers<void>();
    this.#ends.set(name, end);
    return turns.run(() => {
      this.begun.push(name);
      return end.promise;
    }, signal);
  }

  end(name: string): void {
    this.#ends.get(name)?.resolve();
  }

  fail(name: string): void {
    this.#ends.get(name)?.reject(new Error(name));
  }
}

async function settle(): Promise<void> {
  await new Promise(setImmediate);
}

test('no more run at a time than may, and who came first goes first', async () => {
  const turns = new Turns(2);
  const work = new Work();
  const done = ['a', 'b', 'c', 'd'].map((name) => work.start(turns, name));
  await settle();
  assert.deepEqual(work.begun, ['a', 'b']);
  work.end('b');
  await settle();
  assert.deepEqual(work.begun, ['a', 'b', 'c']);
  for (const name of ['a', 'c', 'd']) work.end(name);
  await Promise.all(done);
  assert.deepEqual(work.begun, ['a', 'b', 'c', 'd']);
});

test('work that fails gives its turn to the next', async () => {
  const turns = new Turns(1);
  const work = new Work();
  const failing = assert.rejects(work.start(turns, 'a'), { message: 'a' });
  const next = work.start(turns, 'b');
  work.fail('a');
  await failing;
  await settle();
  assert.deepEqual(work.begun, ['a', 'b']);
  work.end('b');
  await next;
});

test('who gives up while waiting never begins, and takes no turn from others', async () => {
  const turns = new Turns(1);
  const work = new Work();
  const first = work.start(turns, 'a');
  const abort = new AbortController();
  const waiting = assert.rejects(work.start(turns, 'b', abort.signal), { name: 'AbortError' });
  const last = work.start(turns, 'c');
  abort.abort();
  await waiting;
  await assert.rejects(work.start(turns, 'd', abort.signal), { name: 'AbortError' });
  work.end('a');
  await first;
  work.end('c');
  await last;
  assert.deepEqual(work.begun, ['a', 'c']);
});

test('a turn that comes in the moment in which it is given up goes to the next', async () => {
  const turns = new Turns(1);
  const work = new Work();
  const abort = new AbortController();
  const gate = Promise.withResolvers<void>();
  const first = turns.run(async () => {
    await gate.promise;
    abort.abort(); // the end of this work is noticed before the abort is
  }, NEVER);
  const waiting = assert.rejects(work.start(turns, 'b', abort.signal), { name: 'AbortError' });
  const last = work.start(turns, 'c');
  gate.resolve();
  await Promise.all([first, waiting]);
  await settle();
  assert.deepEqual(work.begun, ['c']);
  work.end('c');
  await last;
});
