import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatBytes } from '@coequal/base';
import type { Lane } from '@coequal/base';
import { decodeFrame } from '../../../src/core/session/frames.ts';
import type { Frame, StreamFrame } from '../../../src/core/session/frames.ts';
import { Session } from '../../../src/core/session/session.ts';
import type { Received } from '../../../src/core/session/session.ts';
import type { SessionStream } from '../../../src/core/session/session-stream.ts';

const LIMITS = { streamsMax: 4, window: 100_000, windowMax: 200_000, growthMax: 100_000 };

function open(isLower: boolean, lane: Lane = 'bulk'): Session {
  return new Session(lane, isLower, () => LIMITS);
}

/** All that a session would send now. */
function take(session: Session, now = 0): Frame[] {
  const frames: Frame[] = [];
  for (let parts = session.next(now); parts !== undefined; parts = session.next(now)) {
    frames.push(decodeFrame(concatBytes(parts)));
  }
  return frames;
}

function give(session: Session, frames: readonly Frame[], now = 0): Received[] {
  return frames.map((frame) => session.receive(frame as StreamFrame, now));
}

/** A stream of one to the other, accepted. */
function openStream(a: Session, b: Session): SessionStream {
  const stream = a.open('test/1', 0);
  for (const received of give(b, take(a))) {
    if (received.type === 'offered') b.accept(received.stream);
  }
  give(a, take(b));
  assert.equal(stream.state, 'open');
  return stream;
}

test('what was given back is not sent again, though its number is', () => {
  const [a, b] = [open(true), open(false)];
  const stream = openStream(a, b);
  a.acknowledge(b.position, 0, 0);
  let isGivenBack = false;
  const chunk = new Uint8Array(1_000).fill(1);
  a.send(stream, [chunk], () => {
    isGivenBack = true;
  });
  assert.deepEqual(
    take(a).map(({ type }) => type),
    ['data'],
  ); // and lost with the path
  for (const run of a.reset(stream)) run();
  assert.equal(isGivenBack, true);
  chunk.fill(2);
  a.usePath(undefined, 10);
  const again = take(a, 10);
  assert.deepEqual(
    again.map(({ type }) => type),
    ['data', 'reset'],
  );
  assert.ok(again[0]?.type === 'data' && again[0].bytes.length === 0);
  assert.deepEqual(
    give(b, again, 10).map(({ type }) => type),
    ['nothing', 'reset'],
  );
});

test('another path begins with the first frame that is not acknowledged, and what came is dropped', () => {
  const [a, b] = [open(true), open(false)];
  const stream = openStream(a, b);
  const bytes = Uint8Array.from({ length: 30_000 }, (_, i) => i % 251);
  a.send(stream, [bytes]);
  const first = take(a);
  const some = first.slice(0, 2);
  const got = give(b, some);
  a.usePath(undefined, 1);
  const again = take(a, 1);
  assert.ok(again.length >= first.length, 'from the very first: nothing is acknowledged');
  got.push(...give(b, again, 1));
  const data = got.flatMap((each) => (each.type === 'data' ? [each.bytes.slice()] : []));
  assert.deepEqual(concatBytes(data), bytes);
  assert.deepEqual(a.acknowledge(b.position, undefined, 1), []);
  a.usePath(undefined, 2);
  assert.deepEqual(take(a, 2), []);
});

test('streams take turns', () => {
  const [a, b] = [open(true), open(false)];
  const one = openStream(a, b);
  const other = openStream(a, b);
  a.send(one, [new Uint8Array(40_000)]);
  a.send(other, [new Uint8Array(40_000)]);
  const ids = take(a).map((frame) => (frame.type === 'data' ? frame.stream : 0));
  assert.deepEqual(ids.slice(0, 4), [one.id, other.id, one.id, other.id]);
});

test('no more is sent than the other side lets', () => {
  const [a, b] = [open(true, 'talk'), open(false, 'talk')];
  const stream = openStream(a, b);
  a.send(stream, [new Uint8Array(150_000)]);
  const length = (frames: readonly Frame[]): number =>
    frames.reduce((sum, frame) => sum + (frame.type === 'data' ? frame.bytes.length : 0), 0);
  const got = give(b, take(a));
  assert.equal(stream.queuedBytes, 50_000);
  const theirs = got.find((each) => each.type === 'data');
  assert.ok(theirs?.type === 'data');
  b.read(theirs.stream, 60_000, 0);
  const [window] = take(b).filter(({ type }) => type === 'window');
  assert.ok(window !== undefined);
  give(a, [window]);
  assert.equal(length(take(a)), 50_000);
});

test('acknowledgements go after some frames, or after a while', () => {
  const [a, b] = [open(true), open(false)];
  const stream = openStream(a, b);
  b.acknowledgement(1_000);
  a.send(stream, [new Uint8Array(8_192)]);
  give(b, take(a), 2_000);
  assert.equal(b.acknowledgement(2_000), undefined);
  assert.equal(b.deadline, 2_005);
  const late = b.acknowledgement(2_005);
  assert.deepEqual(late && decodeFrame(late), { type: 'acknowledge', position: 2, delay: 50 });
  a.send(stream, [new Uint8Array(16_384)]);
  give(b, take(a), 3_000);
  assert.ok(b.acknowledgement(3_000) !== undefined);
});

/** Frames go both ways, acknowledged, until there are none; nothing of what comes is read. */
function exchange(a: Session, b: Session): Received[] {
  const got: Received[] = [];
  for (let now = 1; now < 1_000; now += 1) {
    const [there, back] = [take(a, now), take(b, now)];
    if (there.length + back.length === 0) break;
    got.push(...give(b, there, now), ...give(a, back, now));
    for (const run of [...a.acknowledge(b.position, 0, now), ...b.acknowledge(a.position, 0, now)])
      run();
  }
  return got;
}

for (const [what, endsFirst] of [
  ['at the same time', false],
  ['one after the other', true],
] as const)
  test(`both sides end ${what} with more to send than the other side lets: both ends come`, () => {
    const [a, b] = [open(true), open(false)];
    const near = a.open('test/1', 0);
    let far: SessionStream | undefined;
    for (const received of give(b, take(a)))
      if (received.type === 'offered') {
        far = received.stream;
        b.accept(far);
      }
    give(a, take(b));
    assert.ok(far);
    a.send(near, [new Uint8Array(350_000)]);
    b.send(far, [new Uint8Array(350_000)]);
    if (endsFirst) {
      exchange(a, b); // all that may be sent is
      a.end(near);
      exchange(a, b);
    } else a.end(near);
    b.end(far);
    exchange(a, b);
    assert.deepEqual([near.state, far.state], ['closed', 'closed']);
    assert.deepEqual([near.queuedBytes, far.queuedBytes], [0, 0]);
  });

test('who has ended holds nobody back by what came before and was not read', () => {
  const [a, b] = [open(true), open(false)];
  const stream = openStream(a, b);
  a.send(stream, [new Uint8Array(250_000)]);
  const [first] = give(b, take(a)).filter(({ type }) => type === 'data');
  assert.ok(first?.type === 'data');
  b.send(first.stream, [new Uint8Array(250_000)]);
  b.end(first.stream);
  const sent = exchange(a, b).filter(({ type }) => type === 'data');
  // what b drops is let through; a reads nothing of what comes, so b waits
  assert.equal(stream.queuedBytes, 0);
  assert.equal(
    sent.reduce((sum, each) => sum + (each.type === 'data' ? each.bytes.length : 0), 0),
    LIMITS.window,
  );
});
