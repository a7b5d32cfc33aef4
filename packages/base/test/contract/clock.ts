/** The contract of Clock: what every implementation does, real or simulated. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Clock } from '../../src/index.ts';
import type { World } from './world.ts';

export interface ClockWorld extends World {
  readonly clock: Clock;
}

export function describeClock(name: string, open: () => Promise<ClockWorld>): void {
  const scenario = (title: string, run: (clock: Clock) => Promise<void>): void => {
    void test(title, async () => {
      await using world = await open();
      await world.pump(run(world.clock));
    });
  };
  const until = (clock: Clock, when: number): Promise<void> =>
    new Promise((resolve) => void clock.at(when, resolve));

  void describe(`Clock: ${name}`, () => {
    scenario('runs no earlier than asked', async (clock) => {
      for (const delay of [0, 0.3, 1, 2.5, 10]) {
        const when = clock.now() + delay;
        await until(clock, when);
        assert.ok(clock.now() >= when, `${when - clock.now()} ms early`);
      }
    });

    scenario('never runs synchronously, even for the past', async (clock) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      let hasRun = false;
      clock.at(clock.now() - 1_000, () => {
        hasRun = true;
        resolve();
      });
      assert.equal(hasRun, false);
      await promise;
    });

    scenario('runs in the order of times, not of calls', async (clock) => {
      const order: string[] = [];
      const start = clock.now();
      await Promise.all([
        until(clock, start + 30).then(() => order.push('late')),
        until(clock, start + 10).then(() => order.push('early')),
      ]);
      assert.deepEqual(order, ['early', 'late']);
    });

    scenario('does not run what was cancelled', async (clock) => {
      const start = clock.now();
      const ran: string[] = [];
      const cancel = clock.at(start + 5, () => ran.push('cancelled'));
      const cancelDone = clock.at(start + 5, () => ran.push('kept'));
      cancel();
      cancel();
      await until(clock, start + 15);
      cancelDone();
      assert.deepEqual(ran, ['kept']);
    });

    scenario('does not run early what is months away', async (clock) => {
      let hasRun = false;
      const cancel = clock.at(clock.now() + 2 ** 31 + 5, () => void (hasRun = true));
      await until(clock, clock.now() + 5);
      cancel();
      assert.equal(hasRun, false);
    });

    scenario('knows the time of day', async (clock) => {
      const before = clock.epochNow();
      await until(clock, clock.now() + 3);
      assert.ok(clock.epochNow() > before);
      assert.ok(before > Date.UTC(2001), 'milliseconds since 1970, not seconds');
    });
  });
}
