/**
 * Room for long messages that are encrypted and wait to be sent, which is used again once they have left. It is on the
 * data path (STYLE 5.11). Measured, messages of 64 KiB encrypted in room of their own: 757 MB/s, 1.45 CPU s/GB, half of
 * the difference being the collection of what was left; in room that is used again: 968 MB/s, 0.99.
 */

/** A message of bulk, which is 64 KiB of data and its heads. Longer ones are rare, and get room of their own. */
const SLOT_LENGTH = 65_536 + 256;

/** Shorter ones cost more to be kept track of than to be made room for. */
const SHORT_LENGTH = 4_096;

/** What a connection queues, and some that are under way to the system. */
const SLOTS_KEPT_MAX = 24;

export class SendRoom {
  readonly #free: Uint8Array<ArrayBuffer>[] = [];
  readonly #lent = new Map<ArrayBufferLike, Uint8Array<ArrayBuffer>>();

  /** Room of that length, with anything in it; undefined for a length that gets room of its own. */
  take(length: number): Uint8Array<ArrayBuffer> | undefined {
    if (length < SHORT_LENGTH || length > SLOT_LENGTH) return undefined;
    const slot = this.#free.pop() ?? new Uint8Array(SLOT_LENGTH);
    this.#lent.set(slot.buffer, slot);
    return slot.subarray(0, length);
  }

  /** What was sent, or never will be: nobody reads it any more. */
  give(bytes: Uint8Array): void {
    const slot = this.#lent.get(bytes.buffer);
    if (slot === undefined) return;
    this.#lent.delete(bytes.buffer);
    if (this.#free.length < SLOTS_KEPT_MAX) this.#free.push(slot);
  }
}
