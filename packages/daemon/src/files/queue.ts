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

interface Place {
  readonly position: number;
  readonly id: string;
}

/** Those that wait for the same kind of turn, in order. */
class Lane {
  readonly #places: Place[] = [];

  add(place: Place): void {
    this.#places.splice(this.#find(place), 0, place);
  }

  delete(place: Place): void {
    this.#places.splice(this.#find(place), 1);
  }

  first(count: number): readonly Place[] {
    return this.#places.slice(0, Math.max(count, 0));
  }

  /** Where it is, or would be. */
  #find({ position, id }: Place): number {
    let from = 0;
    let to = this.#places.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      const other = this.#places[middle];
      const isAfter =
        other !== undefined &&
        (other.position === position ? other.id < id : other.position < position);
      if (isAfter) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}

type Turn = 'forced-download' | 'forced-seed' | 'download' | 'seed';

/** Undefined: it wants no turn, or can have none. */
function turnOf(entry: QueueEntry): Turn | undefined {
  const { intent, isComplete, isSatisfied } = entry;
  if (entry.hasFailed || intent === 'pause') return undefined;
  if (entry.lacksSpace && !isComplete) return undefined;
  if (intent === 'force') return isComplete ? 'forced-seed' : 'forced-download';
  if (!isComplete) return 'download';
  return isSatisfied ? undefined : 'seed';
}

/** Kept in order, so that whose turn it is costs as much as those that have one. */
export class Queue {
  readonly #forced = { 'forced-download': new Set<string>(), 'forced-seed': new Set<string>() };
  readonly #waiting = { download: new Lane(), seed: new Lane() };
  readonly #known = new Map<string, { readonly turn: Turn; readonly place: Place }>();

  /** As it is now, wherever it was. */
  put(entry: QueueEntry, position: number): void {
    const { id } = entry;
    const turn = turnOf(entry);
    const known = this.#known.get(id);
    if (known?.turn === turn && known?.place.position === position) return;
    this.drop(id);
    if (turn === undefined) return;
    const place = { position, id };
    this.#known.set(id, { turn, place });
    if (turn === 'download' || turn === 'seed') this.#waiting[turn].add(place);
    else this.#forced[turn].add(id);
  }

  drop(id: string): void {
    const known = this.#known.get(id);
    if (known === undefined) return;
    const { turn, place } = known;
    this.#known.delete(id);
    if (turn === 'download' || turn === 'seed') this.#waiting[turn].delete(place);
    else this.#forced[turn].delete(id);
  }

  /** Those that are forced count, and are not counted out. */
  choose({ activeDownloadsMax, activeSeedsMax }: QueueLimits): Set<string> {
    const { 'forced-download': downloads, 'forced-seed': seeds } = this.#forced;
    const waiting = [
      ...this.#waiting.download.first(activeDownloadsMax - downloads.size),
      ...this.#waiting.seed.first(activeSeedsMax - seeds.size),
    ];
    return new Set([...downloads, ...seeds, ...waiting.map(({ id }) => id)]);
  }
}

/** `entries` in the order of the queue. */
export function chooseRunning(entries: Iterable<QueueEntry>, limits: QueueLimits): Set<string> {
  const queue = new Queue();
  let position = 0;
  for (const entry of entries) queue.put(entry, (position += 1));
  return queue.choose(limits);
}
