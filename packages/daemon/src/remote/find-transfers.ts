/** Which transfers a person means: by the beginning of the id, by name, or `all`. */
import { LocalFault } from '@coequal/base';
import type { Transfer } from '@coequal/contract';

/** Shorter beginnings of an id may be a name. */
const ID_START_MIN = 4;

/** Throws LocalFault `NO_SUCH_TRANSFER`, or `TRANSFER_AMBIGUOUS` when one text fits several. */
export function findTransfers(
  wanted: readonly string[],
  transfers: readonly Transfer[],
): readonly Transfer[] {
  if (wanted.length === 1 && wanted[0] === 'all') return transfers;
  return [...new Set(wanted.map((text) => findOne(text, transfers)))];
}

function findOne(text: string, transfers: readonly Transfer[]): Transfer {
  const isIdStart = /^[0-9a-f]+$/i.test(text) && text.length >= ID_START_MIN;
  const start = text.toLowerCase();
  const named = transfers.filter(({ name }) => name === text);
  const found =
    named.length > 0 ? named : transfers.filter(({ id }) => isIdStart && id.startsWith(start));
  const [one, other] = found;
  if (one === undefined) throw new LocalFault('NO_SUCH_TRANSFER', { id: text });
  if (other !== undefined)
    throw new LocalFault('TRANSFER_AMBIGUOUS', { text, count: found.length });
  return one;
}
