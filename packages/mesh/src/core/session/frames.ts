/**
 * Frames of the session layer (docs/links.md): each is one message of a carrier. Those of a stream are numbered, so
 * that they can be sent again over another path and come once; the others are of the path that they come over.
 */
import { ByteReader, decodeUtf8, encodeUtf8, PeerFault } from '@coequal/base';
import type { Lane } from '@coequal/base';

export const FRAME = {
  hello: 0x01,
  welcome: 0x02,
  use: 0x03,
  ping: 0x04,
  pong: 0x05,
  acknowledge: 0x06,
  bye: 0x07,
  open: 0x10,
  accepted: 0x11,
  refused: 0x12,
  data: 0x13,
  window: 0x14,
  end: 0x15,
  reset: 0x16,
} as const;

/** Of this layer. A device of another version is not linked with. */
export const SESSION_VERSION = 1;

/** Longest data of one frame: two fit into a message of a carrier, and it is worth its headers on a fast link. */
export const DATA_LENGTH_MAX = 65_536;

/** Characters of a protocol's name, as the port Links says. */
export const PROTOCOL_LENGTH_MAX = 32;

/** Frames of one side of a session. The next would not fit its six bytes; nobody gets there. */
const NUMBER_MAX = 2 ** 48 - 1;

const PROTOCOL = /^[a-z0-9/-]+$/;
const LANES: readonly Lane[] = ['talk', 'bulk'];
export const REFUSALS = ['not-spoken', 'too-many'] as const;
export type Refusal = (typeof REFUSALS)[number];

/** Chosen at random by each side for its part of a session; 0 stands for "unknown". */
export type SessionId = bigint;
export const UNKNOWN_SESSION: SessionId = 0n;

export interface Greeting {
  readonly lane: Lane;
  /** The session of who sends this. */
  readonly own: SessionId;
  /** The session of the other side, as far as known. */
  readonly peer: SessionId;
  /** The number of the next frame that is wanted from the other side. */
  readonly position: number;
}

/** What a path is made and kept with. */
export type PathFrame =
  | ({ readonly type: 'hello' | 'welcome' } & Greeting)
  | { readonly type: 'use' | 'bye' }
  | { readonly type: 'ping' | 'pong'; readonly token: number }
  /** All frames before `position` have come, the last of them so many tenths of a millisecond ago. */
  | { readonly type: 'acknowledge'; readonly position: number; readonly delay: number };

export type StreamFrame = { readonly number: number; readonly stream: number } & (
  | { readonly type: 'open'; readonly window: number; readonly protocol: string }
  | { readonly type: 'accepted' | 'window'; readonly window: number }
  | { readonly type: 'refused'; readonly reason: Refusal }
  /** A view of the message. Empty: what was sent is not wanted any more, but its number has to come. */
  | { readonly type: 'data'; readonly bytes: Uint8Array }
  | { readonly type: 'end' | 'reset' }
);

export type Frame = PathFrame | StreamFrame;

export function isProtocolName(text: string): boolean {
  return text.length <= PROTOCOL_LENGTH_MAX && PROTOCOL.test(text);
}

/** Throws PeerFault for whatever is no frame. Data is a view of the message. */
export function decodeFrame(message: Uint8Array): Frame {
  if (message[0] === FRAME.data) return decodeData(message);
  const reader = new ByteReader(message);
  const frame = decodeBody(reader.u8(), reader);
  reader.end();
  return frame;
}

/** On the data path (STYLE 5.11): no reader, no view of the numbers. */
function decodeData(message: Uint8Array): StreamFrame {
  if (message.length < DATA_HEAD_LENGTH) {
    throw new PeerFault('MESSAGE_TOO_SHORT', { length: message.length });
  }
  if (message.length > DATA_HEAD_LENGTH + DATA_LENGTH_MAX) {
    throw new PeerFault('DATA_TOO_LONG', { length: message.length });
  }
  const high = uint16(message, 1);
  return {
    type: 'data',
    number: high * 2 ** 32 + uint16(message, 3) * 2 ** 16 + uint16(message, 5),
    stream: uint16(message, 7) * 2 ** 16 + uint16(message, 9),
    bytes: message.subarray(DATA_HEAD_LENGTH),
  };
}

function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function decodeBody(type: number, reader: ByteReader): Frame {
  switch (type) {
    case FRAME.hello:
      return { type: 'hello', ...readGreeting(reader) };
    case FRAME.welcome:
      return { type: 'welcome', ...readGreeting(reader) };
    case FRAME.use:
      return { type: 'use' };
    case FRAME.bye:
      return { type: 'bye' };
    case FRAME.ping:
      return { type: 'ping', token: reader.u32() };
    case FRAME.pong:
      return { type: 'pong', token: reader.u32() };
    case FRAME.acknowledge:
      return { type: 'acknowledge', position: readNumber(reader), delay: reader.u16() };
    default:
      return decodeStreamFrame(type, readNumber(reader), reader.u32(), reader);
  }
}

function decodeStreamFrame(
  type: number,
  number: number,
  stream: number,
  reader: ByteReader,
): StreamFrame {
  switch (type) {
    case FRAME.open:
      return {
        type: 'open',
        number,
        stream,
        window: reader.u32(),
        protocol: readProtocol(reader.rest()),
      };
    case FRAME.accepted:
      return { type: 'accepted', number, stream, window: reader.u32() };
    case FRAME.window:
      return { type: 'window', number, stream, window: reader.u32() };
    case FRAME.refused: {
      const reason = REFUSALS[reader.u8()];
      if (reason === undefined) throw new PeerFault('BAD_REFUSAL');
      return { type: 'refused', number, stream, reason };
    }
    case FRAME.end:
      return { type: 'end', number, stream };
    case FRAME.reset:
      return { type: 'reset', number, stream };
    default:
      throw new PeerFault('UNKNOWN_FRAME', { type });
  }
}

function readGreeting(reader: ByteReader): Greeting {
  const version = reader.u8();
  if (version !== SESSION_VERSION) throw new PeerFault('UNKNOWN_SESSION_VERSION', { version });
  const lane = LANES[reader.u8()];
  if (lane === undefined) throw new PeerFault('BAD_LANE');
  const own = reader.u64();
  if (own === UNKNOWN_SESSION) throw new PeerFault('BAD_SESSION_ID');
  return { lane, own, peer: reader.u64(), position: readNumber(reader) };
}

function readNumber(reader: ByteReader): number {
  return reader.u16() * 2 ** 32 + reader.u32();
}

function readProtocol(bytes: Uint8Array): string {
  const text = bytes.length > PROTOCOL_LENGTH_MAX ? undefined : decodeUtf8(bytes);
  if (text === undefined || !isProtocolName(text)) {
    throw new PeerFault('BAD_PROTOCOL_NAME', { length: bytes.length });
  }
  return text;
}

export function encodeFrame(frame: Frame): Uint8Array<ArrayBuffer> {
  switch (frame.type) {
    case 'hello':
    case 'welcome':
      return encodeGreeting(frame.type, frame);
    case 'use':
    case 'bye':
      return Uint8Array.of(FRAME[frame.type]);
    case 'ping':
    case 'pong': {
      const view = viewOf(frame.type, 5);
      view.setUint32(1, frame.token);
      return new Uint8Array(view.buffer);
    }
    case 'acknowledge': {
      const view = viewOf(frame.type, 9);
      setNumber(view, 1, frame.position);
      view.setUint16(7, frame.delay);
      return new Uint8Array(view.buffer);
    }
    case 'open': {
      const name = encodeUtf8(frame.protocol);
      const view = headOf(frame, 4 + name.length);
      view.setUint32(HEAD_LENGTH, frame.window);
      const bytes = new Uint8Array(view.buffer);
      bytes.set(name, HEAD_LENGTH + 4);
      return bytes;
    }
    case 'accepted':
    case 'window': {
      const view = headOf(frame, 4);
      view.setUint32(HEAD_LENGTH, frame.window);
      return new Uint8Array(view.buffer);
    }
    case 'refused': {
      const view = headOf(frame, 1);
      view.setUint8(HEAD_LENGTH, REFUSALS.indexOf(frame.reason));
      return new Uint8Array(view.buffer);
    }
    case 'data': {
      const view = headOf(frame, frame.bytes.length);
      const bytes = new Uint8Array(view.buffer);
      bytes.set(frame.bytes, HEAD_LENGTH);
      return bytes;
    }
    case 'end':
    case 'reset':
      return new Uint8Array(headOf(frame, 0).buffer);
  }
}

/** What stands before the bytes of a data frame, which are sent from where they are. */
export function encodeDataHead(number: number, stream: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(headOf({ type: 'data', number, stream }, 0).buffer);
}

function encodeGreeting(type: 'hello' | 'welcome', greeting: Greeting): Uint8Array<ArrayBuffer> {
  const view = viewOf(type, 25);
  view.setUint8(1, SESSION_VERSION);
  view.setUint8(2, LANES.indexOf(greeting.lane));
  view.setBigUint64(3, greeting.own);
  view.setBigUint64(11, greeting.peer);
  setNumber(view, 19, greeting.position);
  return new Uint8Array(view.buffer);
}

/** Type, number and stream. */
const HEAD_LENGTH = 11;
const DATA_HEAD_LENGTH = HEAD_LENGTH;

function headOf(
  frame: { readonly type: keyof typeof FRAME; readonly number: number; readonly stream: number },
  more: number,
): DataView<ArrayBuffer> {
  const view = viewOf(frame.type, HEAD_LENGTH + more);
  setNumber(view, 1, frame.number);
  view.setUint32(7, frame.stream);
  return view;
}

function viewOf(type: keyof typeof FRAME, length: number): DataView<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(length));
  view.setUint8(0, FRAME[type]);
  return view;
}

function setNumber(view: DataView, at: number, number: number): void {
  if (number > NUMBER_MAX) throw new RangeError('a session has no more numbers');
  view.setUint16(at, Math.floor(number / 2 ** 32));
  view.setUint32(at + 2, number % 2 ** 32);
}
