/** When a transfer has passed on enough. */
import { ratioOf } from '@coequal/contract';
import type { TransferGoals } from '@coequal/contract';

export interface Given {
  readonly uploaded: number;
  /** Of what is wanted: who fetched a part gives back a part. */
  readonly wanted: number;
  readonly seedSeconds: number;
}

/** Its own goals, and where it has none those of all. What is reached first ends it; none: never. */
export function isSatisfied(given: Given, own: TransferGoals, shared: TransferGoals): boolean {
  const ratio = own.ratio ?? shared.ratio;
  const seedMinutes = own.seedMinutes ?? shared.seedMinutes;
  const hasGiven = ratio !== null && (ratioOf(given) ?? 0) >= ratio;
  const hasStayed = seedMinutes !== null && given.seedSeconds >= seedMinutes * 60;
  return hasGiven || hasStayed;
}
