import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventLog } from '../src/index.ts';
import type { Numbered } from '../src/index.ts';

interface Tick {
  readonly type: 'tick';
  readonly value: number;
}

async function readAll(
  events: AsyncGenerator<Numbered<Tick>, void, undefined>,
): Promise<Numbered<Tick>[]> {
  const all: Numbered<Tick>[] = [];
  for await (const event of events) all.push(event);
  return all;
}

const never = new AbortController().signal;

function publish(log: EventLog<Tick>, count: number): void {
  for (let value = 1; value <= count; value++) log.publish({ type: 'tick', value });
}

void test('a reader gets all that is published after it came, numbered', async () => {
  const log = new EventLog<Tick>();
  publish(log, 1);
  const events = log.read(never);
  publish(log, 2);
  log.close();
  assert.deepEqual(await readAll(events), [
    { number: 2, type: 'tick', value: 1 },
    { number: 3, type: 'tick', value: 2 },
  ]);
});

void test('a reader who waits is woken', async () => {
  const log = new EventLog<Tick>();
  const events = log.read(never);
  const first = events.next();
  await Promise.resolve();
  publish(log, 1);
  assert.deepEqual((await first).value, { number: 1, type: 'tick', value: 1 });
  const end = events.next();
  await Promise.resolve();
  log.close();
  assert.equal((await end).done, true);
});

void test('a slow reader loses the oldest and is told how many', async () => {
  const log = new EventLog<Tick>();
  const events = log.read(never);
  publish(log, 300);
  log.close();
  const all = await readAll(events);
  const [lagged, first] = all;
  assert.ok(lagged?.type === 'lagged' && first?.type === 'tick');
  assert.equal(lagged.dropped, 300 - (all.length - 1));
  assert.equal(lagged.number, lagged.dropped);
  assert.equal(first.value, lagged.dropped + 1);
  assert.equal(all.at(-1)?.number, 300);
});

void test('readers do not disturb each other', async () => {
  const log = new EventLog<Tick>();
  const quick = log.read(never);
  const slow = log.read(never);
  publish(log, 1);
  await quick.next();
  publish(log, 1);
  log.close();
  assert.equal((await readAll(quick)).length, 1);
  assert.equal((await readAll(slow)).length, 2);
});

void test('an aborted reader ends without an error', async () => {
  const log = new EventLog<Tick>();
  const abort = new AbortController();
  const waiting = readAll(log.read(abort.signal));
  await Promise.resolve();
  abort.abort();
  assert.deepEqual(await waiting, []);
  assert.deepEqual(await readAll(log.read(abort.signal)), []);
});

void test('what a reader never takes up is not kept after its return', async () => {
  const log = new EventLog<Tick>();
  const events = log.read(never);
  publish(log, 1);
  await events.next();
  await events.return();
  publish(log, 5);
  assert.equal((await events.next()).done, true);
});
