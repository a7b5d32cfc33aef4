import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { assert as assertThat, LocalFault, rootPath, sleep } from '@coequal/base';
import type { Conn } from '@coequal/base';
import { churn, SimRandom, World } from '../src/index.ts';
import type { TraceEvent } from '../src/index.ts';

const never = new AbortController().signal;

/** For `assert.rejects`: that code, with the seed in the message. */
function failure(code: string, seed: number): (error: unknown) => boolean {
  return (error) =>
    error instanceof LocalFault && error.code === code && error.message.includes(`seed=${seed}`);
}

/** Hosts that talk, crash and write, and a hash of all that happened. */
async function trace(seed: number): Promise<{ events: string; hash: string }> {
  const events = createHash('sha1');
  const onEvent = ({ at, label, host }: TraceEvent): void => {
    events.update(`${at} ${label} ${host}\n`);
  };
  const world = new World({ seed, loss: 0.1, bandwidth: { up: 100_000, down: 50_000 }, onEvent });
  const server = world.host('server');
  const start = async (): Promise<void> => {
    const { net } = server.ports;
    await net.listen(
      { host: '0.0.0.0', port: 80 },
      (conn) =>
        conn.start(
          (view) => void conn.send([view.slice()]),
          () => undefined,
        ),
      never,
    );
  };
  await world.run(start, 1_000);
  churn(world, server, { upMs: [500, 5_000], downMs: [100, 2_000], onRestart: () => void start() });
  let echoed = 0;
  const ask = async (conn: Conn, bytes: Uint8Array): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    conn.start(
      (view) => {
        echoed += view.length;
      },
      () => resolve(),
    );
    conn.send([bytes]);
    await promise;
  };
  for (let i = 0; i < 5; i++) {
    const { net, random, clock } = world.host(`client-${i}`).ports;
    const run = async (): Promise<void> => {
      for (;;) {
        await sleep(clock, random.number() * 100, never);
        const [conn] = await Promise.allSettled([
          net.dial({ host: server.address, port: 80 }, never),
        ]);
        if (conn.status === 'fulfilled') await ask(conn.value, random.bytes(30_000));
      }
    };
    void run();
  }
  await world.pass(20_000);
  assert.ok(echoed > 0);
  return { events: events.digest('hex'), hash: world.traceHash };
}

test('the same seed gives the same trace, another seed another one', async () => {
  const first = await trace(7);
  assert.deepEqual(await trace(7), first);
  const other = await trace(8);
  assert.notEqual(other.events, first.events);
  assert.notEqual(other.hash, first.hash);
});

test('a run returns what the goal resolved to, and rejects as it does', async () => {
  const world = new World({ seed: 1 });
  const { clock } = world.host().ports;
  const answer = async (): Promise<number> => {
    await sleep(clock, 3_600_000, never);
    return 42;
  };
  assert.equal(await world.run(answer, 3_600_001), 42);
  assert.ok(world.now >= 3_600_000);
  const reason = new Error('no');
  await assert.rejects(
    world.run(() => Promise.reject(reason), 1),
    (error) => error === reason,
  );
});

test('a run that takes too long says the seed, the time and what waits', async () => {
  const world = new World({ seed: 31 });
  const host = world.host('slowpoke');
  host.ports.clock.at(host.ports.clock.now() + 60_000, () => undefined);
  await assert.rejects(
    world.run(() => false, 1_000),
    (error) =>
      failure('SIMULATION_LIMIT', 31)(error) &&
      error instanceof Error &&
      error.message.includes('1 timer of slowpoke'),
  );
});

test('a run in which nothing can happen any more says so', async () => {
  const world = new World({ seed: 32 });
  world.host();
  await assert.rejects(
    world.run(() => new Promise<void>(() => undefined), 1_000),
    failure('SIMULATION_STALLED', 32),
  );
});

test('what is thrown in a callback fails the run, and every later one', async () => {
  const world = new World({ seed: 33 });
  const { clock } = world.host().ports;
  clock.at(0, () => assertThat(1 + 1 === 3, 'sums are wrong'));
  const failed = failure('SIMULATION_FAILED', 33);
  await assert.rejects(
    world.run(() => false, 1_000),
    (error) => failed(error) && error instanceof Error && /sums are wrong/.test(error.message),
  );
  await assert.rejects(
    world.run(() => true, 1_000),
    failed,
  );
});

test('a rejection that nobody handles fails the run', async () => {
  const world = new World({ seed: 34 });
  const { clock } = world.host().ports;
  clock.at(0, () => void Promise.reject(new Error('forgotten')));
  await assert.rejects(
    world.run(() => false, 1_000),
    failure('SIMULATION_FAILED', 34),
  );
});

test('what a promise wakes runs before the next event, however long the chain', async () => {
  const world = new World({ seed: 1 });
  const { clock } = world.host().ports;
  const order: string[] = [];
  const at = clock.now() + 10;
  clock.at(at, () => {
    const chain = async (): Promise<void> => {
      for (let i = 0; i < 100; i++) await Promise.resolve();
      order.push('chain');
    };
    void chain();
  });
  clock.at(at, () => order.push('next'));
  await world.run(() => order.length === 2, 100);
  assert.deepEqual(order, ['chain', 'next']);
});

test('a crash drops the timers and the pending promises of the host, and no others', async () => {
  const world = new World({ seed: 1 });
  const [dying, living] = [world.host('dying'), world.host('living')];
  const heard: string[] = [];
  for (const host of [dying, living]) {
    const { clock, net, disk } = host.ports;
    clock.at(clock.now() + 100, () => heard.push(`timer of ${host.name}`));
    void net.dial({ host: '10.9.9.9', port: 1 }, never).then(
      () => assert.fail('nobody is there'),
      () => heard.push(`dial of ${host.name}`),
    );
    void disk.stat(rootPath('/x')).then(() => heard.push(`disk of ${host.name}`));
  }
  world.after(0.001, () => dying.crash());
  await world.pass(200_000);
  assert.deepEqual(heard, ['disk of living', 'timer of living', 'dial of living']);
  assert.throws(() => dying.ports, { name: 'AssertionError' });
});

test('what a dead process still does has no effect', async () => {
  const world = new World({ seed: 1 });
  const host = world.host();
  const { clock, net, disk, hasher } = host.ports;
  host.crash();
  clock.at(0, () => assert.fail('a timer of the dead'));
  void net.listen({ host: '0.0.0.0', port: 1 }, () => undefined, never);
  void net.dial({ host: host.address, port: 1 }, never);
  void disk.open(rootPath('/x'), 'update');
  void hasher.release(rootPath('/x'));
  await world.pass(1_000_000);
  assert.deepEqual(host.disk.paths(), []);
});

test('the monotonic clock of a new life shows another time', () => {
  const host = new World({ seed: 1 }).host();
  const { clock } = host.ports;
  const again = host.restart().clock;
  assert.notEqual(again.now(), clock.now());
  assert.equal(again.epochNow(), clock.epochNow());
});

test('streams of randomness depend on their names alone', () => {
  const random = new SimRandom('a');
  const before = random.split('x').bytes(16);
  random.number();
  assert.deepEqual(random.split('x').bytes(16), before);
  assert.notDeepEqual(random.split('y').bytes(16), before);
  assert.notDeepEqual(new SimRandom('b').split('x').bytes(16), before);
});

test('hosts under churn come back with what they need, and only as long as wanted', async () => {
  const world = new World({ seed: 5 });
  const host = world.host('a');
  let restarts = 0;
  const cancel = churn(world, host, {
    upMs: [1_000, 2_000],
    downMs: [100, 200],
    onRestart: (ports, which) => {
      assert.equal(which.ports, ports);
      restarts += 1;
    },
  });
  await world.run(() => restarts === 10, 100_000);
  cancel();
  await world.pass(100_000);
  assert.equal(restarts, 10);
});
