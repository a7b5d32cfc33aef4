/** What a person's devices keep equal, in records: docs/identity.md has their bytes. */
import { assert, ByteReader, concatBytes, decodeUtf8, encodeUtf8, formatHex } from '@coequal/base';
import { PeerFault } from '@coequal/base';
import { TRUSTS } from '../contacts/contact.ts';
import type { Trust } from '../contacts/contact.ts';
import { DEVICE_LIST_LENGTH_MAX } from '../identity/device-list.ts';
import { PERSON_KEY_LENGTH, personKeyBytes, personKeyOf } from '../identity/person-key.ts';
import type { PersonKey } from '../identity/person-key.ts';
import { INVITATION_SECRET_LENGTH, INVITATION_TEXT_LENGTH_MAX } from '../invite/invitation-link.ts';
import { invitationIdOf, decodeName, encodeName } from '../invite/invite-wire.ts';
import { decodeStamp, encodeStamp, YEAR_10000_MS } from './stamp.ts';
import type { Stamp, Stamped } from './stamp.ts';

/** Characters of a note, as a request may have it. */
const NOTE_CHARACTERS_MAX = 2_000;
/** Bytes of UTF-8 of a character, as JavaScript counts them. */
const BYTES_PER_CHARACTER = 3;
/** Of one invitation that two or more devices let people in by, at the same time. */
export const SHARED_USES_MAX = 400;
/** The longest: an invitation by which so many came. */
export const OWN_RECORD_LENGTH_MAX = 60_000;
/** Of the name of a gift, and of its id. */
const GIFT_CHARACTERS_MAX = 255;

export interface SharedDetails {
  readonly givenName: string | undefined;
  readonly note: string;
}

export interface PresentContact {
  readonly type: 'contact';
  readonly state: 'present';
  readonly person: PersonKey;
  /** Of the adding. */
  readonly at: Stamp;
  readonly since: number;
  readonly list: Uint8Array;
  readonly ownName: Stamped<string>;
  readonly details: Stamped<SharedDetails>;
  readonly trust: Stamped<Trust>;
  /** When it was verified; 0: it was not. */
  readonly verified: Stamped<number>;
}

export interface RemovedContact {
  readonly type: 'contact';
  readonly state: 'removed';
  readonly person: PersonKey;
  readonly at: Stamp;
}

export type SharedContact = PresentContact | RemovedContact;

export interface SharedUse {
  readonly person: PersonKey;
  readonly name: string;
  readonly at: number;
  readonly isConfirmed: boolean;
}

export interface SharedInvitation {
  readonly type: 'invitation';
  readonly secret: Uint8Array;
  readonly link: string;
  readonly note: string;
  readonly createdAt: number;
  readonly validUntil: number;
  readonly usesMax: number;
  readonly gift: { readonly id: string; readonly name: string; readonly size: number } | undefined;
  readonly isRevoked: boolean;
  /** By person. */
  readonly uses: readonly SharedUse[];
}

/** As the person is called. */
export interface SharedName {
  readonly type: 'name';
  readonly name: Stamped<string>;
}

export type OwnRecord = SharedContact | SharedInvitation | SharedName;

const KIND = { removed: 0, present: 1, invitation: 2, name: 3 } as const;

/** Names a record among the others: `c` and the person, `i` and the id of an invitation, `n` for the name. */
export function ownKeyOf(record: OwnRecord): string {
  switch (record.type) {
    case 'contact':
      return `c${record.person}`;
    case 'invitation':
      return `i${formatHex(invitationIdOf(record.secret))}`;
    case 'name':
      return 'n';
  }
}

/** Equal records have equal bytes. */
export function encodeOwnRecord(record: OwnRecord): Uint8Array {
  switch (record.type) {
    case 'name':
      return concatBytes([Uint8Array.of(KIND.name), stamped(record.name, encodeName)]);
    case 'contact':
      return encodeContact(record);
    case 'invitation':
      return encodeInvitation(record);
  }
}

/** Throws PeerFault. What it gives is its own. */
export function decodeOwnRecord(bytes: Uint8Array): OwnRecord {
  const reader = new ByteReader(bytes);
  const record = decodeKind(reader.u8(), reader);
  reader.end();
  return record;
}

function decodeKind(kind: number, reader: ByteReader): OwnRecord {
  switch (kind) {
    case KIND.name:
      return { type: 'name', name: decodeStamped(reader, decodeName) };
    case KIND.removed: {
      const person = personKeyOf(reader.bytes(PERSON_KEY_LENGTH));
      return { type: 'contact', state: 'removed', person, at: stamp(reader) };
    }
    case KIND.present:
      return decodePresent(reader);
    case KIND.invitation:
      return decodeInvitation(reader);
    default:
      throw new PeerFault('BAD_OWN_RECORD', { kind });
  }
}

function encodeContact(contact: SharedContact): Uint8Array {
  const head = [personKeyBytes(contact.person), encodeStamp(contact.at)];
  if (contact.state === 'removed') return concatBytes([Uint8Array.of(KIND.removed), ...head]);
  const { since, list, ownName, details, trust, verified } = contact;
  return concatBytes([
    Uint8Array.of(KIND.present),
    ...head,
    u64(since),
    u16(list.length),
    list,
    stamped(ownName, encodeName),
    stamped(details, encodeDetails),
    stamped(trust, (value) => Uint8Array.of(TRUSTS.indexOf(value))),
    stamped(verified, u64),
  ]);
}

function decodePresent(reader: ByteReader): PresentContact {
  const person = personKeyOf(reader.bytes(PERSON_KEY_LENGTH));
  const at = stamp(reader);
  const since = time(reader);
  const length = reader.u16();
  if (length > DEVICE_LIST_LENGTH_MAX) throw new PeerFault('BAD_OWN_RECORD', { length });
  const list = reader.bytes(length).slice();
  return {
    type: 'contact',
    state: 'present',
    person,
    at,
    since,
    list,
    ownName: decodeStamped(reader, decodeName),
    details: decodeStamped(reader, decodeDetails),
    trust: decodeStamped(reader, decodeTrust),
    verified: decodeStamped(reader, time),
  };
}

function encodeDetails({ givenName, note }: SharedDetails): Uint8Array {
  const name = givenName === undefined ? Uint8Array.of(0) : encodeName(givenName);
  return concatBytes([name, longText(note, NOTE_CHARACTERS_MAX)]);
}

/** A length of 0 is no name. */
function decodeDetails(reader: ByteReader): SharedDetails {
  const length = reader.u8();
  let givenName: string | undefined;
  if (length > 0)
    givenName = decodeName(
      new ByteReader(concatBytes([Uint8Array.of(length), reader.bytes(length)])),
    );
  return { givenName, note: decodeLongText(reader, NOTE_CHARACTERS_MAX) };
}

function decodeTrust(reader: ByteReader): Trust {
  const place = reader.u8();
  const trust = TRUSTS[place];
  if (trust === undefined) throw new PeerFault('BAD_OWN_RECORD', { trust: place });
  return trust;
}

function encodeInvitation(invitation: SharedInvitation): Uint8Array {
  const { secret, link, note, createdAt, validUntil, usesMax, gift, isRevoked, uses } = invitation;
  const noted =
    gift === undefined
      ? []
      : [longText(gift.id, GIFT_CHARACTERS_MAX), longText(gift.name, GIFT_CHARACTERS_MAX)];
  return concatBytes([
    Uint8Array.of(KIND.invitation),
    secret,
    longText(link, INVITATION_TEXT_LENGTH_MAX),
    longText(note, NOTE_CHARACTERS_MAX),
    u64(createdAt),
    u64(validUntil),
    Uint8Array.of(usesMax, (gift === undefined ? 0 : 1) | (isRevoked ? 2 : 0)),
    ...noted,
    ...(gift === undefined ? [] : [u64(gift.size)]),
    u16(uses.length),
    ...uses.map(encodeUse),
  ]);
}

function decodeInvitation(reader: ByteReader): SharedInvitation {
  const secret = reader.bytes(INVITATION_SECRET_LENGTH).slice();
  const link = decodeLongText(reader, INVITATION_TEXT_LENGTH_MAX);
  const note = decodeLongText(reader, NOTE_CHARACTERS_MAX);
  const createdAt = time(reader);
  const validUntil = time(reader);
  const usesMax = reader.u8();
  const flags = reader.u8();
  if (flags > 3 || usesMax === 0) throw new PeerFault('BAD_OWN_RECORD', { flags, usesMax });
  const gift =
    (flags & 1) === 0
      ? undefined
      : {
          id: decodeLongText(reader, GIFT_CHARACTERS_MAX),
          name: decodeLongText(reader, GIFT_CHARACTERS_MAX),
          size: number(reader, Number.MAX_SAFE_INTEGER),
        };
  const count = reader.u16();
  if (count > SHARED_USES_MAX) throw new PeerFault('BAD_OWN_RECORD', { count });
  const uses = Array.from({ length: count }, () => decodeUse(reader));
  if (uses.some(({ person }, at) => at > 0 && person <= (uses[at - 1]?.person ?? '')))
    throw new PeerFault('BAD_OWN_RECORD', { what: 'uses' });
  return {
    type: 'invitation',
    secret,
    link,
    note,
    createdAt,
    validUntil,
    usesMax,
    gift,
    isRevoked: (flags & 2) !== 0,
    uses,
  };
}

function encodeUse({ person, name, at, isConfirmed }: SharedUse): Uint8Array {
  return concatBytes([
    personKeyBytes(person),
    encodeName(name),
    u64(at),
    Uint8Array.of(isConfirmed ? 1 : 0),
  ]);
}

function decodeUse(reader: ByteReader): SharedUse {
  const person = personKeyOf(reader.bytes(PERSON_KEY_LENGTH));
  const name = decodeName(reader);
  const at = time(reader);
  const flag = reader.u8();
  if (flag > 1) throw new PeerFault('BAD_OWN_RECORD', { flag });
  return { person, name, at, isConfirmed: flag === 1 };
}

function stamped<Value>(
  { at, value }: Stamped<Value>,
  encode: (value: Value) => Uint8Array,
): Uint8Array {
  return concatBytes([encodeStamp(at), encode(value)]);
}

function decodeStamped<Value>(
  reader: ByteReader,
  decode: (reader: ByteReader) => Value,
): Stamped<Value> {
  return { at: stamp(reader), value: decode(reader) };
}

function stamp(reader: ByteReader): Stamp {
  return decodeStamp(reader, time);
}

function time(reader: ByteReader): number {
  return number(reader, YEAR_10000_MS);
}

function number(reader: ByteReader, max: number): number {
  const value = reader.u64();
  if (value > max) throw new PeerFault('BAD_OWN_RECORD', { what: 'number' });
  return Number(value);
}

function u64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}

function u16(value: number): Uint8Array {
  assert(value <= 0xffff, 'a u16');
  return Uint8Array.of(value >> 8, value & 0xff);
}

/** Length (u16) and UTF-8. What is longer than a request may have is cut. */
function longText(text: string, charactersMax: number): Uint8Array {
  const bytes = encodeUtf8(text.slice(0, charactersMax).toWellFormed());
  return concatBytes([u16(bytes.length), bytes]);
}

function decodeLongText(reader: ByteReader, charactersMax: number): string {
  const length = reader.u16();
  const max = charactersMax * BYTES_PER_CHARACTER;
  if (length > max) throw new PeerFault('BAD_OWN_RECORD', { length, max });
  const text = decodeUtf8(reader.bytes(length));
  if (text === undefined) throw new PeerFault('BAD_OWN_RECORD', { what: 'text' });
  return text;
}
