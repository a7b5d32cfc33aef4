/** Messages over a connection that cuts them anywhere and takes them late, in room that is used again. */
import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import type { Conn, Endpoint } from '@coequal/base';
import { openEd25519 } from '@coequal/base/node';
import fc from 'fast-check';
import { ownKeysOf } from '../../src/index.ts';
import { ConnStream } from '../../src/io/transport/conn-stream.ts';
import { MessageStream } from '../../src/io/transport/secret-stream.ts';
import { SendRoom } from '../../src/io/transport/send-room.ts';

const AT: Endpoint = { host: '127.0.0.1', port: 1 };
const [DIALLER, LISTENER] = [1, 2].map((n) => ownKeysOf(new Uint8Array(32).fill(n), openEd25519()));

/** One end of a connection. What is sent lies there, as it was given, until `move` takes it to the other end. */
class HeldConn implements Conn {
  readonly remote = AT;
  readonly local = AT;
  onDrain: (() => void) | undefined;
  other: HeldConn | undefined;
  sends = 0;
  #onBytes: ((view: Uint8Array) => void) | undefined;
  #held: { readonly chunks: readonly Uint8Array[]; readonly onSent: (() => void) | undefined }[] =
    [];

  get queuedBytes(): number {
    return this.#held.length;
  }

  start(onBytes: (view: Uint8Array) => void): void {
    this.#onBytes = onBytes;
  }

  pause(): void {
    throw new Error('nobody is held');
  }

  resume(): void {
    throw new Error('nobody was held');
  }

  send(chunks: readonly Uint8Array[], onSent?: () => void): boolean {
    this.sends += 1;
    this.#held.push({ chunks, onSent });
    return true;
  }

  close(): void {
    this.#held = [];
  }

  take(view: Uint8Array): void {
    this.#onBytes?.(view);
  }

  /** All that is held, in reads of lengths from `cuts`, each in the same memory, which is wiped after it. */
  move(cuts: () => number): boolean {
    const held = this.#held.splice(0);
    const bytes = Buffer.concat(held.flatMap(({ chunks }) => chunks));
    for (let at = 0; at < bytes.length;) {
      const part = bytes.subarray(at, at + cuts());
      const view = new Uint8Array(part);
      this.other?.take(view);
      view.fill(0xee);
      at += part.length;
    }
    for (const { chunks, onSent } of held) {
      // whoever reads it after this sees that
      if (onSent !== undefined) for (const chunk of chunks) chunk.fill(0xdd);
      onSent?.();
    }
    return held.length > 0;
  }
}

async function openPair(): Promise<{ conns: HeldConn[]; streams: MessageStream[] }> {
  assert.ok(DIALLER !== undefined && LISTENER !== undefined);
  const conns = [new HeldConn(), new HeldConn()];
  const [near, far] = conns;
  assert.ok(near !== undefined && far !== undefined);
  near.other = far;
  far.other = near;
  const unders = conns.map((conn) => new ConnStream(conn));
  const streams = unders.map((under, side) => {
    const remotePublicKey = LISTENER.pair.publicKey;
    const options =
      side === 0
        ? ({ pattern: 'IK', keyPair: DIALLER.pair, remotePublicKey } as const)
        : ({ pattern: 'IK', keyPair: LISTENER.pair } as const);
    return new MessageStream(side === 0, under, options, under.room);
  });
  while (!streams.every((stream) => stream.connected)) {
    await new Promise<void>((resolve) => void setImmediate(resolve));
    for (const conn of conns) conn.move(() => 1_000);
  }
  while (conns.some((conn) => conn.move(() => 1_000)));
  for (const stream of streams) stream.trust();
  return { conns, streams };
}

const messageLength = fc.oneof(
  fc.integer({ min: 1, max: 300 }),
  fc.integer({ min: 4_000, max: 70_000 }),
  fc.constantFrom(65_547, 65_771, 65_772, 65_773, 131_072),
);

describe('messages', () => {
  test('come as they were sent, however they are cut and whenever they leave', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(messageLength, { minLength: 1, maxLength: 4 }), {
          minLength: 1,
          maxLength: 4,
        }),
        fc.array(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 262_144 })), {
          minLength: 1,
          maxLength: 6,
        }),
        async (rounds, lengths) => {
          const { conns, streams } = await openPair();
          const [near, far] = streams;
          assert.ok(near !== undefined && far !== undefined);
          const come: string[] = [];
          far.onMessage = (message) => come.push(`${message.length} ${sumOf(message)}`);
          const gone: string[] = [];
          let seed = 1;
          let cut = 0;
          for (const round of rounds) {
            for (const length of round) {
              const message = new Uint8Array(length).map((_, i) => (i * 31 + seed * 7) & 0xff);
              seed += 1;
              gone.push(`${length} ${sumOf(message)}`);
              near.sendNow([message.subarray(0, 1), message.subarray(1)], length);
            }
            conns[0]?.move(() => lengths[cut++ % lengths.length] ?? 1);
          }
          assert.deepEqual(come, gone);
          for (const stream of streams) stream.destroy();
        },
      ),
      { numRuns: 60 },
    );
  });

  test('that answer what came in one read leave together', async () => {
    const { conns, streams } = await openPair();
    const [near, far] = streams;
    const [nearConn, farConn] = conns;
    assert.ok(near !== undefined && far !== undefined);
    assert.ok(nearConn !== undefined && farConn !== undefined);
    far.onMessage = (message) => far.sendNow([message], message.length);
    for (let i = 0; i < 20; i++) near.sendNow([new Uint8Array(100)], 100);
    const before = farConn.sends;
    let come = 0;
    near.onMessage = () => (come += 1);
    nearConn.move(() => 1_000_000);
    assert.equal(farConn.sends - before, 1);
    farConn.move(() => 1_000_000);
    assert.equal(come, 20);
    for (const stream of streams) stream.destroy();
  });
});

test('room is lent to one at a time, and no more of it is kept than a connection needs', () => {
  const room = new SendRoom();
  const first = room.take(10_000);
  const second = room.take(10_000);
  assert.ok(first !== undefined && second !== undefined);
  assert.notEqual(first.buffer, second.buffer);
  room.give(first);
  room.give(first); // twice does not lend it twice
  assert.equal(room.take(50_000)?.buffer, first.buffer);
  assert.notEqual(room.take(50_000)?.buffer, first.buffer);
  assert.equal(room.take(100), undefined);
  assert.equal(room.take(131_072), undefined);
  const many = Array.from({ length: 100 }, () => room.take(10_000));
  for (const each of many) if (each !== undefined) room.give(each);
  const again = Array.from({ length: 100 }, () => room.take(10_000)?.buffer);
  const had = new Set(many.map((each) => each?.buffer));
  assert.equal(again.filter((each) => had.has(each)).length, 24);
});

function sumOf(bytes: Uint8Array): number {
  let sum = 0;
  for (const byte of bytes) sum = (sum * 33 + byte) >>> 0;
  return sum;
}
