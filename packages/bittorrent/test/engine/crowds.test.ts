import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SimHost } from '@coequal/simulator';
import { parseInfoHash } from '../../src/core/ids.ts';
import { Lab, LIMIT_MS } from './lab.ts';
import type { LabNode } from './lab.ts';
import { RawPeer } from './raw-peer.ts';

/** Connections that stay as long as they may: they say something every minute. */
async function crowd(
  lab: Lab,
  victim: LabNode,
  hosts: readonly SimHost[],
  greet: (peer: RawPeer) => void,
): Promise<readonly RawPeer[]> {
  const peers: RawPeer[] = [];
  for (const host of hosts) {
    const peer = await lab.run(() => RawPeer.dial(host, victim.endpoint));
    peers.push(peer);
    greet(peer);
  }
  const speak = (): void => {
    for (const peer of peers) if (peer.handshake !== undefined) peer.send({ type: 'keep-alive' });
    lab.world.after(60_000, speak);
  };
  lab.world.after(60_000, speak);
  await lab.world.pass(1_000);
  return peers;
}

function hostsOf(lab: Lab, count: number): readonly SimHost[] {
  return Array.from({ length: count }, (_, index) => lab.world.host(`crowd-${index}`));
}

function openOf(peers: readonly RawPeer[]): number {
  return peers.filter(({ isClosed }) => !isClosed).length;
}

test('no more peers are let in than a torrent may have', async () => {
  await using lab = await Lab.open({ content: 100_000 });
  const seed = await lab.seed();
  const peers = await crowd(lab, seed, hostsOf(lab, 90), (peer) => peer.greet(lab.infoHash));
  assert.equal(seed.torrent.peers.length, 80);
  assert.equal(openOf(peers), 80);
  for (const peer of peers) peer.conn.close();
  await lab.world.pass(5_000);
  assert.equal(seed.torrent.peers.length, 0);
});

test('an engine takes no more than its connections, and takes some again when they end', async () => {
  await using lab = await Lab.open({ content: 100_000 });
  const seed = await lab.seed();
  const infoHashes = ['1', '2', '3', '4', '5'].map((digit) => parseInfoHash(digit.repeat(40)));
  for (const infoHash of infoHashes) {
    const source = `magnet:?xt=urn:btih:${infoHash}`;
    await lab.run(() => seed.engine.add(source, { useTrackers: false }));
  }
  const peers: RawPeer[] = [];
  for (const infoHash of infoHashes) {
    const hosts = Array.from({ length: 70 }, (_, index) => lab.world.host(`${infoHash} ${index}`));
    peers.push(...(await crowd(lab, seed, hosts, (peer) => peer.greet(infoHash))));
  }
  assert.equal(openOf(peers), 300);
  assert.equal(seed.host.openConns, 300);
  for (const peer of peers) peer.conn.close();
  const leech = await lab.leech('leech', [seed]);
  await lab.untilSeeding(leech);
});

test('connections that never greet hold up nobody, wherever they come from', async () => {
  await using lab = await Lab.open({ content: 100_000 });
  const seed = await lab.seed();
  const one = lab.world.host('one');
  const mute = await crowd(
    lab,
    seed,
    [...Array<SimHost>(310).fill(one), ...hostsOf(lab, 60)],
    () => {
      // says nothing
    },
  );
  assert.ok(seed.host.openConns <= 100, `${seed.host.openConns} connections`);
  assert.equal(openOf(mute.slice(310)), 60, 'the single ones stay, the many from one host go');
  const leech = await lab.leech('leech', [seed]);
  await lab.until(() => leech.isSeeding, 5_000);
  await lab.world.pass(15_000);
  assert.equal(openOf(mute), 0);
});

test('a crowd from one address makes room for a peer from another', async () => {
  await using lab = await Lab.open({ content: 100_000 });
  const seed = await lab.seed();
  const one = lab.world.host('one');
  const peers = await crowd(lab, seed, Array<SimHost>(90).fill(one), (peer) => {
    peer.greet(lab.infoHash);
  });
  assert.equal(openOf(peers), 80);
  const leech = await lab.leech('leech', [seed]);
  await lab.until(() => leech.isSeeding, 5_000);
  assert.equal(openOf(peers), 79);
});

test('peers from eighty addresses that choke for ever do not keep a leech from a seed', async () => {
  await using lab = await Lab.open({ content: 1_000_000 });
  const leech = await lab.leech('leech');
  const peers = await crowd(lab, leech, hostsOf(lab, 90), (peer) => {
    peer.greet(lab.infoHash);
    peer.send({ type: 'have-all' }, { type: 'interested' });
  });
  assert.equal(openOf(peers), 80);
  const seed = await lab.seed();
  leech.torrent.addPeers([seed.endpoint]);
  await lab.untilSeeding(leech);
  // one of them was given up for it, when it had had a minute
  assert.ok(openOf(peers) >= 75, `${openOf(peers)} left`);
});

test('peers from eighty addresses that want nothing do not keep a leech from its seed', async () => {
  await using lab = await Lab.open({ content: 1_000_000 });
  const seed = await lab.seed();
  const peers = await crowd(lab, seed, hostsOf(lab, 90), (peer) => peer.greet(lab.infoHash));
  assert.equal(openOf(peers), 80);
  const leech = await lab.leech('leech', [seed]);
  await lab.until(() => leech.isSeeding, LIMIT_MS);
  assert.ok(openOf(peers) >= 75, `${openOf(peers)} left`);
});
