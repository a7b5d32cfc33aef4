/** The contract of Net: what every implementation does, real or simulated. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Conn, Datagram, Endpoint, Listener, Net } from '../../src/index.ts';
import { assertSameBytes, content, digest, localFault } from './world.ts';
import type { World } from './world.ts';

export interface NetWorld extends World {
  readonly net: Net;
  /** An IPv4 literal of this node, which it can listen at and dial. */
  readonly host: string;
  /** The same for IPv6; those tests are skipped without it. */
  readonly host6?: string | undefined;
  /** Where a group over IPv6 can be joined; not Linux's loopback, which has no multicast. */
  readonly groupHost6?: string;
}

const never = new AbortController().signal;

/** One end of a connection, started, with all that happened to it. */
class Side {
  readonly conn: Conn;
  length = 0;
  readonly closings: (Error | undefined)[] = [];
  onView: ((view: Uint8Array) => void) | undefined;
  readonly #hash = createHash('sha1');
  readonly #closed = Promise.withResolvers<void>();
  #awaited: { length: number; resolve: () => void } | undefined;

  constructor(conn: Conn) {
    this.conn = conn;
    conn.start(
      (view) => {
        this.length += view.length;
        this.#hash.update(view);
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

  async received(length: number): Promise<void> {
    if (this.length >= length) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#awaited = { length, resolve };
    await promise;
  }

  digest(): string {
    return this.#hash.digest('hex');
  }
}

interface Pair extends AsyncDisposable {
  readonly near: Side;
  readonly far: Side;
  readonly listener: Listener;
}

async function openPair(world: NetWorld, host: string = world.host): Promise<Pair> {
  const accepted = Promise.withResolvers<Side>();
  const listener = await world.net.listen(
    { host, port: 0 },
    (conn) => accepted.resolve(new Side(conn)),
    never,
  );
  const near = new Side(await world.net.dial(listener.local, never));
  const far = await accepted.promise;
  return {
    near,
    far,
    listener,
    async [Symbol.asyncDispose]() {
      near.conn.close();
      far.conn.close();
      await listener[Symbol.asyncDispose]();
      await Promise.all([near.closed, far.closed]);
    },
  };
}

/** Resolves when all that was sent before on other connections would have arrived. */
async function roundTrips(world: NetWorld): Promise<void> {
  await using pair = await openPair(world);
  for (let i = 1; i <= 5; i++) {
    pair.near.conn.send([content(100)]);
    await pair.far.received(i * 100);
    pair.far.conn.send([content(100)]);
    await pair.near.received(i * 100);
  }
}

function drained(conn: Conn): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  conn.onDrain = () => {
    conn.onDrain = undefined;
    resolve();
  };
  return promise;
}

/** A port nobody listens at: it was free a moment ago. */
async function freePort(world: NetWorld): Promise<Endpoint> {
  await using listener = await world.net.listen(
    { host: world.host, port: 0 },
    (conn) => conn.close(),
    never,
  );
  return listener.local;
}

export function describeNet(name: string, open: () => Promise<NetWorld>): void {
  const scenario = (
    title: string,
    run: (world: NetWorld, context: TestContext) => Promise<void>,
  ): void => {
    void test(title, async (context) => {
      await using world = await open();
      await world.pump(run(world, context));
    });
  };

  void describe(`Net: ${name}`, () => {
    describeStreams(scenario);
    describeClosing(scenario);
    describeOpening(scenario);
    describeUdp(scenario);
  });
}

type Scenario = (
  title: string,
  run: (world: NetWorld, context: TestContext) => Promise<void>,
) => void;

function describeStreams(scenario: Scenario): void {
  scenario('bytes arrive in both directions, in order and whole', async (world) => {
    await using pair = await openPair(world);
    const there = content(100_000, 1);
    const back = content(70_000, 2);
    pair.near.conn.send([there.subarray(0, 13), there.subarray(13, 13), there.subarray(13)]);
    pair.far.conn.send([back]);
    await pair.far.received(there.length);
    await pair.near.received(back.length);
    assert.equal(pair.far.digest(), digest('sha1', there));
    assert.equal(pair.near.digest(), digest('sha1', back));
  });

  scenario('both ends name each other', async (world) => {
    await using pair = await openPair(world);
    assert.deepEqual(pair.near.conn.remote, pair.listener.local);
    assert.deepEqual(pair.far.conn.remote, pair.near.conn.local);
    assert.deepEqual(pair.far.conn.local, pair.listener.local);
    assert.equal(pair.listener.local.host, world.host);
  });

  scenario('bytes sent before the other end started are not lost', async (world) => {
    const accepted = Promise.withResolvers<Side>();
    await using listener = await world.net.listen(
      { host: world.host, port: 0 },
      (conn) => {
        conn.send([content(1_000)]);
        accepted.resolve(new Side(conn));
      },
      never,
    );
    const near = new Side(await world.net.dial(listener.local, never));
    await near.received(1_000);
    assert.equal(near.digest(), digest('sha1', content(1_000)));
    near.conn.close();
    await (
      await accepted.promise
    ).closed;
  });

  scenario(
    '64 MB pass unharmed, buffers being used again once onSent was called',
    async (world) => {
      await using pair = await openPair(world);
      const total = 64_000_000;
      const sentHash = createHash('sha1');
      const free = Array.from({ length: 8 }, () => new Uint8Array(250_000));
      let sent = 0;
      let onFree: (() => void) | undefined;
      for (let round = 0; sent < total; round++) {
        let buffer = free.pop();
        while (buffer === undefined) {
          const { promise, resolve } = Promise.withResolvers<void>();
          onFree = resolve;
          await promise;
          buffer = free.pop();
        }
        const used = buffer;
        used.fill(round);
        used.set(content(5_000, round + 1));
        sentHash.update(used);
        sent += used.length;
        const chunks = [used.subarray(0, 13), used.subarray(13, 16_397), used.subarray(16_397)];
        const isUnderBound = pair.near.conn.send(chunks, () => {
          free.push(used);
          onFree?.();
        });
        if (!isUnderBound) await drained(pair.near.conn);
      }
      await pair.far.received(total);
      assert.equal(pair.far.length, total);
      assert.equal(pair.far.digest(), sentHash.digest('hex'));
    },
  );

  scenario('send says when over the bound, and onDrain when at it again', async (world) => {
    await using pair = await openPair(world);
    pair.far.conn.pause();
    const chunk = content(1_000_000);
    let total = chunk.length;
    while (pair.near.conn.send([chunk])) total += chunk.length;
    const queued = pair.near.conn.queuedBytes;
    assert.ok(queued > 0, 'over the bound means that something is queued');
    const drain = drained(pair.near.conn);
    pair.far.conn.resume();
    await drain;
    assert.ok(pair.near.conn.queuedBytes < queued);
    await pair.far.received(total);
    assert.equal(pair.far.length, total);
  });

  scenario('queuedBytes is zero when all was handed over', async (world) => {
    await using pair = await openPair(world);
    const { promise, resolve } = Promise.withResolvers<void>();
    pair.near.conn.send([content(5_000_000)], resolve);
    await promise;
    assert.equal(pair.near.conn.queuedBytes, 0);
    await pair.far.received(5_000_000);
  });

  scenario('onSent is never called synchronously, and in order', async (world) => {
    await using pair = await openPair(world);
    const calls: number[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    pair.near.conn.send([content(10)], () => calls.push(1));
    pair.near.conn.send([], () => calls.push(2));
    pair.near.conn.send([content(20)], () => {
      calls.push(3);
      resolve();
    });
    assert.deepEqual(calls, []);
    await promise;
    assert.deepEqual(calls, [1, 2, 3]);
    await pair.far.received(30);
  });

  scenario('nothing is delivered while paused, everything after resume', async (world) => {
    await using pair = await openPair(world);
    pair.far.conn.pause();
    const sent = content(3_000_000);
    pair.near.conn.send([sent]);
    await roundTrips(world);
    assert.equal(pair.far.length, 0);
    pair.far.conn.resume();
    await pair.far.received(sent.length);
    assert.equal(pair.far.digest(), digest('sha1', sent));
  });

  scenario('pausing inside onBytes stops the delivery too', async (world) => {
    await using pair = await openPair(world);
    let views = 0;
    pair.far.onView = () => {
      views += 1;
      pair.far.conn.pause();
    };
    const sent = content(8_000_000);
    pair.near.conn.send([sent]);
    await pair.far.received(1);
    await roundTrips(world);
    assert.ok(views <= 2, `${views} views came after pause`);
    pair.far.onView = undefined;
    pair.far.conn.resume();
    await pair.far.received(sent.length);
    assert.equal(pair.far.digest(), digest('sha1', sent));
  });

  scenario('connections do not disturb each other', async (world) => {
    await using one = await openPair(world);
    await using two = await openPair(world);
    const a = content(2_000_000, 1);
    const b = content(2_000_000, 2);
    for (let at = 0; at < a.length; at += 50_000) {
      one.near.conn.send([a.subarray(at, at + 50_000)]);
      two.near.conn.send([b.subarray(at, at + 50_000)]);
    }
    await Promise.all([one.far.received(a.length), two.far.received(b.length)]);
    assert.equal(one.far.digest(), digest('sha1', a));
    assert.equal(two.far.digest(), digest('sha1', b));
  });
}

function describeClosing(scenario: Scenario): void {
  scenario('closing ends both ends once, and not synchronously', async (world) => {
    await using pair = await openPair(world);
    const why = new Error('enough');
    pair.near.conn.close(why);
    pair.near.conn.close(new Error('too late'));
    assert.deepEqual(pair.near.closings, []);
    await Promise.all([pair.near.closed, pair.far.closed]);
    pair.far.conn.close();
    await roundTrips(world);
    assert.deepEqual(pair.near.closings, [why]);
    assert.deepEqual(pair.far.closings, [undefined]);
  });

  scenario('bytes that were handed over arrive before the close', async (world) => {
    await using pair = await openPair(world);
    const { promise, resolve } = Promise.withResolvers<void>();
    pair.near.conn.send([content(10_000)], resolve);
    await promise;
    pair.near.conn.close();
    await pair.far.closed;
    assert.equal(pair.far.length, 10_000);
  });

  scenario('closing calls onSent of what was still queued', async (world) => {
    await using pair = await openPair(world);
    pair.far.conn.pause();
    let sends = 0;
    let calls = 0;
    const chunk = content(4_000_000);
    for (; sends < 16; sends++) pair.near.conn.send([chunk], () => void (calls += 1));
    await roundTrips(world);
    assert.ok(calls < sends, 'the other end does not read: something must be queued');
    pair.near.conn.close();
    await pair.near.closed;
    await roundTrips(world);
    assert.equal(calls, sends);
  });

  scenario('onDrain is not called after closing', async (world) => {
    await using pair = await openPair(world);
    pair.far.conn.pause();
    let drains = 0;
    pair.near.conn.onDrain = () => void (drains += 1);
    while (pair.near.conn.send([content(4_000_000)]));
    const before = drains;
    pair.near.conn.close();
    await pair.near.closed;
    await roundTrips(world);
    assert.equal(drains, before);
  });

  scenario('sending after closing does nothing but call onSent', async (world) => {
    await using pair = await openPair(world);
    pair.near.conn.close();
    const { promise, resolve } = Promise.withResolvers<void>();
    pair.near.conn.send([content(10)], resolve);
    await promise;
    await pair.near.closed;
    pair.near.conn.send([content(10)]);
    pair.near.conn.pause();
    pair.near.conn.resume();
    await pair.far.closed;
    assert.equal(pair.far.length, 0);
  });

  scenario('nothing is delivered after closing inside onBytes', async (world) => {
    await using pair = await openPair(world);
    let views = 0;
    pair.far.onView = () => {
      views += 1;
      pair.far.conn.close();
    };
    pair.near.conn.send([content(4_000_000)]);
    await pair.far.closed;
    assert.equal(views, 1);
    await pair.near.closed;
  });

  scenario('a listener that is disposed leaves its connections alone', async (world) => {
    await using pair = await openPair(world);
    await pair.listener[Symbol.asyncDispose]();
    await assert.rejects(world.net.dial(pair.listener.local, never), localFault('DIAL_FAILED'));
    pair.near.conn.send([content(100)]);
    await pair.far.received(100);
  });
}

function describeOpening(scenario: Scenario): void {
  scenario('dialing where nobody listens rejects', async (world) => {
    const to = await freePort(world);
    await assert.rejects(world.net.dial(to, never), localFault('DIAL_FAILED'));
  });

  scenario('dialing what is no address rejects', async (world) => {
    for (const to of [
      { host: 'localhost', port: 80 },
      { host: '', port: 80 },
      { host: world.host, port: 0 },
      { host: world.host, port: 65_536 },
    ]) {
      await assert.rejects(world.net.dial(to, never), localFault('DIAL_FAILED'));
    }
  });

  scenario("an aborted dial rejects with the signal's reason", async (world) => {
    await using pair = await openPair(world);
    const reason = new Error('changed my mind');
    await assert.rejects(
      world.net.dial(pair.listener.local, AbortSignal.abort(reason)),
      (error) => error === reason,
    );
    const abort = new AbortController();
    const dialing = world.net.dial(pair.listener.local, abort.signal);
    abort.abort(reason);
    await assert.rejects(dialing, (error) => error === reason);
  });

  scenario('aborting after the dial leaves the connection alone', async (world) => {
    await using listener = await world.net.listen(
      { host: world.host, port: 0 },
      (conn) => void new Side(conn).conn.send([content(10)]),
      never,
    );
    const abort = new AbortController();
    const near = new Side(await world.net.dial(listener.local, abort.signal));
    abort.abort();
    await near.received(10);
    near.conn.close();
    await near.closed;
  });

  scenario('a port in use is refused, for streams and for datagrams', async (world) => {
    await using listener = await world.net.listen(
      { host: world.host, port: 0 },
      (conn) => conn.close(),
      never,
    );
    await assert.rejects(
      world.net.listen(listener.local, (conn) => conn.close(), never),
      localFault('ADDRESS_IN_USE'),
    );
    await using socket = await world.net.udp({ host: world.host, port: 0 }, () => {}, never);
    await assert.rejects(
      world.net.udp(socket.local, () => {}, never),
      localFault('ADDRESS_IN_USE'),
    );
  });

  scenario('listening with an aborted signal rejects with its reason', async (world) => {
    const reason = new Error('changed my mind');
    const at = { host: world.host, port: 0 };
    const signal = AbortSignal.abort(reason);
    await assert.rejects(
      world.net.listen(at, (conn) => conn.close(), signal),
      (error) => error === reason,
    );
    await assert.rejects(
      world.net.udp(at, () => {}, signal),
      (error) => error === reason,
    );
  });

  scenario('a port is free again once its listener is disposed', async (world) => {
    const at = await freePort(world);
    await using listener = await world.net.listen(at, (conn) => conn.close(), never);
    assert.deepEqual(listener.local, at);
  });

  scenario('bytes pass over IPv6', async (world, context) => {
    if (world.host6 === undefined) return context.skip('this machine has no IPv6 loopback');
    await using pair = await openPair(world, world.host6);
    assert.equal(pair.near.conn.remote.host, world.host6);
    pair.near.conn.send([content(1_000)]);
    await pair.far.received(1_000);
    assert.equal(pair.far.digest(), digest('sha1', content(1_000)));
  });

  scenario('an address resolves to itself', async (world) => {
    assert.deepEqual(await world.net.resolve('192.0.2.7', never), ['192.0.2.7']);
    assert.deepEqual(await world.net.resolve('2001:db8::7', never), ['2001:db8::7']);
  });
}

/** Datagrams as they came, with waiting for a number of them. */
class Inbox {
  readonly datagrams: { readonly bytes: Uint8Array; readonly from: Endpoint }[] = [];
  #onArrival: (() => void) | undefined;

  readonly take = (batch: readonly Datagram[]): void => {
    for (const { bytes, from } of batch) {
      this.datagrams.push({ bytes: Uint8Array.from(bytes), from });
    }
    this.#onArrival?.();
  };

  async received(count: number): Promise<void> {
    while (this.datagrams.length < count) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#onArrival = resolve;
      await promise;
    }
  }
}

function describeUdp(scenario: Scenario): void {
  const exchange = async (world: NetWorld, host: string): Promise<void> => {
    const inbox = new Inbox();
    const answers = new Inbox();
    await using server = await world.net.udp({ host, port: 0 }, inbox.take, never);
    await using client = await world.net.udp({ host, port: 0 }, answers.take, never);
    client.send(content(1_400, 3), server.local);
    await inbox.received(1);
    const [asked] = inbox.datagrams;
    assert.ok(asked);
    assert.deepEqual(asked.from, client.local);
    assertSameBytes(asked.bytes, content(1_400, 3));
    server.send(new Uint8Array(0), asked.from);
    await answers.received(1);
    assert.deepEqual(answers.datagrams, [{ bytes: new Uint8Array(0), from: server.local }]);
  };

  scenario('datagrams pass and say where they came from', (world) => exchange(world, world.host));

  scenario('datagrams pass over IPv6', async (world, context) => {
    if (world.host6 === undefined) return context.skip('this machine has no IPv6 loopback');
    await exchange(world, world.host6);
  });

  scenario('what cannot be sent is dropped silently, and the socket lives on', async (world) => {
    const inbox = new Inbox();
    const nowhere = await freePort(world);
    await using socket = await world.net.udp({ host: world.host, port: 0 }, inbox.take, never);
    socket.send(content(100), nowhere);
    socket.send(content(70_000), socket.local);
    socket.send(content(10), { host: 'localhost', port: 1 });
    socket.send(content(10), { host: world.host, port: 0 });
    socket.send(content(10), { host: world.host, port: 70_000 });
    socket.send(content(10), socket.local);
    await inbox.received(1);
    assert.deepEqual(inbox.datagrams, [{ bytes: content(10), from: socket.local }]);
  });

  const shareGroup = async (
    world: NetWorld,
    via: string,
    any: string,
    group: string,
  ): Promise<void> => {
    const [ours, theirs] = [new Inbox(), new Inbox()];
    const place = { host: any, group, via };
    await using one = await world.net.udp({ ...place, port: 0 }, ours.take, never);
    const { port } = one.local;
    const two = await world.net.udp({ ...place, port }, theirs.take, never);
    one.send(content(1_400, 5), { host: group, port });
    await Promise.all([ours.received(1), theirs.received(1)]);
    for (const { datagrams } of [ours, theirs]) {
      assert.equal(datagrams.length, 1);
      assert.equal(datagrams[0]?.from.port, port);
      assertSameBytes(datagrams[0]?.bytes ?? content(0), content(1_400, 5));
    }
    await two[Symbol.asyncDispose]();
    one.send(content(10), { host: group, port });
    await ours.received(2);
    assert.equal(theirs.datagrams.length, 1);
  };

  scenario(
    'members of a group share a port, and hear what is sent to it, by themselves too',
    (world) => shareGroup(world, world.host, '0.0.0.0', '239.255.77.77'),
  );

  scenario('so do members of a group over IPv6', async (world, context) => {
    const { groupHost6 } = world;
    if (groupHost6 === undefined) return context.skip('loopback has no IPv6 multicast');
    await shareGroup(world, groupHost6, '::', 'ff15::7777');
  });

  scenario('a port that members of a group share is refused to others', async (world) => {
    const place = { host: '0.0.0.0', port: 0, group: '239.255.77.77', via: world.host };
    await using member = await world.net.udp(place, () => {}, never);
    const { port } = member.local;
    await assert.rejects(
      world.net.udp({ host: '0.0.0.0', port }, () => {}, never),
      localFault('ADDRESS_IN_USE'),
    );
  });

  scenario('what is no group cannot be joined', async (world) => {
    const place = { host: '0.0.0.0', port: 0, group: '192.0.2.1', via: world.host };
    await assert.rejects(
      world.net.udp(place, () => {}, never),
      localFault('LISTEN_FAILED'),
    );
  });

  scenario('a disposed socket sends and receives nothing', async (world) => {
    const inbox = new Inbox();
    const socket = await world.net.udp({ host: world.host, port: 0 }, inbox.take, never);
    await socket[Symbol.asyncDispose]();
    await socket[Symbol.asyncDispose]();
    socket.send(content(10), socket.local);
    await using again = await world.net.udp(socket.local, inbox.take, never);
    again.send(content(20), again.local);
    await inbox.received(1);
    assert.deepEqual(
      inbox.datagrams.map(({ bytes }) => bytes.length),
      [20],
    );
  });
}
