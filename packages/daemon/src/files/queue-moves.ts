/** Moving transfers in the queue. */
import type { TransferAction } from '@coequal/contract';

/** What has a place. */
interface Placed {
  readonly record: { readonly queuePosition: number };
}

/**
 * New positions of those that get one. `all` in the order of the queue; those that are moved keep their order among
 * themselves. Empty for an action that moves nothing.
 */
export function movedPositions<T extends Placed>(
  all: readonly T[],
  moved: readonly T[],
  action: TransferAction,
): Map<T, number> {
  const order = reordered(all, new Set(moved), action);
  if (order === undefined) return new Map();
  const changed = order.map((each, index): [T, number] => [each, index + 1]);
  return new Map(changed.filter(([{ record }, position]) => record.queuePosition !== position));
}

function reordered<T>(
  all: readonly T[],
  moved: ReadonlySet<T>,
  action: TransferAction,
): readonly T[] | undefined {
  const those = all.filter((each) => moved.has(each));
  const others = all.filter((each) => !moved.has(each));
  switch (action) {
    case 'to-top':
      return [...those, ...others];
    case 'to-bottom':
      return [...others, ...those];
    case 'up':
      return shifted(all, moved);
    case 'down':
      return shifted(all.toReversed(), moved).toReversed();
    default:
      return undefined;
  }
}

/** Each of them one place forward, but not past another of them. */
function shifted<T>(all: readonly T[], moved: ReadonlySet<T>): T[] {
  const order: T[] = [];
  for (const each of all) {
    const before = order.at(-1);
    if (moved.has(each) && before !== undefined && !moved.has(before))
      order.splice(-1, 1, each, before);
    else order.push(each);
  }
  return order;
}
