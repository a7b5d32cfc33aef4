/** What this peer hands to others: all records, in memory as they are on disk, and who is to hear of which. */
import type { DeviceKey } from '@coequal/base';
import type { ReceiverRecord, SendRecord, SendRecords } from './send-records.ts';
import { hasReceiverEnded, receiverAfter } from './states.ts';
import type { ReceiverEvent } from './states.ts';

export class OutboxBook {
  readonly #records: SendRecords;
  /** The newest first, as they were read; new ones are put in front. */
  #sends: Map<string, SendRecord>;
  /** Verified bytes as receivers tell them, by send and person; written down with the next change of state. */
  readonly #progress = new Map<string, number>();

  constructor(records: SendRecords) {
    this.#records = records;
    this.#sends = new Map(records.sends().map((send) => [send.id, send]));
  }

  all(): readonly SendRecord[] {
    return [...this.#sends.values()];
  }

  get(id: string): SendRecord | undefined {
    return this.#sends.get(id);
  }

  metainfo(id: string): Uint8Array | undefined {
    return this.#records.sendMetainfo(id);
  }

  add(send: SendRecord): void {
    this.#records.putSend(send);
    this.#sends = new Map([[send.id, send], ...this.#sends]);
  }

  /** Durable when it returns. */
  change(id: string, changes: Partial<SendRecord>, metainfo?: Uint8Array): SendRecord | undefined {
    const before = this.#sends.get(id);
    if (before === undefined) return undefined;
    const send = { ...before, ...changes };
    this.#records.putSend(send, metainfo);
    this.#sends.set(id, send);
    return send;
  }

  delete(id: string): void {
    this.#records.deleteSend(id);
    this.#sends.delete(id);
  }

  /** Undefined: it changes nothing. `device`: the one that takes it. */
  step(
    send: SendRecord,
    person: string,
    event: ReceiverEvent,
    now: number,
    device?: DeviceKey,
  ): SendRecord | undefined {
    const before = send.receivers.find((each) => each.person === person);
    const state = before && receiverAfter(before.state, event);
    if (before === undefined || state === undefined || state === before.state) return undefined;
    const have = state === 'done' ? send.length : this.haveOf(send.id, before);
    const after: ReceiverRecord = {
      ...before,
      state,
      have,
      since: now,
      ...(device !== undefined && { device }),
    };
    this.#progress.delete(keyOf(send.id, person));
    const receivers = send.receivers.map((each) => (each === before ? after : each));
    return this.change(send.id, { receivers });
  }

  haveOf(id: string, { person, have }: ReceiverRecord): number {
    return this.#progress.get(keyOf(id, person)) ?? have;
  }

  noteProgress(id: string, person: string, have: number): void {
    this.#progress.set(keyOf(id, person), have);
  }
}

export function isUnderWay(send: SendRecord): boolean {
  return send.receivers.some(({ state }) => !hasReceiverEnded(state));
}

function keyOf(id: string, person: string): string {
  return `${id} ${person}`;
}
