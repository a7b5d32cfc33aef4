/** Links that sign one browser in, once: their codes, of which only hashes are kept, and the door that each is for. */
import type { Clock } from '@coequal/base';
import type { Door } from './access.ts';
import { hashOf, hex, newSecret } from './secrets.ts';

/** A link that signs in is used at once, or not at all. */
const LOGIN_LINK_MS = 600_000;
/** Of those that were made and not used: the oldest goes. */
const LOGIN_LINKS_MAX = 20;
/** What stands on a screen where others may see it, for a phone in the same hand. */
const PAIRING_MS = 300_000;
/** Nobody guesses 128 bits in that time, and a shorter code makes a QR code that is easier to read. */
const PAIRING_CODE_BYTES = 16;

export interface LoginCode {
  readonly code: string;
  readonly validUntil: number;
}

interface Link {
  readonly validUntil: number;
  readonly door: Door;
  readonly isPairing: boolean;
}

export class LoginLinks {
  readonly #clock: Pick<Clock, 'epochNow'>;
  /** By the hash of its code. */
  readonly #links = new Map<string, Link>();

  constructor(clock: Pick<Clock, 'epochNow'>) {
    this.#clock = clock;
  }

  make(door: Door): LoginCode {
    return this.#add(newSecret(), { door, isPairing: false }, LOGIN_LINK_MS);
  }

  /** For a browser of another device. Those that were made before are void. */
  makePairing(door: Door): LoginCode {
    this.endPairings();
    return this.#add(newSecret(PAIRING_CODE_BYTES), { door, isPairing: true }, PAIRING_MS);
  }

  endPairings(): void {
    for (const [key, { isPairing }] of this.#links) if (isPairing) this.#links.delete(key);
  }

  /** Whether it was good, and for this door. It is used up at its own door alone. */
  use(code: string, door: Door): boolean {
    const key = hex(hashOf(code));
    const link = this.#links.get(key);
    if (link?.door !== door) return false;
    this.#links.delete(key);
    return link.validUntil >= this.#clock.epochNow();
  }

  #add(code: string, link: Omit<Link, 'validUntil'>, validMs: number): LoginCode {
    const validUntil = this.#clock.epochNow() + validMs;
    this.#links.set(hex(hashOf(code)), { ...link, validUntil });
    const [oldest] = this.#links.keys();
    if (this.#links.size > LOGIN_LINKS_MAX && oldest !== undefined) this.#links.delete(oldest);
    return { code, validUntil };
  }
}
