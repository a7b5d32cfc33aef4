import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PeerFault } from '@coequal/base';
import fc from 'fast-check';
import type { BlockRequest } from '../../../src/core/blocks.ts';
import { UPLOAD_QUEUE_MAX, UploadQueue } from '../../../src/core/wire/upload-queue.ts';

function block(piece: number): BlockRequest {
  return { piece, begin: 0, length: 16_384 };
}

function drain(queue: UploadQueue): readonly number[] {
  const pieces: number[] = [];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) pieces.push(next.piece);
  return pieces;
}

test('blocks go out in the order in which they were asked for, but for those cancelled', () => {
  type Step =
    | { readonly type: 'push' | 'cancel'; readonly piece: number }
    | { readonly type: 'shift' };
  const piece = fc.nat({ max: 20 });
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({ type: fc.constant('push' as const), piece }),
    fc.record({ type: fc.constant('cancel' as const), piece }),
    fc.record({ type: fc.constant('shift' as const) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 3_000, size: 'max' }), (steps) => {
      const queue = new UploadQueue();
      let model: number[] = [];
      for (const next of steps) {
        if (next.type === 'push') {
          assert.ok(queue.push(block(next.piece)));
          model.push(next.piece);
        } else if (next.type === 'shift') {
          assert.equal(queue.shift()?.piece, model.shift());
        } else {
          const at = model.indexOf(next.piece);
          assert.equal(queue.cancel(block(next.piece)), at >= 0);
          if (at >= 0) model = model.toSpliced(at, 1);
        }
        assert.equal(queue.count, model.length);
        assert.equal(queue.first?.piece, model[0]);
        assert.equal(queue.at(2)?.piece, model[2]);
      }
      assert.deepEqual(drain(queue), model);
    }),
    { numRuns: 20 },
  );
});

test('a full queue refuses politely, and ends a peer that goes on', () => {
  const queue = new UploadQueue();
  for (let piece = 0; piece < UPLOAD_QUEUE_MAX; piece++) assert.ok(queue.push(block(piece)));
  for (let more = 0; more < 2_000; more++) assert.equal(queue.push(block(0)), false);
  assert.throws(
    () => queue.push(block(0)),
    (error) => error instanceof PeerFault && error.code === 'REQUEST_FLOOD',
  );
  assert.equal(queue.count, UPLOAD_QUEUE_MAX);
});

test('whoever waits after a refusal is trusted anew', () => {
  const queue = new UploadQueue();
  for (let piece = 0; piece < UPLOAD_QUEUE_MAX; piece++) queue.push(block(piece));
  for (let round = 0; round < 3; round++) {
    for (let more = 0; more < 1_500; more++) assert.equal(queue.push(block(0)), false);
    queue.shift();
    assert.ok(queue.push(block(1)));
  }
});

test('a choke empties the queue but for what is still allowed', () => {
  const queue = new UploadQueue();
  for (let piece = 0; piece < 1_500; piece++) queue.push(block(piece));
  for (let sent = 0; sent < 1_030; sent++) queue.shift();
  const dropped = queue.clear(({ piece }) => piece % 100 === 0);
  assert.equal(dropped.length, 470 - 4);
  assert.deepEqual(drain(queue), [1_100, 1_200, 1_300, 1_400]);
  assert.equal(queue.clear().length, 0);
});

test('only what was asked for exactly can be cancelled', () => {
  const queue = new UploadQueue();
  queue.push(block(1));
  assert.ok(!queue.cancel({ ...block(1), length: 1 }));
  assert.ok(!queue.cancel({ ...block(1), begin: 1 }));
  queue.shift();
  assert.ok(!queue.cancel(block(1)), 'what was sent is not in the queue');
});

test('the first block that is to go before others comes to the head, and the rest keep their order', () => {
  const queue = new UploadQueue();
  for (let piece = 0; piece < 6; piece++) queue.push(block(piece));
  queue.shift();
  assert.equal(
    queue.bringForward((piece) => (piece === 3 ? 0 : 1)),
    0,
  );
  assert.equal(
    queue.bringForward((piece) => (piece === 9 ? 0 : 1)),
    1,
  );
  assert.deepEqual(drain(queue), [3, 1, 2, 4, 5]);
});

test('of blocks of several ranks the first of the lowest comes to the head', () => {
  const queue = new UploadQueue();
  for (let piece = 0; piece < 6; piece++) queue.push(block(piece));
  assert.equal(
    queue.bringForward((piece) => Math.abs(piece - 4) + 2),
    2,
  );
  assert.deepEqual(drain(queue), [4, 0, 1, 2, 3, 5]);
});

test('a block that waits near the head is found', () => {
  const queue = new UploadQueue();
  for (let piece = 0; piece < 1_000; piece++) queue.push(block(piece));
  queue.shift();
  assert.deepEqual(
    [0, 1, 256, 999].map((piece) => queue.isNear(block(piece))),
    [false, true, true, false],
  );
  assert.ok(!queue.isNear({ ...block(1), length: 1 }));
});

test('a block far behind in a queue is not looked for', () => {
  const queue = new UploadQueue();
  for (let piece = 0; piece < 1_000; piece++) queue.push(block(piece));
  assert.equal(
    queue.bringForward((piece) => (piece === 999 ? 0 : 1)),
    1,
  );
  assert.equal(queue.first?.piece, 0);
});
