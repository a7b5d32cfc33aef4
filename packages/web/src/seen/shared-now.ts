/** All that goes out, or can, because this person wanted it so. */
import type { GuestLink, Invitation, Send, Transfer } from '@coequal/contract';
import { useMemo } from 'react';
import { isSomebody, useIdentity } from '../people/people-answers.ts';
import { useAnswer, useTransfers } from '../peer/use-peer.ts';

export interface Shared {
  readonly transfers: readonly Transfer[];
  readonly sends: readonly Send[];
  readonly links: readonly GuestLink[];
  readonly invitations: readonly Invitation[];
}

const AT_REST: ReadonlySet<Transfer['state']> = new Set(['paused', 'finished', 'failed']);

export function useShared(): Shared {
  const { byId } = useTransfers();
  const isEnabled = isSomebody(useIdentity().data);
  const sent = useAnswer(['sends', 'sent'], 'listSends', {}, { isEnabled });
  const guests = useAnswer(['guest-links'], 'listGuestLinks', {});
  const invited = useAnswer(['invitations'], 'listInvitations', {}, { isEnabled });
  return useMemo(
    () => ({
      transfers: [...byId.values()].filter(({ state }) => !AT_REST.has(state)),
      sends: (sent.data?.sends ?? []).filter(({ state }) =>
        ['preparing', 'offered'].includes(state),
      ),
      links: guests.data?.links ?? [],
      invitations: (invited.data?.invitations ?? []).filter(({ state }) => state === 'open'),
    }),
    [byId, sent.data, guests.data, invited.data],
  );
}
