import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHex } from '@coequal/base';
import fc from 'fast-check';
import { encodeFrame } from '../../../src/core/frame-buffer.ts';
import { encodeOwnRecord, ownKeyOf } from '../../../src/core/own/own-record.ts';
import type { OwnRecord } from '../../../src/core/own/own-record.ts';
import {
  OWN_HELLO_TIMEOUT_MS,
  OWN_MESSAGES_BURST_MAX,
  OWN_TAKEN_TIMEOUT_MS,
  OwnSession,
} from '../../../src/core/own/own-session.ts';
import type { OwnOutput } from '../../../src/core/own/own-session.ts';
import {
  encodeOwnMessage,
  OWN_BATCH_MAX,
  OWN_DIGEST_LENGTH,
  ownDigest,
} from '../../../src/core/own/own-wire.ts';
import { CLOCK_SKEW_MAX_MS } from '../../../src/core/own/stamp.ts';
import { personKeyOf } from '../../../src/core/identity/person-key.ts';

/** A contact that was removed, whose key begins with that byte. */
function removed(first: number, time = 1): OwnRecord {
  const person = personKeyOf(new Uint8Array(32).fill(3).with(0, first));
  return { type: 'contact', state: 'removed', person, at: { time, device: '00000000000000aa' } };
}

interface Side {
  readonly has: Map<string, OwnRecord>;
  readonly session: OwnSession;
  readonly heard: OwnOutput[];
  clock: number;
}

function sideOf(...records: readonly OwnRecord[]): Side {
  const has = new Map(records.map((record) => [ownKeyOf(record), record]));
  const bucketOf = (key: string): number => parseHex(key.slice(1, 3))?.[0] ?? 0;
  const encoded = (key: string): Uint8Array | undefined => {
    const record = has.get(key);
    return record && encodeOwnRecord(record);
  };
  const side: Side = {
    has,
    heard: [],
    clock: 1_000_000_000,
    session: new OwnSession(
      {
        summary() {
          const summary = new Uint8Array(256 * OWN_DIGEST_LENGTH);
          for (const key of has.keys())
            summary.set(ownDigest(encoded(key) ?? new Uint8Array(0)), bucketOf(key) * 8);
          return summary;
        },
        keys: (bucket) => [...has.keys()].filter((key) => bucketOf(key) === bucket),
        encoded,
        epochNow: () => side.clock,
      },
      0,
    ),
  };
  return side;
}

function talk(from: Side, to: Side, outputs: readonly OwnOutput[]): void {
  from.heard.push(...outputs);
  for (const output of outputs) {
    if (output.type === 'records')
      for (const record of output.records) from.has.set(ownKeyOf(record), record);
    if (output.type === 'send')
      talk(to, from, to.session.step({ type: 'bytes', bytes: output.bytes }, 1));
  }
}

function meet(a: Side, b: Side): void {
  talk(a, b, a.session.step({ type: 'begin' }, 0));
  talk(b, a, b.session.step({ type: 'begin' }, 0));
}

const came = ({ heard }: Side): number =>
  heard.reduce((sum, output) => sum + (output.type === 'records' ? output.records.length : 0), 0);

test('two that have the same say so in one message each, and nothing more', () => {
  const [a, b] = [sideOf(removed(1), removed(2)), sideOf(removed(2), removed(1))];
  meet(a, b);
  for (const side of [a, b]) {
    assert.equal(side.heard.filter(({ type }) => type === 'send').length, 1);
    assert.ok(side.session.isQuiet);
  }
});

test('only what differs is sent, each way, and then what changes', () => {
  const shared = Array.from({ length: 100 }, (_, at) => removed(at));
  const [a, b] = [sideOf(...shared, removed(200)), sideOf(...shared, removed(201), removed(202))];
  meet(a, b);
  assert.deepEqual([came(a), came(b)], [2, 1]);
  assert.deepEqual([...a.has.keys()].toSorted(), [...b.has.keys()].toSorted());
  const change = removed(5, 9);
  a.has.set(ownKeyOf(change), change);
  talk(a, b, a.session.step({ type: 'changed', keys: [ownKeyOf(change)] }, 2));
  assert.equal(came(b), 2);
  // who was told does not tell it back
  talk(b, a, b.session.step({ type: 'changed', keys: [ownKeyOf(change)] }, 2));
  assert.equal(came(a), 2);
});

test('many are sent a few at a time, each lot once the one before was taken', () => {
  const all = Array.from({ length: 250 }, (_, at) => removed(at));
  const [a, b] = [sideOf(...all), sideOf()];
  meet(a, b);
  assert.equal(b.has.size, 250);
  assert.ok(
    b.heard.every((output) => output.type !== 'records' || output.records.length <= OWN_BATCH_MAX),
  );

  const slow = sideOf(...all);
  slow.session.step({ type: 'begin' }, 0);
  const hello = { type: 'hello', clock: slow.clock, digest: new Uint8Array(8) } as const;
  const post = (message: Parameters<typeof encodeOwnMessage>[0]): OwnOutput[] =>
    slow.session.step({ type: 'bytes', bytes: encodeFrame(encodeOwnMessage(message)) }, 5);
  post(hello);
  const sent = post({ type: 'summary', summary: new Uint8Array(2_048) });
  assert.equal(sent.length, 1);
  assert.deepEqual(slow.session.step({ type: 'changed', keys: [...slow.has.keys()] }, 6), []);
  assert.equal(slow.session.deadline, 5 + OWN_TAKEN_TIMEOUT_MS);
  const [closed] = slow.session.step({ type: 'timeout' }, 5 + OWN_TAKEN_TIMEOUT_MS);
  assert.equal(closed?.type === 'close' && closed.reason.code, 'ANSWER_TIMEOUT');
});

test('clocks that are too far apart end it on both sides, without a fault of either', () => {
  for (const ahead of [CLOCK_SKEW_MAX_MS + 1, -CLOCK_SKEW_MAX_MS - 1]) {
    const [a, b] = [sideOf(removed(1)), sideOf()];
    b.clock += ahead;
    meet(a, b);
    for (const side of [a, b]) {
      const refused = side.heard.find(({ type }) => type === 'refused');
      assert.equal(refused?.type === 'refused' && refused.reason.code, 'OWN_CLOCK_DIFFERS');
      assert.ok(!side.heard.some(({ type }) => type === 'close'));
    }
    assert.equal(b.has.size, 0);
  }
});

test('who waits for the other’s summary does not think that the other has all', () => {
  const [a, b] = [sideOf(removed(1)), sideOf()];
  const [first] = a.session.step({ type: 'begin' }, 0);
  const [second] = b.session.step({ type: 'begin' }, 0);
  assert.ok(first?.type === 'send' && second?.type === 'send');
  const answers = a.session.step({ type: 'bytes', bytes: second.bytes }, 1);
  assert.equal(a.session.isQuiet, false);
  talk(b, a, b.session.step({ type: 'bytes', bytes: first.bytes }, 1));
  talk(a, b, answers);
  assert.ok(a.session.isQuiet && b.has.size === 1);
});

test('what changes between the two hellos is told by itself, and both come to rest', () => {
  const [a, b] = [sideOf(removed(1)), sideOf(removed(1))];
  const hello = a.session.step({ type: 'begin' }, 0);
  const change = removed(5, 9);
  a.has.set(ownKeyOf(change), change);
  talk(a, b, a.session.step({ type: 'changed', keys: [ownKeyOf(change)] }, 0));
  talk(a, b, hello);
  talk(b, a, b.session.step({ type: 'begin' }, 0));
  assert.equal(b.has.size, 2);
  assert.ok(a.session.isQuiet && b.session.isQuiet);
});

test('a hello that comes before this side is ready waits until it is, and a second one does not', () => {
  const [early, late] = [sideOf(removed(1)), sideOf(removed(2))];
  const hello = early.session.step({ type: 'begin' }, 0);
  talk(early, late, hello);
  assert.deepEqual(late.heard, [], 'nothing is said, or asked of what is not ready');
  talk(late, early, late.session.step({ type: 'begin' }, 9));
  assert.deepEqual([came(early), came(late)], [1, 1]);
  assert.ok(early.session.isQuiet && late.session.isQuiet);

  const other = sideOf();
  talk(early, other, hello);
  const [closed] = other.session.step(
    { type: 'bytes', bytes: hello[0]?.type === 'send' ? hello[0].bytes : new Uint8Array(1) },
    1,
  );
  assert.equal(closed?.type === 'close' && closed.reason.code, 'BAD_FRAME');
});

test('who says nothing, or something before the hello, or too much, or one thing twice, is let go', () => {
  const codeOf = (outputs: readonly OwnOutput[]): string | undefined => {
    const last = outputs.at(-1);
    return last?.type === 'close' ? last.reason.code : undefined;
  };
  const post = (side: Side, message: Parameters<typeof encodeOwnMessage>[0]): OwnOutput[] =>
    side.session.step({ type: 'bytes', bytes: encodeFrame(encodeOwnMessage(message)) }, 1);
  const silent = sideOf();
  assert.equal(
    codeOf(silent.session.step({ type: 'timeout' }, OWN_HELLO_TIMEOUT_MS)),
    'HELLO_TIMEOUT',
  );
  assert.equal(codeOf(post(sideOf(), { type: 'taken' })), 'BAD_FRAME');
  const greeted = (): Side => {
    const side = sideOf();
    side.session.step({ type: 'begin' }, 0);
    post(side, { type: 'hello', clock: side.clock, digest: new Uint8Array(8) });
    return side;
  };
  assert.equal(codeOf(post(greeted(), { type: 'taken' })), 'BAD_FRAME', 'nothing was sent');
  const record = encodeOwnRecord(removed(1));
  assert.equal(
    codeOf(post(greeted(), { type: 'records', records: [record, record] })),
    'BAD_OWN_RECORD',
  );
  const loud = greeted();
  let closedBy: string | undefined;
  for (let count = 0; count < OWN_MESSAGES_BURST_MAX && closedBy === undefined; count++)
    closedBy = codeOf(post(loud, { type: 'records', records: [record] }));
  assert.equal(closedBy, 'TOO_MANY_MESSAGES');
});

test('whatever bytes come, a session bears them', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 120 }), fc.boolean(), (body, isFramed) => {
      const [a, b] = [sideOf(removed(1)), sideOf()];
      meet(a, b);
      b.session.step({ type: 'bytes', bytes: isFramed ? encodeFrame(body) : body }, 2);
    }),
  );
});
