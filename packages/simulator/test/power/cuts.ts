// Where in a trace the power goes: at each sync boundary or as many of them as there is time for, and in between.
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FATES, RecordedDisk } from './recorded-disk.ts';
import type { Fate } from './recorded-disk.ts';
import { SimRandom } from '../../src/sim-random.ts';
import type { Step } from './trace.ts';

/** What is looked at is synced again and again: where there is such a place, in memory. */
const MEMORY = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

export interface Cut {
  readonly disk: RecordedDisk;
  /** How many steps were made. */
  readonly at: number;
  readonly fate: Fate;
  readonly random: SimRandom;
  /** All that the program had said by then. */
  readonly said: readonly string[];
  readonly name: string;
}

/** Where a program writes, and where what is left of it is looked at. */
export class PowerFolder implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'coequal-power-'));
  readonly #memory = mkdtempSync(join(MEMORY, 'coequal-power-'));
  readonly home: string = join(this.#folder, 'home');
  readonly after: string = join(this.#memory, 'after');
  /** As programs saw it then. */
  readonly before: string = join(this.#memory, 'before');

  constructor() {
    mkdirSync(this.home);
  }

  [Symbol.dispose](): void {
    for (const folder of [this.#folder, this.#memory]) rmSync(folder, { recursive: true });
  }

  losePower({ disk, fate, random }: Cut, from: string = this.home): void {
    disk.losePower(from, this.after, fate, random);
    disk.copy(from, this.before);
  }
}

/** `count` cuts at most: half of them right before or after a sync, where there are so many. */
export function* cutsOf(
  steps: readonly Step[],
  { seed, count }: { readonly seed: string; readonly count: number },
): Generator<Cut, void, undefined> {
  const random = new SimRandom(seed);
  const isSync = (step: Step | undefined): boolean =>
    step?.type === 'sync' || step?.type === 'sync-names';
  const boundaries = steps.flatMap((step, at) => (isSync(step) ? [at, at + 1] : []));
  const chosen = new Map<number, Fate[]>();
  const choose = (at: number, fate: Fate): void =>
    void chosen.set(at, [...(chosen.get(at) ?? []), fate]);
  for (let number = 0; number < count; number++) {
    const fate = FATES[number % FATES.length] ?? 'none';
    const boundary = boundaries[random.integer(0, boundaries.length - 1)];
    const isAtBoundary = number % 2 === 0 && boundary !== undefined;
    choose(isAtBoundary ? boundary : random.integer(0, steps.length), fate);
  }
  const disk = new RecordedDisk();
  const said: string[] = [];
  for (let at = 0; at <= steps.length; at++) {
    for (const fate of chosen.get(at) ?? []) {
      const name = `seed ${seed}, step ${at} of ${steps.length}, ${fate} survives`;
      yield { disk, at, fate, random: random.split(name), said, name };
    }
    const step = steps[at];
    if (step === undefined) continue;
    disk.take(step);
    if (step.type === 'said') said.push(step.line);
  }
}
