/** The extended handshake (BEP 10), with what other BEPs add to it: 9 (metadata_size), 21 (upload_only). */
import { decodeUtf8, PeerFault } from '@coequal/base';
import { BencodeDictionary, decodeBencode, encodeBencode } from '../bencode.ts';
import type { BencodeLimits } from '../bencode.ts';

/** The id under which extended messages carry the extended handshake; `m` names the others. */
export const EXTENDED_HANDSHAKE_ID = 0;

/** What a peer told. Absent fields were not told, or were told wrongly: none of them is worth a fault. */
export interface ExtendedHandshake {
  /** `m`: the ids by which the sender takes the messages of each extension; 0 means no longer. */
  readonly extensions: ReadonlyMap<string, number>;
  /** `v`: name and version of the client; printable, without control or direction characters. */
  readonly clientName?: string;
  /** `p`: where the sender listens. */
  readonly port?: number;
  /** `reqq`: how many requests the sender keeps without dropping any. */
  readonly requestCountMax?: number;
  /** `metadata_size`: bytes of the info dictionary (BEP 9). Only a claim, up to 2^53. */
  readonly metadataSize?: number;
  /** `yourip`: how the sender sees us, 4 or 16 bytes. */
  readonly yourIp?: Uint8Array;
  /** `upload_only`: the sender wants nothing (BEP 21). */
  readonly isUploadOnly?: boolean;
}

/** Extensions that one peer may name; clients name about a dozen. */
export const EXTENSION_COUNT_MAX = 64;

/** Characters of an extension's name; the longest in use has 13. Longer ones are passed over. */
export const EXTENSION_NAME_LENGTH_MAX = 64;

/** Characters kept of the client's name: it is only shown. */
export const CLIENT_NAME_LENGTH_MAX = 64;

/** An extended handshake has about twenty keys, and `m` inside. */
const BENCODE_LIMITS: BencodeLimits = { lengthMax: 32_768, depthMax: 8, countMax: 1_024 };

const PORT_MAX = 65_535;
const ID_MAX = 255;

/**
 * Throws PeerFault `BENCODE_INVALID` or `BENCODE_LIMIT`, or `BAD_EXTENDED_HANDSHAKE` when it is no
 * dictionary or names too many extensions. Nothing borrows from `payload`.
 */
export function decodeExtendedHandshake(payload: Uint8Array): ExtendedHandshake {
  const value = decodeBencode(payload, BENCODE_LIMITS);
  if (!(value instanceof BencodeDictionary)) {
    throw new PeerFault('BAD_EXTENDED_HANDSHAKE', { why: 'no dictionary' });
  }
  const clientName = cleanName(value.bytes('v'));
  const port = integerBetween(value, 'p', 1, PORT_MAX);
  const requestCountMax = integerBetween(value, 'reqq', 1, Number.MAX_SAFE_INTEGER);
  const metadataSize = integerBetween(value, 'metadata_size', 1, Number.MAX_SAFE_INTEGER);
  const yourIp = value.bytes('yourip');
  const uploadOnly = value.integer('upload_only');
  return {
    extensions: decodeExtensions(value.dictionary('m')),
    ...(clientName !== undefined && { clientName }),
    ...(port !== undefined && { port }),
    ...(requestCountMax !== undefined && { requestCountMax }),
    ...(metadataSize !== undefined && { metadataSize }),
    ...((yourIp?.length === 4 || yourIp?.length === 16) && { yourIp: yourIp.slice() }),
    ...(uploadOnly !== undefined && { isUploadOnly: uploadOnly !== 0 }),
  };
}

function decodeExtensions(named: BencodeDictionary | undefined): ReadonlyMap<string, number> {
  const extensions = new Map<string, number>();
  if (named === undefined) return extensions;
  if (named.size > EXTENSION_COUNT_MAX) {
    throw new PeerFault('BAD_EXTENDED_HANDSHAKE', { extensions: named.size });
  }
  for (const name of named.keys) {
    const id = integerBetween(named, name, 0, ID_MAX);
    if (id !== undefined && isExtensionName(name)) extensions.set(name, id);
  }
  return extensions;
}

/** Names are printable ASCII by habit; no extension that we could speak is called otherwise. */
function isExtensionName(name: string): boolean {
  return name.length <= EXTENSION_NAME_LENGTH_MAX && /^[\x21-\x7e]+$/.test(name);
}

function integerBetween(
  dictionary: BencodeDictionary,
  key: string,
  min: number,
  max: number,
): number | undefined {
  const value = dictionary.integer(key);
  return value !== undefined && value >= min && value <= max ? value : undefined;
}

/** Of a peer's text, what may be shown: no characters that control, reverse or hide others. */
function cleanName(bytes: Uint8Array | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  const text = decodeUtf8(bytes)
    ?.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '')
    .trim();
  if (text === undefined || text === '') return undefined;
  return Array.from(text).slice(0, CLIENT_NAME_LENGTH_MAX).join('').trim();
}

/** The payload of an extended message with EXTENDED_HANDSHAKE_ID. */
export function encodeExtendedHandshake(handshake: ExtendedHandshake): Uint8Array<ArrayBuffer> {
  return encodeBencode({
    m: Object.fromEntries(handshake.extensions),
    v: handshake.clientName,
    p: handshake.port,
    reqq: handshake.requestCountMax,
    metadata_size: handshake.metadataSize,
    yourip: handshake.yourIp,
    upload_only: handshake.isUploadOnly === undefined ? undefined : Number(handshake.isUploadOnly),
  });
}

/**
 * What is known after a `later` handshake: it adds to and replaces what was told `before`, and id 0
 * takes an extension away (BEP 10). Throws PeerFault `BAD_EXTENDED_HANDSHAKE` for too many in all.
 */
export function mergeExtendedHandshake(
  before: ExtendedHandshake,
  later: ExtendedHandshake,
): ExtendedHandshake {
  const extensions = new Map(before.extensions);
  for (const [name, id] of later.extensions) {
    if (id === 0) extensions.delete(name);
    else extensions.set(name, id);
  }
  if (extensions.size > EXTENSION_COUNT_MAX) {
    throw new PeerFault('BAD_EXTENDED_HANDSHAKE', { extensions: extensions.size });
  }
  return { ...before, ...later, extensions };
}
