/** On a host with two addresses, listening at "any": what is asked at the second is answered from there (BEP 45). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Datagram, Endpoint } from '@coequal/base';
import { encodeKrpc } from '../../src/core/dht/krpc-encode.ts';
import { decodeKrpc } from '../../src/core/dht/krpc.ts';
import { nodeIdOf } from '../../src/core/dht/node-id.ts';
import { Lab, NEVER, PORT } from './lab.ts';
import type { LabNode } from './lab.ts';

const [FIRST, SECOND] = ['203.0.113.1', '203.0.113.2'] as const;

async function seedAtBoth(lab: Lab): Promise<LabNode> {
  return await lab.seed('seed', {
    host: { address: FIRST, moreAddresses: [SECOND] },
    engine: { transport: 'utp', addresses: ['::'], discovery: { isPrivateNetwork: true } },
  });
}

/** Where the answer to a ping comes from. */
async function ping(lab: Lab, to: Endpoint): Promise<Endpoint> {
  const { promise, resolve } = Promise.withResolvers<Endpoint>();
  const onDatagrams = (batch: readonly Datagram[]): void => {
    for (const { bytes, from } of batch) if (decodeKrpc(bytes).type === 'response') resolve(from);
  };
  const { ports } = lab.world.host({ name: `asker of ${to.host}`, address: `${to.host}0` });
  const at = { host: '0.0.0.0', port: PORT };
  const socket = await lab.run(() => ports.net.udp(at, onDatagrams, NEVER));
  const id = nodeIdOf(new Uint8Array(20));
  const transactionId = Uint8Array.of(1);
  const query = { method: 'ping' } as const;
  const message = { type: 'query', transactionId, id, isReadOnly: true, query } as const;
  socket.send(encodeKrpc(message), to);
  return await lab.run(() => promise);
}

test('a query to the DHT', async () => {
  await using lab = await Lab.open({ content: 100_000 });
  const seed = await seedAtBoth(lab);
  assert.ok(seed.engine.dht);
  seed.engine.dht.addNode({ host: '203.0.113.9', port: PORT }); // so that it takes part
  for (const host of [FIRST, SECOND]) {
    assert.deepEqual(await ping(lab, { host, port: PORT }), { host, port: PORT });
  }
});

test('a connection over uTP, which is at that address for the engine, too', async () => {
  await using lab = await Lab.open({ content: 100_000 });
  const seed = await seedAtBoth(lab);
  const leech = await lab.leech('leech', [], { engine: { transport: 'utp' } });
  leech.torrent.addPeers([{ host: SECOND, port: PORT }]);
  await lab.untilSeeding(leech);
  assert.equal(seed.torrent.stats.uploaded, 100_000);
});
