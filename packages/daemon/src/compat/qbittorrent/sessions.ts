/**
 * Programs that signed in by name and password. A session stands for the secret that opened it, which is looked at anew
 * with each request: a key that is revoked takes its sessions along. As in qBittorrent they end with the process.
 */
import { randomBytes } from 'node:crypto';
import type { Clock } from '@coequal/base';

/** As qBittorrent has it, unless told otherwise; programs sign in again by themselves. */
const SESSION_IDLE_MS = 3_600_000;
/** A program that signs in for each request must not fill the memory: the one that was away for longest goes. */
const SESSIONS_MAX = 100;
/** Nobody guesses 256 bits. */
const SID_BYTES = 32;
/** The name that programs look for in qBittorrent's cookie. */
export const COOKIE_NAME = 'SID';

export class Sessions {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #bySid = new Map<string, { readonly secret: string; usedAt: number }>();

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /** The value of the cookie. */
  open(secret: string): string {
    const sid = randomBytes(SID_BYTES).toString('base64url');
    this.#bySid.set(sid, { secret, usedAt: this.#clock.now() });
    const [oldest] = this.#bySid.keys();
    if (this.#bySid.size > SESSIONS_MAX && oldest !== undefined) this.#bySid.delete(oldest);
    return sid;
  }

  /** The secret that opened it; undefined: there is none. */
  use(sid: string): string | undefined {
    const session = this.#bySid.get(sid);
    this.#bySid.delete(sid);
    const now = this.#clock.now();
    if (session === undefined || session.usedAt + SESSION_IDLE_MS < now) return undefined;
    session.usedAt = now;
    this.#bySid.set(sid, session);
    return session.secret;
  }

  close(sid: string): void {
    this.#bySid.delete(sid);
  }
}

export function sidOf(cookie: string | undefined): string | undefined {
  const pairs = (cookie ?? '').split(';').map((pair) => pair.trim().split('='));
  return pairs.find(([name]) => name === COOKIE_NAME)?.[1];
}
