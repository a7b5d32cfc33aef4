/** Invitations as own devices share them, over the tables of the invitation book. */
import { equalBytes, LocalFault, PeerFault } from '@coequal/base';
import type { Database } from '@coequal/base/database';
import type { PersonKey } from '../../core/identity/person-key.ts';
import { parseInvitation } from '../../core/invite/invitation-link.ts';
import type { SharedInvitation } from '../../core/own/own-record.ts';
import type { InvitationBook } from '../people/invitation-book.ts';

/** Those that are not over: of several devices that each made as many as they may while apart. */
const SHARED_INVITATIONS_MAX = 400;

export class SharedInvitations {
  readonly #database: Database;
  readonly #book: InvitationBook;
  readonly #person: PersonKey;

  constructor(database: Database, book: InvitationBook, person: PersonKey) {
    this.#database = database;
    this.#book = book;
    this.#person = person;
  }

  /** Whose time is not over; what became of the others is no more than history. */
  ids(now: number): readonly string[] {
    return this.#database
      .all(
        'SELECT id FROM invitations WHERE valid_until > ? ORDER BY created_at DESC, id LIMIT ?',
        now,
        SHARED_INVITATIONS_MAX,
      )
      .map((row) => String(row['id']));
  }

  get(id: string, now: number): SharedInvitation | undefined {
    const record = this.#book.get(id, now);
    if (record === undefined || record.validUntil <= now) return undefined;
    const { secret, link, note, createdAt, validUntil, usesMax, gift, usedBy } = record;
    return {
      type: 'invitation',
      secret,
      link,
      note,
      createdAt: Math.floor(createdAt),
      validUntil: Math.floor(validUntil),
      usesMax,
      gift,
      isRevoked: record.state === 'revoked',
      uses: usedBy
        .map(({ person, name, at, isConfirmed }) => ({
          person,
          name,
          at: Math.floor(at),
          isConfirmed,
        }))
        .toSorted((a, b) => (a.person < b.person ? -1 : 1)),
    };
  }

  /** Whether it is what its link says, of this person, and there is room. */
  isSound(invitation: SharedInvitation, now: number): boolean {
    try {
      const { person, secret, validUntil } = parseInvitation(invitation.link);
      const isOne =
        person === this.#person &&
        validUntil * 1_000 === invitation.validUntil &&
        equalBytes(secret, invitation.secret);
      return isOne && this.ids(now).length < SHARED_INVITATIONS_MAX;
    } catch (error) {
      if (error instanceof LocalFault || error instanceof PeerFault) return false;
      throw error;
    }
  }

  /** Within a transaction. */
  settle(id: string, invitation: SharedInvitation): void {
    this.#book.put({ ...invitation, id });
    if (invitation.isRevoked)
      this.#database.run('UPDATE invitations SET is_revoked = 1 WHERE id = ?', id);
    for (const { person, name, at, isConfirmed } of invitation.uses)
      this.#database.run(
        `INSERT INTO invitation_uses (invitation, person, name, at, is_confirmed) VALUES (?, ?, ?, ?, ?)
           ON CONFLICT (invitation, person) DO UPDATE SET name = excluded.name, at = excluded.at,
           is_confirmed = excluded.is_confirmed`,
        id,
        person,
        name,
        at,
        isConfirmed ? 1 : 0,
      );
  }
}
