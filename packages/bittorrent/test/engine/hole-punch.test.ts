/** Peers behind routers that let nobody in, and one that everybody can dial (BEP 55), on virtual time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Endpoint, Ports } from '@coequal/base';
import type { HostOptions } from '@coequal/simulator';
import {
  encodeExtendedHandshake,
  EXTENDED_HANDSHAKE_ID,
} from '../../src/core/wire/extension-protocol.ts';
import {
  decodeHolepunchMessage,
  encodeHolepunchMessage,
  HOLEPUNCH_EXTENSION,
  UT_HOLEPUNCH_ID,
} from '../../src/core/wire/holepunch-message.ts';
import type { HolepunchMessage } from '../../src/core/wire/holepunch-message.ts';
import { decodePexMessage, PEX_FLAG } from '../../src/core/wire/pex-message.ts';
import { tapSends } from '../sim/tapped-ports.ts';
import { noteDatagrams } from '../wrapped-ports.ts';
import { Lab, PORT } from './lab.ts';
import type { LabNode, NodeOptions } from './lab.ts';
import { RawPeer } from './raw-peer.ts';

const MINUTE = 60_000;
/** By which the raw peers here take `ut_holepunch` and `ut_pex`. */
const THEIR_ID = 8;
const THEIR_PEX_ID = 9;

/** With PEX, and no nodes of the DHT. */
function behind(nat?: HostOptions['nat'], more: Partial<NodeOptions> = {}): NodeOptions {
  return { engine: { discovery: true }, ...more, host: { ...(nat !== undefined && { nat }) } };
}

/** The helper has the metadata and wants none of the content, so that it gives none away. */
async function openHelper(lab: Lab): Promise<LabNode> {
  return await lab.leech('helper', [], { ...behind(), add: { select: () => false } });
}

/**
 * A seed that was told of somebody less than a minute ago is not told of the leech at once: so the leech's dials
 * meet no dial of the seed's by accident.
 */
async function openSeed(lab: Lab, helper: LabNode, nat: HostOptions['nat']): Promise<LabNode> {
  const options = behind(nat);
  const seed = await lab.seed('seed', { ...options, add: { peers: [helper.endpoint] } });
  const passing = await lab.leech('passing', [helper], behind());
  await lab.until(() => (seed.torrent.stats.sources.pex?.given ?? 0) > 0, MINUTE);
  await lab.run(() => passing.dispose());
  return seed;
}

test('two peers behind routers that let nobody in meet by a helper', async () => {
  await using lab = await Lab.open({ content: 300_000 });
  const helper = await openHelper(lab);
  const seed = await openSeed(lab, helper, 'port-restricted');
  const leech = await lab.leech('leech', [helper], behind('port-restricted'));
  await lab.until(() => leech.isSeeding, 5 * MINUTE);
  lab.assertContent(leech);
  assert.equal(helper.torrent.stats.uploaded, 0);
  assert.equal(seed.torrent.stats.uploaded, leech.torrent.stats.downloaded);
});

test('both know that they were punched, and are linked once', async () => {
  await using lab = await Lab.open({ content: 3_000_000, bandwidth: { up: 20_000, down: 20_000 } });
  const helper = await openHelper(lab);
  const seed = await openSeed(lab, helper, 'port-restricted');
  const leech = await lab.leech('leech', [helper], behind('port-restricted'));
  await lab.until(() => leech.torrent.stats.transports.punched === 1, 2 * MINUTE);
  await lab.world.pass(20_000);
  for (const node of [seed, leech]) {
    const { tcp, utp, punched } = node.torrent.stats.transports;
    assert.deepEqual({ tcp, utp, punched }, { tcp: 1, utp: 0, punched: 1 });
    assert.equal(node.engine.stats.reachedFrom, 'nowhere', 'nobody gets in without a helper');
  }
});

for (const [ours, theirs] of [
  ['symmetric', 'port-restricted'],
  ['no-udp', 'port-restricted'],
] as const) {
  test(`and not behind ${ours} and ${theirs}: nothing is dialled without end`, async () => {
    await using lab = await Lab.open({ content: 300_000 });
    const helper = await openHelper(lab);
    await openSeed(lab, helper, theirs);
    let count = 0;
    const wrap = (ports: Ports): Ports => countHolepunches(ports, () => (count += 1));
    const leech = await lab.leech('leech', [helper], { ...behind(ours), wrap });
    await lab.world.pass(10 * MINUTE);
    assert.equal(leech.isSeeding, false);
    assert.equal(leech.torrent.stats.peers, 1);
    assert.ok(count >= 1 && count <= 10, `${count} datagrams or messages`);
  });
}

interface Raw {
  readonly peer: RawPeer;
  readonly heard: readonly HolepunchMessage[];
}

/** Speaks `ut_holepunch`, unless it `isMute`. */
async function raw(lab: Lab, victim: LabNode, name: string, isMute = false): Promise<Raw> {
  const host = lab.world.host(name);
  const peer = await lab.run(() => RawPeer.dial(host, victim.endpoint));
  const heard: HolepunchMessage[] = [];
  peer.onMessage = (message) => {
    if (message.type === 'extended' && message.id === THEIR_ID)
      heard.push(decodeHolepunchMessage(message.payload));
  };
  peer.greet(lab.infoHash);
  const extensions = new Map([['ut_pex', THEIR_PEX_ID]]);
  if (!isMute) extensions.set(HOLEPUNCH_EXTENSION, THEIR_ID);
  const payload = encodeExtendedHandshake({ extensions, port: PORT });
  peer.send({ type: 'extended', id: EXTENDED_HANDSHAKE_ID, payload });
  await lab.until(() => peer.handshake !== undefined);
  return { peer, heard };
}

function say({ peer }: Raw, message: HolepunchMessage): void {
  const payload = encodeHolepunchMessage(message);
  peer.send({ type: 'extended', id: UT_HOLEPUNCH_ID, payload });
}

test('PEX says of each peer whether it speaks ut_holepunch', async () => {
  await using lab = await Lab.open({ content: 100_000 });
  const hub = await openHelper(lab);
  const asker = await raw(lab, hub, 'asker');
  await raw(lab, hub, 'able');
  await raw(lab, hub, 'mute', true);
  await lab.world.pass(2 * MINUTE);
  const flags = asker.peer.messages.flatMap((message) =>
    message.type === 'extended' && message.id === THEIR_PEX_ID
      ? decodePexMessage(message.payload).added.map((added) => added.flags & PEX_FLAG.holepunch)
      : [],
  );
  assert.deepEqual(
    flags.toSorted((a, b) => a - b),
    [0, PEX_FLAG.holepunch],
  );
});

test('a relay tells both, and floods of requests are not passed on', async () => {
  await using lab = await Lab.open({ content: 100_000 });
  const hub = await openHelper(lab);
  const asker = await raw(lab, hub, 'asker');
  const target = await raw(lab, hub, 'target');
  const endpoint = { host: target.peer.conn.local.host, port: PORT };
  for (let count = 0; count < 500; count++) say(asker, { type: 'rendezvous', endpoint });
  await lab.world.pass(10_000);
  const askers = { host: asker.peer.conn.local.host, port: PORT };
  assert.equal(target.heard.length, 20);
  assert.equal(asker.heard.length, 20);
  assert.deepEqual(target.heard[0], { type: 'connect', endpoint: askers });
  assert.deepEqual(asker.heard[0], { type: 'connect', endpoint });
});

test('a relay that lies has us send a few datagrams, none of them to where we are', async () => {
  await using lab = await Lab.open({ content: 100_000 });
  const sent: Endpoint[] = [];
  const wrap = (ports: Ports): Ports => noteUnicast(ports, sent);
  const leech = await lab.leech('leech', [], { ...behind(), wrap });
  const host = lab.world.host({ name: 'liar', address: '198.51.100.9' });
  const peer = await lab.run(() => RawPeer.dial(host, leech.endpoint));
  peer.greet(lab.infoHash);
  await lab.until(() => peer.handshake !== undefined);
  const liar = { peer, heard: [] };
  for (const near of ['127.0.0.1', '192.168.0.1', '10.9.9.9', leech.host.address])
    say(liar, { type: 'connect', endpoint: { host: near, port: 53 } });
  for (let count = 0; count < 200; count++)
    say(liar, { type: 'connect', endpoint: { host: `203.0.113.${count}`, port: 53 } });
  await lab.world.pass(MINUTE / 2);
  assert.equal(new Set(sent.map((to) => to.host)).size, 10);
  assert.ok(sent.every((to) => to.host.startsWith('203.0.113.')));
  assert.equal(sent.length, 30, 'three SYNs each');
});

test('a message that is none ends the link', async () => {
  await using lab = await Lab.open({ content: 100_000 });
  const leech = await lab.leech('leech', [], behind());
  const { peer } = await raw(lab, leech, 'liar');
  peer.send({ type: 'extended', id: UT_HOLEPUNCH_ID, payload: Uint8Array.of(9, 9, 9) });
  await lab.until(() => peer.isClosed);
  assert.deepEqual(leech.closings, ['BAD_HOLEPUNCH']);
});

test('of a private torrent, and over TCP alone, it is not named', async () => {
  for (const [isPrivate, transport] of [
    [true, 'both'],
    [false, 'tcp'],
  ] as const) {
    await using lab = await Lab.open({ content: 100_000, isPrivate });
    const sent: string[] = [];
    const wrap = (ports: Ports): Ports =>
      tapSends(ports, (_to, chunks) => {
        for (const chunk of chunks) sent.push(Buffer.from(chunk).toString('latin1'));
        return chunks;
      });
    const engine = { discovery: true, transport };
    const leech = await lab.leech('leech', [], { engine, wrap });
    const liar = await raw(lab, leech, 'liar');
    const before = leech.torrent.swarm.dialer.dialing;
    say(liar, { type: 'connect', endpoint: { host: '10.200.0.1', port: 53 } });
    await lab.world.pass(1_000);
    assert.equal(leech.torrent.swarm.dialer.dialing, before);
    assert.ok(sent.length > 0);
    assert.ok(!sent.some((text) => text.includes(HOLEPUNCH_EXTENSION)));
  }
});

function noteUnicast(ports: Ports, sent: Endpoint[]): Ports {
  return noteDatagrams(ports, (_bytes, to, { group }) => {
    if (group === undefined) sent.push(to);
  });
}

/** Requests to relays. */
function countHolepunches(ports: Ports, onOne: () => void): Ports {
  return tapSends(ports, (_to, chunks) => {
    for (const chunk of chunks) {
      // an extended message (20) of 12 bytes, a rendezvous (0) of an IPv4 endpoint (0)
      const hex = Buffer.from(chunk).toString('hex');
      if (/^0000000e14[0-9a-f]{2}0000[0-9a-f]{20}$/.test(hex)) onOne();
    }
    return chunks;
  });
}
