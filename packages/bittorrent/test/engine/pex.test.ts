import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lab } from './lab.ts';
import type { LabNode, NodeOptions } from './lab.ts';

const DISCOVERY: NodeOptions = { engine: { discovery: true } };

function linksOf(node: LabNode): number {
  return node.torrent.peers.length;
}

test('who knows one peer finds everybody by PEX (BEP 11)', async () => {
  await using lab = await Lab.open({ content: 4_000_000 });
  const hub = await lab.leech('hub', [], DISCOVERY);
  const others: LabNode[] = [];
  for (let index = 0; index < 8; index++)
    others.push(await lab.leech(`peer ${index}`, [hub], DISCOVERY));
  await lab.until(() => others.every((node) => linksOf(node) === others.length), 3 * 60_000);
  for (const node of others) {
    const { pex, given } = node.torrent.stats.sources;
    assert.deepEqual(given, { given: 1, links: 1 });
    assert.ok(pex !== undefined && pex.given > 0);
  }
  const seed = await lab.seed('seed', { ...DISCOVERY, add: { peers: [hub.endpoint] } });
  await lab.untilSeeding(hub, ...others);
  assert.ok(seed.torrent.stats.sources.pex);
});
