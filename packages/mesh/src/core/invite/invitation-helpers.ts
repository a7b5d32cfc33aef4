/**
 * Helpers in the link of an invitation: where the device that made it waits to be called, and what lets whoever has the
 * link call it there. docs/invitations.md has the grammar.
 */
import { assert, concatBytes, deviceKeyBytes, deviceKeyOf, PeerFault } from '@coequal/base';
import type { ByteReader, DeviceKey } from '@coequal/base';
import { decodeAddresses, encodeAddresses } from '../contacts/address-bytes.ts';
import type { TellableAddress } from '../contacts/address-bytes.ts';
import { CALL_PASS_LENGTH, callTokenOf } from '../contacts/call-token.ts';
import type { HelperPlace } from '../contacts/helper-places.ts';

/** One may be gone when the guest comes. Each adds 90 letters to a link that should stay short. */
export const INVITATION_HELPERS_MAX = 2;
/** Of each: one of both families. More are a way to have the guest knock at other doors. */
const HELPER_ADDRESSES_MAX = 2;
const DEVICE_KEY_LENGTH = 32;

export interface InvitationHelper {
  readonly helper: DeviceKey;
  /** Of the call key there, and of the end of the invitation. */
  readonly pass: Uint8Array;
  readonly addresses: readonly TellableAddress[];
}

/** A count (u8), and so many keys (32), passes (16) and lists of addresses. */
export function encodeInvitationHelpers(helpers: readonly InvitationHelper[]): Uint8Array {
  assert(helpers.length >= 1 && helpers.length <= INVITATION_HELPERS_MAX, 'one or two helpers');
  return concatBytes([
    Uint8Array.of(helpers.length),
    ...helpers.flatMap(({ helper, pass, addresses }) => [
      deviceKeyBytes(helper),
      pass,
      encodeAddresses(addresses.slice(0, HELPER_ADDRESSES_MAX)),
    ]),
  ]);
}

/** Throws PeerFault `BAD_HELPERS`, and those of addresses and of the reader. */
export function decodeInvitationHelpers(reader: ByteReader): InvitationHelper[] {
  const count = reader.u8();
  // a link without any is of the first version: there are no two forms of one
  if (count < 1 || count > INVITATION_HELPERS_MAX) throw new PeerFault('BAD_HELPERS', { count });
  const helpers = Array.from({ length: count }, () => {
    const helper = deviceKeyOf(reader.bytes(DEVICE_KEY_LENGTH));
    const pass = reader.bytes(CALL_PASS_LENGTH).slice();
    const addresses = decodeAddresses(reader);
    if (addresses.length > HELPER_ADDRESSES_MAX)
      throw new PeerFault('BAD_HELPERS', { addresses: addresses.length });
    return { helper, pass, addresses };
  });
  if (new Set(helpers.map(({ helper }) => helper)).size !== count)
    throw new PeerFault('BAD_HELPERS', { count });
  return helpers;
}

/** As the guest's own device calls there. */
export function placesOfGuest(
  helpers: readonly InvitationHelper[],
  until: number,
  guest: DeviceKey,
): HelperPlace[] {
  return helpers.map(({ helper, pass, addresses }) => ({
    helper,
    token: callTokenOf(pass, guest),
    until,
    addresses,
  }));
}
