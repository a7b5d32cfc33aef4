/** The one message of `lt_donthave` (BEP 54): the sender has a piece no more. */
import { ByteReader } from '@coequal/base';

/** The name under which `m` of the extended handshake lists it. */
export const DONT_HAVE_EXTENSION = 'lt_donthave';

/** Our id for it, told in the extended handshake (BEP 10). */
export const LT_DONTHAVE_ID = 2;

const LENGTH = 4;

/** The piece's index. Throws PeerFault `MESSAGE_TOO_SHORT` or `MESSAGE_TOO_LONG`. */
export function decodeDontHave(payload: Uint8Array): number {
  const reader = new ByteReader(payload);
  const piece = reader.u32();
  reader.end();
  return piece;
}

/** The payload of an extended message with the id by which its receiver takes it. */
export function encodeDontHave(piece: number): Uint8Array<ArrayBuffer> {
  const payload = new Uint8Array(LENGTH);
  new DataView(payload.buffer).setUint32(0, piece);
  return payload;
}
