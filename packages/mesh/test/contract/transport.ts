/** The contract of Transport and Carrier: what every way between two devices does. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { LocalFault } from '@coequal/base';
import type { DeviceKey } from '@coequal/base';
import { MESSAGE_LENGTH_MAX } from '../../src/index.ts';
import type { Carrier, Transport } from '../../src/index.ts';

/** One device of the world, and who comes to it. */
export interface TransportPeer {
  readonly key: DeviceKey;
  readonly transport: Transport;
  /** Whom it admits. */
  readonly admitted: Set<DeviceKey>;
  /** Called with each carrier that others opened, in the turn in which it was given. */
  onCarrier: (carrier: Carrier) => void;
}

export interface TransportWorld extends AsyncDisposable {
  /** They know how to reach each other, and admit each other. */
  readonly near: TransportPeer;
  readonly far: TransportPeer;
  /** A key that nobody has, at addresses where `far` is. */
  readonly nobody: DeviceKey;
  readonly pathType: 'lan' | 'direct' | 'relayed';
}

const never = new AbortController().signal;

/** One end of a carrier, started, with all that happened to it. */
export class Side {
  readonly carrier: Carrier;
  readonly messages: Uint8Array[] = [];
  readonly closings: (Error | undefined)[] = [];
  onMessage: ((message: Uint8Array) => void) | undefined;
  readonly #closed = Promise.withResolvers<void>();
  #awaited: { readonly count: number; readonly resolve: () => void } | undefined;

  constructor(carrier: Carrier) {
    this.carrier = carrier;
    carrier.start(
      (message) => {
        this.messages.push(message.slice());
        this.onMessage?.(message);
        if (this.#awaited !== undefined && this.messages.length >= this.#awaited.count)
          this.#awaited.resolve();
      },
      (why) => {
        this.closings.push(why);
        this.#closed.resolve();
      },
    );
  }

  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  async received(count: number): Promise<void> {
    if (this.messages.length >= count) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#awaited = { count, resolve };
    await promise;
  }
}

export async function openPair(
  near: TransportPeer,
  far: TransportPeer,
): Promise<{ near: Side; far: Side }> {
  const come = Promise.withResolvers<Side>();
  far.onCarrier = (carrier) => come.resolve(new Side(carrier));
  const carrier = await near.transport.dial(far.key, never);
  return { near: new Side(carrier), far: await come.promise };
}

export function testTransport(name: string, openWorld: () => Promise<TransportWorld>): void {
  describe(`transport: ${name}`, () => {
    test('a carrier tells both who the other is, who dialled, and the way', async () => {
      await using world = await openWorld();
      const { near, far } = await openPair(world.near, world.far);
      assert.equal(near.carrier.remote, world.far.key);
      assert.equal(far.carrier.remote, world.near.key);
      assert.deepEqual([near.carrier.isDialler, far.carrier.isDialler], [true, false]);
      assert.equal(near.carrier.path.type, world.pathType);
      const isRelayed = world.pathType === 'relayed';
      for (const side of [near, far])
        assert.equal(side.carrier.remoteEndpoint === undefined, isRelayed);
    });

    test('messages of all lengths arrive whole and in order, both ways', async () => {
      await using world = await openWorld();
      const { near, far } = await openPair(world.near, world.far);
      const lengths = [1, 2, 100, 1_000, 65_536, MESSAGE_LENGTH_MAX, 3, MESSAGE_LENGTH_MAX];
      const sent = lengths.map((length) => randomBytes(length));
      for (const message of sent) {
        near.carrier.send([message]);
        const half = message.length >> 1;
        far.carrier.send([message.subarray(0, half), message.subarray(half)]);
      }
      await Promise.all([near.received(sent.length), far.received(sent.length)]);
      for (const side of [near, far]) {
        assert.deepEqual(
          side.messages.map(({ length }) => length),
          lengths,
        );
        assert.ok(side.messages.every((message, index) => sent[index]?.equals(message)));
      }
    });

    test('what is sent is copied in the call', async () => {
      await using world = await openWorld();
      const { near, far } = await openPair(world.near, world.far);
      const message = Uint8Array.of(1, 2, 3);
      near.carrier.send([message]);
      message.fill(9);
      await far.received(1);
      assert.deepEqual(far.messages, [Uint8Array.of(1, 2, 3)]);
    });

    test('who sends into a carrier that nobody reads is told to wait, and to go on when it is read', async () => {
      await using world = await openWorld();
      const { near, far } = await openPair(world.near, world.far);
      far.carrier.pause();
      const drained = Promise.withResolvers<void>();
      near.carrier.onDrain = drained.resolve;
      const message = new Uint8Array(MESSAGE_LENGTH_MAX);
      let count = 1;
      // what the system and the other side hold of it is limited, too
      while (near.carrier.send([message]) && count < 1_000) {
        count += 1;
        if (count % 16 === 0) await new Promise(setImmediate);
      }
      assert.ok(count < 1_000, 'all of it was taken');
      assert.ok(near.carrier.queuedBytes > 0);
      far.carrier.resume();
      await drained.promise;
      await far.received(count);
      assert.equal(far.messages.length, count);
    });

    test('what comes before the dialler has started is kept', async () => {
      await using world = await openWorld();
      const come = Promise.withResolvers<Side>();
      world.far.onCarrier = (carrier) => {
        const side = new Side(carrier);
        for (let i = 1; i <= 3; i++) carrier.send([Uint8Array.of(i)]);
        come.resolve(side);
      };
      const carrier = await world.near.transport.dial(world.far.key, never);
      const near = new Side(carrier);
      const far = await come.promise;
      await near.received(3);
      assert.deepEqual(
        near.messages.map(([first]) => first),
        [1, 2, 3],
      );
      far.carrier.close();
      await near.closed;
    });

    test('closing tells the one side its reason and the other side nothing, once', async () => {
      await using world = await openWorld();
      const { near, far } = await openPair(world.near, world.far);
      const why = new LocalFault('DONE_WITH_IT');
      near.carrier.close(why);
      assert.deepEqual(near.closings, [], 'never synchronously');
      near.carrier.close(new LocalFault('AGAIN'));
      await Promise.all([near.closed, far.closed]);
      assert.deepEqual(near.closings, [why]);
      assert.deepEqual(far.closings, [undefined]);
      assert.equal(near.carrier.send([Uint8Array.of(1)]), true);
    });

    test('a carrier that is closed and was never started takes no room', async () => {
      await using world = await openWorld();
      world.far.onCarrier = (carrier) => carrier.close();
      for (let i = 0; i < 10; i++) await dialInVain(world.near.transport, world.far.key);
      await openPair(world.near, world.far);
    });

    test('a device that is not there is not reached', async () => {
      await using world = await openWorld();
      await assert.rejects(world.near.transport.dial(world.nobody, never), {
        name: 'LocalFault',
        code: 'DIAL_FAILED',
      });
    });

    test('who is not admitted gets no carrier that works, and nobody hears of it', async () => {
      await using world = await openWorld();
      world.far.admitted.delete(world.near.key);
      let heard = 0;
      world.far.onCarrier = () => {
        heard += 1;
      };
      await dialInVain(world.near.transport, world.far.key);
      assert.equal(heard, 0);
    });

    test('a dial ends when its signal is aborted', async () => {
      await using world = await openWorld();
      const abort = new AbortController();
      const dialling = world.near.transport.dial(world.far.key, abort.signal);
      abort.abort(new LocalFault('NOT_ANY_MORE'));
      await assert.rejects(dialling, { code: 'NOT_ANY_MORE' });
      await assert.rejects(world.near.transport.dial(world.far.key, abort.signal), {
        code: 'NOT_ANY_MORE',
      });
    });

    test('disposing a transport closes what it has', async () => {
      await using world = await openWorld();
      const { near, far } = await openPair(world.near, world.far);
      await world.near.transport[Symbol.asyncDispose]();
      await Promise.all([near.closed, far.closed]);
    });
  });
}

/** Whether there is a carrier that then closes, or none, depends on when the dialler hears of it. */
async function dialInVain(transport: Transport, to: DeviceKey): Promise<void> {
  try {
    const side = new Side(await transport.dial(to, never));
    await side.closed;
  } catch (error) {
    assert.ok(error instanceof LocalFault && error.code === 'DIAL_FAILED');
  }
}
