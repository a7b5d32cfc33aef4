/** What the peer has to tell: numbered entries in words, the newest in memory; who listens writes them to files. */
import { LocalFault } from '@coequal/base';
import type { Clock } from '@coequal/base';
import type { Explanation, LogEntry } from '@coequal/contract';
import { describeError } from '../cli/faults.ts';
import { explain } from './explain.ts';
import { journalWords } from './journal-words.ts';

/** Kept in memory: what the page shows at most. */
const ENTRIES_MAX = 2_000;

export type Level = LogEntry['level'];

export class Journal {
  readonly #clock: Clock;
  readonly #entries: LogEntry[] = [];
  readonly #onEntry: (entry: LogEntry, stack: string | undefined) => void;
  #last = 0;

  /** `stack`: of a bug. */
  constructor(clock: Clock, onEntry: (entry: LogEntry, stack: string | undefined) => void) {
    this.#clock = clock;
    this.#onEntry = onEntry;
  }

  /** From the oldest to the newest. */
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
    const level = error instanceof LocalFault ? 'warning' : 'error';
    this.#add(level, explain(error), transfer, describeError(error).stack);
  }

  #add(level: Level, what: Explanation, transfer: string | undefined, stack?: string): void {
    const entry: LogEntry = {
      number: ++this.#last,
      at: this.#clock.epochNow(),
      level,
      what,
      ...(transfer !== undefined && { transfer }),
    };
    this.#entries.push(entry);
    if (this.#entries.length > ENTRIES_MAX) this.#entries.shift();
    this.#onEntry(entry, stack);
  }
}
