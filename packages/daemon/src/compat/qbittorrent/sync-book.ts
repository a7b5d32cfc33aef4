/**
 * Which answer each caller has, by numbers as qBittorrent has them: who names the last one is told what changed since,
 * who names another is told everything. They start anywhere, so that those of an earlier run are none of ours.
 */

/** Callers that are remembered; who was forgotten is told everything. */
const CALLERS_MAX = 100;
/** Programs keep them in 32 bits. */
const START_MAX = 1_000_000_000;

export interface Told {
  readonly revision: number;
  readonly categories: string;
  readonly tags: readonly string[];
}

export class SyncBook {
  readonly #byCaller = new Map<string, { readonly rid: number; readonly told: Told }>();
  #last: number;

  /** `random` in [0, 1). */
  constructor(random: () => number) {
    this.#last = Math.floor(random() * START_MAX);
  }

  /** Undefined: everything is to be told. */
  told(caller: string, rid: number): Told | undefined {
    const last = this.#byCaller.get(caller);
    return last !== undefined && last.rid === rid ? last.told : undefined;
  }

  /** The number of the answer. */
  note(caller: string, told: Told): number {
    this.#last += 1;
    this.#byCaller.delete(caller);
    this.#byCaller.set(caller, { rid: this.#last, told });
    const [oldest] = this.#byCaller.keys();
    if (this.#byCaller.size > CALLERS_MAX && oldest !== undefined) this.#byCaller.delete(oldest);
    return this.#last;
  }
}
