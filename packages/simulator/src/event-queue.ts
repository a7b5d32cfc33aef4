/** Virtual time: events in the order of their time, and of their arrangement when times are equal. */
import type { Cancel, Millis } from '@coequal/base';

/** Who an event belongs to: it does not run once its owner is dead. */
export interface Owner {
  readonly name: string;
  readonly isAlive: boolean;
}

export interface SimEvent {
  readonly at: Millis;
  readonly order: number;
  /** What happens, as a constant word: part of the trace, and shown when a run gets stuck. */
  readonly label: string;
  readonly owner: Owner | undefined;
  /** Calls nothing outside of the simulator, so no promise can wake. */
  readonly isQuiet: boolean;
  readonly run: () => void;
  state: 'waiting' | 'cancelled' | 'over';
}

/**
 * Times are whole multiples of this part of a millisecond, so that sums of times and offsets are
 * exact and a timer never fires before its time by a rounding error.
 */
const TICKS_PER_MS = 1_024;

/** Cancelled events are swept out when they are more than this, and more than half of the heap. */
const CANCELLED_MAX = 1_024;

const FNV_PRIME = 0x0100_0193;

export class EventQueue {
  #now: Millis = 0;
  #order = 0;
  #cancelled = 0;
  #heap: SimEvent[] = [];
  /** Due at once: half of all events. They come after those of the heap that are due now, which are older. */
  #soon: SimEvent[] = [];
  /** Those of `#soon` before it are over. */
  #soonHead = 0;
  #hash = 0x811c_9dc5;
  #hash2 = 0x1234_5678;
  readonly #labelHashes = new Map<string, number>();

  get now(): Millis {
    return this.#now;
  }

  /** Hash of all that has happened so far. */
  get traceHash(): string {
    return [this.#hash, this.#hash2]
      .map((part) => (part >>> 0).toString(16).padStart(8, '0'))
      .join('');
  }

  /** Runs `run` at `at`, or now if that is past: never synchronously. */
  push(
    at: Millis,
    label: string,
    owner: Owner | undefined,
    isQuiet: boolean,
    run: () => void,
  ): Cancel {
    const event = this.add(at, label, owner, isQuiet, run);
    return () => this.#cancel(event);
  }

  /** As `push`, for what is never cancelled. */
  add(
    at: Millis,
    label: string,
    owner: Owner | undefined,
    isQuiet: boolean,
    run: () => void,
  ): SimEvent {
    const ticks = Math.ceil(Math.max(at, this.#now) * TICKS_PER_MS) / TICKS_PER_MS;
    const order = this.#order++;
    const event: SimEvent = { at: ticks, order, label, owner, isQuiet, run, state: 'waiting' };
    if (ticks === this.#now) {
      this.#soon.push(event);
    } else {
      this.#heap.push(event);
      this.#siftUp(this.#heap.length - 1);
    }
    return event;
  }

  /** The next event that is neither cancelled nor its owner dead, if it is due by `limit`. */
  pop(limit: Millis): SimEvent | undefined {
    for (;;) {
      const soon = this.#soon[this.#soonHead];
      const early = this.#heap[0];
      const isSoon = soon !== undefined && (early === undefined || early.at > soon.at);
      const first = isSoon ? soon : early;
      if (first === undefined) return undefined;
      const isDue = first.state === 'waiting' && first.owner?.isAlive !== false;
      if (isDue && first.at > limit) return undefined;
      if (isSoon) this.#removeSoon();
      else this.#removeFirst();
      if (!isDue) {
        if (first.state === 'cancelled') this.#cancelled -= 1;
        continue;
      }
      first.state = 'over';
      this.#now = first.at;
      this.fold(first.at * TICKS_PER_MS);
      this.fold(this.#labelHash(first.label));
      if (first.owner !== undefined) this.fold(this.#labelHash(first.owner.name));
      return first;
    }
  }

  /** What waits, earliest first. */
  pending(): readonly SimEvent[] {
    return [...this.#heap, ...this.#soon.slice(this.#soonHead)]
      .filter((event) => event.state === 'waiting' && event.owner?.isAlive !== false)
      .toSorted((a, b) => (isBefore(a, b) ? -1 : 1));
  }

  /** Mixes a number into the trace: a length, a choice. */
  fold(value: number): void {
    const low = value >>> 0;
    const high = (value / 0x1_0000_0000) >>> 0;
    this.#hash = Math.imul(this.#hash ^ low, FNV_PRIME) ^ high;
    this.#hash2 = Math.imul((this.#hash2 << 5) ^ (this.#hash2 >>> 3) ^ low ^ high, 0x9e37_79b1);
  }

  #labelHash(label: string): number {
    let hash = this.#labelHashes.get(label);
    if (hash === undefined) {
      hash = 0;
      for (let i = 0; i < label.length; i++)
        hash = Math.imul(hash ^ label.charCodeAt(i), FNV_PRIME);
      this.#labelHashes.set(label, hash);
    }
    return hash;
  }

  #cancel(event: SimEvent): void {
    if (event.state !== 'waiting') return;
    event.state = 'cancelled';
    this.#cancelled += 1;
    if (this.#cancelled <= CANCELLED_MAX || this.#cancelled * 2 < this.#heap.length) return;
    // A sorted array is a heap.
    this.#heap = [...this.pending()];
    this.#soon = [];
    this.#soonHead = 0;
    this.#cancelled = 0;
  }

  #removeSoon(): void {
    this.#soonHead += 1;
    if (this.#soonHead < this.#soon.length) return;
    this.#soon.length = 0;
    this.#soonHead = 0;
  }

  #removeFirst(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#siftDown(0);
  }

  #siftUp(start: number): void {
    const heap = this.#heap;
    let at = start;
    const moving = heap[at];
    if (moving === undefined) return;
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = heap[parentAt];
      if (parent === undefined || !isBefore(moving, parent)) break;
      heap[at] = parent;
      at = parentAt;
    }
    heap[at] = moving;
  }

  #siftDown(start: number): void {
    const heap = this.#heap;
    let at = start;
    const moving = heap[at];
    if (moving === undefined) return;
    for (;;) {
      let childAt = at * 2 + 1;
      let child = heap[childAt];
      if (child === undefined) break;
      const right = heap[childAt + 1];
      if (right !== undefined && isBefore(right, child)) {
        childAt += 1;
        child = right;
      }
      if (!isBefore(child, moving)) break;
      heap[at] = child;
      at = childAt;
    }
    heap[at] = moving;
  }
}

function isBefore(a: SimEvent, b: SimEvent): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
