/** The invitations that this peer made, and those that it accepts, on disk. */
import { LocalFault } from '@coequal/base';
import type { Database, Row } from '@coequal/base/database';
import { parsePersonKey } from '../../core/identity/person-key.ts';
import type { PersonKey } from '../../core/identity/person-key.ts';
import type { GiftLabel } from '../../core/invite/invitation-link.ts';

/** More than a person hands out at a time; also what a stranger could make us look through. */
export const INVITATIONS_OPEN_MAX = 50;
/** Uses of one: a school class, a club. */
export const INVITATION_USES_MAX = 100;
/** Those that ended are shown for a while: the oldest of more than so many go. */
export const INVITATIONS_ENDED_MAX = 150;
/** At a time: each dials devices now and then. */
const ACCEPTANCES_OPEN_MAX = 20;
/** Shown, with those that ended. */
const ACCEPTANCES_KEPT_MAX = 50;
/** A month: what lies about for longer is forgotten by who got it. */
export const INVITATION_VALID_SECONDS_MAX = 2_592_000;
/** A newcomer who did not hear that they were let in may ask so long, from the end of the invitation. */
const WELCOME_AGAIN_MS = 2_592_000_000;

/** A guest whose clock is behind does not know that an invitation is over: so long after its time it is told. */
const ENDED_TOLD_MS = 86_400_000;

/** Of a row `i`, at a time that is given; strangers have it looked up, so it costs one query. */
const IS_OPEN = `is_revoked = 0 AND valid_until > ?
  AND (SELECT count(*) FROM invitation_uses WHERE invitation = i.id) < uses_max`;

/** Of a row `i`, at a time that is given twice: whoever proves its secret is let in, or told why not. */
const IS_ANSWERED = `(valid_until + ${ENDED_TOLD_MS} > ? OR (valid_until + ${WELCOME_AGAIN_MS} > ? AND EXISTS
  (SELECT 1 FROM invitation_uses WHERE invitation = i.id AND is_confirmed = 0)))`;

export interface Gift extends GiftLabel {
  /** Of the send that it stands for; never told. */
  readonly id: string;
}

export type InvitationState = 'open' | 'used' | 'expired' | 'revoked';

export interface InvitationRecord {
  /** 16 hexadecimal digits. */
  readonly id: string;
  readonly state: InvitationState;
  readonly secret: Uint8Array;
  readonly link: string;
  readonly note: string;
  readonly createdAt: number;
  readonly validUntil: number;
  readonly usesMax: number;
  readonly gift: Gift | undefined;
  readonly usedBy: readonly InvitationUse[];
}

/** Who proved the secret. */
export interface Comer {
  readonly person: PersonKey;
  readonly name: string;
  readonly isContact: boolean;
}

export interface InvitationUse {
  readonly person: PersonKey;
  readonly name: string;
  readonly at: number;
  /** They know that they were let in. */
  readonly isConfirmed: boolean;
}

export interface AcceptanceRecord {
  readonly id: string;
  readonly link: string;
  readonly state: 'open' | 'done' | 'failed';
  readonly startedAt: number;
  readonly tries: number;
  /** A code. */
  readonly problem: string | undefined;
  readonly person: PersonKey | undefined;
  readonly name: string | undefined;
}

export type NewInvitation = Omit<InvitationRecord, 'state' | 'usedBy'>;

export class InvitationBook {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The newest first. */
  all(now: number): InvitationRecord[] {
    return this.#database
      .all('SELECT * FROM invitations ORDER BY created_at DESC, id')
      .map((row) => this.#record(row, now));
  }

  get(id: string, now: number): InvitationRecord | undefined {
    const row = this.#database.get('SELECT * FROM invitations WHERE id = ?', id);
    return row === undefined ? undefined : this.#record(row, now);
  }

  /** Throws LocalFault `INVITATIONS_FULL`. */
  add(invitation: NewInvitation, now: number): void {
    const open = this.#database.get(
      `SELECT count(*) AS n FROM invitations i WHERE ${IS_OPEN}`,
      now,
    );
    if (Number(open?.['n']) >= INVITATIONS_OPEN_MAX)
      throw new LocalFault('INVITATIONS_FULL', { max: INVITATIONS_OPEN_MAX });
    this.#database.transaction(() => {
      this.put(invitation);
      this.#database.run(
        `DELETE FROM invitations WHERE id IN (SELECT id FROM invitations i WHERE NOT (${IS_OPEN})
           ORDER BY created_at DESC, id LIMIT -1 OFFSET ?)`,
        now,
        INVITATIONS_ENDED_MAX,
      );
    });
  }

  /** Unless it is there. Within a transaction. */
  put({ id, secret, link, note, createdAt, validUntil, usesMax, gift }: NewInvitation): void {
    this.#database.run(
      `INSERT OR IGNORE INTO invitations (id, secret, link, note, created_at, valid_until, uses_max,
         gift_id, gift_name, gift_size) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      id,
      secret,
      link,
      note,
      createdAt,
      validUntil,
      usesMax,
      gift?.id ?? null,
      gift?.name ?? null,
      gift?.size ?? null,
    );
  }

  /** Throws LocalFault `NO_SUCH_INVITATION`. */
  revoke(id: string): void {
    if (this.#database.run('UPDATE invitations SET is_revoked = 1 WHERE id = ?', id) === 0)
      throw new LocalFault('NO_SUCH_INVITATION', { id });
  }

  /** Whether anybody may still come, or hear that they come too late: then strangers are listened to. */
  isAnyAnswered(now: number): boolean {
    const row = `SELECT 1 FROM invitations i WHERE ${IS_ANSWERED} LIMIT 1`;
    return this.#database.get(row, now, now) !== undefined;
  }

  /** Of one that is open, or whose guests hear what became of it. One query, whether it is there or not. */
  secretOf(id: string, now: number): Uint8Array | undefined {
    const row = `SELECT secret FROM invitations i WHERE id = ? AND ${IS_ANSWERED}`;
    const secret = this.#database.get(row, id, now, now)?.['secret'];
    return secret instanceof Uint8Array ? secret.slice() : undefined;
  }

  /**
   * Within a transaction. `open`: they may come in, since it is, or they came before, and are a contact still or may not
   * have heard. Else what became of it; undefined when nobody knows any more.
   */
  use(id: string, { person, name, isContact }: Comer, now: number): InvitationState | undefined {
    const invitation = this.get(id, now);
    if (invitation === undefined) return undefined;
    const { state, usedBy } = invitation;
    if (usedBy.some((use) => use.person === person))
      return isContact || isAnswered(invitation, now) ? 'open' : state;
    if (state !== 'open') return state;
    this.#database.run(
      'INSERT INTO invitation_uses (invitation, person, name, at) VALUES (?, ?, ?, ?)',
      id,
      person,
      name,
      now,
    );
    return 'open';
  }

  confirm(id: string, person: PersonKey): void {
    this.#database.run(
      'UPDATE invitation_uses SET is_confirmed = 1 WHERE invitation = ? AND person = ?',
      id,
      person,
    );
  }

  /** They are there as a contact: so they know, by whatever way they heard. */
  confirmAll(person: PersonKey): void {
    this.#database.run(
      'UPDATE invitation_uses SET is_confirmed = 1 WHERE person = ? AND is_confirmed = 0',
      person,
    );
  }

  acceptances(): AcceptanceRecord[] {
    return this.#database
      .all('SELECT * FROM acceptances ORDER BY started_at DESC, id')
      .map(acceptanceOf);
  }

  acceptance(id: string): AcceptanceRecord | undefined {
    const row = this.#database.get('SELECT * FROM acceptances WHERE id = ?', id);
    return row === undefined ? undefined : acceptanceOf(row);
  }

  /** One that failed begins anew. Throws LocalFault `TOO_MANY_ACCEPTANCES`. */
  beginAcceptance(id: string, link: string, name: string, now: number): void {
    const others = this.acceptances().filter((each) => each.id !== id);
    if (others.filter(({ state }) => state === 'open').length >= ACCEPTANCES_OPEN_MAX)
      throw new LocalFault('TOO_MANY_ACCEPTANCES', { max: ACCEPTANCES_OPEN_MAX });
    this.#database.transaction(() => {
      this.#database.run(
        `INSERT OR REPLACE INTO acceptances (id, link, state, started_at, name)
           VALUES (?, ?, 'open', ?, ?)`,
        id,
        link,
        now,
        name,
      );
      const ended = others.filter(({ state }) => state !== 'open');
      for (const { id: old } of ended.slice(ACCEPTANCES_KEPT_MAX - ACCEPTANCES_OPEN_MAX))
        this.forget(old);
    });
  }

  noteTry(id: string, problem: string | undefined): void {
    this.#database.run(
      'UPDATE acceptances SET tries = tries + 1, problem = ? WHERE id = ?',
      problem ?? null,
      id,
    );
  }

  endAcceptance(id: string, state: 'done' | 'failed', problem: string | undefined): void {
    this.#database.run(
      'UPDATE acceptances SET state = ?, problem = ? WHERE id = ?',
      state,
      problem ?? null,
      id,
    );
  }

  /** Within a transaction. */
  welcome(id: string, person: PersonKey, name: string): void {
    this.#database.run(
      `UPDATE acceptances SET state = 'done', tries = tries + 1, problem = NULL, person = ?, name = ?
         WHERE id = ?`,
      person,
      name,
      id,
    );
  }

  /** Whether there was one. */
  forget(id: string): boolean {
    return this.#database.run('DELETE FROM acceptances WHERE id = ?', id) > 0;
  }

  profileName(): string | undefined {
    const name = this.#database.get('SELECT name FROM profile')?.['name'];
    return typeof name === 'string' ? name : undefined;
  }

  setProfileName(name: string): void {
    this.#database.run('INSERT OR REPLACE INTO profile (one, name) VALUES (1, ?)', name);
  }

  #record(row: Row, now: number): InvitationRecord {
    const id = String(row['id']);
    const usedBy = this.#database
      .all('SELECT * FROM invitation_uses WHERE invitation = ? ORDER BY at, person', id)
      .map((use): InvitationUse => ({
        person: parsePersonKey(String(use['person'])),
        name: String(use['name']),
        at: Number(use['at']),
        isConfirmed: use['is_confirmed'] === 1,
      }));
    const usesMax = Number(row['uses_max']);
    const validUntil = Number(row['valid_until']);
    const secret = row['secret'];
    return {
      id,
      state:
        row['is_revoked'] === 1
          ? 'revoked'
          : usedBy.length >= usesMax
            ? 'used'
            : validUntil <= now
              ? 'expired'
              : 'open',
      secret: secret instanceof Uint8Array ? Uint8Array.from(secret) : new Uint8Array(0),
      link: String(row['link']),
      note: String(row['note']),
      createdAt: Number(row['created_at']),
      validUntil,
      usesMax,
      gift: giftOf(row),
      usedBy,
    };
  }
}

function isAnswered({ state, usedBy, validUntil }: InvitationRecord, now: number): boolean {
  if (state === 'open') return true;
  return now < validUntil + WELCOME_AGAIN_MS && usedBy.some(({ isConfirmed }) => !isConfirmed);
}

function giftOf(row: Row): Gift | undefined {
  const [id, name, size] = [row['gift_id'], row['gift_name'], row['gift_size']];
  if (typeof id !== 'string' || typeof name !== 'string') return undefined;
  return { id, name, size: Number(size) };
}

function acceptanceOf(row: Row): AcceptanceRecord {
  const text = (name: string): string | undefined => {
    const value = row[name];
    return typeof value === 'string' ? value : undefined;
  };
  const person = text('person');
  return {
    id: String(row['id']),
    link: String(row['link']),
    state: String(row['state']) as AcceptanceRecord['state'],
    startedAt: Number(row['started_at']),
    tries: Number(row['tries']),
    problem: text('problem'),
    person: person === undefined ? undefined : parsePersonKey(person),
    name: text('name'),
  };
}
