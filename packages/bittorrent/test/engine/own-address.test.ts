import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joinPath, rootPath } from '@coequal/base';
import type { Endpoint } from '@coequal/base';
import { World } from '@coequal/simulator';
import { encodeBencode } from '../../src/core/bencode.ts';
import { encodeCompactPeers, parseAddress } from '../../src/core/compact-peers.ts';
import { Engine } from '../../src/engine.ts';
import { createTorrent } from '../../src/io/create-torrent.ts';
import { noteDials } from '../wrapped-ports.ts';

const PORT = 6881;
const never = new AbortController().signal;

async function dialledWith(isTold: boolean): Promise<readonly Endpoint[]> {
  const world = new World({ seed: 7 });
  const host = world.host('alone');
  world.serveHttp('http://tracker.test', () => {
    const peers = encodeCompactPeers([{ host: host.address, port: PORT }], 4);
    const told = isTold ? { 'external ip': parseAddress(host.address) } : {};
    return { body: encodeBencode({ interval: 600, peers, ...told }) };
  });
  const path = joinPath(rootPath('/made'), 'content.bin');
  host.disk.put(path, world.random.bytes(40_000));
  const trackers = [['http://tracker.test/announce']];
  const file = await world.run(
    () => createTorrent({ path, version: 'v1', trackers }, host.ports, never),
    60_000,
  );
  const dialled: Endpoint[] = [];
  const options = { downloadDirectory: '/in', port: PORT, addresses: [host.address] };
  const engine = await world.run(
    () => Engine.open(options, noteDials(host.ports, dialled)),
    60_000,
  );
  await world.run(() => engine.add(file), 60_000);
  await world.pass(30_000);
  await world.run(() => engine[Symbol.asyncDispose](), 60_000);
  return dialled;
}

test('an address that a tracker says is ours is not dialled (BEP 24)', async () => {
  assert.deepEqual(await dialledWith(true), []);
});

test('without being told, we dial ourselves once, and see it', async () => {
  const dialled = await dialledWith(false);
  assert.equal(dialled.length, 1);
  assert.equal(dialled[0]?.port, PORT);
});
