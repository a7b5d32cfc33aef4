/** The messages of `people/1`, which contacts' devices speak to each other: docs/invitations.md has their bytes. */
import { ByteReader, concatBytes, PeerFault } from '@coequal/base';
import type { Endpoint, LinkPath } from '@coequal/base';
import { sha256 } from '@noble/hashes/sha2.js';
import { encodeU32 } from '../encode-u32.ts';
import { DEVICE_LIST_LENGTH_MAX } from '../identity/device-list.ts';
import { LAN_SECRET_LENGTH } from '../lan/lan-tag.ts';
import { decodeName, encodeName } from '../invite/invite-wire.ts';
import { decodeAddress, decodeAddresses, encodeAddress, encodeAddresses } from './address-bytes.ts';
import type { TellableAddress } from './address-bytes.ts';
import { decodeHelpers, encodeHelpers } from './helper-places.ts';
import type { HelperPlace } from './helper-places.ts';

export const PEOPLE_PROTOCOL = 'people/1';
const VERSION = 1;
const DIGEST_LENGTH = 8;
/** A list and its type; the rest is shorter. */
export const PEOPLE_FRAME_LENGTH_MAX: number = DEVICE_LIST_LENGTH_MAX + 1;

const TYPE = {
  hello: 1,
  list: 2,
  name: 3,
  addresses: 4,
  seen: 5,
  gone: 6,
  yours: 7,
  helpers: 8,
  near: 9,
  'near-known': 10,
} as const;
const PATHS = ['none', 'lan', 'direct', 'relayed'] as const;
export type PathType = LinkPath['type'];

/** Which of a person's lists somebody holds: number 0 is none. */
export interface HeldList {
  readonly number: number;
  readonly digest: Uint8Array;
}

/** How a device sees the one that it tells. */
export interface SeenOfYou {
  readonly path: PathType;
  /** Where its packets come from; undefined when relayed. */
  readonly endpoint: Endpoint | undefined;
}

export type PeopleMessage =
  | {
      readonly type: 'hello';
      /** The list that the sender holds of its own person, and of the other. */
      readonly own: HeldList;
      readonly yours: HeldList;
    }
  | { readonly type: 'list'; readonly list: Uint8Array }
  /** Of the receiver's person, as the sender holds it: the receiver has an older one, or another of the same number. */
  | { readonly type: 'yours'; readonly list: Uint8Array }
  | { readonly type: 'name'; readonly name: string }
  | {
      readonly type: 'addresses';
      /** Whether it passes on for contacts what two of them cannot send each other directly. */
      readonly relays: boolean;
      /** Whether newcomers can begin at its UDP addresses: it is a node of HyperDHT. */
      readonly isNode: boolean;
      readonly addresses: readonly TellableAddress[];
    }
  | ({ readonly type: 'seen' } & SeenOfYou)
  /** At which the sender can be called, the preferred first; the tokens are the receiver's alone. */
  | { readonly type: 'helpers'; readonly helpers: readonly HelperPlace[] }
  /** By what the sender is known in a local network. */
  | { readonly type: 'near'; readonly secret: Uint8Array }
  /** That was kept: of which the first bytes of SHA-256 are these. */
  | { readonly type: 'near-known'; readonly digest: Uint8Array }
  /** The other is no contact any more. */
  | { readonly type: 'gone' };

/** Tells two lists of one number apart, and two secrets. */
export function digestOf(bytes: Uint8Array): Uint8Array {
  return sha256(bytes).subarray(0, DIGEST_LENGTH);
}

export const NO_LIST: HeldList = { number: 0, digest: new Uint8Array(DIGEST_LENGTH) };

export function encodePeopleMessage(message: PeopleMessage): Uint8Array {
  const type = Uint8Array.of(TYPE[message.type]);
  switch (message.type) {
    case 'hello':
      return concatBytes([
        type,
        Uint8Array.of(VERSION),
        encodeHeld(message.own),
        encodeHeld(message.yours),
      ]);
    case 'list':
    case 'yours':
      return concatBytes([type, message.list]);
    case 'name':
      return concatBytes([type, encodeName(message.name)]);
    case 'addresses':
      return concatBytes([
        type,
        Uint8Array.of((message.relays ? 1 : 0) | (message.isNode ? 2 : 0)),
        encodeAddresses(message.addresses),
      ]);
    case 'seen':
      return encodeSeen(message);
    case 'helpers':
      return concatBytes([type, encodeHelpers(message.helpers)]);
    case 'near':
      return concatBytes([type, message.secret]);
    case 'near-known':
      return concatBytes([type, message.digest]);
    case 'gone':
      return type;
  }
}

/** Throws PeerFault. A list borrows from the frame. */
export function decodePeopleMessage(frame: Uint8Array): PeopleMessage {
  const reader = new ByteReader(frame);
  const message = decodeBody(reader.u8(), reader);
  reader.end();
  return message;
}

function decodeBody(type: number, reader: ByteReader): PeopleMessage {
  switch (type) {
    case TYPE.hello: {
      const version = reader.u8();
      if (version !== VERSION) throw new PeerFault('BAD_VERSION', { version });
      return { type: 'hello', own: decodeHeld(reader), yours: decodeHeld(reader) };
    }
    case TYPE.list:
      return { type: 'list', list: reader.rest() };
    case TYPE.yours:
      return { type: 'yours', list: reader.rest() };
    case TYPE.name:
      return { type: 'name', name: decodeName(reader) };
    case TYPE.addresses: {
      const flags = reader.u8();
      // further flags are of a later version, and harm nobody
      return {
        type: 'addresses',
        relays: (flags & 1) !== 0,
        isNode: (flags & 2) !== 0,
        addresses: decodeAddresses(reader),
      };
    }
    case TYPE.seen:
      return decodeSeen(reader);
    case TYPE.helpers:
      return { type: 'helpers', helpers: decodeHelpers(reader) };
    case TYPE.near:
      return { type: 'near', secret: reader.bytes(LAN_SECRET_LENGTH).slice() };
    case TYPE['near-known']:
      return { type: 'near-known', digest: reader.bytes(DIGEST_LENGTH).slice() };
    case TYPE.gone:
      return { type: 'gone' };
    default:
      throw new PeerFault('BAD_FRAME', { type });
  }
}

/** Path (u8), whether an address follows (u8), the address. */
function encodeSeen({ path, endpoint }: SeenOfYou): Uint8Array {
  const address = endpoint === undefined ? undefined : encodeAddress({ kind: 'udp', ...endpoint });
  const head = Uint8Array.of(TYPE.seen, PATHS.indexOf(path), address === undefined ? 0 : 1);
  return address === undefined ? head : concatBytes([head, address]);
}

function decodeSeen(reader: ByteReader): PeopleMessage {
  const path = PATHS[reader.u8()];
  const flag = reader.u8();
  if (path === undefined || flag > 1) throw new PeerFault('BAD_FRAME', { type: TYPE.seen });
  if (flag === 0) return { type: 'seen', path, endpoint: undefined };
  const { host, port } = decodeAddress(reader);
  return { type: 'seen', path, endpoint: { host, port } };
}

function encodeHeld({ number, digest }: HeldList): Uint8Array {
  return concatBytes([encodeU32(number), digest]);
}

function decodeHeld(reader: ByteReader): HeldList {
  return { number: reader.u32(), digest: reader.bytes(DIGEST_LENGTH).slice() };
}
