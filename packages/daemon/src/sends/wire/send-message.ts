/**
 * The messages of `send/1`, between the device that hands something over and one that it is handed to: docs/sends.md.
 * Each states how things are on its side, and may come again.
 */
import {
  ByteReader,
  concatBytes,
  decodeUtf8,
  deviceKeyBytes,
  deviceKeyOf,
  encodeUtf8,
  formatHex,
  parseHex,
  assert,
  PeerFault,
} from '@coequal/base';
import type { DeviceKey } from '@coequal/base';
import { TICKET_LENGTH } from '../../joints/swarm-proof.ts';

/** One table: types on the wire, and their names. */
const SEND_MESSAGE = {
  offer: 1,
  ask: 2,
  part: 3,
  answer: 4,
  ticket: 5,
  progress: 6,
  swarm: 7,
  done: 8,
  ended: 9,
  noted: 10,
} as const;

const ANSWERS = ['later', 'accepted', 'declined'] as const;
/** `later`: it lies in the inbox. */
export type Answer = (typeof ANSWERS)[number];

const ENDS = ['withdrawn', 'expired', 'elsewhere', 'stopped', 'unknown', 'full'] as const;
/**
 * By the sender: `withdrawn`, `expired`, `elsewhere` (another device of that person took it). By the receiver: `stopped`,
 * `full` (its inbox; to be offered again later). By both: `unknown`.
 */
export type End = (typeof ENDS)[number];

export const ID_LENGTH = 16;
const HASH_LENGTH = 32;
/** Bytes of UTF-8; what file systems take. */
const NAME_BYTES_MAX = 255;
/** Bytes of UTF-8: a thousand characters of most scripts. */
const NOTE_BYTES_MAX = 4_000;
/** A torrent of ours has no more. */
const FILE_COUNT_MAX = 1_000_000;
/** Kinds of files that are told apart, and room for later ones. */
const KINDS_MAX = 16;
/** The list of files and their hashes: about forty thousand files. It is held in memory while it comes. */
export const LIST_LENGTH_MAX: number = 8 * 1024 * 1024;
export const PART_LENGTH: number = 16 * 1024;
const PARTS_MAX = LIST_LENGTH_MAX / PART_LENGTH;
/** Devices of other receivers: those of the most persons that one send goes to. */
export const DEVICES_MAX = 128;
/** The longest is a part, or a list of devices. */
export const FRAME_LENGTH_MAX: number = PART_LENGTH + 1_024;

export interface OfferMessage {
  readonly type: 'offer';
  readonly id: string;
  readonly name: string;
  readonly note: string;
  readonly fileCount: number;
  /** Bytes of all files. */
  readonly length: number;
  /** How many files of each kind, in the order of FILE_KINDS. */
  readonly kinds: readonly number[];
  readonly metainfoLength: number;
  /** SHA-256, in hexadecimal digits. */
  readonly metainfoHash: string;
}

export type SendMessage =
  | OfferMessage
  /** Part `index` of the metainfo is wanted. */
  | { readonly type: 'ask'; readonly id: string; readonly index: number }
  | {
      readonly type: 'part';
      readonly id: string;
      readonly index: number;
      readonly bytes: Uint8Array;
    }
  | { readonly type: 'answer'; readonly id: string; readonly answer: Answer }
  /** To who accepted: what opens the swarm, and devices of others in it. */
  | {
      readonly type: 'ticket';
      readonly id: string;
      readonly ticket: Uint8Array;
      readonly devices: readonly DeviceKey[];
    }
  /** Verified bytes. */
  | { readonly type: 'progress'; readonly id: string; readonly have: number }
  /** How many accepted it, and how many of them have it all. */
  | {
      readonly type: 'swarm';
      readonly id: string;
      readonly receivers: number;
      readonly done: number;
    }
  | { readonly type: 'done'; readonly id: string }
  | { readonly type: 'ended'; readonly id: string; readonly why: End }
  /** The other side's last word on it was heard. */
  | { readonly type: 'noted'; readonly id: string };

/** A frame: four bytes of length, a byte of type, the body. */
export function encodeSendMessage(message: SendMessage): Uint8Array {
  const body = concatBytes([Uint8Array.of(SEND_MESSAGE[message.type]), ...bodyOf(message)]);
  assert(body.length <= FRAME_LENGTH_MAX, 'a message of ours is too long');
  return concatBytes([u32(body.length), body]);
}

function bodyOf(message: SendMessage): readonly Uint8Array[] {
  const id = hexBytes(message.id);
  switch (message.type) {
    case 'offer':
      return [
        id,
        ...text(message.name, u16),
        ...text(message.note, u16),
        u32(message.fileCount),
        u64(message.length),
        Uint8Array.of(message.kinds.length),
        ...message.kinds.map(u32),
        u32(message.metainfoLength),
        hexBytes(message.metainfoHash),
      ];
    case 'ask':
      return [id, u16(message.index)];
    case 'part':
      return [id, u16(message.index), message.bytes];
    case 'answer':
      return [id, Uint8Array.of(ANSWERS.indexOf(message.answer))];
    case 'ticket':
      return [id, message.ticket, ...message.devices.map(deviceKeyBytes)];
    case 'progress':
      return [id, u64(message.have)];
    case 'swarm':
      return [id, u16(message.receivers), u16(message.done)];
    case 'ended':
      return [id, Uint8Array.of(ENDS.indexOf(message.why))];
    case 'done':
    case 'noted':
      return [id];
  }
}

/** What is in a frame, without its length. Bytes of a part are a view. Throws PeerFault. */
export function decodeSendMessage(frame: Uint8Array): SendMessage {
  const reader = new ByteReader(frame);
  const code = reader.u8();
  const id = formatHex(reader.bytes(ID_LENGTH));
  const message = decodeBody(code, id, reader);
  reader.end();
  return message;
}

function decodeBody(code: number, id: string, reader: ByteReader): SendMessage {
  switch (code) {
    case SEND_MESSAGE.offer:
      return decodeOffer(id, reader);
    case SEND_MESSAGE.ask:
      return { type: 'ask', id, index: partIndex(reader) };
    case SEND_MESSAGE.part: {
      const index = partIndex(reader);
      const bytes = reader.rest();
      bounded('part', bytes.length, PART_LENGTH);
      return { type: 'part', id, index, bytes };
    }
    case SEND_MESSAGE.answer:
      return { type: 'answer', id, answer: oneOf(ANSWERS, reader.u8()) };
    case SEND_MESSAGE.ticket:
      return {
        type: 'ticket',
        id,
        ticket: reader.bytes(TICKET_LENGTH),
        devices: devicesIn(reader),
      };
    case SEND_MESSAGE.progress:
      return { type: 'progress', id, have: safeInteger(reader.u64()) };
    case SEND_MESSAGE.swarm:
      return { type: 'swarm', id, receivers: reader.u16(), done: reader.u16() };
    case SEND_MESSAGE.done:
      return { type: 'done', id };
    case SEND_MESSAGE.ended:
      return { type: 'ended', id, why: oneOf(ENDS, reader.u8()) };
    case SEND_MESSAGE.noted:
      return { type: 'noted', id };
    default:
      throw new PeerFault('BAD_SEND_MESSAGE', { code });
  }
}

function decodeOffer(id: string, reader: ByteReader): OfferMessage {
  const name = textIn(reader, NAME_BYTES_MAX);
  const note = textIn(reader, NOTE_BYTES_MAX);
  const fileCount = bounded('fileCount', reader.u32(), FILE_COUNT_MAX);
  const length = safeInteger(reader.u64());
  const kindCount = bounded('kinds', reader.u8(), KINDS_MAX);
  const kinds = Array.from({ length: kindCount }, () => reader.u32());
  const metainfoLength = bounded('metainfoLength', reader.u32(), LIST_LENGTH_MAX);
  const metainfoHash = formatHex(reader.bytes(HASH_LENGTH));
  if (name === '' || fileCount === 0 || metainfoLength === 0) throw bad('empty');
  return { type: 'offer', id, name, note, fileCount, length, kinds, metainfoLength, metainfoHash };
}

function devicesIn(reader: ByteReader): readonly DeviceKey[] {
  const count = reader.remaining / HASH_LENGTH;
  if (!Number.isInteger(count)) throw bad('devices');
  bounded('devices', count, DEVICES_MAX);
  return Array.from({ length: count }, () => deviceKeyOf(reader.bytes(HASH_LENGTH)));
}

function partIndex(reader: ByteReader): number {
  return bounded('index', reader.u16(), PARTS_MAX - 1);
}

function textIn(reader: ByteReader, bytesMax: number): string {
  const length = bounded('text', reader.u16(), bytesMax);
  const decoded = decodeUtf8(reader.bytes(length));
  if (decoded === undefined) throw bad('text');
  return decoded;
}

function oneOf<Name>(names: readonly Name[], code: number): Name {
  const name = names[code];
  if (name === undefined) throw bad('word');
  return name;
}

function bounded(what: string, value: number, max: number): number {
  if (value > max) throw bad(what);
  return value;
}

function safeInteger(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw bad('amount');
  return Number(value);
}

function bad(what: string): PeerFault {
  return new PeerFault('BAD_SEND_MESSAGE', { what });
}

/** Cut to what fits, at a whole character. */
function clipText(given: string, bytesMax: number): string {
  let kept = '';
  let length = 0;
  for (const character of given.toWellFormed()) {
    length += encodeUtf8(character).length;
    if (length > bytesMax) break;
    kept += character;
  }
  return kept;
}

/** As an offer has them. */
export function clipOffer(offer: OfferMessage): OfferMessage {
  return {
    ...offer,
    name: clipText(offer.name, NAME_BYTES_MAX),
    note: clipText(offer.note, NOTE_BYTES_MAX),
  };
}

function text(given: string, length: (value: number) => Uint8Array): readonly Uint8Array[] {
  const bytes = encodeUtf8(given);
  return [length(bytes.length), bytes];
}

function hexBytes(hex: string): Uint8Array {
  const bytes = parseHex(hex);
  assert(bytes !== undefined, 'ids and hashes are hexadecimal');
  return bytes;
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff);
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

function u64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}
