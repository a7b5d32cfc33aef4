/**
 * uTP packets (BEP 29, "header format" and "selective ACK"): 20 bytes, a list of extensions, the payload.
 *
 * The data path reads every header into one object and writes it into the bytes that are sent (STYLE 5.11):
 * nothing is allocated for a packet.
 */
import { PeerFault } from '@coequal/base';

export const UTP_TYPE = { data: 0, fin: 1, state: 2, reset: 3, syn: 4 } as const;

export const UTP_HEADER_LENGTH = 20;

const VERSION = 1;

/** The list of extensions ends with this in place of a type. */
export const EXTENSION_NONE = 0;

/** Which packets after the next that is missing have come, a bit each. */
export const EXTENSION_SELECTIVE_ACK = 1;

/** Known to nobody, so passed over by everybody: fills a packet up to the length that is tried. */
export const EXTENSION_PADDING = 0x7e;

/** Three are known, and none is ever there twice. */
const EXTENSIONS_MAX = 8;

/** What a header says, and where in the datagram the rest is. Reused: whoever keeps a value copies it. */
export interface UtpPacket {
  /** Of UTP_TYPE. */
  type: number;
  connectionId: number;
  /** Microseconds of the sender's clock, 32 bits. */
  timestamp: number;
  /** What the sender's clock showed when our last packet arrived, less what we wrote into it. */
  timestampDifference: number;
  /** Bytes that the sender has room for. */
  window: number;
  seq: number;
  /** The last packet up to which the sender has all. */
  ack: number;
  selectiveAckAt: number;
  /** 0 without that extension. */
  selectiveAckLength: number;
  payloadAt: number;
}

export function emptyPacket(): UtpPacket {
  return {
    type: 0,
    connectionId: 0,
    timestamp: 0,
    timestampDifference: 0,
    window: 0,
    seq: 0,
    ack: 0,
    selectiveAckAt: 0,
    selectiveAckLength: 0,
    payloadAt: 0,
  };
}

/** Whether a datagram on a shared socket is for uTP: those of the DHT begin with a letter. */
export function isUtpDatagram(bytes: Uint8Array): boolean {
  const first = bytes[0] ?? 0;
  return bytes.length >= UTP_HEADER_LENGTH && (first & 0x0f) === VERSION && first >> 4 <= 4;
}

/**
 * Reads a datagram into `into`, which it returns. Throws PeerFault `UTP_TOO_SHORT`, `UTP_BAD_TYPE` or
 * `UTP_BAD_EXTENSION`.
 */
export function decodeUtpPacket(bytes: Uint8Array, into: UtpPacket = emptyPacket()): UtpPacket {
  const { length } = bytes;
  if (length < UTP_HEADER_LENGTH) throw new PeerFault('UTP_TOO_SHORT', { length });
  const first = bytes[0] ?? 0;
  if ((first & 0x0f) !== VERSION || first >> 4 > UTP_TYPE.syn) {
    throw new PeerFault('UTP_BAD_TYPE', { first });
  }
  into.type = first >> 4;
  into.connectionId = read16(bytes, 2);
  into.timestamp = read32(bytes, 4);
  into.timestampDifference = read32(bytes, 8);
  into.window = read32(bytes, 12);
  into.seq = read16(bytes, 16);
  into.ack = read16(bytes, 18);
  into.selectiveAckLength = 0;
  into.payloadAt = UTP_HEADER_LENGTH;
  const extension = bytes[1] ?? 0;
  if (extension !== EXTENSION_NONE) readExtensions(bytes, extension, into);
  return into;
}

function readExtensions(bytes: Uint8Array, first: number, into: UtpPacket): void {
  let extension = first;
  let at = UTP_HEADER_LENGTH;
  for (let count = 0; extension !== EXTENSION_NONE; count++) {
    const length = bytes[at + 1] ?? 0;
    if (count === EXTENSIONS_MAX || at + 2 + length > bytes.length) {
      throw new PeerFault('UTP_BAD_EXTENSION', { extension, at });
    }
    if (extension === EXTENSION_SELECTIVE_ACK) {
      into.selectiveAckAt = at + 2;
      into.selectiveAckLength = length;
    }
    extension = bytes[at] ?? 0;
    at += 2 + length;
  }
  into.payloadAt = at;
}

/** Writes the header of `packet` with the type of its first extension. */
export function writeUtpHeader(
  into: Uint8Array,
  packet: Omit<UtpPacket, 'selectiveAckAt' | 'selectiveAckLength' | 'payloadAt'>,
  extension: number,
): void {
  into[0] = (packet.type << 4) | VERSION;
  into[1] = extension;
  write16(into, 2, packet.connectionId);
  write32(into, 4, packet.timestamp);
  write32(into, 8, packet.timestampDifference);
  write32(into, 12, packet.window);
  write16(into, 16, packet.seq);
  write16(into, 18, packet.ack);
}

function read16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function read32(bytes: Uint8Array, at: number): number {
  return ((read16(bytes, at) << 16) | read16(bytes, at + 2)) >>> 0;
}

function write16(into: Uint8Array, at: number, value: number): void {
  into[at] = value >>> 8;
  into[at + 1] = value;
}

function write32(into: Uint8Array, at: number, value: number): void {
  write16(into, at, value >>> 16);
  write16(into, at + 2, value);
}

const SEQ_MASK = 0xffff;

/** The sequence number that is `count` after `seq`; both wrap at 16 bits. */
export function seqAfter(seq: number, count = 1): number {
  return (seq + count) & SEQ_MASK;
}

/** How many `seq` is ahead of `base`: negative when behind, from -32,768 to 32,767. */
export function seqDistance(base: number, seq: number): number {
  return ((seq - base) << 16) >> 16;
}

/** Microseconds of a clock in milliseconds, as timestamps have them. */
export function microsOf(now: number): number {
  return Math.floor((now % 4_294_967.296) * 1_000) >>> 0;
}
