/** A swarm of thirty that must finish, from every seed. The seeds are dealt to several files, which run side by side. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { churn } from '@coequal/simulator';
import { SwarmWorld } from './swarm-world.ts';
import type { Member } from './swarm-world.ts';

const SEEDS_USUAL = 50;
const SEEDS_LONG = 500;
const LEECHERS = 29;
/** Leechers that come and go. */
const UNSTEADY = 8;
/** Of virtual time. */
const LIMIT_MS = 30 * 60_000;
const LOCAL_TIME_MS = 5 * 60_000;

/** One test for each seed of the hand: `hand`, `hand + hands` and so on. */
export function testSeeds(hand: number, hands: number): void {
  for (let seed = hand; seed <= seedCount(); seed += hands) {
    test(
      `thirty peers with latency, loss and churn finish from seed ${seed}`,
      { timeout: LOCAL_TIME_MS },
      () => finishFrom(seed),
    );
  }
}

function seedCount(): number {
  const { COEQUAL_SEEDS: chosen, COEQUAL_LONG: long } = process.env;
  if (chosen !== undefined) return Number(chosen);
  return long === '1' ? SEEDS_LONG : SEEDS_USUAL;
}

async function finishFrom(seed: number): Promise<void> {
  const swarm = await SwarmWorld.open({
    seed,
    latencyMs: [20, 200],
    loss: 0.02,
    bandwidth: { up: 250_000, down: 1_000_000 },
    length: 600_000 + seed,
    pieceLength: 32_768,
    discovery: true,
  });
  const leechers = await swarm.addLeechers(LEECHERS);
  const unsteady = leechers.slice(0, UNSTEADY);
  const steady = leechers.slice(UNSTEADY);
  const stops = unsteady.map((member) =>
    churn(swarm.world, member.host, {
      upMs: [5_000, 40_000],
      downMs: [1_000, 20_000],
      onRestart: (ports) => void swarm.start(member, ports),
    }),
  );
  await swarm.world.run(() => steady.every((member) => swarm.isComplete(member)), LIMIT_MS);
  for (const stop of stops) stop();
  for (const member of unsteady) await bringUp(swarm, member);
  await swarm.world.run(() => leechers.every((member) => swarm.isComplete(member)), LIMIT_MS);
  for (const member of leechers) swarm.assertEqualBytes(member);
  const wasted = leechers.map((member) => member.torrent?.stats.wasted ?? 0);
  assert.ok(Math.max(...wasted) <= swarm.content.length, `wasted ${Math.max(...wasted)} bytes`);
  await swarm.close();
}

async function bringUp(swarm: SwarmWorld, member: Member): Promise<void> {
  if (member.host.isRunning) return;
  const ports = member.host.restart();
  await swarm.world.run(() => swarm.start(member, ports), 60_000);
}
