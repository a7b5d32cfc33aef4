import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SimHost } from '@coequal/simulator';
import { Lab } from './lab.ts';
import type { LabNode } from './lab.ts';
import { RawPeer } from './raw-peer.ts';

const BLOCK_LENGTH = 16_384;

/** Half of the ten seconds after which slots are given anew in any case. */
const SOON_MS = 5_000;

async function dialInterested(lab: Lab, name: string, seed: LabNode): Promise<RawPeer> {
  return dialFrom(lab, lab.world.host(name), seed);
}

async function dialFrom(lab: Lab, host: SimHost, seed: LabNode): Promise<RawPeer> {
  const peer = await lab.run(() => RawPeer.dial(host, seed.endpoint));
  peer.greet(lab.infoHash);
  peer.send({ type: 'have-none' }, { type: 'interested' });
  await lab.world.pass(200);
  return peer;
}

/** From the address that it had. */
async function dialAgain(lab: Lab, name: string, seed: LabNode): Promise<RawPeer> {
  const host = lab.world.hosts.find((each) => each.name === name);
  assert.ok(host);
  return dialFrom(lab, host, seed);
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

test('who goes and comes again waits behind those who have waited', async () => {
  for (let seed = 1; seed <= 4; seed++) {
    await using lab = await Lab.open({ seed, content: 300_000 });
    const node = await lab.seed('seed', { engine: { uploadBytesPerSecondMax: 10_000 } });
    const peers: RawPeer[] = [];
    for (let index = 0; index < 5; index++)
      peers.push(await dialInterested(lab, `peer-${index}`, node));
    const [first, second] = peers;
    const waiting = peers.filter((peer) => !isUnchoked(peer));
    assert.ok(first && second && waiting.length === 2);
    first.conn.close();
    await lab.until(() => waiting.some(isUnchoked), SOON_MS);
    const again = await dialAgain(lab, 'peer-0', node);
    second.conn.close();
    await lab.until(() => waiting.every(isUnchoked), SOON_MS);
    assert.ok(!isUnchoked(again));
  }
});

test('a seed under a limit gives another the slot of a peer that asks for nothing', async () => {
  await using lab = await Lab.open({ content: 300_000 });
  const seed = await lab.seed('seed', { engine: { uploadBytesPerSecondMax: 100_000 } });
  const peers: RawPeer[] = [];
  for (let index = 0; index < 4; index++)
    peers.push(await dialInterested(lab, `peer-${index}`, seed));
  const [first, , , fourth] = peers;
  assert.ok(first && fourth);
  assert.deepEqual(peers.map(isUnchoked), [true, true, true, false]);
  await lab.until(() => isUnchoked(fourth), SOON_MS);
  assert.ok(isUnchoked(first), 'it may ask yet');
});

test('what a peer says that it has is not sent to it, and is refused', async () => {
  await using lab = await Lab.open({ content: 300_000 });
  const seed = await lab.seed('seed', { engine: { uploadBytesPerSecondMax: 10_000 } });
  const peer = await dialInterested(lab, 'peer', seed);
  const request = (piece: number): void =>
    peer.send({ type: 'request', piece, begin: 0, length: BLOCK_LENGTH });
  for (const piece of [0, 1, 2, 3]) request(piece);
  peer.send({ type: 'have', piece: 2 });
  await lab.until(() => peer.count('piece') === 3, 60_000);
  assert.equal(peer.count('reject'), 1);
});

test('who asks again for what it waits for gets it once', async () => {
  await using lab = await Lab.open({ content: 300_000 });
  const seed = await lab.seed('seed', { engine: { uploadBytesPerSecondMax: 1_000 } });
  const peer = await dialInterested(lab, 'peer', seed);
  const request = (piece: number): void =>
    peer.send({ type: 'request', piece, begin: 0, length: BLOCK_LENGTH });
  for (const piece of [0, 1, 2]) request(piece);
  await lab.until(() => peer.count('piece') === 1, 60_000);
  await lab.world.pass(5_000);
  for (const piece of [1, 2]) request(piece);
  await lab.world.pass(120_000);
  assert.equal(peer.count('piece'), 3);
});
