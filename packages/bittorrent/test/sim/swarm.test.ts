import assert from 'node:assert/strict';
import { test } from 'node:test';
import { churn } from '@coequal/simulator';
import { SwarmWorld } from './swarm-world.ts';

const SEEDS = Number(process.env['COEQUAL_SEEDS'] ?? 50);
const LEECHERS = 29;
/** Of virtual time. */
const LIMIT_MS = 30 * 60_000;
const LOCAL_TIME_MS = 5 * 60_000;

for (let seed = 1; seed <= SEEDS; seed++) {
  test(
    `thirty peers with latency, loss and churn finish from seed ${seed}`,
    { timeout: LOCAL_TIME_MS },
    async () => {
      const swarm = await SwarmWorld.open({
        seed,
        latencyMs: [20, 200],
        loss: 0.02,
        bandwidth: { up: 250_000, down: 1_000_000 },
        length: 600_000 + seed,
        pieceLength: 32_768,
      });
      const leechers = await swarm.addLeechers(LEECHERS);
      const unsteady = leechers.slice(0, 8);
      const stops = unsteady.map((member) =>
        churn(swarm.world, member.host, {
          upMs: [5_000, 40_000],
          downMs: [1_000, 20_000],
          onRestart: (ports) => void swarm.start(member, ports),
        }),
      );
      const steady = leechers.slice(unsteady.length);
      await swarm.world.run(() => steady.every((member) => swarm.isComplete(member)), LIMIT_MS);
      for (const stop of stops) stop();
      for (const member of unsteady) {
        if (!member.host.isRunning) {
          const ports = member.host.restart();
          await swarm.world.run(() => swarm.start(member, ports), 60_000);
        }
      }
      await swarm.world.run(() => leechers.every((member) => swarm.isComplete(member)), LIMIT_MS);
      for (const member of leechers) swarm.assertEqualBytes(member);
      assert.ok(
        leechers.every((member) => (member.torrent?.stats.wasted ?? 0) <= swarm.content.length),
      );
      await swarm.close();
    },
  );
}
