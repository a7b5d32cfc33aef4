import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PeerEvent } from '@coequal/contract';
import { EventHub } from '../../src/api/event-hub.ts';
import type { EventSink } from '../../src/api/event-hub.ts';
import { fault } from '../faults.ts';

class Reader implements EventSink {
  waitingBytes = 0;
  hasEnded = false;
  readonly texts: string[] = [];

  write(text: string): void {
    this.texts.push(text);
  }

  end(): void {
    this.hasEnded = true;
  }

  get events(): [id: string, event: PeerEvent][] {
    return this.texts
      .filter((text) => text.startsWith('id: '))
      .map((text) => {
        const [id = '', data = ''] = text.trimEnd().split('\n');
        return [id.slice('id: '.length), JSON.parse(data.slice('data: '.length)) as PeerEvent];
      });
  }
}

const EVENT: PeerEvent = { type: 'settings' };

void test('who listens hears each event once, with its number, and who has left none', () => {
  const hub = new EventHub('run');
  const reader = new Reader();
  const leave = hub.open('a', undefined, reader);
  hub.publish(EVENT);
  hub.publish({ type: 'categories' });
  leave();
  hub.publish(EVENT);
  assert.deepEqual(reader.events, [
    ['run-1', { type: 'settings' }],
    ['run-2', { type: 'categories' }],
  ]);
  assert.equal(hub.readerCount, 0);
});

void test('who comes back is told what was missed, and nothing twice', () => {
  const hub = new EventHub('run');
  for (let count = 0; count < 5; count += 1) hub.publish(EVENT);
  const reader = new Reader();
  hub.open('a', 'run-3', reader);
  assert.deepEqual(
    reader.events.map(([id]) => id),
    ['run-4', 'run-5'],
  );
  const upToDate = new Reader();
  hub.open('a', 'run-5', upToDate);
  assert.deepEqual(upToDate.events, []);
});

void test('who comes back too late, from another run, or with nonsense is told to ask for everything', () => {
  const hub = new EventHub('run');
  for (let count = 0; count < 600; count += 1) hub.publish(EVENT);
  const lost = {
    'run-3': 597,
    'other-600': 600,
    'run-601': 600,
    'run-x': 600,
    '': 600,
    'run-1.5': 600,
  };
  for (const [lastId, dropped] of Object.entries(lost)) {
    const reader = new Reader();
    hub.open(lastId, lastId, reader);
    assert.deepEqual(reader.events, [['run-600', { type: 'lagged', dropped }]], lastId);
  }
  const kept = new Reader();
  hub.open('kept', 'run-100', kept);
  assert.equal(kept.events.length, 500);
});

void test('what is kept for those who come back is bounded in bytes, too', () => {
  const hub = new EventHub('run');
  const what = { code: 'X', details: {}, text: 'x'.repeat(1_000_000) };
  const entry = { number: 1, at: 1, level: 'info' as const, what };
  for (let count = 0; count < 20; count += 1) hub.publish({ type: 'log', entry });
  const reader = new Reader();
  hub.open('a', 'run-13', reader);
  assert.equal(reader.events.length, 7);
  const late = new Reader();
  hub.open('a', 'run-12', late);
  assert.deepEqual(late.events, [['run-20', { type: 'lagged', dropped: 8 }]]);
});

void test('a slow reader loses events, is told how many, and holds no memory', () => {
  const hub = new EventHub('run');
  const reader = new Reader();
  hub.open('a', undefined, reader);
  reader.waitingBytes = 4_000_001;
  for (let count = 0; count < 3; count += 1) hub.publish(EVENT);
  assert.deepEqual(reader.events, []);
  reader.waitingBytes = 0;
  hub.publish(EVENT);
  assert.deepEqual(reader.events, [
    ['run-3', { type: 'lagged', dropped: 3 }],
    ['run-4', EVENT],
  ]);
});

void test('a slow reader is told even when nothing more happens', () => {
  const hub = new EventHub('run');
  const reader = new Reader();
  hub.open('a', undefined, reader);
  reader.waitingBytes = 4_000_001;
  hub.publish(EVENT);
  reader.waitingBytes = 0;
  hub.keepAlive();
  assert.deepEqual(reader.events, [['run-1', { type: 'lagged', dropped: 1 }]]);
});

void test('who reads nothing for a minute has gone, and makes room', () => {
  const hub = new EventHub('run');
  const [gone, here] = [new Reader(), new Reader()];
  hub.open('a', undefined, gone);
  hub.open('b', undefined, here);
  gone.waitingBytes = 1;
  for (let beat = 0; beat < 3; beat += 1) hub.keepAlive();
  assert.equal(gone.hasEnded, false);
  hub.keepAlive();
  assert.equal(gone.hasEnded, true);
  assert.equal(here.hasEnded, false);
  assert.equal(hub.readerCount, 1);
});

void test('a caller has twelve streams and all together sixty-four', () => {
  const hub = new EventHub('run');
  const tooMany = fault('TOO_MANY_REQUESTS');
  const open = (caller: string): (() => void) => hub.open(caller, undefined, new Reader());
  const leave = open('a');
  for (let count = 1; count < 12; count += 1) open('a');
  assert.throws(() => open('a'), tooMany);
  leave();
  open('a');
  for (let count = 12; count < 64; count += 1) open(`b${count}`);
  assert.throws(() => open('c'), tooMany);
});

void test('the streams of one who may not listen any more end, and no others', () => {
  const hub = new EventHub('run');
  const [out, here] = [new Reader(), new Reader()];
  hub.open('a', undefined, out);
  hub.open('b', undefined, here);
  hub.closeOf('a');
  assert.deepEqual([out.hasEnded, here.hasEnded], [true, false]);
  hub.close();
  assert.equal(here.hasEnded, true);
});
