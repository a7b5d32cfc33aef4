/** The ways in which peers of the large swarms lie. docs/swarm-simulation.md says what comes of each. */
import { concatBytes } from '@coequal/base';
import type { SimRandom } from '@coequal/simulator';
import {
  decodeMetadataMessage,
  encodeMetadataMessage,
  METADATA_EXTENSION,
  metadataPieceLength,
} from '../../src/core/wire/metadata-exchange.ts';
import { decodeExtendedHandshake } from '../../src/core/wire/extension-protocol.ts';
import {
  encodePeerMessage,
  PIECE_HEADER_LENGTH,
  writePieceHeader,
} from '../../src/core/wire/peer-wire.ts';
import type { ReceivedMessage } from '../../src/core/wire/peer-wire.ts';
import { LIAR_METADATA_ID } from './liar-link.ts';
import type { LiarLink, LiarWays } from './liar-link.ts';

/** What liars know of the torrent. They have nothing of its content. */
export interface Truth {
  readonly pieceCount: number;
  readonly metadataSize: number;
}

export const LIAR_KINDS = [
  'wrong-bytes',
  'false-bitfield',
  'false-haves',
  'never-unchokes',
  'chokes-at-once',
  'request-flood',
  'piece-flood',
  'slow-loris',
  'wrong-metadata',
  'garbage',
  'redials-when-banned',
] as const;

export type LiarKind = (typeof LIAR_KINDS)[number];

/** Requests a second on each link of one that floods. */
const FLOOD_REQUESTS = 200;
const BLOCK_LENGTH = 16_384;

export function waysOf(kind: LiarKind, truth: Truth, random: SimRandom): LiarWays {
  const noise = random.bytes(BLOCK_LENGTH);
  switch (kind) {
    case 'wrong-bytes':
    case 'redials-when-banned':
      return serveInstead(noise);
    case 'false-bitfield':
      return { opened: haveAll, heard: unchokeInterested };
    case 'false-haves':
      return {
        opened: (link) => link.send({ type: 'have-none' }),
        heard: unchokeInterested,
        tick: (link) => link.send({ type: 'have', piece: random.integer(0, truth.pieceCount - 1) }),
      };
    case 'never-unchokes':
      return { opened: haveAll };
    case 'chokes-at-once':
      return {
        opened: haveAll,
        tick: (link) => link.send({ type: 'unchoke' }, { type: 'choke' }),
      };
    case 'request-flood':
      return floodRequests(truth, random);
    case 'piece-flood':
      return {
        opened: (link) => link.send({ type: 'have-none' }),
        tick: (link) => {
          if (link.conn.queuedBytes === 0)
            link.send({
              type: 'piece',
              piece: random.integer(0, truth.pieceCount - 1),
              begin: 0,
              block: noise,
            });
        },
      };
    case 'slow-loris':
      return dribble(noise);
    case 'wrong-metadata':
      return forgeMetadata(truth, random);
    case 'garbage':
      return { opened: (link) => link.sendBytes(random.bytes(random.integer(1, 2_000))) };
  }
}

function haveAll(link: LiarLink): void {
  link.send({ type: 'have-all' });
}

function unchokeInterested(link: LiarLink, message: ReceivedMessage): void {
  if (message.type === 'interested') link.send({ type: 'unchoke' });
}

/** As a seed, but for the bytes. */
function serveInstead(bytes: Uint8Array): LiarWays {
  return {
    opened: haveAll,
    heard: (link, message) => {
      unchokeInterested(link, message);
      if (message.type !== 'request') return;
      const { piece, begin, length } = message;
      link.send({ type: 'piece', piece, begin, block: bytes.subarray(0, length) });
    },
  };
}

/** Once it is unchoked it asks for anything, over and over, and reads nothing. */
function floodRequests(truth: Truth, random: SimRandom): LiarWays {
  const flooding = new WeakSet<LiarLink>();
  const requests = Array.from({ length: FLOOD_REQUESTS }, () => {
    const piece = random.integer(0, truth.pieceCount - 2);
    return encodePeerMessage({ type: 'request', piece, begin: 0, length: BLOCK_LENGTH });
  });
  const flood = concatBytes(requests);
  return {
    opened: (link) => link.send({ type: 'have-none' }, { type: 'interested' }),
    heard: (link, message) => {
      if (message.type !== 'unchoke') return;
      flooding.add(link);
      link.conn.pause();
    },
    tick: (link) => {
      if (flooding.has(link)) link.sendBytes(flood);
    },
  };
}

/** The header of a block at once, and its bytes one a second. */
function dribble(bytes: Uint8Array): LiarWays {
  const owed = new WeakMap<LiarLink, { readonly length: number; sent: number }>();
  return {
    opened: haveAll,
    heard: (link, message) => {
      unchokeInterested(link, message);
      if (message.type !== 'request' || owed.has(link)) return;
      const { piece, begin, length } = message;
      const header = new Uint8Array(PIECE_HEADER_LENGTH);
      writePieceHeader(header, 0, piece, begin, length);
      link.sendBytes(header);
      owed.set(link, { length, sent: 0 });
    },
    tick: (link) => {
      const block = owed.get(link);
      if (block === undefined || block.sent >= block.length) return;
      link.sendBytes(bytes.subarray(block.sent, block.sent + 1));
      block.sent += 1;
    },
  };
}

/** Answers whoever has a magnet link alone, with bytes of its own; has nothing else. */
function forgeMetadata(truth: Truth, random: SimRandom): LiarWays {
  const ids = new WeakMap<LiarLink, number>();
  return {
    opened: (link) => link.send({ type: 'have-none' }),
    heard: (link, message) => {
      if (message.type !== 'extended') return;
      if (message.id === 0) {
        const { extensions } = decodeExtendedHandshake(message.payload);
        ids.set(link, extensions.get(METADATA_EXTENSION) ?? 0);
        return;
      }
      const asked = decodeMetadataMessage(message.payload);
      if (message.id !== LIAR_METADATA_ID || asked.type !== 'request') return;
      const totalSize = truth.metadataSize;
      const bytes = random.bytes(metadataPieceLength(totalSize, asked.piece));
      const payload = encodeMetadataMessage({ type: 'data', piece: asked.piece, totalSize, bytes });
      link.send({ type: 'extended', id: ids.get(link) ?? 0, payload });
    },
  };
}
