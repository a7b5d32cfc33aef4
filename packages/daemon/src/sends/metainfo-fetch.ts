/** Fetches a list of files in parts, over a talk that may break: which parts to ask for, and when again. A machine. */
import { concatBytes, formatHex, PeerFault } from '@coequal/base';
import type { Hasher, Machine, Millis } from '@coequal/base';
import { PART_LENGTH } from './wire/send-message.ts';

/** Asked for at a time: a round trip of 100 ms then allows 1.3 MB/s. */
const WINDOW = 8;
/** A part that did not come by then is asked for again. */
const PART_TIMEOUT_MS = 30_000;

export type FetchInput =
  /** A talk with the sender was opened: what was asked over another is not answered. */
  | { readonly type: 'opened' }
  | { readonly type: 'part'; readonly index: number; readonly bytes: Uint8Array };

export type FetchOutput =
  | { readonly type: 'ask'; readonly index: number }
  | { readonly type: 'done'; readonly metainfo: Uint8Array };

export class MetainfoFetch implements Machine<FetchInput, FetchOutput> {
  readonly #length: number;
  readonly #wanted: string;
  readonly #hash: Hasher['hash'];
  readonly #parts: (Uint8Array | undefined)[];
  readonly #asked = new Map<number, Millis>();
  #missing: number;

  /** `wanted`: the SHA-256 of the whole, in hexadecimal digits. Memory is taken as parts come. */
  constructor(length: number, wanted: string, hash: Hasher['hash']) {
    this.#length = length;
    this.#wanted = wanted;
    this.#hash = hash;
    this.#missing = Math.ceil(length / PART_LENGTH);
    this.#parts = Array.from({ length: this.#missing });
  }

  get deadline(): Millis | undefined {
    return this.#asked.size === 0 ? undefined : Math.min(...this.#asked.values()) + PART_TIMEOUT_MS;
  }

  /** Throws PeerFault `BAD_PART`, `OFFER_LIES`. */
  step(input: FetchInput | { readonly type: 'timeout' }, now: Millis): FetchOutput[] {
    switch (input.type) {
      case 'opened':
        this.#asked.clear();
        break;
      case 'part':
        if (!this.#take(input.index, input.bytes)) return [];
        if (this.#missing === 0) return [{ type: 'done', metainfo: this.#whole() }];
        break;
      case 'timeout':
        for (const [index, at] of this.#asked)
          if (now >= at + PART_TIMEOUT_MS) this.#asked.delete(index);
        break;
    }
    return this.#ask(now);
  }

  /** False for one that was not asked for, or came already. */
  #take(index: number, bytes: Uint8Array): boolean {
    if (!this.#asked.delete(index) || this.#parts[index] !== undefined) return false;
    const length = Math.min(PART_LENGTH, this.#length - index * PART_LENGTH);
    if (bytes.length !== length) throw new PeerFault('BAD_PART', { index, length: bytes.length });
    this.#parts[index] = bytes;
    this.#missing -= 1;
    return true;
  }

  #ask(now: Millis): FetchOutput[] {
    const outputs: FetchOutput[] = [];
    for (let index = 0; index < this.#parts.length && this.#asked.size < WINDOW; index++) {
      if (this.#parts[index] !== undefined || this.#asked.has(index)) continue;
      this.#asked.set(index, now);
      outputs.push({ type: 'ask', index });
    }
    return outputs;
  }

  #whole(): Uint8Array {
    const metainfo = concatBytes(this.#parts.filter((part) => part !== undefined));
    if (formatHex(this.#hash(metainfo, 'sha256')) !== this.#wanted)
      throw new PeerFault('OFFER_LIES', { what: 'list of files' });
    return metainfo;
  }
}
