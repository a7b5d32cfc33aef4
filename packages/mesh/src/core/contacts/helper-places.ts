/** Helpers at which a device waits to be called, as it tells them to one contact's device: docs/invitations.md. */
import { concatBytes, deviceKeyBytes, deviceKeyOf, PeerFault } from '@coequal/base';
import type { ByteReader, DeviceKey } from '@coequal/base';
import { decodeAddresses, encodeAddresses } from './address-bytes.ts';
import type { TellableAddress } from './address-bytes.ts';
import { CALL_TOKEN_LENGTH } from './call-token.ts';

/** As many as a device waits at. */
export const HELPERS_TOLD_MAX = 3;
/** Of each helper: one of each family and kind. More are a way to have us knock at other doors. */
const HELPER_ADDRESSES_MAX = 4;

export interface HelperPlace {
  readonly helper: DeviceKey;
  /** Without one only those are let through whom the helper knows itself. */
  readonly token: Uint8Array | undefined;
  /** It was made of an invitation, and is good until then (seconds since 1970). */
  readonly until?: number | undefined;
  /** Beside those that are known of it otherwise. */
  readonly addresses: readonly TellableAddress[];
}

const NO_TOKEN = new Uint8Array(CALL_TOKEN_LENGTH);

export function tokenBytes({ token }: Pick<HelperPlace, 'token'>): Uint8Array {
  return token ?? NO_TOKEN;
}

/** A count (u8), and so many keys (32), tokens (16) and lists of addresses. */
export function encodeHelpers(helpers: readonly HelperPlace[]): Uint8Array {
  const told = helpers.slice(0, HELPERS_TOLD_MAX);
  return concatBytes([
    Uint8Array.of(told.length),
    ...told.flatMap((place) => [
      deviceKeyBytes(place.helper),
      tokenBytes(place),
      encodeAddresses(place.addresses.slice(0, HELPER_ADDRESSES_MAX)),
    ]),
  ]);
}

/** Throws PeerFault `BAD_HELPERS`, and those of addresses and of the reader. */
export function decodeHelpers(reader: ByteReader): HelperPlace[] {
  const count = reader.u8();
  if (count > HELPERS_TOLD_MAX) throw new PeerFault('BAD_HELPERS', { count });
  return Array.from({ length: count }, () => {
    const helper = deviceKeyOf(reader.bytes(32));
    const token = reader.bytes(CALL_TOKEN_LENGTH).slice();
    const addresses = decodeAddresses(reader);
    if (addresses.length > HELPER_ADDRESSES_MAX)
      throw new PeerFault('BAD_HELPERS', { addresses: addresses.length });
    return { helper, token, addresses };
  });
}
