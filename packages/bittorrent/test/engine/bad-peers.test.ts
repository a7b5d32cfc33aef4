import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodePeerMessage } from '../../src/core/wire/peer-wire.ts';
import type { SimHost } from '@coequal/simulator';
import { Lab, PORT } from './lab.ts';
import { listenAsSeed, RawPeer, spoilt } from './raw-peer.ts';
import type { FakeSeed } from './raw-peer.ts';

function endpointOf({ address }: SimHost): { host: string; port: number } {
  return { host: address, port: PORT };
}

/** A peer that claims to have all, and does as it likes. */
async function fakeSeed(
  lab: Lab,
  name: string,
  answer: FakeSeed['answer'],
  more: Partial<FakeSeed> = {},
): Promise<{ host: SimHost; peers: readonly RawPeer[] }> {
  const host = lab.world.host(name);
  const { infoHash } = lab;
  const peers = await lab.run(() => listenAsSeed({ host, infoHash, answer, ...more }));
  return { host, peers };
}

for (const seed of [1, 2, 3]) {
  test(`who sends wrong bytes is banned, and an honest peer gives the rest (seed ${seed})`, async () => {
    await using lab = await Lab.open({ content: 2_000_000, seed });
    const slow = { bandwidth: { up: 300_000, down: 300_000 } };
    const honest = await lab.seed('honest', { host: slow });
    const liar = await fakeSeed(lab, 'liar', (block) => [spoilt(lab, block)]);
    const leech = await lab.leech('leech', [endpointOf(liar.host), honest]);
    await lab.untilSeeding(leech);
    assert.ok(leech.closings.includes('WRONG_DATA'));
    const { length } = liar.peers;
    leech.torrent.addPeers([endpointOf(liar.host)]);
    await lab.world.pass(120_000);
    assert.equal(liar.peers.length, length, 'it is not dialled again');
    assert.equal(honest.torrent.peers.length, 0);
    assert.ok(!honest.closings.includes('WRONG_DATA'));
  });
}

test('who lies about some bytes only is found out as well', async () => {
  await using lab = await Lab.open({ content: 3_000_000 });
  const slow = { bandwidth: { up: 200_000, down: 200_000 } };
  const honest = await lab.seed('honest', { host: slow });
  let count = 0;
  const liar = await fakeSeed(lab, 'liar', (block) => {
    count += 1;
    return [count % 4 === 0 ? spoilt(lab, block) : lab.blockOf(block)];
  });
  const leech = await lab.leech('leech', [endpointOf(liar.host), honest]);
  await lab.untilSeeding(leech);
  assert.deepEqual(
    leech.closings.filter((code) => code === 'WRONG_DATA'),
    ['WRONG_DATA'],
  );
});

test('a peer that never sends what it promised delays nobody for long', async () => {
  await using lab = await Lab.open({ content: 1_000_000 });
  const mute = await fakeSeed(lab, 'mute', () => []);
  const leech = await lab.leech('leech', [endpointOf(mute.host)]);
  await lab.until(() => (mute.peers[0]?.count('request') ?? 0) > 0);
  await lab.world.pass(1_000);
  const seed = await lab.seed();
  const began = lab.world.now;
  leech.torrent.addPeers([seed.endpoint]);
  await lab.untilSeeding(leech);
  // the mute one is given 20 seconds for its first block; endgame asks others sooner
  assert.ok(lab.world.now - began < 25_000, `it took ${lab.world.now - began} ms`);
});

test('a peer that stops in the middle is asked for little until it sends again', async () => {
  await using lab = await Lab.open({ content: 2_000_000 });
  let isMute = false;
  let sent = 0;
  const moody = await fakeSeed(lab, 'moody', (block) => {
    sent += 1;
    if (sent === 40) isMute = true;
    return isMute ? [] : [lab.blockOf(block)];
  });
  const leech = await lab.leech('leech', [endpointOf(moody.host)]);
  await lab.until(() => isMute);
  const [peer] = moody.peers;
  assert.ok(peer);
  await lab.world.pass(60_000);
  const asked = peer.count('request');
  await lab.world.pass(60_000);
  assert.ok(peer.count('request') - asked <= 30, `${peer.count('request') - asked} requests`);
  assert.ok(!peer.isClosed);
  isMute = false;
  await lab.untilSeeding(leech);
});

test('a peer that refuses everything is left after a while', async () => {
  await using lab = await Lab.open({ content: 1_000_000 });
  const refuser = await fakeSeed(lab, 'refuser', (block) => [{ ...block, type: 'reject' }]);
  const leech = await lab.leech('leech', [endpointOf(refuser.host)]);
  await lab.until(() => leech.closings.length > 0);
  assert.deepEqual(leech.closings, ['REJECTS_ALL']);
});

test('a peer that chokes and unchokes loses nothing of the content', async () => {
  await using lab = await Lab.open({ content: 1_000_000 });
  for (const fast of [true, false]) {
    const host = lab.world.host(`moody-${fast}`);
    let sent = 0;
    await lab.run(() =>
      RawPeer.listen(host, (peer) => {
        peer.greet(lab.infoHash, { fast });
        const bytes = new Uint8Array(Math.ceil(lab.metainfo.pieceCount / 8)).fill(0xff);
        const spare = bytes.length * 8 - lab.metainfo.pieceCount;
        bytes[bytes.length - 1] = (0xff << spare) & 0xff;
        peer.send({ type: 'bitfield', bytes });
        let isChoking = true;
        const setChoking = (value: boolean): void => {
          isChoking = value;
          peer.send({ type: value ? 'choke' : 'unchoke' });
        };
        peer.onMessage = (message) => {
          if (message.type === 'interested') setChoking(false);
          if (message.type !== 'request') return;
          if (!isChoking) peer.send(lab.blockOf(message));
          else if (fast) peer.send({ ...message, type: 'reject' });
          sent += 1;
          if (sent % 10 !== 0 || isChoking) return;
          setChoking(true);
          lab.world.after(3_000, () => setChoking(false));
        };
      }),
    );
    const leech = await lab.leech(`leech-${fast}`, [endpointOf(host)]);
    await lab.untilSeeding(leech);
  }
});

test('whoever is choked by all says so', async () => {
  await using lab = await Lab.open({ content: 1_000_000 });
  const choker = await fakeSeed(lab, 'choker', () => [], { isChoking: true });
  const leech = await lab.leech('leech', [endpointOf(choker.host)]);
  await lab.until(() => leech.torrent.stats.peers === 1);
  await lab.world.pass(5_000);
  assert.deepEqual(leech.torrent.stats.stall, { type: 'choked', peers: 1 });
  assert.equal(choker.peers[0]?.count('request'), 0);
});

for (const silent of [0, 1, 2]) {
  test(`a block that comes after its request was taken back spoils nothing (${silent} peers asked between)`, async () => {
    await using lab = await Lab.open({ content: 65_536, pieceLength: 65_536 });
    let sendRest: (() => void) | undefined;
    const late = await fakeSeed(lab, 'late', (block, peer) => {
      if (sendRest !== undefined) return [];
      const bytes = encodePeerMessage(spoilt(lab, block));
      const half = Math.floor(bytes.length / 2);
      peer.sendBytes(bytes.subarray(0, half));
      sendRest = () => peer.sendBytes(bytes.subarray(half));
      return [];
    });
    const leech = await lab.leech('leech', [endpointOf(late.host)]);
    await lab.world.pass(25_000);
    for (let index = 0; index < silent; index++) {
      const idle = await fakeSeed(lab, `silent-${index}`, () => []);
      leech.torrent.addPeers([endpointOf(idle.host)]);
      await lab.world.pass(25_000);
    }
    const honest = await lab.seed('honest', { host: { bandwidth: { up: 4_000, down: 4_000 } } });
    leech.torrent.addPeers([endpointOf(honest.host)]);
    await lab.world.run(() => leech.torrent.stats.downloaded >= 49_152, 300_000);
    assert.ok(sendRest !== undefined);
    sendRest();
    await lab.untilSeeding(leech);
    const { wasted } = leech.torrent.stats;
    assert.ok(wasted <= 16_384, `${wasted} bytes wasted: more than the late block`);
  });
}

test('a block that begins after it was refused, and ends when another has sent it, puts the blame on nobody', async () => {
  await using lab = await Lab.open({ content: 65_536, pieceLength: 65_536 });
  const leech = await lab.leech('leech');
  const blocks = [0, 1, 2, 3].map((index) => {
    return { piece: 0, begin: index * 16_384, length: 16_384 };
  });
  const [first, ...others] = blocks;
  assert.ok(first);
  const join = async (name: string): Promise<RawPeer> => {
    const peer = await lab.run(() => RawPeer.dial(lab.world.host(name), leech.endpoint));
    peer.greet(lab.infoHash);
    peer.send({ type: 'have', piece: 0 }, { type: 'unchoke' });
    await lab.until(() => peer.count('request') === blocks.length);
    return peer;
  };
  const liar = await join('liar');
  const late = encodePeerMessage(spoilt(lab, first));
  liar.send(...blocks.map((block) => ({ type: 'reject' as const, ...block })), { type: 'choke' });
  liar.sendBytes(late.subarray(0, 1_000));
  await lab.world.pass(500);
  await join('silent');
  const honest = await join('honest'); // the endgame: it is asked for the same
  honest.send(lab.blockOf(first));
  await lab.world.pass(500);
  liar.sendBytes(late.subarray(1_000));
  await lab.world.pass(500);
  honest.send(...others.map((block) => lab.blockOf(block)));
  await lab.untilSeeding(leech);
  assert.deepEqual(leech.closings, []);
});
