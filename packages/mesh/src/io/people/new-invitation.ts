/** What an invitation is made of: its secret, and the link that has it. */
import { assert, formatHex, LocalFault } from '@coequal/base';
import type { Clock, Random } from '@coequal/base';
import { INVITATION_HELPERS_MAX } from '../../core/invite/invitation-helpers.ts';
import type { InvitationHelper } from '../../core/invite/invitation-helpers.ts';
import {
  formatInvitation,
  INVITATION_DEVICES_MAX,
  INVITATION_SECRET_LENGTH,
  isGiftName,
} from '../../core/invite/invitation-link.ts';
import type { InvitationLink } from '../../core/invite/invitation-link.ts';
import { invitationIdOf } from '../../core/invite/invite-wire.ts';
import { INVITATION_USES_MAX, INVITATION_VALID_SECONDS_MAX } from './invitation-book.ts';
import type { Gift, NewInvitation } from './invitation-book.ts';

/** A week. */
const VALID_SECONDS = 604_800;

export interface InviteOptions {
  readonly validSeconds?: number | undefined;
  readonly uses?: number | undefined;
  readonly note?: string | undefined;
  readonly gift?: Gift | undefined;
  readonly spoken?: boolean | undefined;
}

/** Who invites. Of the devices, the first are in the link. */
export interface Inviter extends Pick<InvitationLink, 'person' | 'devices' | 'name' | 'addresses'> {
  /** Where a guest can call the first of the devices; the first of them are in the link. */
  passesUntil(until: number): readonly InvitationHelper[];
}

/** Throws LocalFault `BAD_NAME`. */
export function invitationFor(
  inviter: Inviter,
  { uses = 1, validSeconds = VALID_SECONDS, note = '', gift }: InviteOptions,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): NewInvitation {
  assert(uses >= 1 && uses <= INVITATION_USES_MAX, 'one use at least');
  assert(validSeconds <= INVITATION_VALID_SECONDS_MAX, 'a month at most');
  if (gift !== undefined && !isGiftName(gift.name)) throw new LocalFault('BAD_NAME');
  const createdAt = clock.epochNow();
  const validUntil = Math.ceil(createdAt / 1_000) + validSeconds;
  const secret = random.bytes(INVITATION_SECRET_LENGTH).slice();
  const link = formatInvitation({
    person: inviter.person,
    name: inviter.name,
    addresses: inviter.addresses,
    devices: inviter.devices.slice(0, INVITATION_DEVICES_MAX),
    helpers: inviter.passesUntil(validUntil).slice(0, INVITATION_HELPERS_MAX),
    secret,
    validUntil,
    gift: gift && { name: gift.name, size: gift.size },
  });
  const id = formatHex(invitationIdOf(secret));
  return { id, secret, link, note, createdAt, validUntil: validUntil * 1_000, usesMax: uses, gift };
}
