/** Engines that have no other network than uTP, over simulated datagrams that are lost, late and doubled. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Ports } from '@coequal/base';
import { openUtpNet } from '../io/utp/utp-net.ts';
import { noteDatagrams } from '../wrapped-ports.ts';
import { Lab } from './lab.ts';
import type { NodeOptions } from './lab.ts';

/** Of a packet of uTP without extensions, and of what a peer greets with. */
const HEADER_LENGTH = 20;
const HANDSHAKE_LENGTH = 68;

const ANY = { 4: '0.0.0.0', 6: '::' } as const;
const OVER_UTP: NodeOptions = {
  engine: { transport: 'tcp' }, // or what takes its place
  wrap: (ports: Ports) => ({ ...ports, net: openUtpNet(ports, ANY) }),
};

for (const loss of [0, 0.05]) {
  test(`a swarm of four shares over uTP with ${loss * 100} % of datagrams lost`, async () => {
    const trouble = { loss, reordering: loss, duplication: loss };
    await using lab = await Lab.open({ content: 2_000_000, seed: 5, ...trouble });
    const seed = await lab.seed('seed', OVER_UTP);
    const first = await lab.leech('first', [seed], OVER_UTP);
    const second = await lab.leech('second', [seed, first], OVER_UTP);
    const third = await lab.leech('third', [first, second], OVER_UTP);
    await lab.untilSeeding(first, second, third);
  });
}

test('over uTP the greeting of who is dialled has a packet of its own, or Transmission 3.00 stops there', async () => {
  await using lab = await Lab.open({ content: 100_000 });
  const lengths: number[] = [];
  const wrap = (ports: Ports): Ports =>
    noteDatagrams(ports, (bytes) => {
      const text = Buffer.from(bytes).toString('latin1');
      if (text.includes('\x13BitTorrent protocol')) lengths.push(bytes.length);
    });
  const seed = await lab.seed('seed', { engine: { transport: 'utp' }, wrap });
  const leech = await lab.leech('leech', [seed], { engine: { transport: 'utp' } });
  await lab.untilSeeding(leech);
  assert.deepEqual(lengths, [HEADER_LENGTH + HANDSHAKE_LENGTH]);
});
