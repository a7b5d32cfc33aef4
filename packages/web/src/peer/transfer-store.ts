/** The transfers that the page shows: what the peer said, and over it what was asked for and is not yet told. */
import type { Transfer, TransferDelta } from '@coequal/contract';
import { mergeDelta, NO_TRANSFERS } from './transfer-table.ts';
import type { TransferTable } from './transfer-table.ts';

export class TransferStore {
  #heard: TransferTable = NO_TRANSFERS;
  readonly #expected = new Map<string, Partial<Transfer>>();
  readonly #hidden = new Set<string>();
  #shown: TransferTable = NO_TRANSFERS;
  readonly #listeners = new Set<() => void>();

  get revision(): number {
    return this.#heard.revision;
  }

  /** The same object until something changes. */
  readonly read = (): TransferTable => this.#shown;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** False: something before it is missing, and nothing has been done. */
  merge(delta: TransferDelta): boolean {
    const merged = mergeDelta(this.#heard, delta);
    if (merged === undefined) return false;
    for (const { id } of delta.changed) this.#expected.delete(id);
    for (const id of delta.removed) this.#hidden.delete(id);
    this.#heard = merged;
    this.#publish();
    return true;
  }

  /** Shown at once, until the peer says what became of it. */
  expect(ids: readonly string[], change: Partial<Transfer>): void {
    for (const id of ids) this.#expected.set(id, change);
    this.#publish();
  }

  /** The peer refused. */
  forgetExpected(ids: readonly string[]): void {
    for (const id of ids) this.#expected.delete(id);
    this.#publish();
  }

  hide(ids: readonly string[]): void {
    for (const id of ids) this.#hidden.add(id);
    this.#publish();
  }

  unhide(ids: readonly string[]): void {
    for (const id of ids) this.#hidden.delete(id);
    this.#publish();
  }

  #publish(): void {
    this.#shown = this.#withExpected();
    for (const listener of this.#listeners) listener();
  }

  #withExpected(): TransferTable {
    if (this.#expected.size === 0 && this.#hidden.size === 0) return this.#heard;
    const byId = new Map(this.#heard.byId);
    for (const id of this.#hidden) byId.delete(id);
    for (const [id, change] of this.#expected) {
      const transfer = byId.get(id);
      if (transfer !== undefined) byId.set(id, { ...transfer, ...change });
    }
    return { revision: this.#heard.revision, byId };
  }
}
