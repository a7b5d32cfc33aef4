/** Who calls: the owner's commands, a browser that signed in, or a program with a key. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { LocalFault } from '@coequal/base';
import type { Clock } from '@coequal/base';
import { SCOPES } from '@coequal/contract';
import type { ApiKey, Scope } from '@coequal/contract';
import type { AccessRecords } from '../store/access-records.ts';
import { Attempts } from './attempts.ts';
import { checkCookieRequest } from './guard.ts';
import type { RequestHead } from './guard.ts';

/** A browser that was not used for so long signs in again. */
const SESSION_IDLE_MS = 90 * 86_400_000;
/** A link that signs in is used at once, or not at all. */
const LOGIN_LINK_MS = 600_000;
/** Of those that were made and not used: the oldest goes. */
const LOGIN_LINKS_MAX = 20;
const KEYS_MAX = 100;
/** Nobody guesses 256 bits. */
const SECRET_BYTES = 32;

export interface Caller {
  /** For limits: the same for all requests of one browser or program. */
  readonly name: string;
  readonly scope: Scope;
  readonly session?: Uint8Array;
}

export interface AccessView {
  onSignedIn(): void;
  onRefused(address: string): void;
  /** This caller may not call any more. */
  onEnded(caller: string): void;
}

export class Access {
  /** Browsers do not tell ports apart: two peers of one computer must not take each other's cookies. */
  readonly cookieName: string;
  readonly #records: AccessRecords;
  readonly #ownerSecretHash: Uint8Array;
  readonly #clock: Clock;
  readonly #attempts: Attempts;
  readonly #view: AccessView;
  /** Until when each is good, by the hash of its code. */
  readonly #loginLinks = new Map<string, number>();

  constructor(ownerSecret: string, records: AccessRecords, clock: Clock, view: AccessView) {
    this.cookieName = `coequal-${hex(hashOf(`cookie ${ownerSecret}`)).slice(0, 8)}`;
    this.#records = records;
    this.#ownerSecretHash = hashOf(ownerSecret);
    this.#clock = clock;
    this.#attempts = new Attempts(clock);
    this.#view = view;
    records.deleteSessionsBefore(clock.epochNow() - SESSION_IDLE_MS);
  }

  /** Throws LocalFault `NOT_SIGNED_IN`, `BAD_LOGIN`, `LOCKED_OUT`, or as `checkCookieRequest`. */
  identify(head: RequestHead, address: string): Caller {
    const { authorization, cookie } = head.headers;
    if (typeof authorization === 'string') return this.#byBearer(authorization, address);
    const secret = cookieOf(typeof cookie === 'string' ? cookie : '', this.cookieName);
    if (secret === undefined) throw new LocalFault('NOT_SIGNED_IN');
    checkCookieRequest(head);
    const session = hashOf(secret);
    const now = this.#clock.epochNow();
    // a stale cookie is no attempt at guessing: it has none of our secrets' form, or was good once
    if (!this.#records.useSession(session, now, now - SESSION_IDLE_MS))
      throw new LocalFault('NOT_SIGNED_IN');
    return { name: sessionName(session), scope: 'owner', session };
  }

  requireScope({ scope }: Caller, needed: Scope): void {
    if (SCOPES.indexOf(scope) < SCOPES.indexOf(needed))
      throw new LocalFault('SCOPE_MISSING', { scope: needed });
  }

  /** A code that signs one browser in, once. */
  makeLoginCode(): { readonly code: string; readonly validUntil: number } {
    const code = newSecret();
    const validUntil = this.#clock.epochNow() + LOGIN_LINK_MS;
    this.#loginLinks.set(hex(hashOf(code)), validUntil);
    const [oldest] = this.#loginLinks.keys();
    if (this.#loginLinks.size > LOGIN_LINKS_MAX && oldest !== undefined)
      this.#loginLinks.delete(oldest);
    return { code, validUntil };
  }

  /** The value of the session's cookie. Throws LocalFault `BAD_LOGIN` or `LOCKED_OUT`. */
  signIn(code: string, address: string): string {
    const key = hex(hashOf(code));
    const validUntil = this.#loginLinks.get(key);
    this.#loginLinks.delete(key);
    if (validUntil === undefined || validUntil < this.#clock.epochNow()) this.#refuse(address);
    const secret = newSecret();
    this.#records.addSession(hashOf(secret), this.#clock.epochNow());
    this.#view.onSignedIn();
    return secret;
  }

  signOut({ session }: Caller): void {
    if (session === undefined) return;
    this.#records.deleteSession(session);
    this.#view.onEnded(sessionName(session));
  }

  get keys(): ApiKey[] {
    return this.#records.keys();
  }

  /** Throws LocalFault `NOT_POSSIBLE_NOW` when there are too many. */
  makeKey(name: string, scope: Scope): { readonly key: ApiKey; readonly secret: string } {
    if (this.keys.length >= KEYS_MAX)
      throw new LocalFault('NOT_POSSIBLE_NOW', { what: 'keys', max: KEYS_MAX });
    const secret = newSecret();
    const id = randomBytes(8).toString('hex');
    const key = { id, name, scope, createdAt: this.#clock.epochNow() };
    this.#records.addKey(key, hashOf(secret));
    return { key, secret };
  }

  /** Throws LocalFault `NO_SUCH_KEY`. */
  revokeKey(id: string): void {
    const hash = this.#records.deleteKey(id);
    if (hash === undefined) throw new LocalFault('NO_SUCH_KEY', { id });
    this.#view.onEnded(keyName(hash));
  }

  #byBearer(authorization: string, address: string): Caller {
    const [, secret] = /^Bearer ([\x21-\x7e]{1,200})$/.exec(authorization) ?? [];
    const hash = hashOf(secret ?? '');
    if (timingSafeEqual(hash, this.#ownerSecretHash)) return { name: 'owner', scope: 'owner' };
    const scope = this.#records.useKey(hash, this.#clock.epochNow());
    if (scope !== undefined) return { name: keyName(hash), scope };
    this.#refuse(address);
  }

  #refuse(address: string): never {
    const isLocked = !this.#attempts.note(address);
    if (isLocked) throw new LocalFault('LOCKED_OUT');
    this.#view.onRefused(address);
    throw new LocalFault('BAD_LOGIN');
  }
}

function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

/** Secrets are random and long: one round is enough. */
function hashOf(secret: string): Uint8Array {
  return createHash('sha256').update(secret).digest();
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex').slice(0, 32);
}

function sessionName(hash: Uint8Array): string {
  return `session ${hex(hash)}`;
}

function keyName(hash: Uint8Array): string {
  return `key ${hex(hash)}`;
}

function cookieOf(header: string, wanted: string): string | undefined {
  const pairs = header.split(';').map((pair) => pair.trim().split('='));
  return pairs.find(([name]) => name === wanted)?.[1];
}
