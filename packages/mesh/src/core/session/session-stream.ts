/** One stream of a session: what waits to be sent on it, and how much each side may still send. */
import { PeerFault } from '@coequal/base';
import type { Millis } from '@coequal/base';

export interface StreamLimits {
  /** What the other side may send on a new stream before anything of it is read. */
  readonly window: number;
  /** What that grows to while it is used up in a few round trips. */
  readonly windowMax: number;
  /** By how much all windows of a session may have grown together. */
  readonly growthMax: number;
}

/** A window is too small when half of it is used up in so many round trips. */
const GROWTH_ROUND_TRIPS = 4;

/** Chunks in one frame: more would be copied rather than named. */
const PARTS_MAX = 64;

/** `offered`: the other side has opened it, and is not answered yet. `ending`: what waits is still sent. */
export type StreamState = 'opening' | 'offered' | 'open' | 'ending' | 'closed';

interface Chunk {
  readonly bytes: Uint8Array;
  readonly whenDone: (() => void) | undefined;
}

export interface DataParts {
  readonly parts: readonly Uint8Array[];
  readonly length: number;
  readonly whenDone: readonly (() => void)[];
}

export class SessionStream {
  readonly id: number;
  readonly protocol: string;
  state: StreamState;
  /** It waits for its turn to send. */
  isReady = false;
  isEndSent = false;
  /** Called when the other side has the end that was sent. */
  onEnded: (() => void) | undefined;
  /** Of what was given to send when the other side closed: to be called. */
  leftovers: readonly (() => void)[] = [];
  #chunks: Chunk[] = [];
  /** Where the first chunk goes on. */
  #offset = 0;
  #queuedBytes = 0;
  /** What we may send. */
  #credit: number;
  /** What the other side may send. */
  #granted: number;
  #window: number;
  readonly #limits: StreamLimits;
  #read = 0;
  #grantedAt: Millis;

  constructor(
    id: number,
    protocol: string,
    state: 'opening' | 'offered',
    credit: number,
    limits: StreamLimits,
    now: Millis,
  ) {
    this.id = id;
    this.protocol = protocol;
    this.state = state;
    this.#credit = credit;
    this.#limits = limits;
    this.#window = limits.window;
    this.#granted = limits.window;
    this.#grantedAt = now;
  }

  /** Not yet in a frame. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** By how much its window has grown. */
  get growth(): number {
    return this.#window - this.#limits.window;
  }

  /** What the other side may have sent before anything is read. */
  get window(): number {
    return this.#window;
  }

  get canSendData(): boolean {
    const isOpen = this.state === 'open' || this.state === 'ending';
    return isOpen && this.#chunks.length > 0 && (this.#credit > 0 || this.#queuedBytes === 0);
  }

  get isEndDue(): boolean {
    return this.state === 'ending' && this.#chunks.length === 0 && !this.isEndSent;
  }

  push(chunks: readonly Uint8Array[], whenDone: (() => void) | undefined): void {
    const last = chunks.length - 1;
    if (last < 0) {
      if (whenDone !== undefined) this.#chunks.push({ bytes: new Uint8Array(0), whenDone });
      return;
    }
    for (const [i, bytes] of chunks.entries()) {
      if (bytes.length === 0 && (i !== last || whenDone === undefined)) continue;
      this.#queuedBytes += bytes.length;
      this.#chunks.push({ bytes, whenDone: i === last ? whenDone : undefined });
    }
  }

  /** The data of the next frame. */
  take(lengthMax: number): DataParts {
    const parts: Uint8Array[] = [];
    const whenDone: (() => void)[] = [];
    const room = Math.min(lengthMax, this.#credit);
    let length = 0;
    let used = 0;
    for (; used < this.#chunks.length && parts.length < PARTS_MAX; used++) {
      const chunk = this.#chunks[used];
      if (chunk === undefined) break;
      const left = chunk.bytes.length - this.#offset;
      if (left > room - length) {
        if (room > length) {
          parts.push(chunk.bytes.subarray(this.#offset, this.#offset + room - length));
          this.#offset += room - length;
          length = room;
        }
        break;
      }
      if (left > 0)
        parts.push(this.#offset === 0 ? chunk.bytes : chunk.bytes.subarray(this.#offset));
      length += left;
      this.#offset = 0;
      if (chunk.whenDone !== undefined) whenDone.push(chunk.whenDone);
    }
    if (used === this.#chunks.length) this.#chunks = [];
    else if (used > 0) this.#chunks.splice(0, used);
    this.#credit -= length;
    this.#queuedBytes -= length;
    return { parts, length, whenDone };
  }

  /** Nothing of it is sent any more. Returns what is to be called. */
  drop(): (() => void)[] {
    const done = this.#chunks.flatMap(({ whenDone }) => (whenDone === undefined ? [] : [whenDone]));
    this.#chunks = [];
    this.#offset = 0;
    this.#queuedBytes = 0;
    return done;
  }

  /** The other side lets us send more. Throws PeerFault when that is more than a number can be. */
  addCredit(bytes: number): void {
    this.#credit += bytes;
    if (this.#credit > CREDIT_MAX) throw new PeerFault('WINDOW_TOO_LARGE');
  }

  /** Throws PeerFault when the other side sent more than it may. */
  received(bytes: number): void {
    if (bytes > this.#granted) throw new PeerFault('WINDOW_OVERRUN', { bytes });
    this.#granted -= bytes;
  }

  /** All that came is dropped. Returns as `read`. */
  release(): number {
    const more = this.#window - this.#granted;
    if (more * 2 < this.#window) return 0;
    this.#read = 0;
    this.#granted = this.#window;
    return more;
  }

  /**
   * So many bytes were taken by whom they are for. Returns how much more the other side may be told to send, 0 as long
   * as that is not worth a frame.
   */
  read(bytes: number, growthLeft: number, roundTripMs: Millis, now: Millis): number {
    this.#read += bytes;
    if (this.#read * 2 < this.#window) return 0;
    let more = this.#read;
    this.#read = 0;
    const isQuick = now - this.#grantedAt < GROWTH_ROUND_TRIPS * roundTripMs;
    this.#grantedAt = now;
    const growth = Math.min(this.#window, this.#limits.windowMax - this.#window, growthLeft);
    if (isQuick && growth > 0) {
      this.#window += growth;
      more += growth;
    }
    this.#granted += more;
    return more;
  }
}

/** Credit that a side may hold: windows are far smaller. */
const CREDIT_MAX = 2 ** 32 - 1;
