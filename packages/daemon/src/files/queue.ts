/** Whose turn it is: which transfers run, of all that want to. */

export interface QueueEntry {
  readonly id: string;
  readonly intent: 'run' | 'pause' | 'force';
  /** All that is wanted is here. */
  readonly isComplete: boolean;
  /** Its goal of passing on is reached. */
  readonly isSatisfied: boolean;
  /** It ended with a fault, and waits for a person. */
  readonly hasFailed: boolean;
  /** There is no space for what is missing. */
  readonly lacksSpace: boolean;
}

export interface QueueLimits {
  readonly activeDownloadsMax: number;
  readonly activeSeedsMax: number;
}

/** `entries` in the order of the queue; those that are forced count, and are not counted out. */
export function chooseRunning(
  entries: Iterable<QueueEntry>,
  { activeDownloadsMax, activeSeedsMax }: QueueLimits,
): Set<string> {
  const chosen = new Set<string>();
  let downloads = 0;
  let seeds = 0;
  const waiting: QueueEntry[] = [];
  for (const entry of entries) {
    if (entry.hasFailed || entry.intent === 'pause') continue;
    if (entry.lacksSpace && !entry.isComplete) continue;
    if (entry.intent === 'run') {
      if (!entry.isComplete || !entry.isSatisfied) waiting.push(entry);
      continue;
    }
    chosen.add(entry.id);
    if (entry.isComplete) seeds += 1;
    else downloads += 1;
  }
  for (const { id, isComplete } of waiting) {
    if (isComplete ? seeds >= activeSeedsMax : downloads >= activeDownloadsMax) continue;
    chosen.add(id);
    if (isComplete) seeds += 1;
    else downloads += 1;
  }
  return chosen;
}
