// How full a connection is, as the relay looks at it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Conn } from '@coequal/base';
import { ConnStream } from '../../src/io/transport/conn-stream.ts';

const HERE = { host: '192.0.2.1', port: 1 };

/** Hands nothing to the system until it is told to. */
class HeldConn implements Conn {
  readonly remote = HERE;
  readonly local = HERE;
  onDrain: (() => void) | undefined;
  queuedBytes = 0;
  readonly #bound: number;
  readonly #writes: { readonly length: number; readonly onSent: (() => void) | undefined }[] = [];

  constructor(bound: number) {
    this.#bound = bound;
  }

  send(chunks: readonly Uint8Array[], onSent?: () => void): boolean {
    let length = 0;
    for (const chunk of chunks) length += chunk.length;
    this.#writes.push({ length, onSent });
    this.queuedBytes += length;
    return this.queuedBytes <= this.#bound;
  }

  /** The oldest write. */
  leave(): void {
    const write = this.#writes.shift();
    assert.ok(write);
    const wasOver = this.queuedBytes > this.#bound;
    this.queuedBytes -= write.length;
    write.onSent?.();
    if (wasOver && this.queuedBytes <= this.#bound) this.onDrain?.();
  }

  start(): void {}
  pause(): void {}
  resume(): void {}
  close(): void {}
}

function write(stream: ConnStream, length: number): boolean {
  stream.write(new Uint8Array(length));
  return !stream.isOverBound;
}

test('without a limit the bound is that of the connection', () => {
  const conn = new HeldConn(1_000);
  const stream = new ConnStream(conn);
  let drained = 0;
  stream.onDrain = () => {
    drained += 1;
  };
  assert.deepEqual([write(stream, 900), write(stream, 200)], [true, false]);
  conn.leave();
  assert.deepEqual([drained, stream.isOverBound, stream.queuedBytes], [1, false, 200]);
});

test('with a limit it is over the bound sooner, and drains when it is below that', () => {
  const conn = new HeldConn(1_000);
  const stream = new ConnStream(conn);
  let drained = 0;
  stream.onDrain = () => {
    drained += 1;
  };
  stream.limitQueue(300);
  assert.deepEqual(
    [write(stream, 250), write(stream, 250), write(stream, 800)],
    [true, false, false],
  );
  conn.leave(); // 1,050 are queued
  conn.leave(); // 800: below the bound of the connection alone
  assert.deepEqual([drained, stream.isOverBound], [0, true]);
  conn.leave();
  assert.deepEqual([drained, stream.isOverBound], [1, false]);
  assert.equal(write(stream, 250), true);
  conn.leave();
  assert.equal(drained, 1);
});
