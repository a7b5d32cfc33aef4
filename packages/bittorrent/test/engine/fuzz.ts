/**
 * Conversations between honest peers, recorded, spoilt and said again to a seed, a leech, and one who waits
 * for metadata. Whatever is said, nothing breaks and the honest transfers finish.
 */
import assert from 'node:assert/strict';
import { concatBytes } from '@coequal/base';
import type { Ports } from '@coequal/base';
import {
  encodeExtendedHandshake,
  EXTENDED_HANDSHAKE_ID,
} from '../../src/core/wire/extension-protocol.ts';
import { HANDSHAKE_LENGTH } from '../../src/core/wire/handshake.ts';
import { encodePeerMessage } from '../../src/core/wire/peer-wire.ts';
import { encodePexMessage, PEX_EXTENSION, UT_PEX_ID } from '../../src/core/wire/pex-message.ts';
import { withConns, wrapConn } from '../wrapped-ports.ts';
import { Lab } from './lab.ts';
import type { LabNode, LabOptions } from './lab.ts';
import { RawPeer } from './raw-peer.ts';

type Random = Lab['world']['random'];

/** What one side said: its handshake, then its messages with their length prefixes. */
type Conversation = readonly Uint8Array[];

const CONTENT = 300_000;
/** The last two have hash requests in their conversations (BEP 52). */
const VERSIONS = ['v1', 'hybrid', 'v2'] as const;
/** Where a handshake has the peer id, to its end (BEP 3). */
const PEER_ID_AT = HANDSHAKE_LENGTH - 20;
/** Spoilt conversations in one run. */
const ROUNDS = 40;

function optionsOf(seed: number): LabOptions {
  const version = VERSIONS[seed % VERSIONS.length] ?? 'v1';
  return { content: CONTENT, pieceLength: 65_536, version, seed };
}

/** The ports, and a copy of what is sent over each of their connections. */
function recorded(ports: Ports, streams: Uint8Array[][]): Ports {
  return withConns(ports, (conn) => {
    const stream: Uint8Array[] = [];
    streams.push(stream);
    return wrapConn(conn, {
      send: (chunks, onSent) => {
        for (const chunk of chunks) stream.push(chunk.slice());
        return conn.send(chunks, onSent);
      },
    });
  });
}

function cut(stream: readonly Uint8Array[]): Conversation {
  const bytes = concatBytes(stream);
  const frames = [bytes.subarray(0, HANDSHAKE_LENGTH)];
  for (let at = HANDSHAKE_LENGTH; at + 4 <= bytes.length;) {
    const end = at + 4 + new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(0);
    frames.push(bytes.subarray(at, end));
    at = end;
  }
  return frames;
}

/**
 * Both sides of a transfer with a .torrent file, and of one that begins with a magnet link. The seed gives
 * the content, and names the peer ids: other names than those of the victims.
 */
async function record(seedOfLab: number): Promise<readonly Conversation[]> {
  await using lab = await Lab.open(optionsOf(seedOfLab));
  const streams: Uint8Array[][] = [];
  const wrap = (ports: Ports): Ports => recorded(ports, streams);
  const seed = await lab.seed('recorded seed', { wrap });
  const leech = await lab.leech('recorded leech', [seed], { wrap });
  await lab.untilSeeding(leech);
  const source = magnetOf(lab);
  const magnet = await lab.leech('recorded magnet', [seed, leech], { source, wrap });
  await lab.untilSeeding(magnet);
  // two who dialled each other said little over the connection that went
  const conversations = streams.map(cut).filter(({ length }) => length > 3);
  assert.ok(conversations.length >= 4);
  const greetings = conversations.flatMap(([greeting]) => greeting ?? []);
  return [...conversations, ...greetings.map((greeting) => exchange(greeting))];
}

/** Transfers here are over before peers are told of others (BEP 11). */
function exchange(greeting: Uint8Array): Conversation {
  const extended = (id: number, payload: Uint8Array): Uint8Array =>
    encodePeerMessage({ type: 'extended', id, payload });
  const extensions = new Map([[PEX_EXTENSION, 7]]);
  const told = Array.from({ length: 20 }, (_, index) => ({ host: `10.200.0.${index}`, port: 7 }));
  const added = told.map((endpoint) => ({ endpoint, flags: 0 }));
  return [
    greeting,
    extended(EXTENDED_HANDSHAKE_ID, encodeExtendedHandshake({ extensions, port: 7_000 })),
    extended(UT_PEX_ID, encodePexMessage({ added, dropped: told.slice(9) })),
  ];
}

function magnetOf({ metainfo: { infoHash, infoHashV2 } }: Lab): string {
  const topic = infoHash === undefined ? `urn:btmh:1220${infoHashV2}` : `urn:btih:${infoHash}`;
  return `magnet:?xt=${topic}`;
}

/** One change to a conversation, in place. */
type Mutation = (
  frames: Uint8Array[],
  at: number,
  random: Random,
  all: readonly Conversation[],
) => void;

function pick<Item>(items: readonly Item[], random: Random): Item {
  const item = items[random.integer(0, items.length - 1)];
  assert.ok(item !== undefined);
  return item;
}

/** Mostly the length is made to fit again, so that what follows is still heard as messages. */
function reframed(frame: Uint8Array, random: Random): Uint8Array {
  if (frame.length < 4 || random.chance(0.3)) return frame;
  const fitting = frame.slice();
  new DataView(fitting.buffer).setUint32(0, frame.length - 4);
  return fitting;
}

const MUTATIONS: readonly Mutation[] = [
  function flipBits(frames, at, random) {
    const frame = frames[at]?.slice() ?? new Uint8Array(0);
    for (let count = random.integer(1, 8); count > 0 && frame.length > 0; count--) {
      const place = random.integer(0, frame.length - 1);
      frame[place] = (frame[place] ?? 0) ^ (1 << random.integer(0, 7));
    }
    frames[at] = at === 0 ? frame : reframed(frame, random);
  },
  function cutShort(frames, at, random) {
    const frame = frames[at] ?? new Uint8Array(0);
    frames[at] = reframed(frame.subarray(0, random.integer(0, frame.length)), random);
  },
  function lengthen(frames, at, random) {
    const more = random.bytes(random.integer(1, 40));
    frames[at] = reframed(concatBytes([frames[at] ?? new Uint8Array(0), more]), random);
  },
  function repeat(frames, at, random) {
    const frame = frames[at] ?? new Uint8Array(0);
    const count = random.integer(1, frame.length > 1_000 ? 4 : 200);
    frames.splice(at, 0, ...Array<Uint8Array>(count).fill(frame));
  },
  function leaveOut(frames, at) {
    frames.splice(at, 1);
  },
  function exchange(frames, at, random) {
    const other = random.integer(1, frames.length - 1);
    const [a, b] = [frames[at], frames[other]];
    if (a !== undefined && b !== undefined) [frames[at], frames[other]] = [b, a];
  },
  function interject(frames, at, random, all) {
    const others = pick(all, random);
    const from = random.integer(1, others.length - 1);
    frames.splice(at, 0, ...others.slice(from, from + random.integer(1, 10)));
  },
  function claimLength(frames, at, random) {
    const frame = frames[at]?.slice() ?? new Uint8Array(0);
    if (frame.length < 4) return;
    const length = pick([0, 1, frame.length, 16_393, 131_081, 2 ** 31, 2 ** 32 - 1], random);
    new DataView(frame.buffer).setUint32(0, length);
    frames[at] = frame;
  },
  function stop(frames, at) {
    frames.length = at;
  },
];

function spoil(conversations: readonly Conversation[], random: Random): Uint8Array {
  const [handshake, ...messages] = pick(conversations, random);
  assert.ok(handshake !== undefined);
  // each under a name of its own: who is connected already would be refused
  const frames = [concatBytes([handshake.subarray(0, PEER_ID_AT), random.bytes(20)]), ...messages];
  for (let count = random.integer(1, 6); count > 0 && frames.length > 1; count--) {
    // without its handshake nothing is heard of the rest, so that one is spoilt seldom
    const first = random.chance(0.05) ? 0 : 1;
    pick(MUTATIONS, random)(
      frames,
      random.integer(first, frames.length - 1),
      random,
      conversations,
    );
  }
  return concatBytes(frames);
}

/** In parts as a network may deliver them, with pauses. */
async function say(lab: Lab, peer: RawPeer, bytes: Uint8Array): Promise<void> {
  const { random } = lab.world;
  for (let at = 0; at < bytes.length && !peer.isClosed;) {
    const end = at + random.integer(1, random.chance(0.5) ? 200 : 100_000);
    peer.sendBytes(bytes.slice(at, end));
    at = end;
    if (random.chance(0.3)) await lab.world.pass(random.integer(1, 3_000));
  }
}

function countOpened(events: LabNode['events']): number {
  return events.filter(({ type }) => type === 'peer-opened').length;
}

export async function fuzz(seed: number): Promise<void> {
  const all = await record(seed);
  await using lab = await Lab.open(optionsOf(seed));
  const { random } = lab.world;
  const engine = { discovery: true };
  const honest = await lab.seed('seed', { engine });
  const leech = await lab.leech('leech', [], { engine });
  const magnet = await lab.leech('magnet', [], { engine, source: magnetOf(lab) });
  const victims: readonly LabNode[] = [honest, leech, magnet];
  for (let round = 0; round < ROUNDS; round++) {
    const host = lab.world.host(`noise-${round}`);
    const peer = await lab.run(() => RawPeer.dial(host, pick(victims, random).endpoint));
    await say(lab, peer, spoil(all, random));
    await lab.world.pass(random.integer(0, 2_000));
    if (random.chance(0.8)) peer.conn.close(); // others stay until they are given up
  }
  const heard = victims.reduce((sum, { events }) => sum + countOpened(events), 0);
  assert.ok(heard >= ROUNDS / 2, `only ${heard} conversations went beyond the handshake`);
  for (const node of [leech, magnet]) node.torrent.addPeers([honest.endpoint]);
  await lab.untilSeeding(leech, magnet);
}
