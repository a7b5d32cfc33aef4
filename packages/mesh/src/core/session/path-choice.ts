/**
 * Which of several paths is used. The device with the lower key decides for both (as the controlling agent of RFC 8445
 * does); the other follows, and decides only as long as it was not told.
 */
import type { LinkPath, Millis } from '@coequal/base';

/** After a change another one has to wait so long, unless the path that is used is doubtful: ways flicker at first. */
const SETTLE_MS: Millis = 2_000;

const RANK: Readonly<Record<LinkPath['type'], number>> = { none: 0, relayed: 1, direct: 2, lan: 3 };

export interface PathView {
  readonly path: LinkPath;
  readonly isDoubtful: boolean;
}

/** Whether a way there is a better kind than another. */
export function isBetterPath(a: LinkPath, b: LinkPath): boolean {
  return RANK[a.type] > RANK[b.type];
}

/** The path to be used of those that are proven; `active` is used now, since `activeSince`. */
export function pickPath<Path extends PathView>(
  paths: Iterable<Path>,
  active: Path | undefined,
  activeSince: Millis,
  now: Millis,
): Path | undefined {
  let best = active;
  for (const path of paths) if (best === undefined || isBetter(path, best)) best = path;
  if (active === undefined || best === active || active.isDoubtful) return best;
  return now >= activeSince + SETTLE_MS ? best : active;
}

/** When the choice may fall out differently with no other change. */
export function choiceDueAt(activeSince: Millis): Millis {
  return activeSince + SETTLE_MS;
}

function isBetter(a: PathView, b: PathView): boolean {
  if (a.isDoubtful !== b.isDoubtful) return b.isDoubtful;
  return isBetterPath(a.path, b.path);
}
