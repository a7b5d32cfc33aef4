/** The page's end of the peer: its client, what is known of it, and what is asked of it. */
import { Client } from '@coequal/contract';
import type { Creation, PeerEvent, Status, Transfer, TransferAction } from '@coequal/contract';
import { QueryClient } from '@tanstack/react-query';
import { LiveUpdates } from './live.ts';
import type { Connection } from './live.ts';
import { TransferStore } from './transfer-store.ts';

/** Of the log, that the page keeps. */
const LOG_ENTRIES_MAX = 1_000;

export class Peer {
  readonly client: Client;
  readonly queries: QueryClient;
  readonly transfers = new TransferStore();
  readonly #live: LiveUpdates;
  #connection: Connection = { type: 'connecting' };
  #refreshing: Promise<void> | undefined;
  /** Something changed that nobody has told us. */
  #isBehind = false;
  readonly #listeners = new Set<() => void>();

  constructor(base: string) {
    this.client = new Client({ base });
    this.queries = new QueryClient({
      defaultOptions: { queries: { retry: false, refetchOnWindowFocus: false, staleTime: 1_000 } },
    });
    this.#live = new LiveUpdates(base, {
      onOpen: () => void this.#catchUp(),
      onEvent: (event) => this.#take(event),
      onConnection: (connection) => this.#connect(connection),
    });
  }

  run(signal: AbortSignal): Promise<void> {
    return this.#live.run(signal);
  }

  retryNow(): void {
    this.#live.retryNow();
  }

  readonly readConnection = (): Connection => this.#connection;

  readonly subscribeConnection = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Pausing and resuming show at once; what comes of it, the peer says. */
  async act(ids: readonly string[], action: TransferAction): Promise<void> {
    const expected = EXPECTED[action];
    if (expected !== undefined) this.transfers.expect(ids, expected);
    try {
      await this.client.call('actOnTransfers', { body: { ids: [...ids], action } });
    } catch (error) {
      this.transfers.forgetExpected(ids);
      throw error;
    }
  }

  /** Until when it can be undone. */
  async remove(ids: readonly string[], deleteData: boolean): Promise<number> {
    this.transfers.hide(ids);
    try {
      const body = { ids: [...ids], deleteData };
      return (await this.client.call('removeTransfers', { body })).undoUntil;
    } catch (error) {
      this.transfers.unhide(ids);
      throw error;
    }
  }

  async undoRemoval(ids: readonly string[]): Promise<void> {
    await this.client.call('undoRemoval', { body: { ids: [...ids] } });
    this.transfers.unhide(ids);
    await this.#refreshTransfers();
  }

  /** One question at a time; what was missed while it was asked is asked for after it. */
  async #refreshTransfers(): Promise<void> {
    this.#isBehind = true;
    this.#refreshing ??= this.#askForTransfers().finally(() => (this.#refreshing = undefined));
    await this.#refreshing;
  }

  async #askForTransfers(): Promise<void> {
    while (this.#isBehind) {
      this.#isBehind = false;
      const { revision } = this.transfers;
      const query = revision < 0 ? {} : { revision };
      this.transfers.merge(await this.client.call('listTransfers', { query }));
    }
  }

  async #catchUp(): Promise<void> {
    await this.#orLater(Promise.all([this.#refreshTransfers(), this.#askAgain([])]));
  }

  /**
   * What the page shows of it may be other than it was. A first answer that is under way may be from before that; the
   * library waits for it all the same, and would take it for the newest.
   */
  async #askAgain(queryKey: readonly string[]): Promise<void> {
    const first = this.queries
      .getQueryCache()
      .findAll({ queryKey, fetchStatus: 'fetching' })
      .filter(({ state }) => state.data === undefined);
    await this.queries.invalidateQueries({ queryKey });
    await Promise.all(
      first.map(async (query) => {
        await query.promise?.catch(() => undefined);
        await this.queries.invalidateQueries({ queryKey: query.queryKey, exact: true });
      }),
    );
  }

  async #orLater(asking: Promise<unknown>): Promise<void> {
    try {
      await asking;
    } catch {
      // the stream breaks too, and is opened again: then there is another try
    }
  }

  #connect(connection: Connection): void {
    this.#connection = connection;
    for (const listener of this.#listeners) listener();
  }

  #take(event: PeerEvent): void {
    switch (event.type) {
      case 'transfers':
        if (!this.transfers.merge(event.delta)) void this.#orLater(this.#refreshTransfers());
        return;
      case 'status':
        return void this.queries.setQueryData<Status>(['status'], event.status);
      case 'log':
        return this.#takeLogEntry(event);
      case 'creation':
        return void this.queries.setQueryData<Creation>(
          ['creation', event.creation.id],
          event.creation,
        );
      case 'settings':
        void this.#askAgain(['remote-page']);
        return void this.#askAgain(['settings']);
      case 'identity':
        return void this.#askAgain(['identity']);
      case 'sends':
        return void this.#askAgain(['sends']);
      case 'contacts':
        return void this.#askAgain(['contacts']);
      case 'invitations':
        return void this.#askAgain(['invitations']);
      case 'categories':
        return void this.#askAgain(['categories']);
      case 'guest-links':
        return void this.#askAgain(['guest-links']);
      case 'lagged':
        return void this.#catchUp();
    }
  }

  #takeLogEntry({ entry }: Extract<PeerEvent, { type: 'log' }>): void {
    const keys = [['log', 'all'], ...(entry.transfer ? [['log', entry.transfer]] : [])];
    for (const key of keys) {
      this.queries.setQueryData<{ entries: (typeof entry)[] }>(key, (log) => {
        if (log === undefined || log.entries.some(({ number }) => number === entry.number))
          return log;
        return { entries: [...log.entries, entry].slice(-LOG_ENTRIES_MAX) };
      });
    }
  }
}

const EXPECTED: Readonly<Partial<Record<TransferAction, Partial<Transfer>>>> = {
  pause: { state: 'paused', down: 0, up: 0 },
  resume: { state: 'queued' },
};
