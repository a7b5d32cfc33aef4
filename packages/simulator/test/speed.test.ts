/** Prints what the simulation costs; bounds nothing, since the machine is anybody's. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Conn } from '@coequal/base';
import { World } from '../src/index.ts';

const never = new AbortController().signal;

test('what 100,000 timers cost', async (context) => {
  const world = new World({ seed: 1 });
  const { clock } = world.host().ports;
  let left = 100_000;
  const tick = (): void => {
    left -= 1;
    if (left > 0) clock.at(clock.now() + 1, tick);
  };
  tick();
  const start = performance.now();
  await world.run(() => left === 0, 1e9);
  context.diagnostic(`100,000 timers in ${Math.round(performance.now() - start)} ms`);
  assert.equal(left, 0);
});

test('what a swarm of 30 hosts costs that pass 100 MB around', async (context) => {
  const world = new World({ seed: 1, loss: 0.01 });
  const hosts = Array.from({ length: 30 }, () => world.host());
  const total = 100_000_000;
  const chunk = new Uint8Array(16_384);
  let received = 0;
  const pump = (conn: Conn): void => {
    const send = (): void => {
      for (let i = 0; i < 10; i++) conn.send([chunk], i === 9 ? send : undefined);
    };
    conn.start(
      (view) => {
        received += view.length;
      },
      () => undefined,
    );
    send();
  };
  await world.run(
    () =>
      Promise.all(
        hosts.map(({ ports }) => ports.net.listen({ host: '0.0.0.0', port: 1 }, pump, never)),
      ),
    1_000,
  );
  for (const [i, { ports }] of hosts.entries()) {
    for (let step = 1; step <= 4; step++) {
      const to = hosts[(i + step) % hosts.length];
      assert.ok(to);
      void ports.net.dial({ host: to.address, port: 1 }, never).then(pump);
    }
  }
  const start = performance.now();
  await world.run(() => received >= total, 1e9);
  const ms = Math.round(performance.now() - start);
  context.diagnostic(
    `100 MB over 120 connections in ${ms} ms, ${Math.round(world.now)} ms virtual`,
  );
});
