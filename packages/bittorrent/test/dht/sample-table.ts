/** Prints the table of docs/dht.md on walks that ask for samples (BEP 51). */
import assert from 'node:assert/strict';
import { infoHashOf } from '../../src/core/ids.ts';
import { DhtNetwork } from './dht-network.ts';

const SIZES: readonly (readonly [nodes: number, infoHashes: number])[] = [
  [100, 100],
  [1_000, 500],
];

console.log('| nodes | asked | gave a sample | info hashes seen | queries | seconds |');
console.log('|---|---|---|---|---|---|');
for (const [nodes, infoHashes] of SIZES) console.log(await row(nodes, infoHashes));

async function row(nodes: number, infoHashes: number): Promise<string> {
  const network = new DhtNetwork(1);
  network.grow(nodes, 5);
  network.run(20_000);
  for (let i = 0; i < infoHashes; i++) {
    void network.search(network.pickAlive(), {
      type: 'get-peers',
      infoHash: infoHashOf(network.bytes(20)),
      noSeeds: false,
      scrape: false,
      announce: { port: 1, impliedPort: true, isSeed: true },
    });
    network.run(200);
  }
  network.run(30_000);
  const spec = { type: 'sample', nodesMax: 20_000, infoHashesMax: 100_000, rounds: 1 } as const;
  const [walker] = network.nodes;
  assert.ok(walker);
  const walk = network.search(walker, spec);
  network.run(300_000);
  const { summary, overMs } = await walk;
  const { sampled, queries } = summary;
  assert.ok(sampled);
  const cells = [
    nodes,
    `${sampled.nodes} of ${nodes - 1}`,
    sampled.givers,
    `${sampled.infoHashes} of ${infoHashes}`,
    queries,
    (overMs / 1_000).toFixed(1),
  ];
  return `| ${cells.join(' | ')} |`;
}
