/** Keeps some space free: into a folder on a disk that is nearly full nothing is fetched. */
import type { Clock } from '@coequal/base';

/** A second of the fastest line is less than what is kept free. */
const LOOK_MS = 5_000;

/** Bytes that may be written; undefined where the folder is not there yet. */
export type FreeBytes = (directory: string) => Promise<number | undefined>;

export interface Shortage {
  readonly path: string;
  readonly free: number;
  readonly wanted: number;
}

export class SpaceGuard {
  readonly #freeBytes: FreeBytes;
  readonly #clock: Clock;
  readonly #free = new Map<string, number>();
  #lookedAt = -Infinity;

  constructor(freeBytes: FreeBytes, clock: Clock) {
    this.#freeBytes = freeBytes;
    this.#clock = clock;
  }

  shortageOf(directory: string, wanted: number): Shortage | undefined {
    const free = this.#free.get(directory);
    if (free === undefined || free >= wanted) return undefined;
    return { path: directory, free, wanted };
  }

  /** Whether the last look is some seconds ago. */
  get isDue(): boolean {
    return this.#clock.now() - this.#lookedAt >= LOOK_MS;
  }

  async look(directories: ReadonlySet<string>): Promise<void> {
    this.#lookedAt = this.#clock.now();
    for (const known of this.#free.keys()) if (!directories.has(known)) this.#free.delete(known);
    for (const directory of directories) {
      const free = await this.#freeBytes(directory);
      if (free !== undefined) this.#free.set(directory, free);
    }
  }
}
