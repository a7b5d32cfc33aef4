/** A swarm whose tracker tells each peer of one other at a time: by PEX (BEP 11) all find all. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SwarmWorld } from './swarm-world.ts';

const LEECHERS = 15;
const MINUTE = 60_000;

async function linksAfter(seed: number, minutes: number, discovery: boolean): Promise<number[]> {
  const swarm = await SwarmWorld.open({
    seed,
    loss: 0.02,
    bandwidth: { up: 50_000, down: 200_000 },
    length: 20_000_000,
    pieceLength: 262_144,
    peersPerAnnounce: 1,
    announceSeconds: 3_600,
    discovery,
  });
  await swarm.addLeechers(LEECHERS);
  await swarm.world.pass(minutes * MINUTE);
  const links = swarm.members.map(({ torrent }) => torrent?.peers.length ?? 0);
  await swarm.close();
  return links;
}

for (const seed of [1, 2]) {
  test(`whom the tracker tells of one peer finds all others by PEX (seed ${seed})`, async () => {
    const links = await linksAfter(seed, 3, true);
    assert.deepEqual(new Set(links), new Set([LEECHERS]), 'each has a link to every other');
  });
}

test('without PEX it does not, for a while', async () => {
  const links = await linksAfter(1, 3, false);
  assert.ok(Math.min(...links) < LEECHERS / 2, links.join());
});
