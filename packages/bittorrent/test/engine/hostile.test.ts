import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatBytes, encodeUtf8 } from '@coequal/base';
import { encodeDontHave, LT_DONTHAVE_ID } from '../../src/core/wire/dont-have.ts';
import { encodePeerMessage } from '../../src/core/wire/peer-wire.ts';
import type { PeerMessage } from '../../src/core/wire/peer-wire.ts';
import { Lab, LIMIT_MS } from './lab.ts';
import type { LabNode } from './lab.ts';
import { RawPeer } from './raw-peer.ts';

/** Who is attacked: they differ in what they can check. */
type Victim = 'seed' | 'leech' | 'magnet';

interface Attack {
  readonly name: string;
  /** Codes of the fault for which the link is closed; undefined: it is borne. Only those named are attacked. */
  readonly codes: Partial<Record<Victim, string | undefined>>;
  /** What is sent after a valid handshake. */
  bytes(): Uint8Array;
  readonly fast?: boolean;
}

const EVERYONE: readonly Victim[] = ['seed', 'leech', 'magnet'];

function all(code: string | undefined): Attack['codes'] {
  return Object.fromEntries(EVERYONE.map((victim) => [victim, code]));
}

function encode(...messages: readonly PeerMessage[]): () => Uint8Array {
  return () => concatBytes(messages.map((message) => encodePeerMessage(message)));
}

/** A length prefix, an id and that many bytes of nothing. */
function frame(length: number, id: number, sent = length - 1): () => Uint8Array {
  return () => {
    const bytes = new Uint8Array(5 + sent);
    new DataView(bytes.buffer).setUint32(0, length);
    bytes[4] = id;
    return bytes;
  };
}

function extended(id: number, text: string): () => Uint8Array {
  return encode({ type: 'extended', id, payload: encodeUtf8(text) });
}

function many(count: number, message: (index: number) => PeerMessage): () => Uint8Array {
  return encode(...Array.from({ length: count }, (_, index) => message(index)));
}

const BLOCK = { piece: 0, begin: 0, length: 16_384 };
/** The content of the lab below: nine pieces of 32 KiB and a last one of 5,088 bytes. */
const PIECES = 10;

const ATTACKS: readonly Attack[] = [
  {
    name: 'random bytes',
    codes: all('MESSAGE_TOO_LONG'),
    bytes: () => Uint8Array.from({ length: 1_000 }, (_, index) => (index * 167 + 201) & 255),
  },
  { name: 'a message of 4 GB', codes: all('MESSAGE_TOO_LONG'), bytes: frame(0xffff_ffff, 5, 0) },
  {
    name: 'an unknown message of 1 MB',
    codes: all('MESSAGE_TOO_LONG'),
    bytes: frame(2 ** 20, 99, 0),
  },
  { name: 'an unknown message', codes: all(undefined), bytes: frame(1_000, 99) },
  { name: 'a have that is too short', codes: all('MESSAGE_TOO_SHORT'), bytes: frame(4, 4) },
  { name: 'a choke that is too long', codes: all('MESSAGE_TOO_LONG'), bytes: frame(2, 0) },
  { name: 'a block without its place', codes: all('MESSAGE_TOO_SHORT'), bytes: frame(5, 7) },
  { name: 'a block of 1 MB', codes: all('MESSAGE_TOO_LONG'), bytes: frame(2 ** 20, 7, 0) },
  {
    name: 'a have of a piece that does not exist',
    codes: { seed: 'BAD_PIECE_INDEX', leech: 'BAD_PIECE_INDEX' },
    bytes: encode({ type: 'have', piece: PIECES }),
  },
  {
    name: 'haves before the metadata',
    codes: { magnet: undefined },
    bytes: many(100_000, (piece) => ({ type: 'have', piece })),
  },
  {
    name: 'a bitfield that is too long',
    codes: { seed: 'MESSAGE_TOO_LONG', leech: 'MESSAGE_TOO_LONG' },
    bytes: encode({ type: 'bitfield', bytes: new Uint8Array(3) }),
  },
  {
    name: 'a bitfield that is too short',
    codes: { seed: 'BAD_BITFIELD', leech: 'BAD_BITFIELD' },
    bytes: encode({ type: 'bitfield', bytes: new Uint8Array(1) }),
  },
  {
    name: 'a bitfield with a spare bit set',
    codes: { seed: 'BAD_BITFIELD', leech: 'BAD_BITFIELD' },
    bytes: encode({ type: 'bitfield', bytes: new Uint8Array([0, 1]) }),
  },
  {
    name: 'bitfields over and over',
    codes: { seed: 'BITFIELD_FLOOD', leech: 'BITFIELD_FLOOD', magnet: 'BITFIELD_FLOOD' },
    bytes: many(5_000, (index) => ({ type: 'bitfield', bytes: new Uint8Array([index & 255, 0]) })),
  },
  {
    name: 'have-all over and over',
    codes: { leech: 'BITFIELD_FLOOD', magnet: 'BITFIELD_FLOOD' }, // a seed leaves who has all, too
    bytes: many(5_000, () => ({ type: 'have-all' })),
  },
  {
    name: 'have-all without the fast extension',
    codes: all('FAST_NOT_AGREED'),
    bytes: encode({ type: 'have-all' }),
    fast: false,
  },
  {
    name: 'a reject of what was not asked for',
    codes: { seed: undefined, leech: undefined },
    bytes: encode({ type: 'reject', ...BLOCK }),
  },
  {
    name: 'a reject far out of bounds',
    codes: { leech: 'BAD_PIECE_INDEX' },
    bytes: encode({ type: 'reject', piece: 2 ** 32 - 1, begin: 2 ** 32 - 1, length: 2 ** 32 - 1 }),
  },
  {
    name: 'a request while choked',
    codes: { seed: undefined, leech: undefined },
    bytes: encode({ type: 'request', ...BLOCK }),
  },
  {
    name: 'a request before there is metadata',
    codes: { magnet: 'REQUEST_BEFORE_METADATA' },
    bytes: encode({ type: 'request', ...BLOCK }),
  },
  {
    name: 'a request of no bytes',
    codes: { seed: 'BAD_REQUEST', leech: 'BAD_REQUEST' },
    bytes: encode({ type: 'request', ...BLOCK, length: 0 }),
  },
  {
    name: 'a request longer than any block',
    codes: { seed: 'BAD_REQUEST' },
    bytes: encode({ type: 'request', ...BLOCK, length: 131_073 }),
  },
  {
    name: 'a request past the end of its piece',
    codes: { seed: 'BAD_REQUEST' },
    bytes: encode({ type: 'request', piece: PIECES - 1, begin: 0, length: 16_384 }),
  },
  {
    name: 'a request that begins past everything',
    codes: { seed: 'BAD_REQUEST' },
    bytes: encode({ type: 'request', piece: 0, begin: 2 ** 32 - 1, length: 16_384 }),
  },
  {
    name: 'a request of a piece that does not exist',
    codes: { seed: 'BAD_PIECE_INDEX' },
    bytes: encode({ type: 'request', ...BLOCK, piece: PIECES }),
  },
  {
    name: 'a flood of requests',
    codes: { seed: 'REQUEST_FLOOD' },
    bytes: () =>
      concatBytes([
        encode({ type: 'interested' })(),
        many(20_000, () => ({ type: 'request', ...BLOCK }))(),
      ]),
  },
  {
    name: 'cancels of what was not asked for',
    codes: { seed: undefined, leech: undefined },
    bytes: many(10_000, () => ({ type: 'cancel', ...BLOCK })),
  },
  {
    name: 'blocks that nobody asked for',
    codes: all('UNASKED_BLOCK'),
    bytes: many(100, (index) => ({
      type: 'piece',
      piece: index,
      begin: 0,
      block: new Uint8Array(100),
    })),
  },
  {
    name: 'suggestions and allowances of everything',
    codes: { leech: 'BAD_PIECE_INDEX' },
    bytes: many(1_000, (piece) => ({ type: piece % 2 ? 'suggest' : 'allowed-fast', piece })),
  },
  {
    name: 'interest that changes all the time',
    codes: { seed: undefined, leech: undefined },
    bytes: many(2_000, (index) => ({ type: index % 2 ? 'interested' : 'not-interested' })),
  },
  {
    name: 'an extended handshake that is no dictionary',
    codes: all('BAD_EXTENDED_HANDSHAKE'),
    bytes: extended(0, 'i1e'),
  },
  {
    name: 'an extended handshake cut short',
    codes: all('BENCODE_INVALID'),
    bytes: extended(0, 'd1:m'),
  },
  {
    name: 'an extended handshake nested deeply',
    codes: all('BENCODE_LIMIT'),
    bytes: extended(0, 'l'.repeat(30_000)),
  },
  {
    name: 'an extended handshake with a thousand extensions',
    codes: all('BENCODE_LIMIT'),
    bytes: extended(
      0,
      `d1:md${Array.from({ length: 1_000 }, (_, i) => `4:${1_000 + i}i1e`).join('')}ee`,
    ),
  },
  {
    name: 'extended handshakes over and over',
    codes: all(undefined),
    bytes: () => concatBytes(Array.from({ length: 1_000 }, extended(0, 'd1:pi6881ee'))),
  },
  {
    name: 'extended messages of an unknown kind',
    codes: all(undefined),
    bytes: extended(77, 'x'.repeat(1_000)),
  },
  {
    name: 'metadata of the largest size there can be',
    codes: { magnet: 'METADATA_TOO_LONG' },
    bytes: extended(0, 'd1:md11:ut_metadatai3ee13:metadata_sizei9007199254740991ee'),
  },
  {
    name: 'a request for metadata by who takes none',
    codes: all('METADATA_NOT_AGREED'),
    bytes: extended(1, 'd8:msg_typei0e5:piecei0ee'),
  },
  {
    name: 'metadata that nobody asked for',
    codes: { seed: undefined, leech: undefined },
    bytes: extended(1, 'd8:msg_typei1e5:piecei0e10:total_sizei9eexxxxxxxxx'),
  },
  {
    name: 'a metadata message that is none',
    codes: all('BENCODE_INVALID'),
    bytes: extended(1, 'spam'),
  },
  {
    name: 'the loss of a piece, a byte short',
    codes: all('MESSAGE_TOO_SHORT'),
    bytes: extended(LT_DONTHAVE_ID, '\0\0\0'),
  },
  {
    name: 'the loss of a piece, a byte too long',
    codes: all('MESSAGE_TOO_LONG'),
    bytes: extended(LT_DONTHAVE_ID, '\0\0\0\0\0'),
  },
  {
    name: 'the loss of a piece that the torrent does not have',
    codes: { seed: 'BAD_PIECE_INDEX', leech: 'BAD_PIECE_INDEX' },
    bytes: extended(LT_DONTHAVE_ID, '\0\0\0\n'),
  },
  {
    name: 'the loss of a piece that no torrent has',
    codes: all('BAD_PIECE_INDEX'),
    bytes: extended(LT_DONTHAVE_ID, '\x7f\x7f\x7f\x7f'),
  },
  {
    name: 'the loss of pieces that it never had',
    codes: all(undefined),
    bytes: many(5_000, (index) => {
      return { type: 'extended', id: LT_DONTHAVE_ID, payload: encodeDontHave(index % PIECES) };
    }),
  },
];

/** Attacks one after another, each over a link of its own; the victim must bear them all. */
async function attack(lab: Lab, victim: LabNode, kind: Victim): Promise<void> {
  for (const it of ATTACKS) {
    const { name, codes, fast } = it;
    if (!(kind in codes)) continue;
    const before = victim.closings.length;
    const host = lab.world.host(`${kind}: ${name}`);
    const peer = await lab.run(() => RawPeer.dial(host, victim.endpoint));
    peer.greet(lab.infoHash, { fast: fast !== false });
    peer.sendBytes(it.bytes());
    await lab.world.pass(3_000);
    assert.deepEqual(
      victim.closings.slice(before),
      codes[kind] === undefined ? [] : [codes[kind]],
      `${name} against a ${kind}`,
    );
    peer.conn.close();
    await lab.world.pass(500);
  }
}

test('a seed bears whatever peers send, and serves on', async () => {
  await using lab = await Lab.open({ content: 300_000 });
  const seed = await lab.seed();
  await attack(lab, seed, 'seed');
  const leech = await lab.leech('honest', [seed]);
  await lab.untilSeeding(leech);
});

test('a leech bears whatever peers send, and finishes', async () => {
  await using lab = await Lab.open({ content: 300_000 });
  const leech = await lab.leech('leech');
  await attack(lab, leech, 'leech');
  const seed = await lab.seed();
  leech.torrent.addPeers([seed.endpoint]);
  await lab.untilSeeding(leech);
});

test('who waits for metadata bears whatever peers send, and gets it', async () => {
  await using lab = await Lab.open({ content: 300_000 });
  const source = `magnet:?xt=urn:btih:${lab.metainfo.infoHash}`;
  const leech = await lab.leech('leech', [], { source });
  await attack(lab, leech, 'magnet');
  const seed = await lab.seed();
  leech.torrent.addPeers([seed.endpoint]);
  await lab.untilSeeding(leech);
});

test('claims about pieces that the metadata shows to be false end the link', async () => {
  await using lab = await Lab.open({ content: 300_000 });
  const source = `magnet:?xt=urn:btih:${lab.metainfo.infoHash}`;
  const leech = await lab.leech('leech', [], { source });
  const claims: readonly PeerMessage[] = [
    { type: 'have', piece: 1_000_000 },
    { type: 'bitfield', bytes: new Uint8Array(100_000).fill(0xff) },
    { type: 'suggest', piece: 1_000_000 },
    { type: 'allowed-fast', piece: 1_000_000 },
    { type: 'extended', id: LT_DONTHAVE_ID, payload: encodeDontHave(1_000_000) },
  ];
  const peers: RawPeer[] = [];
  for (const [index, claim] of claims.entries()) {
    const host = lab.world.host(`liar-${index}`);
    const peer = await lab.run(() => RawPeer.dial(host, leech.endpoint));
    peer.greet(lab.infoHash);
    peer.send(claim);
    peers.push(peer);
  }
  await lab.world.pass(1_000);
  const seed = await lab.seed();
  leech.torrent.addPeers([seed.endpoint]);
  await lab.untilSeeding(leech);
  assert.ok(peers.every(({ isClosed }) => isClosed));
  const codes = leech.closings.filter((code) => code?.startsWith('BAD_'));
  assert.deepEqual(codes, [
    'BAD_PIECE_INDEX',
    'BAD_BITFIELD',
    'BAD_PIECE_INDEX',
    'BAD_PIECE_INDEX',
    'BAD_PIECE_INDEX',
  ]);
});

test('bytes that are no handshake end the connection at once', async () => {
  await using lab = await Lab.open({ content: 300_000 });
  const seed = await lab.seed();
  const host = lab.world.host('stranger');
  const greetings = [
    encodeUtf8('GET / HTTP/1.1\r\n\r\n'),
    encodePeerMessage({ type: 'interested' }),
    lab.world.random.bytes(10_000),
    new Uint8Array(10_000),
    encodeUtf8('\x13BitTorrent protocoL'),
  ];
  for (const greeting of greetings) {
    const peer = await lab.run(() => RawPeer.dial(host, seed.endpoint));
    peer.sendBytes(greeting);
    await lab.until(() => peer.isClosed, 1_000);
    assert.equal(peer.handshake, undefined);
  }
  assert.equal(seed.events.filter(({ type }) => type === 'peer-opened').length, 0);
});

test('blocks with a place that aliases another are no danger', async () => {
  await using lab = await Lab.open({ content: 3_000_000 });
  const leech = await lab.leech('leech');
  const host = lab.world.host('trickster');
  const peer = await lab.run(() => RawPeer.dial(host, leech.endpoint));
  peer.greet(lab.infoHash);
  peer.send({ type: 'have-all' }, { type: 'unchoke' });
  await lab.until(() => peer.count('request') > 20);
  const asked = peer.messages.flatMap((message) =>
    message.type === 'request' ? [message.piece] : [],
  );
  const aliased = asked.filter((piece) => asked.includes(piece - 1)).slice(0, 10);
  assert.ok(aliased.length > 0);
  for (const piece of aliased) {
    // as far behind the piece before as the piece begins behind that, by a count of blocks
    for (const begin of [2 ** 27, 8_192, 1, 2 ** 32 - 16_384, 32_768]) {
      peer.send({ type: 'piece', piece: piece - 1, begin, block: new Uint8Array(16_384) });
      peer.send({ type: 'reject', piece: piece - 1, begin, length: 16_384 });
    }
  }
  await lab.world.pass(5_000);
  const seed = await lab.seed();
  leech.torrent.addPeers([seed.endpoint]);
  await lab.untilSeeding(leech);
});

for (const seed of [1, 2, 3, 4, 5, 6]) {
  test(`random messages in random order break nothing (seed ${seed})`, async () => {
    await using lab = await Lab.open({ content: 300_000, seed });
    const { random } = lab.world;
    const honest = await lab.seed();
    const leech = await lab.leech('leech');
    const stop = lab.world.now + 120_000;
    for (let round = 0; lab.world.now < stop; round++) {
      const host = lab.world.host(`noise-${round}`);
      const victim = random.chance(0.5) ? leech : honest;
      const peer = await lab.run(() => RawPeer.dial(host, victim.endpoint));
      peer.greet(lab.infoHash, { fast: random.chance(0.8), extensions: random.chance(0.8) });
      for (let count = random.integer(1, 60); count > 0; count--) peer.send(randomMessage(lab));
      await lab.world.pass(random.integer(100, 4_000));
      peer.conn.close();
    }
    leech.torrent.addPeers([honest.endpoint]);
    await lab.until(() => leech.isSeeding, LIMIT_MS);
    lab.assertContent(leech);
  });
}

function randomMessage({ world: { random } }: Lab): PeerMessage {
  const piece = random.integer(0, PIECES - 1);
  const begin = random.integer(0, 2) * 16_384;
  const length = random.chance(0.9) ? 16_384 : random.integer(1, 16_384);
  const messages: readonly PeerMessage[] = [
    { type: 'choke' },
    { type: 'unchoke' },
    { type: 'interested' },
    { type: 'not-interested' },
    { type: 'have', piece },
    { type: 'have-all' },
    { type: 'have-none' },
    { type: 'bitfield', bytes: new Uint8Array([random.integer(0, 255), 0xc0]) },
    { type: 'request', piece, begin, length },
    { type: 'cancel', piece, begin, length },
    { type: 'reject', piece, begin, length },
    { type: 'piece', piece, begin, block: random.bytes(length) },
    { type: 'suggest', piece },
    { type: 'allowed-fast', piece },
    { type: 'port', port: 1 },
    { type: 'extended', id: random.integer(0, 3), payload: encodeUtf8('d1:pi9ee') },
    { type: 'keep-alive' },
  ];
  return messages[random.integer(0, messages.length - 1)] ?? { type: 'keep-alive' };
}
