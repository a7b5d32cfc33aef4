/** What guests take and put here, as the person sees it: how far, and a way to stop it. Of memory alone. */
import { LocalFault } from '@coequal/base';
import type { Clock } from '@coequal/base';
import type { GuestTransfer } from '@coequal/contract';

/** Of one link that are remembered: the newest. */
const REMEMBERED_MAX = 50;
/** Between two tellings: what is seen of it moves smoothly, and costs little. */
const TELL_MS = 500;

export interface TransferStart {
  readonly link: string;
  readonly direction: GuestTransfer['direction'];
  /** Tells one guest from another; what it is made of is not to be had from it. */
  readonly visitor: string;
  readonly guest: string;
  readonly address: string;
  readonly name: string;
  readonly size: number;
  /** Where it goes on. */
  readonly done: number;
  /** Ends it at once. */
  readonly cut: () => void;
}

/** Of one request. */
export interface TransferProgress {
  /** How far it is now, from the beginning of the file. */
  note(done: number): void;
  /** Once. A path: where an upload that is whole lies. */
  end(isWhole: boolean, path?: string): void;
}

interface Entry {
  readonly start: TransferStart;
  report: GuestTransfer;
}

export class GuestTransfers implements Disposable {
  readonly #clock: Clock;
  readonly #onChange: () => void;
  readonly #byLink = new Map<string, Entry[]>();
  #last = 0;
  #cancelTelling: (() => void) | undefined;

  constructor(clock: Clock, onChange: () => void) {
    this.#clock = clock;
    this.#onChange = onChange;
  }

  /** The newest first. */
  of(link: string): GuestTransfer[] {
    return (this.#byLink.get(link) ?? []).map(({ report }) => report).toReversed();
  }

  /** Who goes on with what broke off is one and the same. */
  begin(start: TransferStart): TransferProgress {
    const entries = this.#byLink.get(start.link) ?? [];
    this.#byLink.set(start.link, entries);
    const earlier = entries.findIndex((each) => isContinuedBy(each, start));
    const [before] = earlier === -1 ? [] : entries.splice(earlier, 1);
    const { direction, guest, address, name, size, done } = start;
    const entry: Entry = {
      start,
      report: {
        id: before?.report.id ?? String(++this.#last),
        direction,
        guest,
        address,
        name,
        done,
        size,
        state: 'running',
        startedAt: before?.report.startedAt ?? this.#clock.epochNow(),
      },
    };
    entries.push(entry);
    this.#forget(entries);
    this.tell();
    return {
      note: (now) => {
        if (entry.report.state !== 'running') return;
        entry.report = { ...entry.report, done: now };
        this.tell();
      },
      end: (isWhole, path) => {
        if (entry.report.state !== 'running') return;
        this.#end(entry, isWhole ? 'done' : 'broken', path);
      },
    };
  }

  /** Ends it, and says whose it was. Throws LocalFault `NO_SUCH_GUEST_TRANSFER`. */
  stop(link: string, id: string): string {
    const entry = this.#byLink.get(link)?.find(({ report }) => report.id === id);
    if (entry === undefined) throw new LocalFault('NO_SUCH_GUEST_TRANSFER');
    if (entry.report.state === 'running') {
      this.#end(entry, 'stopped');
      entry.start.cut();
    }
    return entry.start.visitor;
  }

  isRunning(link: string): boolean {
    return (this.#byLink.get(link) ?? []).some(({ report }) => report.state === 'running');
  }

  /** With all that runs. */
  drop(link: string): void {
    for (const { report, start } of this.#byLink.get(link) ?? [])
      if (report.state === 'running') start.cut();
    this.#byLink.delete(link);
    this.tell();
  }

  /** Soon, and together with what else changes until then. */
  tell(): void {
    this.#cancelTelling ??= this.#clock.at(this.#clock.now() + TELL_MS, () => {
      this.#cancelTelling = undefined;
      this.#onChange();
    });
  }

  [Symbol.dispose](): void {
    this.#cancelTelling?.();
  }

  #end(entry: Entry, state: 'done' | 'broken' | 'stopped', path?: string): void {
    const { address: _, ...kept } = entry.report; // it is needed no longer
    entry.report = {
      ...kept,
      state,
      endedAt: this.#clock.epochNow(),
      ...(path !== undefined && { path }),
    };
    this.tell();
  }

  /** What runs is always told: connections are few. */
  #forget(entries: Entry[]): void {
    while (entries.length > REMEMBERED_MAX) {
      const oldest = entries.findIndex(({ report }) => report.state !== 'running');
      if (oldest === -1) return;
      entries.splice(oldest, 1);
    }
  }
}

function isContinuedBy({ start, report }: Entry, next: TransferStart): boolean {
  return (
    report.state === 'broken' &&
    start.visitor === next.visitor &&
    start.direction === next.direction &&
    start.name === next.name
  );
}
