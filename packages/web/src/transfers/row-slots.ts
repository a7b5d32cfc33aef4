/**
 * Which rows of a long list have an element. There are as many elements, slots, whatever is in sight; one whose row
 * goes out of sight is given the row that comes in, which is a fraction of making an element. Pure.
 */

export interface RowWindow {
  /** Of the list, from 0: the first row that has a slot. */
  readonly first: number;
  readonly slots: number;
}

/** `start`: the first row in sight, of as many rows as fit into `height`. */
export function rowWindow(
  start: number,
  height: number,
  rowHeight: number,
  overscan: number,
  count: number,
): RowWindow {
  // at most two rows are cut off by the edges
  const fitting = Math.ceil(height / rowHeight) + 1;
  const slots = Math.min(count, fitting + 2 * overscan);
  return { first: Math.max(0, Math.min(start - overscan, count - slots)), slots };
}

/**
 * The rows in the order of their elements. A row is always in slot `row % slots`; the elements begin with the slot
 * of `turn`. So they stay as they are while `turn` does, and stand as one reads when it is the window's first.
 */
export function rowsInOrder({ first, slots }: RowWindow, turn: number): number[] {
  return Array.from({ length: slots }, (_, at) => first + modulo(turn + at - first, slots));
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}
