/** The stamps of what own devices share, beside it in `mesh.sqlite`: written in the transaction of what they stamp. */
import type { Clock, DeviceKey } from '@coequal/base';
import type { Database } from '@coequal/base/database';
import type { PersonKey } from '../../core/identity/person-key.ts';
import { isAhead, nextStampTime, stampDevice, UNSTAMPED } from '../../core/own/stamp.ts';
import type { Stamp } from '../../core/own/stamp.ts';

/** Removed contacts that are remembered as such, so that no device brings them back. The oldest are forgotten. */
const TOMBSTONES_MAX = 2_000;

export type ContactPart = 'standing' | 'name' | 'details' | 'trust' | 'verified';
const PARTS: readonly ContactPart[] = ['standing', 'name', 'details', 'trust', 'verified'];
/** Of the own name. */
const PROFILE = 'profile';

export class Stamps {
  readonly device: DeviceKey;
  /** Told of each removed contact that is one too many to be remembered, within the transaction. */
  onForgotten: ((person: PersonKey) => void) | undefined;
  readonly #database: Database;
  readonly #clock: Pick<Clock, 'epochNow'>;
  readonly #name: string;
  #latest: number;

  constructor(database: Database, device: DeviceKey, clock: Pick<Clock, 'epochNow'>) {
    this.device = device;
    this.#database = database;
    this.#clock = clock;
    this.#name = stampDevice(device);
    this.#latest = Number(database.get('SELECT max(time) AS time FROM stamps')?.['time'] ?? 0);
  }

  ofContact(person: PersonKey): Readonly<Record<ContactPart, Stamp>> {
    const stamps = Object.fromEntries(PARTS.map((part) => [part, UNSTAMPED]));
    for (const row of this.#database.all('SELECT * FROM stamps WHERE subject = ?', person))
      stamps[String(row['part'])] = stampOf(row);
    return stamps as Record<ContactPart, Stamp>;
  }

  get profile(): Stamp {
    const row = this.#database.get('SELECT * FROM stamps WHERE subject = ?', PROFILE);
    return row === undefined ? UNSTAMPED : stampOf(row);
  }

  wasRemoved(person: PersonKey): boolean {
    const found = this.#database.get(
      `SELECT 1 FROM stamps WHERE subject = ? AND part = 'standing'
         AND NOT EXISTS (SELECT 1 FROM contacts WHERE person = subject)`,
      person,
    );
    return found !== undefined;
  }

  removed(): readonly PersonKey[] {
    return this.#database
      .all(
        `SELECT subject FROM stamps WHERE part = 'standing'
           AND NOT EXISTS (SELECT 1 FROM contacts WHERE person = subject)`,
      )
      .map((row) => String(row['subject']) as PersonKey);
  }

  /** A person changed it here, now. Within a transaction, as all that follow. */
  touch(person: PersonKey, ...parts: readonly ContactPart[]): void {
    const at = this.#next();
    for (const part of parts) this.#put(person, part, at);
  }

  touchProfile(): void {
    this.#put(PROFILE, 'name', this.#next());
  }

  setContact(person: PersonKey, part: ContactPart, at: Stamp): void {
    this.#put(person, part, at);
  }

  setProfile(at: Stamp): void {
    this.#put(PROFILE, 'name', at);
  }

  /** Of a contact that is no more only that stays, and when. */
  bury(person: PersonKey, at: Stamp = this.#next()): void {
    this.#database.run('DELETE FROM stamps WHERE subject = ?', person);
    this.#put(person, 'standing', at);
    const forgotten = this.#database.all(
      `DELETE FROM stamps WHERE part = 'standing' AND subject IN
         (SELECT subject FROM stamps WHERE part = 'standing'
            AND NOT EXISTS (SELECT 1 FROM contacts WHERE person = subject)
            ORDER BY time DESC, subject LIMIT -1 OFFSET ?) RETURNING subject`,
      TOMBSTONES_MAX,
    );
    for (const row of forgotten) this.onForgotten?.(String(row['subject']) as PersonKey);
  }

  #next(): Stamp {
    const time = nextStampTime(Math.floor(this.#clock.epochNow()), this.#latest);
    return { time, device: this.#name };
  }

  #put(subject: string, part: ContactPart, { time, device }: Stamp): void {
    this.#database.run(
      'INSERT OR REPLACE INTO stamps (subject, part, time, device) VALUES (?, ?, ?, ?)',
      subject,
      part,
      time,
      device,
    );
    if (!isAhead({ time, device }, this.#clock.epochNow()))
      this.#latest = Math.max(this.#latest, time);
  }
}

function stampOf(row: Readonly<Record<string, unknown>>): Stamp {
  return { time: Number(row['time']), device: String(row['device']) };
}
