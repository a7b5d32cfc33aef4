/** What a relay and its users say to each other, each behind one byte of type, on channels that it has greeted. */
import { ByteReader, concatBytes, deviceKeyBytes, deviceKeyOf, PeerFault } from '@coequal/base';
import type { DeviceKey } from '@coequal/base';
import { TICKET_LENGTH } from './greeting.ts';

const TYPE = { data: 0, welcome: 1, ring: 2, joined: 3, ended: 4 } as const;

/** Why a relay does not carry on; by number on the wire. */
export const END_REASONS = [
  'gone',
  'not-here',
  'refused',
  'full',
  'quota',
  'idle',
  'time',
  'closing',
] as const;
export type EndReason = (typeof END_REASONS)[number];

export type RelayMessage =
  /** Bytes for the other side: a view. */
  | { readonly type: 'data'; readonly bytes: Uint8Array }
  /** To who waits: from now on it is called here. */
  | { readonly type: 'welcome' }
  /** To who waits: this device calls; the ticket is for who answers. */
  | { readonly type: 'ring'; readonly from: DeviceKey; readonly ticket: Uint8Array }
  /** To both: what follows is data. */
  | { readonly type: 'joined' }
  | { readonly type: 'ended'; readonly reason: EndReason };

/** What stands before data. */
export const DATA_HEAD: Uint8Array = Uint8Array.of(TYPE.data);

export function encodeRelayMessage(message: Exclude<RelayMessage, { type: 'data' }>): Uint8Array {
  const head = Uint8Array.of(TYPE[message.type]);
  switch (message.type) {
    case 'welcome':
    case 'joined':
      return head;
    case 'ring':
      return concatBytes([head, deviceKeyBytes(message.from), message.ticket]);
    case 'ended':
      return concatBytes([head, Uint8Array.of(END_REASONS.indexOf(message.reason))]);
  }
}

/** Throws PeerFault `UNKNOWN_RELAY_MESSAGE`, `UNKNOWN_END_REASON`, or those of ByteReader. */
export function decodeRelayMessage(bytes: Uint8Array): RelayMessage {
  const reader = new ByteReader(bytes);
  const message = decodeBody(reader.u8(), reader);
  reader.end();
  return message;
}

function decodeBody(type: number, reader: ByteReader): RelayMessage {
  switch (type) {
    case TYPE.data:
      return { type: 'data', bytes: reader.rest() };
    case TYPE.welcome:
      return { type: 'welcome' };
    case TYPE.ring: {
      const from = deviceKeyOf(reader.bytes(32));
      return { type: 'ring', from, ticket: reader.bytes(TICKET_LENGTH).slice() };
    }
    case TYPE.joined:
      return { type: 'joined' };
    case TYPE.ended: {
      const reason = END_REASONS[reader.u8()];
      if (reason === undefined) throw new PeerFault('UNKNOWN_END_REASON');
      return { type: 'ended', reason };
    }
    default:
      throw new PeerFault('UNKNOWN_RELAY_MESSAGE', { type });
  }
}
