/** Bytes: bounds-checked reading, building, comparing, and their text forms. */
import { PeerFault } from './fault.ts';

/** Reads big-endian values from a view; every read is checked. Throws PeerFault `MESSAGE_TOO_SHORT`. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2));
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#take(8));
  }

  /** A view of the next `length` bytes: whoever keeps it copies it. */
  bytes(length: number): Uint8Array {
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }

  rest(): Uint8Array {
    return this.bytes(this.remaining);
  }

  /** Throws PeerFault `MESSAGE_TOO_LONG` when bytes are left over. */
  end(): void {
    if (this.remaining > 0) throw new PeerFault('MESSAGE_TOO_LONG', { extra: this.remaining });
  }

  #take(length: number): number {
    if (length > this.remaining) {
      throw new PeerFault('MESSAGE_TOO_SHORT', { wanted: length, remaining: this.remaining });
    }
    const start = this.#at;
    this.#at += length;
    return start;
  }
}

/** All parts in one new array. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** By value; not in constant time, so not for secrets. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/**
 * As `equalBytes`, in a time that does not tell where the two differ: for what somebody could else guess byte by byte.
 * The length is no secret.
 */
export function equalSecrets(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}

/** Order of two byte strings as BEP 3 sorts keys: by value, a prefix first. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Lower case, two digits a byte. */
export function formatHex(bytes: Uint8Array): string {
  // joined, not added up: a string that was added up keeps all its parts, ten times its own size
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Undefined unless `text` is pairs of hex digits. */
export function parseHex(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^([0-9a-f]{2})*$/i.test(text)) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = Number.parseInt(text.slice(i * 2, i * 2 + 2), 16);
  }
  return bytes;
}

const encoder = new TextEncoder();

/** Lone surrogates become U+FFFD. */
export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Undefined when the bytes are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return strictDecoder.decode(bytes);
  } catch {
    return undefined; // the one way TextDecoder has to say so
  }
}
