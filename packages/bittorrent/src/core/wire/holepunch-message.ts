/** The messages of `ut_holepunch` (BEP 55), by which two peers that cannot be dialled dial each other at once. */
import { assert, ByteReader, PeerFault } from '@coequal/base';
import type { Endpoint } from '@coequal/base';
import { formatAddress, parseAddress } from '../compact-peers.ts';

/** The name under which `m` of the extended handshake lists it. */
export const HOLEPUNCH_EXTENSION = 'ut_holepunch';

/** Our id for it, told in the extended handshake (BEP 10). */
export const UT_HOLEPUNCH_ID = 4;

/** Why a relay does not bring them together. Others may come: they are passed on as numbers. */
export const HOLEPUNCH_ERROR = {
  /** No peer can be at that endpoint. */
  noSuchPeer: 1,
  /** The relay has no connection to it. */
  notConnected: 2,
  /** It does not speak `ut_holepunch`. */
  noSupport: 3,
  /** It is the relay itself. */
  noSelf: 4,
} as const;

export type HolepunchMessage =
  /** To a relay: have that peer and us dial each other. */
  | { readonly type: 'rendezvous'; readonly endpoint: Endpoint }
  /** From a relay: dial that peer now, over uTP. */
  | { readonly type: 'connect'; readonly endpoint: Endpoint }
  /** From a relay, of a rendezvous. */
  | { readonly type: 'error'; readonly endpoint: Endpoint; readonly code: number };

const TYPES = ['rendezvous', 'connect', 'error'] as const;

/** Bytes of an address by `addr_type`. */
const ADDRESS_LENGTHS = [4, 16] as const;

/**
 * Throws PeerFault `BAD_HOLEPUNCH` for a type or address type that is none, `MESSAGE_TOO_SHORT` or `MESSAGE_TOO_LONG`.
 * Where it is no error, some leave out the code.
 */
export function decodeHolepunchMessage(payload: Uint8Array): HolepunchMessage {
  const reader = new ByteReader(payload);
  const type = TYPES[reader.u8()];
  const length = ADDRESS_LENGTHS[reader.u8()];
  if (type === undefined || length === undefined) throw new PeerFault('BAD_HOLEPUNCH');
  const host = formatAddress(reader.bytes(length));
  const endpoint = { host, port: reader.u16() };
  const code = type === 'error' || reader.remaining > 0 ? reader.u32() : 0;
  reader.end();
  return type === 'error' ? { type, endpoint, code } : { type, endpoint };
}

/** The payload of an extended message with the id by which its receiver takes it. */
export function encodeHolepunchMessage(message: HolepunchMessage): Uint8Array<ArrayBuffer> {
  const { host, port } = message.endpoint;
  const address = parseAddress(host);
  assert(address, 'an endpoint has an address');
  const bytes = new Uint8Array(address.length + 8);
  const view = new DataView(bytes.buffer);
  bytes[0] = TYPES.indexOf(message.type);
  bytes[1] = address.length === 16 ? 1 : 0;
  bytes.set(address, 2);
  view.setUint16(address.length + 2, port);
  view.setUint32(address.length + 4, message.type === 'error' ? message.code : 0);
  return bytes;
}
