/** What pages and programs are told as it happens: the rows that changed, and how the peer is. */
import type { Status } from '@coequal/contract';
import type { EventHub } from '../api/event-hub.ts';
import type { Transfers } from '../files/transfers.ts';

export class PeerNews {
  readonly #hub: EventHub;
  readonly #transfers: Pick<Transfers, 'since' | 'refresh'>;
  readonly #status: () => Status;
  /** The revision that listeners have. */
  #published: number | undefined;
  #toldStatus = '';

  constructor(
    hub: EventHub,
    transfers: Pick<Transfers, 'since' | 'refresh'>,
    status: () => Status,
  ) {
    this.#hub = hub;
    this.#transfers = transfers;
    this.#status = status;
  }

  get hasListeners(): boolean {
    return this.#hub.readerCount > 0;
  }

  /** About once a second. */
  tick(): void {
    if (!this.hasListeners) {
      this.#transfers.refresh(); // what completes is noted all the same
      return;
    }
    this.tellTransfers();
    this.tellStatus();
  }

  /** What changed since this was last done. */
  tellTransfers(): void {
    const delta = this.#transfers.since(this.#published);
    if (delta.revision === this.#published) return;
    this.#published = delta.revision;
    this.#hub.publish({ type: 'transfers', delta });
  }

  tellStatus(): void {
    if (!this.hasListeners) return;
    const status = this.#status();
    const text = JSON.stringify(status);
    if (text === this.#toldStatus) return;
    this.#toldStatus = text;
    this.#hub.publish({ type: 'status', status });
  }
}
