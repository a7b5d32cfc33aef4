/** Who calls: the owner's commands, a browser that signed in, or a program with a key. */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { LocalFault } from '@coequal/base';
import type { Clock } from '@coequal/base';
import { SCOPES } from '@coequal/contract';
import type { ApiKey, DOORS, Scope, Session } from '@coequal/contract';
import { browserName, keptAgent } from '../remote-page/browser-name.ts';
import type { AccessRecords } from '../store/access-records.ts';
import { Attempts } from './attempts.ts';
import { networkOf, plainAddress } from './caller-address.ts';
import { checkCookieRequest } from './guard.ts';
import type { RequestHead } from './guard.ts';
import { LoginLinks } from './login-links.ts';
import type { LoginCode } from './login-links.ts';
import { hashOf, hex, newSecret } from './secrets.ts';

/** A browser that was not used for so long signs in again. */
const SESSION_IDLE_MS = 90 * 86_400_000;
const KEYS_MAX = 100;
/** As long as browsers keep one. */
const COOKIE_SECONDS = 400 * 86_400;

/** Where requests come in: on this computer, or from other devices. */
export type Door = (typeof DOORS)[number];

export interface Caller {
  /** For limits: the same for all requests of one browser or program. */
  readonly name: string;
  readonly scope: Scope;
  readonly session?: Uint8Array;
}

export interface AccessView {
  /** `name`: of the browser, empty if it is not known. */
  onSignedIn(door: Door, name: string, address: string): void;
  onRefused(address: string): void;
  /** This caller may not call any more. */
  onEnded(caller: string): void;
}

/** What the doors have in common. */
interface Shared {
  readonly attempts: Attempts;
  readonly links: LoginLinks;
}

export class Access {
  /** Browsers do not tell ports apart: two peers of one computer must not take each other's cookies. */
  readonly cookieName: string;
  readonly door: Door;
  readonly #records: AccessRecords;
  readonly #ownerSecret: string;
  readonly #ownerSecretHash: Uint8Array;
  readonly #clock: Clock;
  readonly #view: AccessView;
  readonly #shared: Shared;

  constructor(
    ownerSecret: string,
    records: AccessRecords,
    clock: Clock,
    view: AccessView,
    door: Door = 'loopback',
    shared: Shared = { attempts: new Attempts(clock), links: new LoginLinks(clock) },
  ) {
    const name = `coequal-${hex(hashOf(`cookie ${ownerSecret}`)).slice(0, 8)}`;
    this.cookieName = COOKIE_NAMES[door](name);
    this.door = door;
    this.#records = records;
    this.#ownerSecret = ownerSecret;
    this.#ownerSecretHash = hashOf(ownerSecret);
    this.#clock = clock;
    this.#view = view;
    this.#shared = shared;
    records.deleteSessionsBefore(clock.epochNow() - SESSION_IDLE_MS);
  }

  /** The same as it is at another door: with its own cookies and login links, and without the owner's secret. */
  at(door: Door): Access {
    return new Access(
      this.#ownerSecret,
      this.#records,
      this.#clock,
      this.#view,
      door,
      this.#shared,
    );
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
    if (!this.#records.useSession(session, now, now - SESSION_IDLE_MS, this.door))
      throw new LocalFault('NOT_SIGNED_IN');
    return { name: sessionName(session), scope: 'owner', session };
  }

  requireScope({ scope }: Caller, needed: Scope): void {
    if (SCOPES.indexOf(scope) < SCOPES.indexOf(needed))
      throw new LocalFault('SCOPE_MISSING', { scope: needed });
  }

  /** A code that signs one browser in, once. */
  makeLoginCode(): LoginCode {
    return this.#shared.links.make(this.door);
  }

  /** The same for a browser of another device, and shorter. Earlier ones are void. */
  makePairingCode(): LoginCode {
    return this.#shared.links.makePairing(this.door);
  }

  /** The value of the session's cookie. Throws LocalFault `BAD_LOGIN` or `LOCKED_OUT`. */
  signIn(code: string, from: string, userAgent?: string): string {
    if (!this.#shared.links.use(code, this.door)) this.#refuse(from);
    const secret = newSecret();
    const [address, agent, now] = [
      plainAddress(from),
      keptAgent(userAgent),
      this.#clock.epochNow(),
    ];
    this.#records.addSession(hashOf(secret), now, { door: this.door, agent, address });
    this.#view.onSignedIn(this.door, browserName(agent), address);
    return secret;
  }

  /** As a Set-Cookie header has it. */
  cookieOf(secret: string): string {
    const secure = this.door === 'https' ? '; Secure' : '';
    return `${this.cookieName}=${secret}; HttpOnly; SameSite=Strict; Path=/; Max-Age=${COOKIE_SECONDS}${secure}`;
  }

  /** Of all doors, as `caller` sees them. */
  sessions({ session }: Caller): Session[] {
    const own = session === undefined ? undefined : hex(session);
    return this.#records.sessions().map(({ hash, agent, ...rest }) => {
      const id = hex(hash);
      return { id, name: browserName(agent), ...rest, isThis: id === own };
    });
  }

  /** Throws LocalFault `NO_SUCH_SESSION`. */
  endSession(id: string): void {
    const found = this.#records.sessions().find(({ hash }) => hex(hash) === id);
    if (found === undefined) throw new LocalFault('NO_SUCH_SESSION', { id });
    this.#end(found.hash);
  }

  /** Those that came over another door than loopback and `kept`, and the links for more of them. */
  endRemote(kept: Door = 'loopback'): void {
    this.#shared.links.endPairings();
    for (const { hash, door } of this.#records.sessions())
      if (door !== 'loopback' && door !== kept) this.#end(hash);
  }

  signOut({ session }: Caller): void {
    if (session !== undefined) this.#end(session);
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
    // it is for the commands of this computer: from elsewhere not even the right one is
    if (this.door === 'loopback' && timingSafeEqual(hash, this.#ownerSecretHash))
      return { name: 'owner', scope: 'owner' };
    const scope = this.#records.useKey(hash, this.#clock.epochNow());
    if (scope !== undefined) return { name: keyName(hash), scope };
    this.#refuse(address);
  }

  #end(session: Uint8Array): void {
    this.#records.deleteSession(session);
    this.#view.onEnded(sessionName(session));
  }

  #refuse(from: string): never {
    const network = this.door === 'loopback' ? from : networkOf(from);
    const isLocked = !this.#shared.attempts.note(network);
    if (isLocked) throw new LocalFault('LOCKED_OUT');
    this.#view.onRefused(plainAddress(from));
    throw new LocalFault('BAD_LOGIN');
  }
}

/** Browsers keep `__Host-` for what came over https from this very host: nobody else can set it (RFC 6265bis). */
const COOKIE_NAMES: Readonly<Record<Door, (name: string) => string>> = {
  loopback: (name) => name,
  https: (name) => `__Host-${name}`,
  http: (name) => `${name}-lan`,
};

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
