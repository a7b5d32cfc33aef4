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

/** Of a row `i`, at a time that is given; strangers have it looked up, so it costs one query. */
const IS_OPEN = `is_revoked = 0 AND valid_until > ?
  AND (SELECT count(*) FROM invitation_uses WHERE invitation = i.id) < uses_max`;

export interface Gift extends GiftLabel {
  /** Of the send that it stands for; never told. */
  readonly id: string;
}

export interface InvitationRecord {
  /** 16 hexadecimal digits. */
  readonly id: string;
  readonly state: 'open' | 'used' | 'expired' | 'revoked';
  readonly secret: Uint8Array;
  readonly link: string;
  readonly note: string;
  readonly createdAt: number;
  readonly validUntil: number;
  readonly usesMax: number;
  readonly gift: Gift | undefined;
  readonly usedBy: readonly InvitationUse[];
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

  /** Whether anybody may still come: then strangers are listened to. */
  isAnyAnswered(now: number): boolean {
    const found = this.#database.get(
      `SELECT 1 FROM invitations i WHERE (${IS_OPEN}) OR (? < valid_until + ? AND EXISTS
         (SELECT 1 FROM invitation_uses WHERE invitation = i.id AND is_confirmed = 0)) LIMIT 1`,
      now,
      now,
      WELCOME_AGAIN_MS,
    );
    return found !== undefined;
  }

  /** Undefined when nobody may come by it: no open one, and nobody of it who may have missed the welcome. */
  answered(id: string, now: number): InvitationRecord | undefined {
    const invitation = this.get(id, now);
    return invitation !== undefined && isAnswered(invitation, now) ? invitation : undefined;
  }

  /** Within a transaction. Whether they may come in: it is open, or they did before. */
  use(id: string, person: PersonKey, name: string, now: number): boolean {
    const invitation = this.get(id, now);
    if (invitation === undefined) return false;
    if (invitation.usedBy.some((use) => use.person === person)) return isAnswered(invitation, now);
    if (invitation.state !== 'open') return false;
    this.#database.run(
      'INSERT INTO invitation_uses (invitation, person, name, at) VALUES (?, ?, ?, ?)',
      id,
      person,
      name,
      now,
    );
    return true;
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
