/**
 * CPace over ristretto255 with SHA-512, initiator and responder (draft-irtf-cfrg-cpace, sections 4 and 5.3): two sides that
 * know the same short password come to the same key, and whoever does not know it has one guess a run.
 */
import { assert, concatBytes, encodeUtf8, equalBytes, PeerFault } from '@coequal/base';
import type { Random } from '@coequal/base';
import { ristretto255, ristretto255_hasher } from '@noble/curves/ed25519.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha512 } from '@noble/hashes/sha2.js';

type Point = InstanceType<typeof ristretto255.Point>;

const DSI = encodeUtf8('CPaceRistretto255');
const DSI_ISK = encodeUtf8('CPaceRistretto255_ISK');
const MAC_DOMAIN = encodeUtf8('CPaceMac');
const SID_DOMAIN = encodeUtf8('CPaceSidOutput');
/** H.s_in_bytes of SHA-512. */
const HASH_BLOCK_LENGTH = 128;
export const CPACE_SHARE_LENGTH = 32;
export const CPACE_TAG_LENGTH = 64;
/** G.I: the encoding of the neutral element. */
const NEUTRAL = new Uint8Array(CPACE_SHARE_LENGTH);

/** What both sides put in; all but the password may be empty. */
export interface CpaceInputs {
  /** PRS. */
  readonly password: Uint8Array;
  /** CI. */
  readonly channel: Uint8Array;
  readonly sid: Uint8Array;
}

/** What one side sends: its share, and data that are authenticated with it. */
export interface CpaceMessage {
  readonly share: Uint8Array;
  readonly data: Uint8Array;
}

/** A share of this side and the number that goes with it, which never leaves it. */
export interface CpaceSecret {
  readonly scalar: Uint8Array;
  readonly share: Uint8Array;
}

export interface CpaceKeys {
  /** ISK: to be stretched into keys, never used as one. */
  readonly isk: Uint8Array;
  /** Public, and of this run alone. */
  readonly sidOutput: Uint8Array;
}

export function newCpaceSecret(inputs: CpaceInputs, random: Random): CpaceSecret {
  const scalar = random.bytes(CPACE_SHARE_LENGTH).slice();
  // the bits beyond 2^252, which is less than the order of the group
  scalar[31] = (scalar[31] ?? 0) & 0x0f;
  return { scalar, share: multiply(scalar, generatorOf(inputs)) };
}

/** Throws PeerFault `BAD_SHARE` when the other side's is no element, or the neutral one. */
export function cpaceKeys(
  { sid }: CpaceInputs,
  own: CpaceSecret,
  initiator: CpaceMessage,
  responder: CpaceMessage,
): CpaceKeys {
  const isInitiator = equalBytes(own.share, initiator.share);
  const other = isInitiator ? responder : initiator;
  // an echo of our own share: who sends it knows nothing
  if (equalBytes(other.share, own.share)) throw new PeerFault('BAD_SHARE');
  const product = multiplyVerified(own.scalar, other.share);
  if (equalBytes(product, NEUTRAL)) throw new PeerFault('BAD_SHARE');
  const transcript = transcriptIr(initiator, responder);
  const isk = sha512(concatBytes([lvCat(DSI_ISK, sid, product), transcript]));
  return { isk, sidOutput: sha512(concatBytes([SID_DOMAIN, transcript])) };
}

/** The tag that confirms the key, over what this side sent (section 9.4). */
export function confirmationTag(
  { sid }: CpaceInputs,
  { isk }: CpaceKeys,
  sent: CpaceMessage,
): Uint8Array {
  const key = sha512(concatBytes([MAC_DOMAIN, sid, isk]));
  return hmac(sha512, key, lvCat(sent.share, sent.data));
}

/** In a time that says nothing about where they differ. */
export function isSameTag(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}

export function generatorString({ password, channel, sid }: CpaceInputs): Uint8Array {
  const used = prependLength(password).length + prependLength(DSI).length + 1;
  const padding = new Uint8Array(Math.max(0, HASH_BLOCK_LENGTH - used));
  return lvCat(DSI, password, padding, channel, sid);
}

export function generatorOf(inputs: CpaceInputs): Point {
  const point = ristretto255_hasher.deriveToCurve?.(sha512(generatorString(inputs)));
  assert(point, 'the library derives elements');
  return point;
}

/** G.scalar_mult. */
export function multiply(scalar: Uint8Array, point: Point): Uint8Array {
  return point.multiply(numberOf(scalar)).toBytes();
}

/** G.scalar_mult_vfy: the neutral element for what is none. */
export function multiplyVerified(scalar: Uint8Array, encoded: Uint8Array): Uint8Array {
  const point = decodePoint(encoded);
  return point === undefined ? NEUTRAL : multiply(scalar, point);
}

function decodePoint(encoded: Uint8Array): Point | undefined {
  if (equalBytes(encoded, NEUTRAL)) return undefined;
  try {
    return ristretto255.Point.fromBytes(encoded);
  } catch {
    return undefined; // the one way in which the library says that it is none
  }
}

function numberOf(littleEndian: Uint8Array): bigint {
  return littleEndian.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

export function transcriptIr(initiator: CpaceMessage, responder: CpaceMessage): Uint8Array {
  return concatBytes([
    lvCat(initiator.share, initiator.data),
    lvCat(responder.share, responder.data),
  ]);
}

export function lvCat(...parts: readonly Uint8Array[]): Uint8Array {
  return concatBytes(parts.map(prependLength));
}

/** The length in LEB128, and the bytes. */
export function prependLength(bytes: Uint8Array): Uint8Array {
  const length: number[] = [];
  let rest = bytes.length;
  while (rest >= 0x80) {
    length.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  return concatBytes([Uint8Array.from([...length, rest]), bytes]);
}
