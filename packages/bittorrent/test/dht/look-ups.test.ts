/** Networks of DHT nodes on virtual time, a third of which is gone: larger ones are in scripts/dht-pictures.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measureLookups, percentile } from './look-ups.ts';

for (const { nodes, lookups } of [
  { nodes: 100, lookups: 100 },
  { nodes: 1_000, lookups: 50 },
]) {
  test(`of ${nodes} nodes 30 % are gone, and look-ups find peers in few rounds`, async () => {
    const report = await measureLookups({ nodes, lookups, swarms: 10, deadShare: 0.3, seed: 1 });
    // not all: who joined by a node whose own first datagram was lost is with it in an island
    assert.ok(report.found >= lookups * 0.98, `${report.found} of ${lookups}`);
    assert.ok(percentile(report.foundRounds, 0.95) <= report.roundsMax);
    assert.ok(percentile(report.overRounds, 0.95) <= report.roundsMax);
  });
}
