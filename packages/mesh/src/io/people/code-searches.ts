/** Looking for who shows a code: found, it is an invitation like any other. Nothing of a search is on disk. */
import { formatHex, LocalFault, PeerFault, TaskGroup } from '@coequal/base';
import type { Clock, Random } from '@coequal/base';
import {
  formatInvitation,
  parseInvitation,
  requireValid,
} from '../../core/invite/invitation-link.ts';
import type { SpokenCode } from '../../core/invite/spoken-code.ts';
import type { Acceptances } from './acceptances.ts';
import type { SpokenCodes } from './spoken-codes.ts';

/** At a time: a person types one. */
const CODE_SEARCHES_MAX = 3;

interface Search {
  readonly startedAt: number;
  readonly abort: AbortController;
  problem: string | undefined;
}

export interface CodeSearchView {
  readonly id: string;
  readonly startedAt: number;
  /** A code, once it failed. */
  readonly problem: string | undefined;
}

export interface SearchPorts {
  readonly clock: Clock;
  readonly random: Random;
  onChange(): void;
  onFailure(error: unknown): void;
}

export class CodeSearches implements AsyncDisposable {
  readonly #codes: SpokenCodes;
  readonly #acceptances: Acceptances;
  readonly #ports: SearchPorts;
  readonly #tasks: TaskGroup;
  readonly #searches = new Map<string, Search>();

  constructor(codes: SpokenCodes, acceptances: Acceptances, ports: SearchPorts) {
    this.#codes = codes;
    this.#acceptances = acceptances;
    this.#ports = ports;
    this.#tasks = new TaskGroup((error) => ports.onFailure(error));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tasks[Symbol.asyncDispose]();
  }

  all(): CodeSearchView[] {
    return [...this.#searches].map(([id, { startedAt, problem }]) => ({ id, startedAt, problem }));
  }

  /** Its id, which the acceptance has when it is found. Throws LocalFault `TOO_MANY_ACCEPTANCES`. */
  begin(code: SpokenCode): string {
    for (const [id, { problem }] of this.#searches)
      if (problem !== undefined) this.#searches.delete(id);
    if (this.#searches.size >= CODE_SEARCHES_MAX)
      throw new LocalFault('TOO_MANY_ACCEPTANCES', { max: CODE_SEARCHES_MAX });
    const { random, clock } = this.#ports;
    const id = formatHex(random.bytes(8));
    const abort = new AbortController();
    const search: Search = { startedAt: clock.epochNow(), abort, problem: undefined };
    this.#searches.set(id, search);
    this.#tasks.run((signal) =>
      this.#find(id, search, code, AbortSignal.any([signal, abort.signal])),
    );
    this.#ports.onChange();
    return id;
  }

  /** Whether there was one. */
  forget(id: string): boolean {
    this.#searches.get(id)?.abort.abort();
    return this.#searches.delete(id);
  }

  async #find(id: string, search: Search, code: SpokenCode, signal: AbortSignal): Promise<void> {
    try {
      const link = parseInvitation(await this.#codes.find(code, signal));
      requireValid(link, this.#ports.clock.epochNow());
      signal.throwIfAborted();
      this.#acceptances.accept(link, formatInvitation(link), id);
      this.#searches.delete(id);
    } catch (error) {
      if (search.abort.signal.aborted) return;
      if (!(error instanceof LocalFault || error instanceof PeerFault)) throw error;
      search.problem = error.code;
    }
    this.#ports.onChange();
  }
}
