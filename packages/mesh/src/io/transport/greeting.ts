/** The first message of who dials: what the connection is for. One byte of version, one of purpose, and what it needs. */
import { ByteReader, concatBytes, deviceKeyBytes, deviceKeyOf, PeerFault } from '@coequal/base';
import type { DeviceKey } from '@coequal/base';
import { CALL_KEY_LENGTH, CALL_TOKEN_LENGTH } from '../../core/contacts/call-token.ts';
import { encodeU32 } from '../../core/encode-u32.ts';

const VERSION = 1;

const PURPOSE = { link: 1, wait: 2, call: 3, answer: 4, meet: 5, invitedCall: 6 } as const;

/** Drawn by a relay for each call: who answers shows it, and nobody can guess it. */
export const TICKET_LENGTH = 16;

export type Greeting =
  | { readonly type: 'link' }
  /** Asks a relay to be called there, also by strangers who show a token of this key. */
  | { readonly type: 'wait'; readonly callKey: Uint8Array }
  /** Asks a relay for a way to who waits there. `until`: by an invitation that ends then (seconds since 1970). */
  | {
      readonly type: 'call';
      readonly to: DeviceKey;
      readonly token: Uint8Array;
      readonly until?: number | undefined;
    }
  /** Takes a call of which the relay has told. */
  | { readonly type: 'answer'; readonly ticket: Uint8Array }
  /** Somebody looked up the same topic; who it is is proven later, if at all. */
  | { readonly type: 'meet' };

export type Purpose = Greeting['type'];

export function encodeGreeting(greeting: Greeting): Uint8Array {
  const isInvited = greeting.type === 'call' && greeting.until !== undefined;
  const head = Uint8Array.of(VERSION, PURPOSE[isInvited ? 'invitedCall' : greeting.type]);
  switch (greeting.type) {
    case 'link':
    case 'meet':
      return head;
    case 'wait':
      return concatBytes([head, greeting.callKey]);
    case 'call':
      return concatBytes([
        head,
        deviceKeyBytes(greeting.to),
        greeting.token,
        ...(greeting.until === undefined ? [] : [encodeU32(greeting.until)]),
      ]);
    case 'answer':
      return concatBytes([head, greeting.ticket]);
  }
}

/** Throws PeerFault `UNKNOWN_VERSION`, `UNKNOWN_PURPOSE`, or those of ByteReader. */
export function decodeGreeting(bytes: Uint8Array): Greeting {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  if (version !== VERSION) throw new PeerFault('UNKNOWN_VERSION', { version });
  const greeting = decodeBody(reader.u8(), reader);
  reader.end();
  return greeting;
}

function decodeBody(purpose: number, reader: ByteReader): Greeting {
  switch (purpose) {
    case PURPOSE.link:
      return { type: 'link' };
    case PURPOSE.wait:
      return { type: 'wait', callKey: reader.bytes(CALL_KEY_LENGTH).slice() };
    case PURPOSE.call: {
      const to = deviceKeyOf(reader.bytes(32));
      return { type: 'call', to, token: reader.bytes(CALL_TOKEN_LENGTH).slice() };
    }
    case PURPOSE.invitedCall: {
      const to = deviceKeyOf(reader.bytes(32));
      const token = reader.bytes(CALL_TOKEN_LENGTH).slice();
      return { type: 'call', to, token, until: reader.u32() };
    }
    case PURPOSE.answer:
      return { type: 'answer', ticket: reader.bytes(TICKET_LENGTH).slice() };
    case PURPOSE.meet:
      return { type: 'meet' };
    default:
      throw new PeerFault('UNKNOWN_PURPOSE', { purpose });
  }
}
