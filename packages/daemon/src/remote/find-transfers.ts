/** Which transfers a person means: by the beginning of the id, by name, or `all`. */
import type { Transfer } from '@coequal/contract';
import { pickById } from './pick-by-id.ts';

const CODES = { none: 'NO_SUCH_TRANSFER', ambiguous: 'TRANSFER_AMBIGUOUS' };

/** Throws LocalFault `NO_SUCH_TRANSFER`, or `TRANSFER_AMBIGUOUS` when one text fits several. */
export function findTransfers(
  wanted: readonly string[],
  transfers: readonly Transfer[],
): readonly Transfer[] {
  if (wanted.length === 1 && wanted[0] === 'all') return transfers;
  return [...new Set(wanted.map((text) => pickById(text, transfers, CODES)))];
}
