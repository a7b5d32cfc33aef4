/** What is given to flags, parsed and checked; what is wrong is said with what was expected. */
import { isIP } from 'node:net';
import { encodeUtf8 } from '@coequal/base';

/** A value that cannot be used; the message says what was expected. */
export class BadValue extends Error {
  override readonly name = 'BadValue';
}

/** Where a peer is said to be; the host may be a name. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

const PORT_MAX = 65_535;

const SALT_LENGTH_MAX = 64;

/** The smallest block takes a day at this rate; less is a typing error. */
const RATE_MIN = 1;

/** Beyond it numbers of bytes are no longer exact. */
const BYTES_MAX = Number.MAX_SAFE_INTEGER;

const MULTIPLIERS: Readonly<Record<string, number>> = {
  '': 1,
  k: 1_000,
  m: 1_000_000,
  g: 1_000_000_000,
  ki: 1_024,
  mi: 1_048_576,
  gi: 1_073_741_824,
};

/** `20M`, `500k`, `1.5MiB`, `64KiB`: bytes. A plain k, M or G is decimal. */
export function parseBytes(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([kmg]i?)?b?$/i.exec(text.trim());
  const multiplier = MULTIPLIERS[(match?.[2] ?? '').toLowerCase()];
  const bytes = Math.round(Number(match?.[1]) * (multiplier ?? NaN));
  if (!match || !Number.isFinite(bytes) || bytes > BYTES_MAX) {
    throw new BadValue('expected a number of bytes such as 65536, 500k, 20M or 1.5MiB');
  }
  return bytes;
}

/** Bytes per second; `/s` may follow. */
export function parseRate(text: string): number {
  const expected = 'expected bytes per second such as 500k, 20M or 1.5MiB, and more than 0';
  let rate: number;
  try {
    rate = parseBytes(text.trim().replace(/(\/s|ps)$/i, ''));
  } catch (cause) {
    throw new BadValue(expected, { cause });
  }
  if (rate < RATE_MIN) throw new BadValue(expected);
  return rate;
}

export function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (!(port <= PORT_MAX)) {
    throw new BadValue(`expected a port from 1 to ${PORT_MAX}, or 0 for any free one`);
  }
  return port;
}

/** `192.0.2.1:6881`, `[2001:db8::1]:6881` or `name:6881`. */
export function parseHostPort(text: string): HostPort {
  const match = /^(?:\[([^\]]+)\]|([^\s:[\]/]{1,253})):(\d{1,5})$/.exec(text.trim());
  const port = Number(match?.[3]);
  const host = match?.[1] ?? match?.[2];
  const isBracketed = match?.[1] !== undefined;
  if (host === undefined || !(port >= 1 && port <= PORT_MAX) || (isBracketed && isIP(host) !== 6)) {
    throw new BadValue(
      'expected HOST:PORT such as 192.0.2.1:6881, [2001:db8::1]:6881 or name:6881',
    );
  }
  return { host, port };
}

/** Addresses, or what systems call interfaces: `eth0`, `wlp3s0`, `Ethernet 2`. Whether they are there is seen later. */
export function parseBind(text: string): string {
  const isName = (part: string): boolean =>
    isIP(part) !== 0 || /^[\p{L}\p{N}][\p{L}\p{N} _.:@()-]{0,63}$/u.test(part);
  if (text.split(',').every(isName)) return text;
  throw new BadValue('expected an address such as 192.0.2.1, or an interface such as eth0');
}

/** Text that tells several things apart which one key publishes; nodes take up to 64 bytes (BEP 44). */
export function parseSalt(text: string): Uint8Array {
  const salt = encodeUtf8(text);
  if (salt.length > 0 && salt.length <= SALT_LENGTH_MAX) return salt;
  throw new BadValue(`expected 1 to ${SALT_LENGTH_MAX} bytes of text`);
}

/** A ratio or a time: 0 or more, a fraction is fine. */
export function parseAmount(text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text)) throw new BadValue('expected a number of 0 or more such as 1.5');
  return Number(text);
}

export function parseCount(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
    if (!(value >= min && value <= max)) {
      throw new BadValue(`expected a whole number from ${min} to ${max}`);
    }
    return value;
  };
}

/** The smallest piece of v2 (BEP 52), and the largest that this program holds in memory to fetch it. */
const PIECE_LENGTH_MIN = 16_384;
const PIECE_LENGTH_MAX = 33_554_432;

export function parsePieceLength(text: string): number {
  const expected = 'expected a power of two from 16KiB to 32MiB such as 256KiB or 1MiB';
  let value: number;
  try {
    value = parseBytes(text);
  } catch (cause) {
    throw new BadValue(expected, { cause });
  }
  const isPower = Number.isInteger(Math.log2(value));
  if (!isPower || value < PIECE_LENGTH_MIN || value > PIECE_LENGTH_MAX)
    throw new BadValue(expected);
  return value;
}

export function parseTransport(text: string): 'tcp' | 'utp' | 'both' {
  if (text === 'tcp' || text === 'utp' || text === 'both') return text;
  throw new BadValue('expected tcp, utp or both');
}

export function parseEncryption(text: string): 'off' | 'prefer' {
  if (text === 'off' || text === 'prefer') return text;
  if (text === 'required') {
    throw new BadValue('not there yet: encrypted connections come later; use off or prefer');
  }
  throw new BadValue('expected off or prefer');
}

/** An absolute address with one of these schemes. */
export function parseUrl(schemes: readonly string[]): (text: string) => string {
  return (text) => {
    const url = URL.parse(text);
    const isGood =
      url !== null && url.hostname !== '' && schemes.includes(url.protocol.slice(0, -1));
    if (!isGood || /\s/.test(text)) {
      throw new BadValue(
        `expected an address that begins with ${schemes.map((s) => `${s}://`).join(' or ')}`,
      );
    }
    return text;
  };
}
