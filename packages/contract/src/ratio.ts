/** What is meant by a ratio, wherever one is shown or set. */
import type { Transfer } from './transfers.ts';

/**
 * How often a transfer's size was given: bytes passed on, over all runs, for each byte of the files that are wanted.
 * Not for each byte fetched: content that was here already has a ratio as well, and what was fetched in vain, or twice,
 * changes nothing. Goals are reached by the same number. Undefined until the size is known.
 */
export function ratioOf({
  uploaded,
  wanted,
}: Pick<Transfer, 'uploaded' | 'wanted'>): number | undefined {
  return wanted === 0 ? undefined : uploaded / wanted;
}
