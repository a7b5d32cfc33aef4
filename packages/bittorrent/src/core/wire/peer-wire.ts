/** Messages between peers, after the handshake (BEP 3, 5, 6, 10, 52). */
import { assert, ByteReader, PeerFault } from '@coequal/base';
import type { BlockRequest } from '../blocks.ts';

/** One table: ids, and the names that messages, logs and counters use. */
export const MESSAGE_ID = {
  choke: 0,
  unchoke: 1,
  interested: 2,
  'not-interested': 3,
  have: 4,
  bitfield: 5,
  request: 6,
  piece: 7,
  cancel: 8,
  port: 9,
  suggest: 13,
  'have-all': 14,
  'have-none': 15,
  reject: 16,
  'allowed-fast': 17,
  extended: 20,
  'hash-request': 21,
  hashes: 22,
  'hash-reject': 23,
} as const;

type MessageName = keyof typeof MESSAGE_ID;

/** Which hashes of a file's tree are asked for (BEP 52). */
export interface HashRange {
  /** Root of the file's tree, 32 bytes. */
  readonly piecesRoot: Uint8Array;
  /** Layer of the first hashes: 0 is the leaves. */
  readonly baseLayer: number;
  /** Of the first hash, within its layer. */
  readonly index: number;
  /** How many hashes of the base layer. */
  readonly length: number;
  /** How many layers of uncle hashes follow. */
  readonly proofLayers: number;
}

/** A message to send. Bytes of a decoded one borrow from its frame. */
export type PeerMessage =
  | { readonly type: 'keep-alive' }
  | { readonly type: 'choke' | 'unchoke' | 'interested' | 'not-interested' }
  | { readonly type: 'have-all' | 'have-none' }
  | { readonly type: 'have' | 'suggest' | 'allowed-fast'; readonly piece: number }
  | { readonly type: 'bitfield'; readonly bytes: Uint8Array }
  | ({ readonly type: 'request' | 'cancel' | 'reject' } & BlockRequest)
  | {
      readonly type: 'piece';
      readonly piece: number;
      readonly begin: number;
      readonly block: Uint8Array;
    }
  | { readonly type: 'port'; readonly port: number }
  | { readonly type: 'extended'; readonly id: number; readonly payload: Uint8Array }
  | ({ readonly type: 'hash-request' | 'hash-reject' } & HashRange)
  | ({ readonly type: 'hashes'; readonly hashes: Uint8Array } & HashRange);

/** Messages about hash trees (BEP 52). */
export type HashMessage = Extract<
  PeerMessage,
  { readonly type: 'hash-request' | 'hashes' | 'hash-reject' }
>;

/** A message that came. An `unknown` one is ignored, as BEP 4 lets ids be added. */
export type ReceivedMessage = PeerMessage | { readonly type: 'unknown'; readonly id: number };

/**
 * Longest block that we answer or take in, bytes. All clients ask for 16 KiB (BEP 3), some old ones for
 * up to 128 KiB; anything longer is a way to make us queue much for a small message.
 */
export const REQUEST_LENGTH_MAX = 131_072;

/** Bitfield while the piece count is unknown (a magnet), bytes: two million pieces, 32 MiB of v1 hashes. */
export const BITFIELD_LENGTH_MAX = 262_144;

/** Extended message with its ids, bytes: twice the longest in use, a 16 KiB piece of metadata (BEP 9). */
const EXTENDED_LENGTH_MAX = 32_768;

/** Message with an id that we do not know, bytes: skipped unread, but no message in use is longer. */
export const UNKNOWN_LENGTH_MAX = 32_768;

/** Hashes in one `hashes` message: the 512 that BEP 52 lets a request ask for, and 64 layers of proof. */
export const HASHES_COUNT_MAX = 576;

const SHA256_LENGTH = 32;
/** Root, base layer, index, length, proof layers. */
const HASH_RANGE_LENGTH = SHA256_LENGTH + 4 * 4;
/** Length prefix, id, piece, begin, length. */
const BLOCK_MESSAGE_LENGTH = 17;
/** What precedes the block in a piece message: length prefix, id, piece, begin. */
export const PIECE_HEADER_LENGTH = 13;
/** The part of a piece message's length that is not its block: id, piece, begin. */
export const PIECE_OVERHEAD = 9;

/**
 * A message of `frame`, which is without its length prefix. Throws PeerFault `MESSAGE_TOO_SHORT`,
 * `MESSAGE_TOO_LONG` or `BAD_MESSAGE`. That numbers fit the torrent is for the caller to check.
 */
export function decodePeerMessage(frame: Uint8Array): ReceivedMessage {
  if (frame.length === 0) return { type: 'keep-alive' };
  const reader = new ByteReader(frame);
  const id = reader.u8();
  const name = nameOf(id);
  if (name === undefined) return { type: 'unknown', id };
  const message = decodeBody(name, reader);
  reader.end();
  return message;
}

function decodeBody(type: MessageName, reader: ByteReader): PeerMessage {
  switch (type) {
    case 'choke':
    case 'unchoke':
    case 'interested':
    case 'not-interested':
    case 'have-all':
    case 'have-none':
      return { type };
    case 'have':
    case 'suggest':
    case 'allowed-fast':
      return { type, piece: reader.u32() };
    case 'bitfield':
      return { type, bytes: reader.rest() };
    case 'request':
    case 'cancel':
    case 'reject':
      return { type, piece: reader.u32(), begin: reader.u32(), length: reader.u32() };
    case 'piece':
      return { type, piece: reader.u32(), begin: reader.u32(), block: reader.rest() };
    case 'port':
      return { type, port: reader.u16() };
    case 'extended':
      return { type, id: reader.u8(), payload: reader.rest() };
    case 'hash-request':
    case 'hash-reject':
      return { type, ...readHashRange(reader) };
    case 'hashes':
      return { type, ...readHashRange(reader), hashes: readHashes(reader) };
  }
}

function readHashRange(reader: ByteReader): HashRange {
  return {
    piecesRoot: reader.bytes(SHA256_LENGTH),
    baseLayer: reader.u32(),
    index: reader.u32(),
    length: reader.u32(),
    proofLayers: reader.u32(),
  };
}

function readHashes(reader: ByteReader): Uint8Array {
  const length = reader.remaining;
  if (length % SHA256_LENGTH !== 0 || length > HASHES_COUNT_MAX * SHA256_LENGTH) {
    throw new PeerFault('BAD_MESSAGE', { id: MESSAGE_ID.hashes, length });
  }
  return reader.rest();
}

/** The message with its length prefix. Blocks in bulk are sent by `writePieceHeader` instead. */
export function encodePeerMessage(message: PeerMessage): Uint8Array<ArrayBuffer> {
  if (message.type === 'keep-alive') return new Uint8Array(4);
  const bytes = new Uint8Array(5 + bodyLength(message));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length - 4);
  view.setUint8(4, MESSAGE_ID[message.type]);
  writeBody(message, bytes, view);
  return bytes;
}

type FramedMessage = Exclude<PeerMessage, { type: 'keep-alive' }>;

function bodyLength(message: FramedMessage): number {
  if (message.type === 'bitfield') return message.bytes.length;
  if (message.type === 'piece') return PIECE_OVERHEAD - 1 + message.block.length;
  if (message.type === 'extended') return 1 + message.payload.length;
  if (message.type === 'hashes') return HASH_RANGE_LENGTH + message.hashes.length;
  return FIXED_LENGTH[message.type] - 1;
}

function writeBody(message: FramedMessage, bytes: Uint8Array, view: DataView): void {
  switch (message.type) {
    case 'choke':
    case 'unchoke':
    case 'interested':
    case 'not-interested':
    case 'have-all':
    case 'have-none':
      return;
    case 'have':
    case 'suggest':
    case 'allowed-fast':
      return view.setUint32(5, message.piece);
    case 'bitfield':
      return bytes.set(message.bytes, 5);
    case 'request':
    case 'cancel':
    case 'reject':
      return writeBlock(view, 5, message);
    case 'piece':
      view.setUint32(5, message.piece);
      view.setUint32(9, message.begin);
      return bytes.set(message.block, PIECE_HEADER_LENGTH);
    case 'port':
      return view.setUint16(5, message.port);
    case 'extended':
      view.setUint8(5, message.id);
      return bytes.set(message.payload, 6);
    case 'hash-request':
    case 'hash-reject':
      return writeHashRange(message, bytes, view);
    case 'hashes':
      writeHashRange(message, bytes, view);
      return bytes.set(message.hashes, 5 + HASH_RANGE_LENGTH);
  }
}

function writeBlock(view: DataView, at: number, block: BlockRequest): void {
  view.setUint32(at, block.piece);
  view.setUint32(at + 4, block.begin);
  view.setUint32(at + 8, block.length);
}

function writeHashRange(range: HashRange, bytes: Uint8Array, view: DataView): void {
  assert(range.piecesRoot.length === SHA256_LENGTH, 'a root of a tree has 32 bytes');
  bytes.set(range.piecesRoot, 5);
  const numbersAt = 5 + SHA256_LENGTH;
  view.setUint32(numbersAt, range.baseLayer);
  view.setUint32(numbersAt + 4, range.index);
  view.setUint32(numbersAt + 8, range.length);
  view.setUint32(numbersAt + 12, range.proofLayers);
}

/** Many requests in one buffer, for one write: on the data path, so nothing is made per message. */
export function encodeRequests(requests: readonly BlockRequest[]): Uint8Array<ArrayBuffer> {
  return encodeBlockMessages(MESSAGE_ID.request, requests);
}

/** As `encodeRequests`, for cancels. */
export function encodeCancels(requests: readonly BlockRequest[]): Uint8Array<ArrayBuffer> {
  return encodeBlockMessages(MESSAGE_ID.cancel, requests);
}

/** As `encodeRequests`, for rejects: a choke answers all requests at once (BEP 6). */
export function encodeRejects(requests: readonly BlockRequest[]): Uint8Array<ArrayBuffer> {
  return encodeBlockMessages(MESSAGE_ID.reject, requests);
}

function encodeBlockMessages(
  id: number,
  requests: readonly BlockRequest[],
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(requests.length * BLOCK_MESSAGE_LENGTH);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const request of requests) {
    view.setUint32(at, BLOCK_MESSAGE_LENGTH - 4);
    bytes[at + 4] = id;
    writeBlock(view, at + 5, request);
    at += BLOCK_MESSAGE_LENGTH;
  }
  return bytes;
}

/** Writes what precedes a block of `length` bytes: PIECE_HEADER_LENGTH bytes of `into`, from `at` on. */
export function writePieceHeader(
  into: Uint8Array,
  at: number,
  piece: number,
  begin: number,
  length: number,
): void {
  assert(at + PIECE_HEADER_LENGTH <= into.length, 'a piece header needs 13 bytes');
  writeU32(into, at, PIECE_OVERHEAD + length);
  into[at + 4] = MESSAGE_ID.piece;
  writeU32(into, at + 5, piece);
  writeU32(into, at + 9, begin);
}

function writeU32(into: Uint8Array, at: number, value: number): void {
  into[at] = value >>> 24;
  into[at + 1] = value >>> 16;
  into[at + 2] = value >>> 8;
  into[at + 3] = value;
}

type VariableMessage = 'bitfield' | 'piece' | 'extended' | 'hashes';

/** Lengths, id included, of messages that have but one. */
const FIXED_LENGTH: Readonly<Record<Exclude<MessageName, VariableMessage>, number>> = {
  choke: 1,
  unchoke: 1,
  interested: 1,
  'not-interested': 1,
  'have-all': 1,
  'have-none': 1,
  have: 5,
  request: 13,
  cancel: 13,
  port: 3,
  suggest: 5,
  reject: 13,
  'allowed-fast': 5,
  'hash-request': 1 + HASH_RANGE_LENGTH,
  'hash-reject': 1 + HASH_RANGE_LENGTH,
};

/** Most bytes, id included, that a message may have. `pieceCount` is undefined before metadata is known. */
export function messageLengthMax(id: number, pieceCount: number | undefined): number {
  const name = nameOf(id);
  if (name === undefined) return UNKNOWN_LENGTH_MAX;
  if (name === 'piece') return PIECE_OVERHEAD + REQUEST_LENGTH_MAX;
  if (name === 'extended') return EXTENDED_LENGTH_MAX;
  if (name === 'hashes') return 1 + HASH_RANGE_LENGTH + HASHES_COUNT_MAX * SHA256_LENGTH;
  if (name !== 'bitfield') return FIXED_LENGTH[name];
  return 1 + (pieceCount === undefined ? BITFIELD_LENGTH_MAX : Math.ceil(pieceCount / 8));
}

/** False: a message with this id is ignored whatever it holds. */
export function isKnownMessage(id: number): boolean {
  return nameOf(id) !== undefined;
}

const nameById: readonly (MessageName | undefined)[] = namesById();

function nameOf(id: number): MessageName | undefined {
  return nameById[id];
}

function namesById(): (MessageName | undefined)[] {
  const names: (MessageName | undefined)[] = Array.from({ length: 256 }, () => undefined);
  // Object.entries widens the keys of the table to string; they are its names
  for (const [name, id] of Object.entries(MESSAGE_ID)) names[id] = name as MessageName;
  return names;
}
