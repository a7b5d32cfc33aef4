/** However the way is lost, a stream goes on within ten seconds of its being back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Lane } from '@coequal/base';
import { End } from './ledger.ts';
import { LinksWorld, NEVER, SECOND_MS } from './links-world.ts';
import type { Device } from './links-world.ts';

const SEEDS = 100;
const RECOVERY_MS_MAX = 10 * SECOND_MS;

type Breakage = (links: LinksWorld, a: Device, b: Device, ms: number) => Promise<void>;

const breakages: Readonly<Record<string, Breakage>> = {
  'every packet is lost': async (links, a, b, ms) => {
    links.isolate(a);
    links.isolate(b);
    await links.world.pass(ms);
    links.world.heal();
  },
  'carriers stall, and the network with them': async (links, a, b, ms) => {
    for (const carrier of [...a.carriers, ...b.carriers]) carrier.stall();
    links.isolate(a);
    await links.world.pass(ms);
    links.world.heal();
  },
  'carriers are closed': async (links, a) => {
    for (const carrier of a.carriers) carrier.close();
    await links.world.pass(1);
  },
  'one side sleeps': async (links, a, _, ms) => {
    a.ports.sleep();
    await links.world.pass(ms);
    a.ports.wake();
  },
  'one side sleeps while its network goes, and wakes in another': async (links, a, b, ms) => {
    a.ports.sleep();
    for (const carrier of [...a.carriers, ...b.carriers]) carrier.stall();
    await links.world.pass(ms);
    a.ports.wake();
    a.links.networkChanged();
  },
};

for (const [name, run] of Object.entries(breakages)) {
  test(`streams go on within 10 s when ${name}`, async () => {
    let worst = 0;
    for (let seed = 1; seed <= SEEDS / 5; seed++) {
      const ms = await recoveryMs(seed, run);
      assert.ok(ms <= RECOVERY_MS_MAX, `seed ${seed}: ${ms} ms`);
      worst = Math.max(worst, ms);
    }
    console.log(`worst ${worst.toFixed(0)} ms`);
  });
}

/** From when the way is back to when bytes arrive both ways. */
async function recoveryMs(seed: number, breakage: Breakage): Promise<number> {
  const links = await LinksWorld.open({ seed, count: 2, hasRelay: seed % 2 === 0 });
  const { world } = links;
  const [a, b] = links.devices as [Device, Device];
  const lane: Lane = seed % 3 === 0 ? 'bulk' : 'talk';
  const far = Promise.withResolvers<End>();
  b.onStream = (stream) => far.resolve(new End(stream, 1, 1, () => world.now));
  const [near, other] = await links.run(async () => {
    const stream = await a.links.open(b.key, { protocol: 'stream/1', lane }, NEVER);
    return [new End(stream, 1, 0, () => world.now), await far.promise] as const;
  });
  near.send(1_000);
  other.send(1_000);
  await world.run(() => near.received === 1_000 && other.received === 1_000, 10 * SECOND_MS);
  const isIdle = seed % 4 === 0;
  if (!isIdle) near.send(5_000);
  const brokenFor = world.random.integer(1, 90) * SECOND_MS;
  await breakage(links, a, b, brokenFor);
  const backAt = world.now;
  near.send(1_000);
  other.send(1_000);
  const isThere = (): boolean => near.received === 2_000 && other.received === near.sent;
  await world.run(isThere, 60 * SECOND_MS);
  const ms = Math.max(near.lastAt, other.lastAt) - backAt;
  near.end();
  await world.run(() => near.closed !== undefined && other.closed !== undefined, 10 * SECOND_MS);
  assert.deepEqual([near.closed, other.closed], [{ why: undefined }, { why: undefined }]);
  await links.close();
  return ms;
}
