/** Tokens that prove that who announces from an address also receives there (BEP 5). */
import { concatBytes, encodeUtf8, equalBytes } from '@coequal/base';
import type { Millis } from '@coequal/base';

/** BEP 5: a secret changes every five minutes, and tokens of the one before are good, too. */
const ROTATE_MS = 5 * 60_000;

const SECRET_LENGTH = 20;

/** Guessed once in 2^64 tries. */
const TOKEN_LENGTH = 8;

export class TokenSecrets {
  readonly #random: (length: number) => Uint8Array;
  readonly #sha1: (bytes: Uint8Array) => Uint8Array;
  #current: Uint8Array;
  #previous: Uint8Array;
  #rotatedAt: Millis;

  constructor(
    random: (length: number) => Uint8Array,
    sha1: (bytes: Uint8Array) => Uint8Array,
    now: Millis,
  ) {
    this.#random = random;
    this.#sha1 = sha1;
    this.#current = random(SECRET_LENGTH);
    this.#previous = random(SECRET_LENGTH);
    this.#rotatedAt = now;
  }

  tokenFor(host: string, now: Millis): Uint8Array {
    this.#rotate(now);
    return this.#token(this.#current, host);
  }

  isValid(token: Uint8Array, host: string, now: Millis): boolean {
    this.#rotate(now);
    return [this.#current, this.#previous].some((secret) =>
      equalBytes(token, this.#token(secret, host)),
    );
  }

  #token(secret: Uint8Array, host: string): Uint8Array {
    return this.#sha1(concatBytes([secret, encodeUtf8(host)])).slice(0, TOKEN_LENGTH);
  }

  #rotate(now: Millis): void {
    const periods = Math.floor((now - this.#rotatedAt) / ROTATE_MS);
    if (periods < 1) return;
    this.#previous = periods === 1 ? this.#current : this.#random(SECRET_LENGTH);
    this.#current = this.#random(SECRET_LENGTH);
    this.#rotatedAt += periods * ROTATE_MS;
  }
}
