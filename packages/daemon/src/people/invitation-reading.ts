/** What an invitation says, read without asking anybody: also by who is nobody yet. */
import type { InvitationReading } from '@coequal/contract';
import { readInvitation } from '@coequal/mesh/identity';

/** Throws LocalFault `BAD_INVITATION`, `INVITATION_TOO_NEW`, `BAD_CODE`. */
export function readingOf(text: string, isContact: (person: string) => boolean): InvitationReading {
  const reading = readInvitation(text);
  if (reading.type === 'code') return { type: 'code', isContact: false };
  const { name, person, validUntil, gift } = reading.link;
  return {
    type: 'link',
    name,
    person,
    validUntil: validUntil * 1_000,
    ...(gift !== undefined && { gift }),
    isContact: isContact(person),
  };
}
