/**
 * The invitation as a link, `coequal:invite/…`: docs/invitations.md has its grammar. All that follows the slash is base32
 * of version, body and a check; in capitals it is the same link, and the smallest QR code.
 */
import { assert, ByteReader, concatBytes, decodeUtf8, deviceKeyBytes } from '@coequal/base';
import { deviceKeyOf, encodeUtf8, equalBytes, LocalFault, PeerFault } from '@coequal/base';
import type { DeviceKey } from '@coequal/base';
import { sha256 } from '@noble/hashes/sha2.js';
import { decodeAddresses, encodeAddresses } from '../contacts/address-bytes.ts';
import type { TellableAddress } from '../contacts/address-bytes.ts';
import { isDeviceName } from '../identity/device-certificate.ts';
import { PERSON_KEY_LENGTH, personKeyBytes, personKeyOf } from '../identity/person-key.ts';
import type { PersonKey } from '../identity/person-key.ts';
import { decodeBase32, encodeBase32 } from './base32.ts';
import { decodeInvitationHelpers, encodeInvitationHelpers } from './invitation-helpers.ts';
import type { InvitationHelper } from './invitation-helpers.ts';

export const INVITATION_SCHEME = 'coequal:invite/';
/** Of the form without helpers, which programs of before read, and of that with some. */
const VERSION = { plain: 1, helped: 2 } as const;
/** 128 bits: nobody guesses it. */
export const INVITATION_SECRET_LENGTH = 16;
/** Devices at which the invitation is known. A link should stay short. */
export const INVITATION_DEVICES_MAX = 3;
/** Addresses in a link: a TCP and a UDP one of both families. */
const INVITATION_ADDRESSES_MAX = 4;
/** Bytes of UTF-8: the longest name of a file. */
const GIFT_NAME_LENGTH_MAX = 255;
const DEVICE_KEY_LENGTH = 32;
const CHECK_LENGTH = 4;
const CHECK_DOMAIN = encodeUtf8('coequal invitation link');
/** With all that fits in: what longer text is looked through for is not a link. */
export const INVITATION_TEXT_LENGTH_MAX = 2_000;
/** Pieces into which a mail program may have broken a link. */
const PIECES_MAX = 40;

/** What waits behind it, as its maker says. */
export interface GiftLabel {
  readonly name: string;
  readonly size: number;
}

export interface InvitationLink {
  readonly person: PersonKey;
  /** Any of them may be asked. */
  readonly devices: readonly DeviceKey[];
  /** Whoever knows it was invited. */
  readonly secret: Uint8Array;
  /** Seconds since 1970. */
  readonly validUntil: number;
  /** Of the inviter, as they call themselves. */
  readonly name: string;
  /** Where the devices may be: hints that may be old. */
  readonly addresses: readonly TellableAddress[];
  readonly gift: GiftLabel | undefined;
  /** Where the first of the devices waits to be called. */
  readonly helpers: readonly InvitationHelper[];
}

export function formatInvitation(link: InvitationLink): string {
  const version = link.helpers.length === 0 ? VERSION.plain : VERSION.helped;
  const body = concatBytes([Uint8Array.of(version), encodeBody(link)]);
  return INVITATION_SCHEME + encodeBase32(concatBytes([body, checkOf(body)]));
}

/** For a QR code: its mode for capitals and digits takes 5.5 bits a letter, instead of 8. */
export function invitationForQr(link: string): string {
  return link.toUpperCase();
}

/**
 * The invitation that stands in a text, also in capitals, broken over lines, or with other text around it. Throws
 * LocalFault `BAD_INVITATION`, or `INVITATION_TOO_NEW` for a sound one of a later version.
 */
export function parseInvitation(text: string): InvitationLink {
  const at = text.toLowerCase().indexOf(INVITATION_SCHEME);
  if (at === -1) throw new LocalFault('BAD_INVITATION', { problem: 'NO_LINK' });
  const after = text.slice(at + INVITATION_SCHEME.length).slice(0, INVITATION_TEXT_LENGTH_MAX);
  const body = soundBody(after);
  if (body === undefined) throw new LocalFault('BAD_INVITATION', { problem: 'DAMAGED' });
  const [version = 0] = body;
  if (version > VERSION.helped) throw new LocalFault('INVITATION_TOO_NEW', { version });
  try {
    return decodeBody(new ByteReader(body.subarray(1)), version);
  } catch (cause) {
    if (!(cause instanceof PeerFault)) throw cause;
    throw new LocalFault('BAD_INVITATION', { problem: cause.code }, { cause });
  }
}

/** Throws LocalFault `INVITATION_EXPIRED`. */
export function requireValid(link: InvitationLink, epochNow: number): void {
  if (link.validUntil * 1_000 <= epochNow)
    throw new LocalFault('INVITATION_EXPIRED', { validUntil: link.validUntil });
}

/** The check covers the version, and stays where it is in all of them: damage is told from what is new. */
function soundBody(after: string): Uint8Array | undefined {
  let letters = '';
  const pieces = after.split(/[\s>=]+/, PIECES_MAX);
  for (const piece of pieces) {
    const [run = ''] = /^[a-z2-7]*/i.exec(piece) ?? [];
    letters += run;
    const bytes = decodeBase32(letters);
    if (bytes !== undefined && bytes.length > CHECK_LENGTH) {
      const body = bytes.subarray(0, -CHECK_LENGTH);
      if (equalBytes(checkOf(body), bytes.subarray(-CHECK_LENGTH))) return body;
    }
    if (run !== piece && run !== '') return undefined;
  }
  return undefined;
}

function checkOf(body: Uint8Array): Uint8Array {
  return sha256(concatBytes([CHECK_DOMAIN, body])).subarray(0, CHECK_LENGTH);
}

function encodeBody(link: InvitationLink): Uint8Array {
  const { person, devices, secret, validUntil, name, addresses, gift, helpers } = link;
  assert(devices.length >= 1 && devices.length <= INVITATION_DEVICES_MAX, 'one to three devices');
  assert(secret.length === INVITATION_SECRET_LENGTH, 'a secret of 16 bytes');
  assert(validUntil === validUntil >>> 0, 'a u32');
  assert(isDeviceName(name), 'a name that others would take');
  const until = new Uint8Array(4);
  new DataView(until.buffer).setUint32(0, validUntil);
  return concatBytes([
    personKeyBytes(person),
    Uint8Array.of(devices.length),
    ...devices.map(deviceKeyBytes),
    secret,
    until,
    short(name),
    encodeAddresses(addresses.slice(0, INVITATION_ADDRESSES_MAX)),
    ...(gift === undefined ? [Uint8Array.of(0)] : [Uint8Array.of(1), encodeGift(gift)]),
    ...(helpers.length === 0 ? [] : [encodeInvitationHelpers(helpers)]),
  ]);
}

function decodeBody(reader: ByteReader, version: number): InvitationLink {
  if (version < VERSION.plain) throw new PeerFault('BAD_VERSION', { version });
  const person = personKeyOf(reader.bytes(PERSON_KEY_LENGTH));
  const count = reader.u8();
  if (count < 1 || count > INVITATION_DEVICES_MAX) throw new PeerFault('BAD_DEVICES', { count });
  const devices = Array.from({ length: count }, () => deviceKeyOf(reader.bytes(DEVICE_KEY_LENGTH)));
  if (new Set(devices).size !== count) throw new PeerFault('BAD_DEVICES', { count });
  const secret = reader.bytes(INVITATION_SECRET_LENGTH).slice();
  const validUntil = reader.u32();
  const name = decodeUtf8(reader.bytes(reader.u8()));
  if (name === undefined || !isDeviceName(name)) throw new PeerFault('BAD_NAME');
  const addresses = decodeAddresses(reader);
  if (addresses.length > INVITATION_ADDRESSES_MAX) throw new PeerFault('BAD_ADDRESS');
  const gift = decodeGift(reader);
  const helpers = version === VERSION.plain ? [] : decodeInvitationHelpers(reader);
  reader.end();
  return { person, devices, secret, validUntil, name, addresses, gift, helpers };
}

/** Size (u64), name. */
function encodeGift({ name, size }: GiftLabel): Uint8Array {
  assert(isGiftName(name), 'a gift has a name');
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(size));
  return concatBytes([bytes, short(name)]);
}

function decodeGift(reader: ByteReader): GiftLabel | undefined {
  const flag = reader.u8();
  if (flag > 1) throw new PeerFault('BAD_GIFT', { flag });
  if (flag === 0) return undefined;
  const size = reader.u64();
  if (size > BigInt(Number.MAX_SAFE_INTEGER)) throw new PeerFault('BAD_GIFT');
  const name = decodeUtf8(reader.bytes(reader.u8()));
  if (name === undefined || !isGiftName(name)) throw new PeerFault('BAD_GIFT');
  return { name, size: Number(size) };
}

/** What is not seen is not in it; it is shown, never used as a path. */
export function isGiftName(name: string): boolean {
  return (
    name.trim() !== '' &&
    name.isWellFormed() &&
    !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(name) &&
    encodeUtf8(name).length <= GIFT_NAME_LENGTH_MAX
  );
}

/** Its length (u8), and the text. */
function short(text: string): Uint8Array {
  const bytes = encodeUtf8(text);
  return concatBytes([Uint8Array.of(bytes.length), bytes]);
}
