/** Messages of ut_metadata (BEP 9), and the machine that answers its requests. */
import { assert, concatBytes, PeerFault } from '@coequal/base';
import type { Millis } from '@coequal/base';
import { BencodeDictionary, decodeBencodePrefix, encodeBencode } from '../bencode.ts';
import type { BencodeLimits } from '../bencode.ts';

/** The name under which `m` of the extended handshake lists it. */
export const METADATA_EXTENSION = 'ut_metadata';

/** Bytes of every piece of metadata but the last. */
export const METADATA_PIECE_LENGTH = 16_384;

/** Largest info dictionary that is fetched, bytes: 1.6 million v1 pieces. */
export const METADATA_LENGTH_MAX = 33_554_432;

/** Bytes of an `unknown` one say nothing to us. `data` borrows from the payload. */
export type MetadataMessage =
  | { readonly type: 'request' | 'reject'; readonly piece: number }
  | {
      readonly type: 'data';
      readonly piece: number;
      /** Bytes of all metadata. */
      readonly totalSize: number;
      readonly bytes: Uint8Array;
    };

/** Of a type that BEP 9 does not name: ignored, as it asks. */
export type ReceivedMetadataMessage = MetadataMessage | { readonly type: 'unknown' };

/** `msg_type` (BEP 9). */
const MESSAGE_TYPE = { request: 0, data: 1, reject: 2 } as const;

/** The dictionary has three integers. The length is that of all extended messages. */
const BENCODE_LIMITS: BencodeLimits = { lengthMax: 32_768, depthMax: 4, countMax: 64 };

export function metadataPieceCount(length: number): number {
  return Math.ceil(length / METADATA_PIECE_LENGTH);
}

export function metadataPieceLength(length: number, piece: number): number {
  return Math.min(METADATA_PIECE_LENGTH, length - piece * METADATA_PIECE_LENGTH);
}

/** Throws PeerFault `BENCODE_INVALID`, `BENCODE_LIMIT` or `BAD_METADATA_MESSAGE`. */
export function decodeMetadataMessage(payload: Uint8Array): ReceivedMetadataMessage {
  const { value, end } = decodeBencodePrefix(payload, BENCODE_LIMITS);
  if (!(value instanceof BencodeDictionary)) {
    throw new PeerFault('BAD_METADATA_MESSAGE', { why: 'no dictionary' });
  }
  const type = value.integer('msg_type');
  if (type === MESSAGE_TYPE.request) return { type: 'request', piece: countOf(value, 'piece') };
  if (type === MESSAGE_TYPE.reject) return { type: 'reject', piece: countOf(value, 'piece') };
  if (type !== MESSAGE_TYPE.data) return { type: 'unknown' };
  return {
    type: 'data',
    piece: countOf(value, 'piece'),
    totalSize: countOf(value, 'total_size'),
    bytes: payload.subarray(end),
  };
}

function countOf(dictionary: BencodeDictionary, key: string): number {
  const value = dictionary.integer(key);
  if (value === undefined || value < 0) throw new PeerFault('BAD_METADATA_MESSAGE', { key });
  return value;
}

export function encodeMetadataMessage(message: MetadataMessage): Uint8Array<ArrayBuffer> {
  const { type, piece } = message;
  const dictionary = encodeBencode({
    msg_type: MESSAGE_TYPE[type],
    piece,
    total_size: type === 'data' ? message.totalSize : undefined,
  });
  return type === 'data' ? concatBytes([dictionary, message.bytes]) : dictionary;
}

/** How often a peer may have all metadata at once: it may lose some, and start anew. */
const SERVE_COPIES = 2;

/** Pieces that even the smallest metadata allows at once, as clients retry. */
const SERVE_BURST_MIN = 8;

/** A spent budget grows by one piece in this time: 16 KiB/s to a peer that only asks. */
const SERVE_PIECE_MS = 1_000;

/** Answers the requests of one peer, within a budget that grows back. */
export class MetadataServe {
  readonly #infoBytes: Uint8Array;
  readonly #budgetMax: number;
  #budget: number;
  #filledAt: Millis;

  constructor(infoBytes: Uint8Array, now: Millis) {
    assert(infoBytes.length > 0, 'there is metadata to serve');
    this.#infoBytes = infoBytes;
    const pieceCount = metadataPieceCount(infoBytes.length);
    this.#budgetMax = Math.max(SERVE_BURST_MIN, pieceCount * SERVE_COPIES);
    this.#budget = this.#budgetMax;
    this.#filledAt = now;
  }

  /** The answer; its bytes borrow from the metadata. A piece that does not exist is rejected. */
  answer(piece: number, now: Millis): MetadataMessage {
    const grown = this.#budget + (now - this.#filledAt) / SERVE_PIECE_MS;
    this.#budget = Math.min(this.#budgetMax, grown);
    this.#filledAt = now;
    const totalSize = this.#infoBytes.length;
    if (piece >= metadataPieceCount(totalSize) || this.#budget < 1)
      return { type: 'reject', piece };
    this.#budget -= 1;
    const begin = piece * METADATA_PIECE_LENGTH;
    const end = begin + metadataPieceLength(totalSize, piece);
    return { type: 'data', piece, totalSize, bytes: this.#infoBytes.subarray(begin, end) };
  }
}
