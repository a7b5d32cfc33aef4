import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lab } from './lab.ts';
import type { LabNode } from './lab.ts';
import { RawPeer } from './raw-peer.ts';

/** Half of the ten seconds after which slots are given anew in any case. */
const SOON_MS = 5_000;

async function dialInterested(lab: Lab, name: string, seed: LabNode): Promise<RawPeer> {
  const peer = await lab.run(() => RawPeer.dial(lab.world.host(name), seed.endpoint));
  peer.greet(lab.infoHash);
  peer.send({ type: 'have-none' }, { type: 'interested' });
  await lab.world.pass(200);
  return peer;
}

function isUnchoked(peer: RawPeer): boolean {
  return peer.count('unchoke') > peer.count('choke');
}

test('a slot goes to whoever waits as soon as its owner wants nothing more, or leaves', async () => {
  await using lab = await Lab.open({ content: 300_000 });
  // three slots
  const seed = await lab.seed('seed', { engine: { uploadBytesPerSecondMax: 10_000 } });
  const peers: RawPeer[] = [];
  for (let index = 0; index < 5; index++)
    peers.push(await dialInterested(lab, `peer-${index}`, seed));
  const [first, second, third, fourth, fifth] = peers;
  assert.ok(first && second && third && fourth && fifth);
  assert.deepEqual(peers.map(isUnchoked), [true, true, true, false, false]);

  first.send({ type: 'not-interested' });
  await lab.until(() => isUnchoked(fourth) || isUnchoked(fifth), SOON_MS);
  await lab.until(() => !isUnchoked(first), SOON_MS);
  second.conn.close();
  await lab.until(() => isUnchoked(fourth) && isUnchoked(fifth), SOON_MS);

  // with all slots taken, interest that comes and goes takes none away
  first.send({ type: 'interested' }, { type: 'not-interested' }, { type: 'interested' });
  await lab.world.pass(500);
  assert.deepEqual([first, third, fourth, fifth].map(isUnchoked), [false, true, true, true]);
});
