import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Conn, Datagram } from '@coequal/base';
import { LocalFault } from '@coequal/base';
import { World } from '../src/index.ts';
import type { SimHost, WorldOptions } from '../src/index.ts';

const never = new AbortController().signal;
const PORT = 6_881;

/** One end of a stream, and what came of it. */
class End {
  readonly conn: Conn;
  readonly bytes: number[] = [];
  length = 0;
  closings: (Error | undefined)[] = [];

  constructor(conn: Conn, onView?: (view: Uint8Array) => void) {
    this.conn = conn;
    conn.start(
      (view) => {
        this.length += view.length;
        if (this.length <= 100_000) this.bytes.push(...view);
        onView?.(view);
      },
      (why) => void this.closings.push(why),
    );
  }
}

interface Linked {
  readonly world: World;
  readonly a: SimHost;
  readonly b: SimHost;
  readonly near: End;
  readonly far: End;
}

async function connect(world: World, a: SimHost, b: SimHost): Promise<[End, End]> {
  const accepted = Promise.withResolvers<End>();
  const near = await world.run(async () => {
    const { net } = b.ports;
    await using listener = await net.listen(
      { host: '0.0.0.0', port: 0 },
      (conn) => accepted.resolve(new End(conn)),
      never,
    );
    const { port } = listener.local;
    return new End(await a.ports.net.dial({ host: b.address, port }, never));
  }, 10_000);
  return [near, await accepted.promise];
}

async function link(options: Omit<WorldOptions, 'seed'> & { seed?: number } = {}): Promise<Linked> {
  const world = new World({ seed: 1, ...options });
  const [a, b] = [world.host('a'), world.host('b')];
  const [near, far] = await connect(world, a, b);
  return { world, a, b, near, far };
}

function isFault(error: unknown, code: string): boolean {
  return error instanceof LocalFault && error.code === code;
}

/** Virtual time until the goal. */
async function timed(world: World, goal: () => boolean): Promise<number> {
  const start = world.now;
  await world.run(goal, 10_000_000);
  return world.now - start;
}

test('a byte takes the latency of the pair, which is the same in both directions', async () => {
  const { world, near, far } = await link({ latencyMs: [50, 60] });
  near.conn.send([Uint8Array.of(1)]);
  const there = await timed(world, () => far.length === 1);
  far.conn.send([Uint8Array.of(1)]);
  const back = await timed(world, () => near.length === 1);
  assert.ok(there >= 50 && there <= 66 && Math.abs(there - back) < 6.5, `${there} and ${back} ms`);
});

test('a stream takes the time that the slower of the two lines needs', async () => {
  for (const [up, down] of [
    [100_000, 1_000_000],
    [1_000_000, 100_000],
  ] as const) {
    const { world, near, far } = await link({ bandwidth: { up, down } });
    near.conn.send([new Uint8Array(1_000_000)]);
    const ms = await timed(world, () => far.length === 1_000_000);
    assert.ok(ms > 10_000 && ms < 11_000, `${ms} ms`);
  }
});

test('streams share a line fairly', async () => {
  const world = new World({
    seed: 3,
    latencyMs: [10, 10],
    bandwidth: { up: 300_000, down: 300_000 },
  });
  const [sender, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => world.host(name));
  assert.ok(sender && b && c && d);
  const ends: End[] = [];
  for (const to of [b, c, d]) {
    const [near, far] = await connect(world, sender, to);
    near.conn.send([new Uint8Array(2_000_000)]);
    ends.push(far);
  }
  await world.pass(5_000);
  for (const { length } of ends) assert.ok(length > 400_000 && length < 600_000, `${length} bytes`);
});

test('loss delays a stream and loses nothing of it', async () => {
  const sent = Uint8Array.from({ length: 100_000 }, (_, i) => i * 7);
  const times: number[] = [];
  for (const loss of [0, 0.3]) {
    const { world, near, far } = await link({ loss });
    for (let at = 0; at < sent.length; at += 1_000) {
      world.after(at / 100, () => void near.conn.send([sent.subarray(at, at + 1_000)]));
    }
    times.push(await timed(world, () => far.length === sent.length));
    assert.deepEqual(Uint8Array.from(far.bytes), sent);
  }
  const [clean = 0, lossy = 0] = times;
  assert.ok(lossy > clean + 100, times.join(' '));
});

test('views are of all sizes, from one byte to the whole buffer', async () => {
  const { world, near, far } = await link();
  const lengths = new Set<number>();
  near.conn.send([new Uint8Array(30_000_000)]);
  let before = 0;
  await world.run(() => {
    lengths.add(far.length - before);
    before = far.length;
    return far.length === 30_000_000;
  }, 100_000);
  assert.ok(lengths.has(65_536));
  assert.ok([...lengths].some((length) => length > 0 && length <= 32));
  assert.ok(lengths.size > 50);
});

test('a view that is kept beyond the call is overwritten', async () => {
  const world = new World({ seed: 1 });
  const { net } = world.host().ports;
  const kept: Uint8Array[] = [];
  await world.run(async () => {
    const onConn = (conn: Conn): void => void new End(conn, (view) => void kept.push(view));
    const listener = await net.listen({ host: '127.0.0.1', port: 0 }, onConn, never);
    const near = new End(await net.dial(listener.local, never));
    near.conn.send([new Uint8Array(10).fill(1)]);
  }, 1_000);
  await world.run(() => kept.length > 0, 1_000);
  assert.ok(kept.every((view) => view.every((byte) => byte !== 1)));
});

test('a chunk that is changed before onSent arrives changed', async () => {
  const { world, near, far } = await link();
  const chunk = new Uint8Array(10);
  near.conn.send([chunk]);
  chunk.fill(9);
  await world.run(() => far.length === 10, 1_000);
  assert.deepEqual(
    far.bytes,
    Array.from({ length: 10 }, () => 9),
  );
});

test('a connection that is not started in its turn fails the run', async () => {
  const world = new World({ seed: 1 });
  const [a, b] = [world.host('a'), world.host('b')];
  await world.run(
    () => b.ports.net.listen({ host: '0.0.0.0', port: PORT }, () => undefined, never),
    1_000,
  );
  void a.ports.net.dial({ host: b.address, port: PORT }, never);
  await assert.rejects(
    world.run(() => false, 10_000),
    (error) => isFault(error, 'SIMULATION_FAILED') && /not started/.test(String(error)),
  );
});

test('a paused receiver stops the sender, and resuming sets it going', async () => {
  const { world, near, far } = await link();
  far.conn.pause();
  let sent = 0;
  let drains = 0;
  near.conn.onDrain = () => void (drains += 1);
  const chunk = new Uint8Array(500_000);
  while (near.conn.send([chunk])) sent += 1;
  await world.pass(10_000);
  while (near.conn.send([chunk])) sent += 1;
  await world.pass(60_000);
  const { queuedBytes } = near.conn;
  assert.ok(queuedBytes > 1_048_576, 'more than the receive window waits at the sender');
  assert.equal(far.length, 0);
  far.conn.resume();
  const total = (sent + 2) * chunk.length;
  await world.run(() => far.length === total && near.conn.queuedBytes === 0, 60_000);
  assert.ok(drains >= 1);
});

test('dialing a host where nobody listens is refused at once, an absent host after two minutes', async () => {
  const world = new World({ seed: 1 });
  const [a, b] = [world.host('a'), world.host('b')];
  const dial = (host: string): Promise<unknown> =>
    world.run(() => a.ports.net.dial({ host, port: PORT }, never), 1_000_000);
  const isFailed = (error: unknown): boolean => isFault(error, 'DIAL_FAILED');
  await assert.rejects(dial(b.address), isFailed);
  assert.ok(world.now < 1_000);
  b.stop();
  await assert.rejects(dial(b.address), isFailed);
  assert.ok(world.now < 2_000);
  b.powerLoss();
  await assert.rejects(dial(b.address), isFailed);
  assert.ok(world.now > 120_000);
  await assert.rejects(dial('10.9.9.9'), isFailed);
  assert.ok(world.now > 240_000);
});

test('an aborted dial leaves no connection behind at the other end', async () => {
  const world = new World({ seed: 1, latencyMs: [50, 50] });
  const [a, b] = [world.host('a'), world.host('b')];
  const ends: End[] = [];
  await world.run(
    () =>
      b.ports.net.listen(
        { host: '0.0.0.0', port: PORT },
        (conn) => void ends.push(new End(conn)),
        never,
      ),
    1_000,
  );
  for (const afterMs of [1, 30, 60, 90]) {
    const abort = new AbortController();
    world.after(afterMs, () => abort.abort(new Error('enough')));
    const dial = a.ports.net.dial({ host: b.address, port: PORT }, abort.signal);
    await assert.rejects(
      world.run(() => dial, 1_000),
      /enough/,
    );
  }
  await world.pass(1_000);
  assert.equal(a.openConns + b.openConns, 0);
  assert.ok(ends.length >= 2 && ends.every(({ closings }) => closings.length === 1));
});

test('a process that stops ends its streams after what it had sent, one that crashes resets them', async () => {
  for (const way of ['stop', 'crash'] as const) {
    const { world, a, near, far } = await link();
    near.conn.send([new Uint8Array(1_000)]);
    await world.pass(1);
    a[way]();
    await world.run(() => far.closings.length > 0, 10_000);
    if (way === 'stop') assert.deepEqual([far.length, far.closings], [1_000, [undefined]]);
    else assert.ok(isFault(far.closings[0], 'CONNECTION_LOST'));
    await world.pass(10_000);
    assert.equal(near.closings.length, 0, 'the dead are not told');
  }
});

test('after a power loss the peer hears nothing until the host is back and knows nothing', async () => {
  const { world, a, far } = await link();
  a.powerLoss();
  far.conn.send([new Uint8Array(100)]);
  await world.pass(100_000);
  assert.deepEqual(far.closings, []);
  a.restart();
  await world.run(() => far.closings.length > 0, 100_000);
  assert.ok(isFault(far.closings[0], 'CONNECTION_LOST'));
});

test('a partition stops streams and datagrams, and a stream goes on when it is healed', async () => {
  const { world, a, b, near, far } = await link();
  let datagrams = 0;
  const socket = await world.run(
    () =>
      b.ports.net.udp(
        { host: '0.0.0.0', port: 1 },
        (batch) => void (datagrams += batch.length),
        never,
      ),
    1_000,
  );
  const sender = await world.run(
    () => a.ports.net.udp({ host: '0.0.0.0', port: 1 }, () => undefined, never),
    1_000,
  );
  const sendAll = (): void => {
    near.conn.send([new Uint8Array(100)]);
    sender.send(new Uint8Array(5), { host: b.address, port: socket.local.port });
  };
  world.partition(a, [b]);
  sendAll();
  await world.pass(60_000);
  assert.deepEqual([far.length, datagrams], [0, 0]);
  world.heal([a], b);
  await world.run(() => far.length === 100, 100_000);
  sendAll();
  await world.run(() => far.length === 200 && datagrams === 1, 100_000);
});

test('a stream that gets nothing through for a quarter of an hour is given up', async () => {
  const { world, a, b, near } = await link();
  world.partition(a, b);
  near.conn.send([new Uint8Array(100)]);
  await world.run(() => near.closings.length > 0, 2_000_000);
  assert.ok(isFault(near.closings[0], 'CONNECTION_LOST'));
  assert.ok(world.now > 900_000);
});

test('closing with unread bytes resets the other end', async () => {
  const { world, near, far } = await link();
  far.conn.pause();
  near.conn.send([new Uint8Array(100)]);
  await world.pass(1_000);
  far.conn.close();
  await world.run(() => near.closings.length > 0, 1_000);
  assert.ok(isFault(near.closings[0], 'CONNECTION_LOST'));
  assert.deepEqual(far.closings, [undefined]);
});

test('datagrams get lost, doubled and overtaken as often as asked', async () => {
  const world = new World({ seed: 4, loss: 0.2, duplication: 0.1, reordering: 0.1 });
  const [a, b] = [world.host('a'), world.host('b')];
  const seen: number[] = [];
  const kept: Datagram[] = [];
  let batches = 0;
  const [from, to] = await world.run(
    () =>
      Promise.all([
        a.ports.net.udp({ host: '0.0.0.0', port: 0 }, () => undefined, never),
        b.ports.net.udp(
          { host: b.address, port: 0 },
          (batch) => {
            batches += 1;
            kept.push(...batch);
            for (const { bytes } of batch)
              seen.push(new DataView(bytes.buffer, bytes.byteOffset).getUint32(0));
          },
          never,
        ),
      ]),
    1_000,
  );
  for (let i = 0; i < 10_000; i++) {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setUint32(0, i);
    world.after(i, () => from.send(bytes, to.local));
  }
  await world.pass(20_000);
  const distinct = new Set(seen);
  const overtaken = seen.filter((number, i) => number < (seen[i - 1] ?? 0)).length;
  assert.ok(distinct.size > 8_000 && distinct.size < 8_500, `${distinct.size} of 10000 arrived`);
  assert.ok(seen.length - distinct.size > 500, `${seen.length - distinct.size} came twice`);
  assert.ok(overtaken > 500, `${overtaken} were overtaken`);
  assert.ok(batches < seen.length, 'some come together');
  assert.ok(kept.every(({ bytes }) => bytes.every((byte) => byte === 0xdb)));
  assert.deepEqual(kept[0]?.from, { host: a.address, port: from.local.port });
});

test('a line that is far behind drops datagrams', async () => {
  const world = new World({ seed: 4, bandwidth: { up: 10_000, down: 1_000_000 } });
  const [a, b] = [world.host('a'), world.host('b')];
  let arrived = 0;
  const [from, to] = await world.run(
    () =>
      Promise.all([
        a.ports.net.udp({ host: '0.0.0.0', port: 0 }, () => undefined, never),
        b.ports.net.udp(
          { host: b.address, port: 0 },
          (batch) => void (arrived += batch.length),
          never,
        ),
      ]),
    1_000,
  );
  for (let i = 0; i < 100; i++) from.send(new Uint8Array(1_000), to.local);
  await world.pass(20_000);
  assert.ok(arrived > 5 && arrived < 20, `${arrived} arrived`);
});

test('names resolve from the table of the world', async () => {
  const world = new World({ seed: 1 });
  const { net } = world.host().ports;
  world.names.set('tracker.test', ['10.0.0.7', '10.0.0.8']);
  assert.deepEqual(await world.run(() => net.resolve('tracker.test', never), 1_000), [
    '10.0.0.7',
    '10.0.0.8',
  ]);
  await assert.rejects(
    world.run(() => net.resolve('other.test', never), 1_000),
    (error) => isFault(error, 'NAME_NOT_FOUND'),
  );
});
