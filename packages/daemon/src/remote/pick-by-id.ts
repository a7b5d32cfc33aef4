/** One of a list whose members have ids and names, as somebody names it in a command. */
import { LocalFault } from '@coequal/base';

/** Digits of an id that are shown: enough to tell one's own apart. */
export const ID_SHOWN = 8;
/** Shorter beginnings of an id may be a name. */
export const ID_START_MIN = 4;

export interface Codes {
  readonly none: string;
  readonly ambiguous: string;
}

/** By its name, or the beginning of its id. Throws LocalFault with one of the `codes`. */
export function pickById<Item extends { readonly id: string; readonly name: string }>(
  text: string,
  items: readonly Item[],
  codes: Codes,
): Item {
  const isIdStart = /^[0-9a-f]+$/i.test(text) && text.length >= ID_START_MIN;
  const named = items.filter(({ name }) => name === text);
  const found =
    named.length > 0
      ? named
      : items.filter(({ id }) => isIdStart && id.startsWith(text.toLowerCase()));
  const [one, other] = found;
  if (one === undefined) throw new LocalFault(codes.none, { id: text });
  if (other !== undefined) throw new LocalFault(codes.ambiguous, { text, count: found.length });
  return one;
}
