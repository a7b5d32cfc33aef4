import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { encodeUtf8 } from '@coequal/base';
import { encodeBencode } from '../../src/core/bencode.ts';
import { infoHashOf } from '../../src/core/ids.ts';
import type { InfoHash } from '../../src/core/ids.ts';
import {
  decodeMetadataMessage,
  encodeMetadataMessage,
  METADATA_PIECE_LENGTH,
} from '../../src/core/wire/metadata-exchange.ts';
import type { MetadataMessage } from '../../src/core/wire/metadata-exchange.ts';
import type { ReceivedMessage } from '../../src/core/wire/peer-wire.ts';
import { Lab } from './lab.ts';
import type { LabNode } from './lab.ts';
import { RawPeer } from './raw-peer.ts';

/** By which we take messages of ut_metadata. */
const THEIR_ID = 3;

function magnetOf(infoHash: InfoHash): string {
  return `magnet:?xt=urn:btih:${infoHash}`;
}

function metadataOf(message: ReceivedMessage): MetadataMessage | undefined {
  if (message.type !== 'extended' || message.id !== THEIR_ID) return undefined;
  const decoded = decodeMetadataMessage(message.payload);
  return decoded.type === 'unknown' ? undefined : decoded;
}

function offer(peer: RawPeer, size: number): void {
  const payload = encodeBencode({ m: { ut_metadata: THEIR_ID }, metadata_size: size });
  peer.send({ type: 'extended', id: 0, payload });
}

function say(peer: RawPeer, message: MetadataMessage): void {
  peer.send({ type: 'extended', id: 1, payload: encodeMetadataMessage(message) });
}

/** Dials, and gives `info` as the metadata. */
async function give(
  lab: Lab,
  leech: LabNode,
  infoHash: InfoHash,
  info: Uint8Array,
): Promise<RawPeer> {
  const host = lab.world.host(`giver-${lab.world.now}`);
  const peer = await lab.run(() => RawPeer.dial(host, leech.endpoint));
  peer.greet(infoHash);
  peer.onMessage = (message) => {
    const asked = metadataOf(message);
    if (asked?.type !== 'request') return;
    const begin = asked.piece * METADATA_PIECE_LENGTH;
    const bytes = info.subarray(begin, begin + METADATA_PIECE_LENGTH);
    say(peer, { type: 'data', piece: asked.piece, totalSize: info.length, bytes });
  };
  offer(peer, info.length);
  return peer;
}

const BOMBS: readonly {
  readonly name: string;
  readonly info: Uint8Array;
  readonly code: string;
}[] = [
  { name: 'lists in lists', info: encodeUtf8('l'.repeat(1_000_000)), code: 'BENCODE_LIMIT' },
  {
    name: 'dictionaries in dictionaries',
    info: encodeUtf8('d1:a'.repeat(250_000)),
    code: 'BENCODE_LIMIT',
  },
  {
    name: 'millions of empty lists',
    info: encodeUtf8(`l${'le'.repeat(4_000_000)}e`),
    code: 'BENCODE_LIMIT',
  },
  {
    name: 'a million digits',
    info: encodeUtf8(`i${'9'.repeat(1_000_000)}e`),
    code: 'BENCODE_INVALID',
  },
  {
    name: 'a string that goes on beyond it',
    info: encodeUtf8('d4:name9999999999:x'),
    code: 'BENCODE_INVALID',
  },
  { name: 'no dictionary', info: encodeUtf8('le'), code: 'METAINFO_FIELD' },
  { name: 'the same key twice', info: encodeUtf8('d4:name1:a4:name1:be'), code: 'BENCODE_INVALID' },
  {
    name: 'pieces of a gigabyte',
    info: encodeBencode({ length: 1, name: 'a', 'piece length': 2 ** 30, pieces: 'x'.repeat(20) }),
    code: 'METAINFO_PIECE_LENGTH',
  },
  {
    name: 'a file of more bytes than numbers are exact',
    info: encodeUtf8(
      `d6:lengthi9999999999999999999e4:name1:a12:piece lengthi16384e6:pieces20:${'x'.repeat(20)}e`,
    ),
    code: 'METAINFO_FIELD',
  },
];

for (const { name, info, code } of BOMBS) {
  test(`metadata that is what its hash says, and holds ${name}, ends its torrent alone`, async () => {
    await using lab = await Lab.open({ content: 100_000 });
    const seed = await lab.seed();
    const infoHash = infoHashOf(createHash('sha1').update(info).digest());
    const leech = await lab.leech('leech', [], { source: magnetOf(infoHash) });
    await give(lab, leech, infoHash, info);
    await lab.until(() => leech.torrent.state.type === 'failed');
    const { state } = leech.torrent;
    assert.equal(state.type === 'failed' && state.fault.code, code);
    const add = { useTrackers: false, peers: [seed.endpoint] };
    const other = await lab.run(() => leech.engine.add(lab.torrentFile, add));
    await lab.until(() => other.state.type === 'seeding');
    lab.assertContent(leech);
  });
}

test('liars that claim other lengths of the metadata do not keep it from who gets it', async () => {
  await using lab = await Lab.open({ content: 100_000 });
  const leech = await lab.leech('leech', [], { source: magnetOf(lab.infoHash) });
  const { length } = lab.metainfo.infoBytes;
  for (const size of [1, length - 1, length, length + 1, 20_000, 8_000_000, 33_000_000]) {
    const lie = lab.world.random.bytes(Math.min(size, 40_000));
    await give(lab, leech, lab.infoHash, lie);
  }
  await lab.world.pass(5_000);
  const seed = await lab.seed();
  leech.torrent.addPeers([seed.endpoint]);
  await lab.untilSeeding(leech);
});

test('lengths of the metadata that change all the time keep nobody from the true one', async () => {
  await using lab = await Lab.open({ content: 100_000 });
  const leech = await lab.leech('leech', [], { source: magnetOf(lab.infoHash) });
  const host = lab.world.host('fickle');
  const peer = await lab.run(() => RawPeer.dial(host, leech.endpoint));
  peer.greet(lab.infoHash);
  for (let round = 1; round <= 1_000; round++) offer(peer, round * 1_000);
  await lab.world.pass(10_000);
  assert.ok(!peer.isClosed);
  const seed = await lab.seed();
  leech.torrent.addPeers([seed.endpoint]);
  await lab.untilSeeding(leech);
});

test('whoever asks for the metadata without end gets it twice, then a piece a second', async () => {
  const content = Object.fromEntries(Array.from({ length: 900 }, (_, i) => [`file-${i}.bin`, 10]));
  await using lab = await Lab.open({ content });
  const seed = await lab.seed();
  const pieces = Math.ceil(lab.metainfo.infoBytes.length / METADATA_PIECE_LENGTH);
  const host = lab.world.host('greedy');
  const peer = await lab.run(() => RawPeer.dial(host, seed.endpoint));
  peer.greet(lab.infoHash);
  offer(peer, 1);
  const asked = 2_000;
  for (let count = 0; count < asked; count++) say(peer, { type: 'request', piece: count % pieces });
  await lab.world.pass(10_000);
  const answers = peer.messages.flatMap((message) => metadataOf(message)?.type ?? []);
  const given = answers.filter((type) => type === 'data').length;
  assert.equal(answers.length, asked, 'each has its answer');
  assert.ok(given >= pieces && given <= Math.max(8, 2 * pieces) + 10, `${given} pieces`);
  const leech = await lab.leech('leech', [seed], { source: magnetOf(lab.infoHash) });
  await lab.untilSeeding(leech);
});

test('extensions that share an id, or have none that fits, are no danger', async () => {
  await using lab = await Lab.open({ content: 100_000 });
  const leech = await lab.leech('leech', [], { source: magnetOf(lab.infoHash) });
  const tables = [
    'd1:md11:ut_metadatai3e6:ut_pexi3e11:lt_donthavei3ee13:metadata_sizei100ee',
    'd1:md11:ut_metadatai0ee13:metadata_sizei100ee',
    'd1:md11:ut_metadatai256ee13:metadata_sizei100ee',
    'd1:md11:ut_metadatai-1ee13:metadata_sizei100ee',
    'd1:md11:ut_metadata1:3e13:metadata_sizei100ee',
    'd1:mle13:metadata_sizei100ee',
    'd1:md0:i1e9:__proto__i3e11:constructori3e11:ut_metadatai3ee13:metadata_sizei100ee',
  ];
  for (const table of tables) {
    const host = lab.world.host(table);
    const peer = await lab.run(() => RawPeer.dial(host, leech.endpoint));
    peer.greet(lab.infoHash);
    const payload = encodeUtf8(table);
    for (let count = 0; count < 500; count++) peer.send({ type: 'extended', id: 0, payload });
    await lab.world.pass(2_000);
    assert.ok(!peer.isClosed, table);
  }
  const seed = await lab.seed();
  leech.torrent.addPeers([seed.endpoint]);
  await lab.untilSeeding(leech);
});
