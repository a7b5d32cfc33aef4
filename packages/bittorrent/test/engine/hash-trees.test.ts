/** Hash trees between peers (BEP 52): who lies about them, what they tell of wrong blocks, and the upgrade to v2. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatHex, joinPath } from '@coequal/base';
import type { SimHost } from '@coequal/simulator';
import { BencodeDictionary, decodeBencode, encodeBencode } from '../../src/core/bencode.ts';
import type { BlockRequest } from '../../src/core/blocks.ts';
import { idBytes, truncateInfoHash } from '../../src/core/ids.ts';
import type { InfoHash } from '../../src/core/ids.ts';
import type { HashRange, PeerMessage } from '../../src/core/wire/peer-wire.ts';
import { answerOf, BLOCK, rowsOf } from '../core/hashes/tree.ts';
import { DOWNLOADS, Lab, PORT } from './lab.ts';
import { listenAsSeed, RawPeer, serve } from './raw-peer.ts';

const LIMITS = { lengthMax: 1e7, depthMax: 20, countMax: 10_000 };

function parse(torrent: Uint8Array): BencodeDictionary {
  const outer = decodeBencode(torrent, LIMITS);
  assert.ok(outer instanceof BencodeDictionary);
  return outer;
}

/** As a magnet link has it: what is beside the info dictionary is not there. */
function withoutLayers(torrent: Uint8Array): Uint8Array {
  return encodeBencode({ info: parse(torrent).dictionary('info') });
}

function v2HashOf(lab: Lab): InfoHash {
  const { infoHashV2 } = lab.metainfo;
  assert.ok(infoHashV2);
  return truncateInfoHash(infoHashV2);
}

function endpointOf({ address }: SimHost): { host: string; port: number } {
  return { host: address, port: PORT };
}

function spoilt(lab: Lab, block: BlockRequest): PeerMessage {
  const message = lab.blockOf(block);
  assert.ok(message.type === 'piece');
  return { ...message, block: message.block.toReversed() };
}

/** A peer with its own way to answer hash requests; it has no content. */
async function hashPeer(
  lab: Lab,
  name: string,
  answer: (range: HashRange) => readonly PeerMessage[],
): Promise<{ readonly host: SimHost; readonly peers: readonly RawPeer[] }> {
  const host = lab.world.host(name);
  const peers: RawPeer[] = [];
  await lab.run(() =>
    RawPeer.listen(host, (peer) => {
      peers.push(peer);
      peer.greet(v2HashOf(lab), { v2: true });
      peer.onMessage = (message) => {
        if (message.type === 'hash-request') peer.send(...answer(copyOf(message)));
      };
    }),
  );
  return { host, peers };
}

function copyOf({ piecesRoot, ...rest }: HashRange): HashRange {
  return { ...rest, piecesRoot: piecesRoot.slice() };
}

const LIES: Readonly<Record<string, (range: HashRange) => readonly PeerMessage[]>> = {
  'wrong hashes': (range) => [
    { ...range, type: 'hashes', hashes: new Uint8Array((range.length + 9) * 32).fill(9) },
  ],
  'too few hashes': (range) => [{ ...range, type: 'hashes', hashes: new Uint8Array(32) }],
  'no hashes': (range) => [{ ...range, type: 'hashes', hashes: new Uint8Array(0) }],
  'hashes of another place': (range) => [
    {
      ...range,
      type: 'hashes',
      index: range.index ^ range.length,
      hashes: new Uint8Array(range.length * 32),
    },
  ],
};

for (const [lie, answer] of Object.entries(LIES)) {
  test(`who answers with ${lie} is banned, and an honest peer gives the tree`, async () => {
    await using lab = await Lab.open({ content: 3_000_000, version: 'v2', pieceLength: BLOCK });
    const liar = await hashPeer(lab, 'liar', answer);
    const source = withoutLayers(lab.torrentFile);
    const leech = await lab.leech('leech', [endpointOf(liar.host)], { source });
    await lab.until(() => liar.peers[0]?.isClosed === true);
    assert.match(leech.closings.join(), /WRONG_HASHES|UNASKED_HASHES/);
    assert.equal(leech.torrent.state.type, 'fetching-metadata');
    const honest = await lab.seed('honest');
    leech.torrent.addPeers([honest.endpoint, endpointOf(liar.host)]);
    await lab.untilSeeding(leech);
    await lab.world.pass(120_000);
    assert.equal(liar.peers.length, 1, 'it is not dialled again');
  });
}

for (const [kind, answer] of [
  ['refuses', (range: HashRange): readonly PeerMessage[] => [{ ...range, type: 'hash-reject' }]],
  ['never answers', (): readonly PeerMessage[] => []],
] as const) {
  test(`who ${kind} does not hold up the others`, async () => {
    await using lab = await Lab.open({ content: 500_000, version: 'v2', pieceLength: BLOCK });
    const useless = await hashPeer(lab, 'useless', answer);
    const honest = await lab.seed('honest');
    const source = withoutLayers(lab.torrentFile);
    const leech = await lab.leech('leech', [endpointOf(useless.host), honest], { source });
    await lab.untilSeeding(leech);
    assert.ok(!leech.closings.some((code) => code?.includes('HASHES')));
  });
}

for (const version of ['v2', 'hybrid'] as const) {
  test(`of a wrong piece of ${version} only the wrong blocks are fetched again, and their sender is banned`, async () => {
    const pieceLength = 16 * BLOCK;
    await using lab = await Lab.open({ content: 3_000_000, version, pieceLength });
    const slow = { bandwidth: { up: 200_000, down: 200_000 } };
    const honest = await lab.seed('honest', { host: slow });
    let lies = 0;
    const host = lab.world.host('liar');
    const answer = (block: BlockRequest): readonly PeerMessage[] => {
      const isLie = block.begin === 3 * BLOCK && lies < 3;
      lies += isLie ? 1 : 0;
      return [isLie ? spoilt(lab, block) : lab.blockOf(block)];
    };
    await lab.run(() => listenAsSeed({ host, infoHash: v2HashOf(lab), answer }));
    const leech = await lab.leech('leech', [endpointOf(host), honest]);
    await lab.untilSeeding(leech);
    assert.deepEqual(
      leech.closings.filter((code) => code === 'WRONG_DATA'),
      ['WRONG_DATA'],
    );
    assert.ok(lies > 0);
    // what the liar sent until it was banned is kept, but for its wrong blocks; a few come twice at the end
    const { wasted } = leech.torrent.stats;
    assert.ok(wasted <= (lies + 8) * BLOCK, `wasted ${wasted / BLOCK} blocks for ${lies} lies`);
    assert.ok(wasted < pieceLength, 'less than a piece');
  });
}

test('one wrong block among many right ones of v1 is enough to be banned, once the piece is right', async () => {
  await using lab = await Lab.open({ content: 1_000_000, pieceLength: 8 * BLOCK });
  const slow = { bandwidth: { up: 100_000, down: 100_000 } };
  const others = [await lab.seed('one', { host: slow }), await lab.seed('two', { host: slow })];
  let isSpent = false;
  const host = lab.world.host({ name: 'liar', ...slow });
  const answer = (block: BlockRequest): readonly PeerMessage[] => {
    const isLie = !isSpent && block.begin === 5 * BLOCK;
    isSpent ||= isLie;
    return [isLie ? spoilt(lab, block) : lab.blockOf(block)];
  };
  const peers = await lab.run(() => listenAsSeed({ host, infoHash: lab.infoHash, answer }));
  const leech = await lab.leech('leech', [endpointOf(host), ...others]);
  await lab.untilSeeding(leech);
  assert.ok(isSpent);
  assert.ok(leech.closings.filter((code) => code === 'WRONG_DATA').length === 1);
  assert.equal(peers[0]?.isClosed, true);
});

test('a torrent whose halves say different things fails, and nobody is blamed', async () => {
  await using lab = await Lab.open({ content: 300_000, version: 'hybrid', pieceLength: 4 * BLOCK });
  const outer = parse(lab.torrentFile);
  const pieces = outer.dictionary('info')?.bytes('pieces');
  assert.ok(pieces);
  const source = lab.torrentFile.slice();
  const at = Buffer.from(source).indexOf(pieces);
  source[at] = 1 ^ (source[at] ?? 0);
  const seed = await lab.seed('seed', { source });
  const leech = await lab.leech('leech', [seed], { source });
  await lab.until(() => leech.torrent.state.type === 'failed');
  const { state } = leech.torrent;
  assert.equal(state.type === 'failed' && state.fault.code, 'HYBRID_HASHES_DIFFER');
  assert.ok(!leech.closings.includes('WRONG_DATA'));
});

test('a hybrid is upgraded to v2 when the dialler can, and not else', async () => {
  await using lab = await Lab.open({ content: 300_000, version: 'hybrid', pieceLength: BLOCK });
  const seed = await lab.seed();
  const { infoHash } = lab.metainfo;
  assert.ok(infoHash);
  for (const [asked, v2, answered] of [
    [infoHash, true, v2HashOf(lab)],
    [infoHash, false, infoHash],
    [v2HashOf(lab), true, v2HashOf(lab)],
  ] as const) {
    const host = lab.world.host(`peer ${lab.world.hosts.length}`);
    const peer = await lab.run(() => RawPeer.dial(host, seed.endpoint));
    peer.greet(asked, { v2 });
    await lab.until(() => peer.handshake !== undefined);
    assert.equal(peer.handshake?.infoHash, answered);
    assert.ok(peer.handshake?.supports.v2);
    peer.conn.close();
  }
});

test('two of ours meet over v1 of a hybrid and are peers of v2 from then on', async () => {
  await using lab = await Lab.open({ content: 500_000, version: 'hybrid', pieceLength: BLOCK });
  const seed = await lab.seed();
  const source = withoutLayers(lab.torrentFile);
  const leech = await lab.leech('leech', [seed], { source });
  await lab.untilSeeding(leech);
  assert.deepEqual(leech.torrent.metainfo?.pieceRoots, lab.metainfo.pieceRoots);
});

test('hash messages over v1 end the link', async () => {
  await using lab = await Lab.open({ content: 300_000, version: 'hybrid', pieceLength: BLOCK });
  const seed = await lab.seed();
  const { infoHash } = lab.metainfo;
  assert.ok(infoHash);
  const range = {
    piecesRoot: new Uint8Array(32),
    baseLayer: 0,
    index: 0,
    length: 2,
    proofLayers: 0,
  };
  for (const type of ['hash-request', 'hash-reject'] as const) {
    const peer = await lab.run(() => RawPeer.dial(lab.world.host(type), seed.endpoint));
    peer.greet(infoHash);
    peer.send({ type, ...range });
    await lab.until(() => peer.isClosed);
  }
  assert.deepEqual(seed.closings, ['V2_NOT_AGREED', 'V2_NOT_AGREED']);
});

test('a seed answers for every layer, with proofs, and rejects what is not there', async () => {
  const pieceLength = 4 * BLOCK;
  const length = 27 * BLOCK - 9;
  await using lab = await Lab.open({ content: length, version: 'v2', pieceLength });
  const seed = await lab.seed();
  const piecesRoot = lab.metainfo.files[0]?.piecesRoot;
  const bytes = lab.content.get(joinPath(DOWNLOADS, 'content'));
  assert.ok(piecesRoot && bytes);
  const rows = rowsOf(bytes);
  const peer = await lab.run(() => RawPeer.dial(lab.world.host('asker'), seed.endpoint));
  peer.greet(v2HashOf(lab), { v2: true });
  const ask = async (range: HashRange): Promise<PeerMessage> => {
    peer.messages.length = 0;
    peer.send({ type: 'hash-request', ...range });
    const isAnswer = ({ type }: { type: string }): boolean =>
      type === 'hashes' || type === 'hash-reject';
    await lab.until(() => peer.messages.some(isAnswer));
    const answer = peer.messages.find(isAnswer);
    assert.ok(answer?.type === 'hashes' || answer?.type === 'hash-reject');
    const { piecesRoot: root, baseLayer, index, length: count, proofLayers } = answer;
    assert.deepEqual(
      { ...range },
      { piecesRoot: Uint8Array.from(root), baseLayer, index, length: count, proofLayers },
    );
    return answer;
  };
  for (const [baseLayer, index, count, proofLayers] of [
    [2, 0, 8, 0],
    [2, 0, 2, 2],
    [2, 6, 2, 1],
    [3, 2, 2, 1],
    [0, 4, 4, 1],
    [0, 4, 4, 4],
    [0, 26, 2, 4],
    [1, 0, 2, 3],
    [0, 24, 2, 0],
  ] as const) {
    const range: HashRange = { piecesRoot, baseLayer, index, length: count, proofLayers };
    const answer = await ask(range);
    assert.ok(answer.type === 'hashes', `layer ${baseLayer} at ${index}`);
    assert.equal(formatHex(answer.hashes), formatHex(answerOf(rows, range)));
  }
  for (const wrong of [
    { piecesRoot: new Uint8Array(32) },
    { length: 0 },
    { length: 3 },
    { length: 0xffff_ffff },
    { baseLayer: 5 },
    { baseLayer: 0, index: 0, length: 8 }, // of two pieces
    { proofLayers: 5 },
    { index: 32 },
  ]) {
    const usual = { piecesRoot, baseLayer: 2, index: 0, length: 2, proofLayers: 0 };
    const range: HashRange = { ...usual, ...wrong };
    assert.equal((await ask(range)).type, 'hash-reject', JSON.stringify(wrong));
  }
});

test('a flood of hash requests is refused after a while, and the seed serves on', async () => {
  await using lab = await Lab.open({ content: 3_000_000, version: 'v2', pieceLength: BLOCK });
  const seed = await lab.seed();
  const piecesRoot = lab.metainfo.files[0]?.piecesRoot;
  assert.ok(piecesRoot);
  const peer = await lab.run(() => RawPeer.dial(lab.world.host('flooder'), seed.endpoint));
  peer.greet(v2HashOf(lab), { v2: true });
  const request: PeerMessage = {
    type: 'hash-request',
    piecesRoot,
    baseLayer: 0,
    index: 0,
    length: 128,
    proofLayers: 0,
  };
  for (let count = 0; count < 2_000; count++) peer.send(request);
  await lab.until(() => peer.count('hashes') + peer.count('hash-reject') === 2_000);
  assert.ok(peer.count('hashes') >= 8);
  assert.ok(peer.count('hashes') <= 4_096 / 128 + 20, `${peer.count('hashes')} were answered`);
  const leech = await lab.leech('leech', [seed]);
  await lab.untilSeeding(leech);
});

test('a magnet of v2 alone brings metadata, layers and content, and starts again without them', async () => {
  await using lab = await Lab.open({
    content: { a: 400_000, 'b/c': 70_000, d: 10 },
    version: 'v2',
    pieceLength: BLOCK,
  });
  const seed = await lab.seed();
  const { infoHashV2 } = lab.metainfo;
  assert.ok(infoHashV2);
  const source = `magnet:?xt=urn:btmh:1220${formatHex(idBytes(infoHashV2))}`;
  const leech = await lab.leech('leech', [seed], { source });
  await lab.untilSeeding(leech);
  assert.deepEqual(leech.torrent.metainfo?.pieceRoots, lab.metainfo.pieceRoots);
  await lab.run(() => leech.dispose());
  await lab.run(() => seed.dispose());
  await lab.run(() => leech.start(source));
  await lab.until(() => leech.isSeeding);
});

test('what only one peer lies about costs no honest one its place', async () => {
  await using lab = await Lab.open({ content: 2_000_000, version: 'v2', pieceLength: 8 * BLOCK });
  const slow = { bandwidth: { up: 150_000, down: 150_000 } };
  const honest = [await lab.seed('one', { host: slow }), await lab.seed('two', { host: slow })];
  const host = lab.world.host({ name: 'liar', ...slow });
  const leech = await lab.leech('leech', honest);
  const peer = await lab.run(() => RawPeer.dial(host, leech.endpoint));
  peer.greet(v2HashOf(lab), { v2: true });
  serve(peer, { host, infoHash: v2HashOf(lab), answer: (block) => [spoilt(lab, block)] });
  await lab.untilSeeding(leech);
  assert.ok(peer.isClosed);
  for (const node of honest) assert.ok(!node.closings.includes('WRONG_DATA'));
  assert.equal(leech.closings.filter((code) => code === 'WRONG_DATA').length, 1);
});
