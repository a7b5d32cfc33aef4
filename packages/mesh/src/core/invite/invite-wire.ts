/** The messages of `invite/1`: docs/invitations.md has their bytes. */
import { assert, ByteReader, concatBytes, decodeUtf8, encodeUtf8, PeerFault } from '@coequal/base';
import { deviceKeyBytes } from '@coequal/base';
import type { DeviceKey } from '@coequal/base';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { isDeviceName } from '../identity/device-certificate.ts';
import { DEVICE_LIST_LENGTH_MAX } from '../identity/device-list.ts';

export const INVITE_PROTOCOL = 'invite/1';
const VERSION = 1;
const INVITATION_ID_LENGTH = 8;
export const INVITE_NONCE_LENGTH = 16;
const PROOF_LENGTH = 32;
/** A list with a proof and a name. */
export const INVITE_FRAME_LENGTH_MAX: number = DEVICE_LIST_LENGTH_MAX + 128;

const TYPE = { hello: 1, challenge: 2, join: 3, welcome: 4, done: 5, refused: 6 } as const;

/** Why somebody who proved the secret is not let in: so that they know whether to try again. */
export const REFUSALS = {
  unknown: 1,
  full: 2,
  busy: 3,
  used: 4,
  revoked: 5,
  expired: 6,
} as const;
export type Refusal = keyof typeof REFUSALS;

export type InviteMessage =
  | { readonly type: 'hello'; readonly id: Uint8Array; readonly nonce: Uint8Array }
  | { readonly type: 'challenge'; readonly nonce: Uint8Array; readonly proof: Uint8Array }
  | {
      readonly type: 'join';
      readonly proof: Uint8Array;
      readonly name: string;
      readonly list: Uint8Array;
    }
  | { readonly type: 'welcome'; readonly name: string; readonly list: Uint8Array }
  | { readonly type: 'done' }
  | { readonly type: 'refused'; readonly why: Refusal };

/** Names the invitation to who made it, and says nothing of the secret. */
export function invitationIdOf(secret: Uint8Array): Uint8Array {
  return sha256(concatBytes([encodeUtf8('coequal invitation id 1'), secret])).subarray(
    0,
    INVITATION_ID_LENGTH,
  );
}

export interface ProofOf {
  readonly secret: Uint8Array;
  readonly host: DeviceKey;
  readonly guest: DeviceKey;
  readonly hostNonce: Uint8Array;
  readonly guestNonce: Uint8Array;
}

/** That one side knows the secret, for this meeting of these two devices alone. */
export function proofOf(side: 'host' | 'guest', of: ProofOf): Uint8Array {
  return hmac(
    sha256,
    of.secret,
    concatBytes([
      encodeUtf8(`coequal invite 1 ${side}`),
      Uint8Array.of(0),
      deviceKeyBytes(of.host),
      deviceKeyBytes(of.guest),
      of.hostNonce,
      of.guestNonce,
    ]),
  );
}

export function encodeInviteMessage(message: InviteMessage): Uint8Array {
  const type = Uint8Array.of(TYPE[message.type]);
  switch (message.type) {
    case 'hello':
      return concatBytes([type, Uint8Array.of(VERSION), message.id, message.nonce]);
    case 'challenge':
      return concatBytes([type, message.nonce, message.proof]);
    case 'join':
      return concatBytes([type, message.proof, encodeName(message.name), message.list]);
    case 'welcome':
      return concatBytes([type, encodeName(message.name), message.list]);
    case 'done':
      return type;
    case 'refused':
      return concatBytes([type, Uint8Array.of(REFUSALS[message.why])]);
  }
}

/** Throws PeerFault. What it gives borrows from the frame. */
export function decodeInviteMessage(frame: Uint8Array): InviteMessage {
  const reader = new ByteReader(frame);
  const message = decodeBody(reader.u8(), reader);
  reader.end();
  return message;
}

function decodeBody(type: number, reader: ByteReader): InviteMessage {
  switch (type) {
    case TYPE.hello: {
      const version = reader.u8();
      if (version !== VERSION) throw new PeerFault('BAD_VERSION', { version });
      const id = reader.bytes(INVITATION_ID_LENGTH);
      return { type: 'hello', id, nonce: reader.bytes(INVITE_NONCE_LENGTH) };
    }
    case TYPE.challenge: {
      const nonce = reader.bytes(INVITE_NONCE_LENGTH);
      return { type: 'challenge', nonce, proof: reader.bytes(PROOF_LENGTH) };
    }
    case TYPE.join: {
      const proof = reader.bytes(PROOF_LENGTH);
      return { type: 'join', proof, name: decodeName(reader), list: reader.rest() };
    }
    case TYPE.welcome:
      return { type: 'welcome', name: decodeName(reader), list: reader.rest() };
    case TYPE.done:
      return { type: 'done' };
    case TYPE.refused: {
      const code = reader.u8();
      const known = Object.entries(REFUSALS).find(([, value]) => value === code);
      // one of tomorrow: what matters is that it is a no
      return { type: 'refused', why: (known?.[0] as Refusal | undefined) ?? 'unknown' };
    }
    default:
      throw new PeerFault('BAD_FRAME', { type });
  }
}

/** Length (u8) and UTF-8: of a person, by the rules that names of devices have. */
export function encodeName(name: string): Uint8Array {
  assert(isDeviceName(name), 'a name that others would take');
  const text = encodeUtf8(name);
  return concatBytes([Uint8Array.of(text.length), text]);
}

/** Throws PeerFault `BAD_NAME`, and those of the reader. */
export function decodeName(reader: ByteReader): string {
  const name = decodeUtf8(reader.bytes(reader.u8()));
  if (name === undefined || !isDeviceName(name)) throw new PeerFault('BAD_NAME');
  return name;
}
