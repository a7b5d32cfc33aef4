/** Items (BEP 44) in a network on virtual time: who compares what with what. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeUtf8 } from '@coequal/base';
import { itemKey } from '../../src/core/dht/item-store.ts';
import type { DhtCrypto } from '../../src/core/dht/item-store.ts';
import type { DhtItem } from '../../src/core/dht/krpc-messages.ts';
import type { SearchSpec } from '../../src/core/dht/search.ts';
import { crypto, DhtNetwork } from './dht-network.ts';
import type { SearchResult, SimNode } from './dht-network.ts';

function version(sequence: number): Extract<DhtItem, { type: 'mutable' }> {
  return {
    type: 'mutable',
    value: encodeUtf8(`i${sequence}e`),
    publicKey: new Uint8Array(32).fill(1),
    salt: encodeUtf8('a'),
    sequence,
    signature: new Uint8Array(64), // those of this network take any
  };
}

const KEY = itemKey(version(1), crypto);

async function run(network: DhtNetwork, spec: SearchSpec): Promise<SearchResult> {
  const result = network.search(network.pickAlive(), spec);
  network.run(30_000);
  return await result;
}

function holders(network: DhtNetwork, sequence: number): SimNode[] {
  return network.nodes.filter(({ machine }) => {
    const item = machine.stored.items.get(KEY, network.now);
    return item?.type === 'mutable' && item.sequence === sequence;
  });
}

async function settled(): Promise<DhtNetwork> {
  const network = new DhtNetwork(3);
  network.grow(40, 5);
  network.run(20_000);
  await run(network, { type: 'put-item', item: version(1) });
  return network;
}

test('an update reaches nodes that missed the one before, each compared with what it has', async () => {
  const network = await settled();
  const [late, ...others] = holders(network, 1);
  assert.ok(late && others.length >= 4);
  for (const { machine } of others)
    assert.equal(machine.stored.items.put(version(2), undefined, network.now), undefined);
  const { summary } = await run(network, { type: 'put-item', item: version(3), cas: 2 });
  assert.deepEqual(summary.refused, []);
  assert.equal(holders(network, 1).length, 0);
  assert.equal(holders(network, 3).length, summary.stored);
});

test('who would replace a newer one than he knows, or the same number by another, writes nothing', async () => {
  const network = await settled();
  await run(network, { type: 'put-item', item: version(5), cas: 1 });
  const before = holders(network, 5).length;
  const other = { ...version(5), value: encodeUtf8('i0e') };
  for (const [item, cas, code] of [
    [version(6), 4, 301],
    [version(4), undefined, 302],
    [other, undefined, 302],
  ] as const) {
    const spec = { type: 'put-item', item, ...(cas !== undefined && { cas }) } as const;
    const { summary } = await run(network, spec);
    assert.deepEqual([summary.stored, summary.refused], [0, [code]]);
  }
  assert.equal(holders(network, 5).length, before);
});

test('the newest of several is found, and the same one put again is taken', async () => {
  const network = await settled();
  const [ahead] = holders(network, 1);
  ahead?.machine.stored.items.put(version(9), undefined, network.now);
  const { item } = await run(network, { type: 'get-item', key: KEY, salt: version(1).salt });
  assert.deepEqual(item, version(9));
  const { summary } = await run(network, { type: 'put-item', item: version(9) });
  assert.deepEqual(summary.refused, []);
  assert.ok(summary.stored >= 7);
});

test('a version that is wrongly signed is not believed, and stops no update', async () => {
  const network = await settled();
  const forged = { ...version(99), signature: new Uint8Array(64).fill(1) };
  for (const { machine } of holders(network, 1).slice(0, 4))
    // who lies checks nothing
    machine.stored.items.put(forged, undefined, network.now);
  const verify: DhtCrypto['verify'] = (_key, _message, signature) => signature[0] === 0;
  const honest = network.add({ crypto: { ...crypto, verify } });
  network.run(20_000);
  const got = network.search(honest, { type: 'get-item', key: KEY, salt: version(1).salt });
  network.run(30_000);
  assert.deepEqual((await got).item, version(1));
  const put = network.search(honest, { type: 'put-item', item: version(2), cas: 1 });
  network.run(30_000);
  const { stored, refused } = (await put).summary;
  assert.ok(stored >= 3);
  assert.deepEqual(new Set(refused), new Set([301]));
});
