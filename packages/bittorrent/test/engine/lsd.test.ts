import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Endpoint, Ports, UdpSocket } from '@coequal/base';
import type { SimHost } from '@coequal/simulator';
import { encodeLsdMessage } from '../../src/core/lsd/lsd-message.ts';
import { noteDatagrams, noteDials } from '../wrapped-ports.ts';
import { Lab, NEVER, PORT } from './lab.ts';
import type { NodeOptions } from './lab.ts';

const MINUTE = 60_000;
const GROUP: Endpoint = { host: '239.192.152.143', port: 6771 };

function inLan(lan: string, more: Partial<NodeOptions> = {}): NodeOptions {
  return { engine: { discovery: true }, host: { lan }, ...more };
}

/** Every datagram that is sent. */
function noteSent(ports: Ports, sent: string[]): Ports {
  return noteDatagrams(ports, (bytes, to) => {
    sent.push(`${to.host} ${Buffer.from(bytes).toString('latin1')}`);
  });
}

function socketOf(lab: Lab, host: SimHost): Promise<UdpSocket> {
  return lab.run(() => host.ports.net.udp({ host: '0.0.0.0', port: 0 }, () => undefined, NEVER));
}

function searchFor(lab: Lab, port = PORT): Uint8Array {
  return encodeLsdMessage({ host: '', port, infoHashes: [lab.infoHash] });
}

test('peers of one network find each other without a tracker (BEP 14), whoever comes first', async () => {
  await using lab = await Lab.open({ content: 300_000 });
  const seed = await lab.seed('seed', inLan('home'));
  const leeches = [
    await lab.leech('one', [], inLan('home')),
    await lab.leech('two', [], inLan('home')),
  ];
  await lab.untilSeeding(...leeches);
  const away = await lab.leech('away', [], inLan('elsewhere'));
  await lab.world.pass(10 * MINUTE);
  for (const source of Object.values(away.torrent.stats.sources)) assert.equal(source.given, 0);
  const given = [seed, ...leeches].map(({ torrent }) => torrent.stats.sources.lsd.given);
  assert.ok(given.some((count) => count > 0));
});

test('a datagram that was lost is made up for by the next, five minutes later', async () => {
  await using lab = await Lab.open({ content: 100_000, loss: 0.6, seed: 3 });
  await lab.seed('seed', inLan('home'));
  const leech = await lab.leech('leech', [], inLan('home'));
  await lab.until(() => leech.isSeeding, 60 * MINUTE);
});

test('a private torrent is not announced, and not found (BEP 27)', async () => {
  await using lab = await Lab.open({ content: 100_000, isPrivate: true });
  const sent: string[] = [];
  const wrap = (ports: Ports): Ports => noteSent(ports, sent);
  await lab.seed('seed', inLan('home', { wrap }));
  const leech = await lab.leech('leech', [], inLan('home', { wrap }));
  const stranger = lab.world.host({ name: 'stranger', lan: 'home' });
  const socket = await socketOf(lab, stranger);
  socket.send(searchFor(lab), GROUP);
  await lab.world.pass(12 * MINUTE);
  assert.deepEqual(sent, []);
  assert.equal(leech.torrent.peers.length, 0);
  assert.equal(leech.torrent.swarm.dialer.pool.size, 0);
});

test('without discovery nothing is sent or heard', async () => {
  await using lab = await Lab.open({ content: 100_000 });
  const sent: string[] = [];
  const wrap = (ports: Ports): Ports => noteSent(ports, sent);
  const options = inLan('home', { wrap, engine: { discovery: false } });
  await lab.seed('seed', options);
  const leech = await lab.leech('leech', [], options);
  await lab.world.pass(12 * MINUTE);
  assert.deepEqual(sent, []);
  const { lsd, dht, pex } = leech.torrent.stats.sources;
  for (const { state } of [lsd, dht, pex])
    assert.deepEqual(state, { type: 'off', why: 'switched-off' });
});

test('a torrent is announced at once and every five minutes, until it is closed', async () => {
  await using lab = await Lab.open({ content: 100_000 });
  const sent: string[] = [];
  const wrap = (ports: Ports): Ports => noteSent(ports, sent);
  const leech = await lab.leech('leech', [], inLan('home', { wrap }));
  await lab.world.pass(14 * MINUTE);
  assert.equal(sent.length, 3);
  const [first = ''] = sent;
  assert.match(first, new RegExp(`^${GROUP.host} BT-SEARCH.*${lab.infoHash}`, 's'));
  await lab.run(() => leech.torrent[Symbol.asyncDispose]());
  await lab.world.pass(10 * MINUTE);
  assert.equal(sent.length, 3);
});

test('a flood of forged searches costs few dials, and the honest peer is found', async () => {
  await using lab = await Lab.open({ content: 100_000 });
  const dialled: Endpoint[] = [];
  const wrap = (ports: Ports): Ports => noteDials(ports, dialled);
  const leech = await lab.leech('leech', [], inLan('home', { wrap }));
  const liar = lab.world.host({ name: 'liar', lan: 'home' });
  const socket = await socketOf(lab, liar);
  const flood = (from: number): void => {
    for (let port = from; port < from + 100; port++) socket.send(searchFor(lab, port), GROUP);
    if (from < 50_000) lab.world.after(1_000, () => flood(from + 100));
  };
  flood(1_000);
  await lab.world.pass(MINUTE);
  assert.ok(dialled.length <= 200, `${dialled.length} dials in the first minute`);
  await lab.seed('seed', inLan('home', { add: { peers: [leech.endpoint] } }));
  await lab.untilSeeding(leech);
});

test('a search that comes from the internet is not believed', async () => {
  await using lab = await Lab.open({ content: 100_000 });
  const leech = await lab.leech('leech', [], inLan('home'));
  const far = lab.world.host({ name: 'far', address: '198.51.100.7' });
  const socket = await socketOf(lab, far);
  socket.send(searchFor(lab), { host: leech.host.address, port: GROUP.port });
  socket.send(Buffer.from('not a search'), { host: leech.host.address, port: GROUP.port });
  await lab.world.pass(MINUTE);
  assert.equal(leech.torrent.swarm.dialer.pool.size, 0);
});
