/** What the peer has to tell: numbered entries in words, the newest in memory, all of them in rotated files. */
import { LocalFault } from '@coequal/base';
import type { Clock } from '@coequal/base';
import type { Explanation, LogEntry } from '@coequal/contract';
import { explain } from './explain.ts';
import { journalWords } from './journal-words.ts';

/** What the page shows at most. */
const ENTRIES_MAX = 2_000;

export type Level = LogEntry['level'];

export class Journal {
  readonly #clock: Clock;
  readonly #entries: LogEntry[] = [];
  readonly #onEntry: (entry: LogEntry) => void;
  #last = 0;

  constructor(clock: Clock, onEntry: (entry: LogEntry) => void) {
    this.#clock = clock;
    this.#onEntry = onEntry;
  }

  /** The newest first is the last. */
  read(after: number, transfer: string | undefined): LogEntry[] {
    return this.#entries.filter(
      (entry) => entry.number > after && (transfer === undefined || entry.transfer === transfer),
    );
  }

  tell(level: Level, code: string, details: Explanation['details'] = {}, transfer?: string): void {
    this.#add(level, { code, details, text: journalWords(code, details) }, transfer);
  }

  /** An error, in the words that a person gets. */
  fault(error: unknown, transfer?: string): void {
    this.#add(error instanceof LocalFault ? 'warning' : 'error', explain(error), transfer);
  }

  #add(level: Level, what: Explanation, transfer: string | undefined): void {
    const entry: LogEntry = {
      number: ++this.#last,
      at: this.#clock.epochNow(),
      level,
      what,
      ...(transfer !== undefined && { transfer }),
    };
    this.#entries.push(entry);
    if (this.#entries.length > ENTRIES_MAX) this.#entries.shift();
    this.#onEntry(entry);
  }
}
