/** The root key in memory: for as long as a person changes their devices, and no longer. */
import type { Cancel, Clock, SlowHash } from '@coequal/base';
import { rootSecretOf } from '../../core/identity/root-key.ts';
import { SEED_ITERATIONS, SEED_LENGTH, seedInput, wordsOf } from '../../core/identity/words.ts';

/** Time to write 24 words down after making them, and to answer which they were. */
export const UNLOCKED_MS = 900_000;

export interface Root {
  readonly entropy: Uint8Array;
  /** Of BIP39. */
  readonly seed: Uint8Array;
  /** Of the root key (RFC 8032). */
  readonly secret: Uint8Array;
}

export async function openRoot(entropy: Uint8Array, slowHash: SlowHash): Promise<Root> {
  const { password, salt } = seedInput(wordsOf(entropy));
  const seed = await slowHash.pbkdf2Sha512(password, salt, SEED_ITERATIONS, SEED_LENGTH);
  password.fill(0);
  // slices: what is wiped must not be a view of what somebody else holds
  return { entropy: entropy.slice(), seed: seed.slice(), secret: rootSecretOf(seed).slice() };
}

/** Holds a root until its time is over, and then overwrites it. */
export class RootLock implements Disposable {
  readonly #clock: Clock;
  readonly #onForget: () => void;
  #held:
    | { readonly root: Root; readonly untilEpochMs: number; readonly cancel: Cancel }
    | undefined;

  constructor(clock: Clock, onForget: () => void) {
    this.#clock = clock;
    this.#onForget = onForget;
  }

  get root(): Root | undefined {
    return this.#held?.root;
  }

  get untilEpochMs(): number | undefined {
    return this.#held?.untilEpochMs;
  }

  hold(root: Root): void {
    this.#wipe();
    const cancel = this.#clock.at(this.#clock.now() + UNLOCKED_MS, () => {
      this.#wipe();
      this.#onForget();
    });
    this.#held = { root, untilEpochMs: this.#clock.epochNow() + UNLOCKED_MS, cancel };
  }

  forget(): void {
    this.#wipe();
  }

  [Symbol.dispose](): void {
    this.#wipe();
  }

  #wipe(): void {
    const held = this.#held;
    this.#held = undefined;
    if (held === undefined) return;
    held.cancel();
    for (const bytes of [held.root.entropy, held.root.seed, held.root.secret]) bytes.fill(0);
  }
}
