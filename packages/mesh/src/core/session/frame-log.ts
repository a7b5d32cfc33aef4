/**
 * The numbered frames of one side, from the first that is not acknowledged to the last. Invariant: those before the
 * cursor were sent over the path that is used now, those from it on were not, or over an earlier one; a new path begins
 * with the first, so that each path carries them without a gap.
 */
import { assert } from '@coequal/base';
import type { Millis } from '@coequal/base';

export interface LoggedFrame {
  readonly number: number;
  readonly stream: number;
  /** With the parts it is the whole message. */
  readonly head: Uint8Array;
  /** By reference until they are acknowledged. */
  parts: readonly Uint8Array[];
  /** Of the parts, as they were first. */
  readonly length: number;
  /** To be called when it is acknowledged, or not wanted any more. */
  whenDone: readonly (() => void)[];
  sentAt: Millis | undefined;
  isSentAgain: boolean;
}

const NONE: readonly never[] = [];

/** Acknowledged frames are cut off the array when there are so many: each cut moves all the others. */
const CUT_LENGTH = 256;

export class FrameLog {
  #frames: LoggedFrame[] = [];
  /** Index of the first that is not acknowledged. */
  #first = 0;
  /** Index of the first that is to be sent. */
  #cursor = 0;
  #nextNumber = 0;
  #bytesSent = 0;
  #sizeWithoutData = 0;

  /** Of the first frame that is not acknowledged. */
  get acknowledged(): number {
    return this.#nextNumber - this.size;
  }

  get nextNumber(): number {
    return this.#nextNumber;
  }

  /** Frames that are not acknowledged. */
  get size(): number {
    return this.#frames.length - this.#first;
  }

  get sizeWithoutData(): number {
    return this.#sizeWithoutData;
  }

  /** Bytes of data sent over the path that is used now, and not acknowledged. */
  get bytesUnderWay(): number {
    return this.#bytesSent;
  }

  get isAnySent(): boolean {
    return this.#cursor > this.#first;
  }

  /** The next to be sent. */
  get next(): LoggedFrame | undefined {
    return this.#frames[this.#cursor];
  }

  add(
    stream: number,
    encode: (number: number) => Uint8Array,
    parts: readonly Uint8Array[] = NONE,
    length = 0,
    whenDone: readonly (() => void)[] = NONE,
  ): void {
    const number = this.#nextNumber++;
    const head = encode(number);
    if (length === 0) this.#sizeWithoutData += 1;
    const sentAt = undefined;
    this.#frames.push({
      number,
      stream,
      head,
      parts,
      length,
      whenDone,
      sentAt,
      isSentAgain: false,
    });
  }

  /** The next was given to the carrier. */
  sent(now: Millis): void {
    const frame = this.#frames[this.#cursor++];
    assert(frame !== undefined, 'what is sent is in the log');
    frame.isSentAgain = frame.sentAt !== undefined;
    frame.sentAt = now;
    this.#bytesSent += frame.length;
  }

  /** All from the first are to be sent, over another path. */
  rewind(): void {
    this.#cursor = this.#first;
    this.#bytesSent = 0;
  }

  /** Takes off the first, if its number is before `position`. */
  shift(position: number): LoggedFrame | undefined {
    const frame = this.#frames[this.#first];
    if (frame === undefined || frame.number >= position) return undefined;
    if (this.#cursor > this.#first) this.#bytesSent -= frame.length;
    else this.#cursor += 1; // it came over an earlier path after all
    this.#first += 1;
    if (frame.length === 0) this.#sizeWithoutData -= 1;
    if (this.#first >= CUT_LENGTH && this.#first * 2 >= this.#frames.length) {
      this.#frames = this.#frames.slice(this.#first);
      this.#cursor -= this.#first;
      this.#first = 0;
    }
    return frame;
  }

  /**
   * Nobody wants the data of a stream any more: what is sent again of it is empty. Returns what is to be called, since
   * its chunks may change from now on.
   */
  drop(stream: number): (() => void)[] {
    const done: (() => void)[] = [];
    for (let i = this.#first; i < this.#frames.length; i++) {
      const frame = this.#frames[i];
      if (frame === undefined || frame.stream !== stream) continue;
      frame.parts = NONE;
      for (const run of frame.whenDone) done.push(run);
      frame.whenDone = NONE;
    }
    return done;
  }
}
