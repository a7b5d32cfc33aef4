/** What waits behind invitations: each who comes by one gets it, for as long as its files are held. */
import type { InvitationView, People } from '@coequal/mesh';
import type { Staging } from './staging.ts';

type Guests = Pick<People, 'contacts' | 'invitations'>;

export async function giveGifts(
  people: Guests,
  staging: Pick<Staging, 'givenTo' | 'give'>,
  onProblem: (error: unknown) => void,
): Promise<void> {
  for (const { gift, usedBy } of people.invitations()) {
    const given = gift && staging.givenTo(gift.id);
    if (gift === undefined || given === undefined) continue;
    const to = stillToGet(people, usedBy, given);
    if (to.length === 0) continue;
    try {
      await staging.give(gift.id, { to, name: gift.name });
    } catch (error) {
      onProblem(error); // the next time that somebody comes, or the peer starts, is another try
    }
  }
}

/** Somebody may still come for it, or has come and has not got it. */
export function isGiftAwaited(people: Guests, id: string, given: ReadonlySet<string>): boolean {
  return people
    .invitations()
    .some(
      ({ gift, state, usedBy }) =>
        gift?.id === id && (state === 'open' || stillToGet(people, usedBy, given).length > 0),
    );
}

/** Who was removed or blocked meanwhile gets nothing. */
function stillToGet(
  people: Guests,
  usedBy: InvitationView['usedBy'],
  given: ReadonlySet<string>,
): string[] {
  const contacts = people.contacts().filter(({ trust }) => trust !== 'blocked');
  const known = new Set<string>(contacts.map(({ person }) => person));
  return usedBy.flatMap(({ person }) => (known.has(person) && !given.has(person) ? [person] : []));
}
