/** The contract of Links: what every implementation does, whatever its streams go over. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { concatBytes, PeerFault } from '../../src/index.ts';
import type { DeviceKey, Lane, Links, LinkStream } from '../../src/index.ts';
import { assertSameBytes, content, localFault } from './world.ts';
import type { World } from './world.ts';

export interface LinksWorld extends World {
  readonly near: Links;
  readonly nearKey: DeviceKey;
  readonly far: Links;
  readonly farKey: DeviceKey;
  /** A device that is not there. */
  readonly absentKey: DeviceKey;
  /** Streams are over connections of their own and nothing more: some of it cannot be. */
  readonly isPlain?: boolean;
}

const never = new AbortController().signal;
const ECHO = 'echo/1';

/** One end of a stream, started, with all that happened to it. */
class Side {
  readonly stream: LinkStream;
  readonly closings: (Error | undefined)[] = [];
  length = 0;
  onView: ((view: Uint8Array) => void) | undefined;
  readonly #parts: Uint8Array[] = [];
  readonly #closed = Promise.withResolvers<void>();
  #awaited: { length: number; resolve: () => void } | undefined;

  constructor(stream: LinkStream) {
    this.stream = stream;
    stream.start(
      (view) => {
        this.length += view.length;
        this.#parts.push(view.slice());
        this.onView?.(view);
        if (this.#awaited !== undefined && this.length >= this.#awaited.length) {
          this.#awaited.resolve();
        }
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

  get bytes(): Uint8Array {
    return concatBytes(this.#parts);
  }

  async received(length: number): Promise<void> {
    if (this.length >= length) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#awaited = { length, resolve };
    await promise;
  }
}

interface Pair {
  readonly near: Side;
  readonly far: Side;
}

let protocols = 0;

async function openPair(world: LinksWorld, lane: Lane = 'talk'): Promise<Pair> {
  const protocol = `pair-${++protocols}/1`;
  const accepted = Promise.withResolvers<Side>();
  const cancel = world.far.accept(protocol, (stream) => accepted.resolve(new Side(stream)));
  const near = new Side(await world.near.open(world.farKey, { protocol, lane }, never));
  const far = await accepted.promise;
  cancel();
  return { near, far };
}

export function describeLinks(name: string, open: () => Promise<LinksWorld>): void {
  const scenario: Scenario = (title, run, isPlainToo = true) => {
    void test(title, async (context) => {
      await using world = await open();
      if (world.isPlain === true && !isPlainToo) {
        context.skip('plain links cannot');
        return;
      }
      await world.pump(run(world));
    });
  };

  void describe(`Links: ${name}`, () => {
    describeStreams(scenario);
    describeOpening(scenario);
    describeClosing(scenario);
    describeFlow(scenario);
  });
}

type Scenario = (
  title: string,
  run: (world: LinksWorld) => Promise<void>,
  isPlainToo?: boolean,
) => void;

function describeStreams(scenario: Scenario): void {
  for (const lane of ['talk', 'bulk'] as const) {
    scenario(`bytes arrive both ways, in order and whole, on lane ${lane}`, async (world) => {
      const { near, far } = await openPair(world, lane);
      const there = content(300_000, 1);
      const back = content(170_000, 2);
      near.stream.send([there.subarray(0, 13), there.subarray(13, 13), there.subarray(13)]);
      far.stream.send([back]);
      await Promise.all([far.received(there.length), near.received(back.length)]);
      assertSameBytes(far.bytes, there);
      assertSameBytes(near.bytes, back);
    });
  }

  scenario('both ends name each other and the protocol', async (world) => {
    const { near, far } = await openPair(world);
    assert.equal(near.stream.remote, world.farKey);
    assert.equal(far.stream.remote, world.nearKey);
    assert.equal(near.stream.protocol, far.stream.protocol);
    assert.notEqual(world.near.path(world.farKey).type, 'none');
  });

  scenario('each side can open streams to the other', async (world) => {
    const opened = Promise.withResolvers<Side>();
    world.near.accept(ECHO, (stream, from) => {
      assert.equal(from, world.farKey);
      opened.resolve(new Side(stream));
    });
    const request = { protocol: ECHO, lane: 'talk' } as const;
    const back = new Side(await world.far.open(world.nearKey, request, never));
    back.stream.send([content(1_000)]);
    const side = await opened.promise;
    await side.received(1_000);
    assertSameBytes(side.bytes, content(1_000));
  });

  scenario('many streams at once do not mix', async (world) => {
    world.far.accept(ECHO, (stream) => {
      const side = new Side(stream);
      side.onView = (view) => stream.send([view.slice()]);
    });
    const sides = await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        const lane = i % 2 === 0 ? 'talk' : 'bulk';
        return new Side(await world.near.open(world.farKey, { protocol: ECHO, lane }, never));
      }),
    );
    for (let round = 0; round < 5; round++) {
      for (const [i, side] of sides.entries()) side.stream.send([content(10_000, i + round * 32)]);
    }
    for (const [i, side] of sides.entries()) {
      await side.received(50_000);
      const sent = Array.from({ length: 5 }, (_, round) => content(10_000, i + round * 32));
      assertSameBytes(side.bytes, concatBytes(sent));
    }
  });

  scenario('bytes that are sent at once are kept until the other end started', async (world) => {
    const got = Promise.withResolvers<Side>();
    world.far.accept(ECHO, (stream) => {
      stream.send([content(20_000)]);
      got.resolve(new Side(stream));
    });
    const near = new Side(
      await world.near.open(world.farKey, { protocol: ECHO, lane: 'talk' }, never),
    );
    await near.received(20_000);
    assertSameBytes(near.bytes, content(20_000));
    (await got.promise).stream.close();
    await near.closed;
  });
}

function describeOpening(scenario: Scenario): void {
  const request = { protocol: ECHO, lane: 'talk' } as const;

  scenario('who is not there is unreachable', async (world) => {
    await assert.rejects(
      world.near.open(world.absentKey, request, never),
      localFault('DEVICE_UNREACHABLE'),
    );
    assert.equal(world.near.path(world.absentKey).type, 'none');
  });

  scenario('what nobody listens for is refused, also when nobody does any more', async (world) => {
    const isRefused = (error: unknown): boolean =>
      error instanceof PeerFault && error.code === 'PROTOCOL_REFUSED';
    await assert.rejects(world.near.open(world.farKey, request, never), isRefused);
    world.far.accept(ECHO, (stream) => new Side(stream))();
    await assert.rejects(world.near.open(world.farKey, request, never), isRefused);
  });

  scenario('an aborted opening rejects with the reason', async (world) => {
    const reason = new Error('not wanted any more');
    await assert.rejects(
      world.near.open(world.farKey, request, AbortSignal.abort(reason)),
      (error) => error === reason,
    );
    world.far.accept(ECHO, (stream) => new Side(stream));
    const abort = new AbortController();
    const opening = world.near.open(world.farKey, request, abort.signal);
    abort.abort(reason);
    await assert.rejects(opening, (error) => error === reason);
  });

  scenario(
    'what is not started in its turn is closed',
    async (world) => {
      world.far.accept(ECHO, () => undefined);
      const near = new Side(await world.near.open(world.farKey, request, never));
      await near.closed;
      assert.equal(near.closings.length, 1);
    },
    false,
  );
}

function describeClosing(scenario: Scenario): void {
  scenario('an end lets all that was sent arrive, and closes both', async (world) => {
    const { near, far } = await openPair(world, 'bulk');
    const sent = content(2_000_000);
    near.stream.send([sent]);
    near.stream.end();
    await Promise.all([near.closed, far.closed]);
    assertSameBytes(far.bytes, sent);
    assert.deepEqual(near.closings, [undefined]);
    assert.deepEqual(far.closings, [undefined]);
  });

  scenario('who has ended is given nothing more', async (world) => {
    const { near, far } = await openPair(world);
    near.stream.send([content(1_000)]);
    near.stream.end();
    far.stream.send([content(1_000)]);
    await Promise.all([near.closed, far.closed]);
    assert.equal(near.length, 0);
    assert.equal(far.length, 1_000);
    let isCalled = false;
    near.stream.send([content(1)], () => {
      isCalled = true;
    });
    assert.equal(isCalled, false, 'not inside the call');
    await Promise.resolve();
    await openPair(world);
    assert.equal(isCalled, true);
  });

  scenario('both may end at once', async (world) => {
    const { near, far } = await openPair(world);
    near.stream.end();
    far.stream.end();
    await Promise.all([near.closed, far.closed]);
    assert.deepEqual([near.closings, far.closings], [[undefined], [undefined]]);
  });

  scenario(
    'a closed stream ends with what it was closed with, never inside the call',
    async (world) => {
      const { near, far } = await openPair(world);
      const why = new Error('enough');
      near.stream.close(why);
      assert.deepEqual(near.closings, []);
      near.stream.close(new Error('again'));
      await Promise.all([near.closed, far.closed]);
      assert.deepEqual(near.closings, [why]);
      assert.equal(far.closings.length, 1);
    },
  );

  scenario(
    'the other side of a closed stream learns that it was not an end',
    async (world) => {
      const { near, far } = await openPair(world);
      near.stream.close();
      await far.closed;
      assert.ok(localFault('STREAM_RESET')(far.closings[0]));
    },
    false,
  );

  scenario('a stream that closes leaves the others alone', async (world) => {
    const one = await openPair(world);
    const two = await openPair(world);
    one.near.stream.send([content(100_000)]);
    one.near.stream.close();
    two.near.stream.send([content(100_000, 7)]);
    await two.far.received(100_000);
    assertSameBytes(two.far.bytes, content(100_000, 7));
  });
}

function describeFlow(scenario: Scenario): void {
  scenario('onSent is called once for each send, when it has arrived', async (world) => {
    const { near, far } = await openPair(world);
    const calls: number[] = [];
    const last = Promise.withResolvers<void>();
    near.stream.send([content(10_000)], () => calls.push(1));
    near.stream.send([content(10_000)], () => {
      calls.push(2);
      last.resolve();
    });
    assert.deepEqual(calls, []);
    await last.promise;
    assert.deepEqual(calls, [1, 2]);
    await far.received(20_000);
  });

  scenario('onSent is called for what is dropped as well', async (world) => {
    const { near, far } = await openPair(world, 'bulk');
    far.stream.pause();
    const dropped = Promise.withResolvers<void>();
    near.stream.send([content(20_000_000)], dropped.resolve);
    near.stream.close();
    await dropped.promise;
    await near.closed;
    far.stream.resume();
    await far.closed;
  });

  scenario('a paused receiver holds the sender back, and gets all of it later', async (world) => {
    const { near, far } = await openPair(world, 'bulk');
    far.stream.pause();
    const chunk = content(100_000);
    let sent = 0;
    while (sent < 400 && near.stream.send([chunk])) sent += 1;
    sent += 1;
    assert.ok(sent < 400, 'there is a bound');
    assert.ok(near.stream.queuedBytes > 0);
    const drained = Promise.withResolvers<void>();
    near.stream.onDrain = drained.resolve;
    const { near: other, far: otherFar } = await openPair(world, 'bulk');
    other.stream.send([content(50_000)]);
    await otherFar.received(50_000); // the others go on
    far.stream.resume();
    await drained.promise;
    await far.received(sent * chunk.length);
    assertSameBytes(far.bytes.subarray(0, chunk.length), chunk);
  });

  scenario('nothing is delivered while paused but one view more', async (world) => {
    const { near, far } = await openPair(world);
    far.onView = () => far.stream.pause();
    near.stream.send([content(60_000)]);
    await far.received(1);
    await openPair(world);
    const length = far.length;
    await openPair(world);
    assert.equal(far.length, length);
    far.onView = undefined;
    far.stream.resume();
    await far.received(60_000);
    assertSameBytes(far.bytes, content(60_000));
  });
}
