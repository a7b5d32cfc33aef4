/**
 * `own/1` with one own device: both say a digest of all that they share; where it differs, the digests of its parts;
 * then the records of the parts that differ, a few at a time, and from then on each record that changes.
 */
import { Allowance, equalBytes, PeerFault } from '@coequal/base';
import type { Machine, Millis } from '@coequal/base';
import { encodeFrame, FrameBuffer } from '../frame-buffer.ts';
import { decodeOwnRecord, ownKeyOf } from './own-record.ts';
import type { OwnRecord } from './own-record.ts';
import { decodeOwnMessage, encodeOwnMessage, ownDigest } from './own-wire.ts';
import {
  OWN_BATCH_BYTES,
  OWN_BATCH_MAX,
  OWN_BUCKETS,
  OWN_DIGEST_LENGTH,
  OWN_FRAME_LENGTH_MAX,
} from './own-wire.ts';
import type { OwnMessage } from './own-wire.ts';
import { CLOCK_SKEW_MAX_MS } from './stamp.ts';

/** From the opening to the other's hello. */
export const OWN_HELLO_TIMEOUT_MS = 30_000;
/** Until the other has written what it was sent: a disk that is busy, behind a slow line. */
export const OWN_TAKEN_TIMEOUT_MS = 120_000;
/** Messages at once: all contacts are two hundred and fifty, with the answers. */
export const OWN_MESSAGES_BURST_MAX = 300;
/** In the long run: a person changes a few things a minute. */
const OWN_MESSAGE_EACH_MS = 200;

/** What this side has, whenever the session asks. */
export interface OwnView {
  summary(): Uint8Array;
  /** Of one of OWN_BUCKETS, as the last summary has them. */
  keys(bucket: number): readonly string[];
  /** Undefined when it is there no more. */
  encoded(key: string): Uint8Array | undefined;
  epochNow(): number;
}

export type OwnInput =
  /** The view is ready to be asked: before that nothing is said, and a hello that comes waits. */
  | { readonly type: 'begin' }
  | { readonly type: 'bytes'; readonly bytes: Uint8Array }
  /** These are not as they were. */
  | { readonly type: 'changed'; readonly keys: readonly string[] };

export type OwnOutput =
  | { readonly type: 'send'; readonly bytes: Uint8Array }
  | { readonly type: 'greeted' }
  /** To be kept before the next input. */
  | { readonly type: 'records'; readonly records: readonly OwnRecord[] }
  /** Nothing can be exchanged, and nobody broke the rules. */
  | { readonly type: 'refused'; readonly reason: PeerFault }
  | { readonly type: 'end' }
  | { readonly type: 'close'; readonly reason: PeerFault };

type State =
  | { readonly type: 'waiting'; readonly since: Millis; readonly heard?: Heard }
  | { readonly type: 'greeted' }
  | { readonly type: 'ended' };

/** A hello that came before this side has begun. */
interface Heard {
  readonly aheadMs: number;
  readonly digest: Uint8Array;
}

export class OwnSession implements Machine<OwnInput, OwnOutput> {
  readonly #view: OwnView;
  readonly #buffer = new FrameBuffer(OWN_FRAME_LENGTH_MAX);
  /** To be sent, in order. */
  readonly #due = new Set<string>();
  /** What the other is known to have of a key, as it came: it is not sent back. */
  readonly #theyHave = new Map<string, Uint8Array>();
  #state: State;
  /** In the hello; undefined before it is sent. What changes later is told by itself. */
  #digest: Uint8Array | undefined;
  #hasSummed = false;
  /** They have something else than this side: what, their summary tells, which is on its way. */
  #differs = false;
  /** Records were sent at that time, and are not answered. */
  #sentAt: Millis | undefined;
  readonly #allowance: Allowance;

  constructor(view: OwnView, now: Millis) {
    this.#view = view;
    this.#state = { type: 'waiting', since: now };
    this.#allowance = new Allowance(OWN_MESSAGES_BURST_MAX, OWN_MESSAGE_EACH_MS, now);
  }

  get deadline(): Millis | undefined {
    if (this.#state.type === 'ended') return undefined;
    if (this.#state.type === 'waiting') return this.#state.since + OWN_HELLO_TIMEOUT_MS;
    return this.#sentAt === undefined ? undefined : this.#sentAt + OWN_TAKEN_TIMEOUT_MS;
  }

  /** Nothing waits to be sent or answered: they have all that this side has. */
  get isQuiet(): boolean {
    const isKnown = !this.#differs || this.#hasSummed;
    const hasNothing = this.#due.size === 0 && this.#sentAt === undefined;
    return this.#state.type === 'greeted' && isKnown && hasNothing;
  }

  step(input: OwnInput | { readonly type: 'timeout' }, now: Millis): OwnOutput[] {
    if (this.#state.type === 'ended') return [];
    switch (input.type) {
      case 'timeout': {
        const { deadline } = this;
        if (deadline === undefined || now < deadline) return [];
        return this.#fail(
          new PeerFault(this.#state.type === 'waiting' ? 'HELLO_TIMEOUT' : 'ANSWER_TIMEOUT'),
        );
      }
      case 'begin':
        return this.#begin(now);
      case 'changed':
        for (const key of input.keys) this.#due.add(key);
        return this.#pump(now);
      case 'bytes':
        return this.#takeBytes(input.bytes, now);
    }
  }

  #takeBytes(bytes: Uint8Array, now: Millis): OwnOutput[] {
    const outputs: OwnOutput[] = [];
    try {
      for (const frame of this.#buffer.take(bytes)) {
        this.#allowance.take(now);
        outputs.push(...this.#take(decodeOwnMessage(frame), now));
        if (this.#hasEnded()) break;
      }
    } catch (error) {
      if (!(error instanceof PeerFault)) throw error;
      outputs.push(...this.#fail(error));
    }
    return outputs;
  }

  #hasEnded(): boolean {
    return this.#state.type === 'ended';
  }

  #begin(now: Millis): OwnOutput[] {
    if (this.#digest !== undefined) return [];
    const digest = ownDigest(this.#view.summary());
    this.#digest = digest;
    const hello = send({ type: 'hello', clock: this.#view.epochNow(), digest });
    const heard = this.#state.type === 'waiting' ? this.#state.heard : undefined;
    return [hello, ...(heard === undefined ? [] : this.#answer(digest, heard, now))];
  }

  #take(message: OwnMessage, now: Millis): OwnOutput[] {
    if (message.type === 'hello') return this.#takeHello(message, now);
    if (this.#state.type !== 'greeted') throw new PeerFault('BAD_FRAME', { type: message.type });
    switch (message.type) {
      case 'summary':
        return this.#takeSummary(message.summary, now);
      case 'records':
        return this.#takeRecords(message.records);
      case 'taken':
        if (this.#sentAt === undefined) throw new PeerFault('BAD_FRAME', { type: 'taken' });
        this.#sentAt = undefined;
        return this.#pump(now);
    }
  }

  #takeHello({ clock, digest }: OwnMessage & { type: 'hello' }, now: Millis): OwnOutput[] {
    const state = this.#state;
    if (state.type !== 'waiting' || state.heard !== undefined)
      throw new PeerFault('BAD_FRAME', { type: 'hello' });
    const heard = { aheadMs: clock - this.#view.epochNow(), digest: digest.slice() };
    if (this.#digest !== undefined) return this.#answer(this.#digest, heard, now);
    this.#state = { ...state, heard };
    return [];
  }

  /** Both sides compare the same two digests, so that both send a summary, or neither. */
  #answer(own: Uint8Array, { aheadMs, digest }: Heard, now: Millis): OwnOutput[] {
    if (Math.abs(aheadMs) > CLOCK_SKEW_MAX_MS) {
      this.#state = { type: 'ended' };
      // with an end the hello still arrives, so that both sides say so
      return [
        { type: 'refused', reason: new PeerFault('OWN_CLOCK_DIFFERS', { aheadMs }) },
        { type: 'end' },
      ];
    }
    this.#state = { type: 'greeted' };
    this.#differs = !equalBytes(digest, own);
    return [
      { type: 'greeted' },
      ...(this.#differs ? [send({ type: 'summary', summary: this.#view.summary() })] : []),
      ...this.#pump(now),
    ];
  }

  #takeSummary(theirs: Uint8Array, now: Millis): OwnOutput[] {
    if (this.#hasSummed) throw new PeerFault('BAD_FRAME', { type: 'summary' });
    this.#hasSummed = true;
    const ours = this.#view.summary();
    for (let bucket = 0; bucket < OWN_BUCKETS; bucket++) {
      const at = bucket * OWN_DIGEST_LENGTH;
      const of = (all: Uint8Array): Uint8Array => all.subarray(at, at + OWN_DIGEST_LENGTH);
      if (equalBytes(of(ours), of(theirs))) continue;
      for (const key of this.#view.keys(bucket)) this.#due.add(key);
    }
    return this.#pump(now);
  }

  #takeRecords(encoded: readonly Uint8Array[]): OwnOutput[] {
    const records = encoded.map(decodeOwnRecord);
    const keys = records.map(ownKeyOf);
    if (new Set(keys).size < keys.length) throw new PeerFault('BAD_OWN_RECORD', { what: 'twice' });
    for (const [at, key] of keys.entries()) {
      const digest = encoded[at] && ownDigest(encoded[at]);
      if (digest !== undefined) this.#theyHave.set(key, digest);
    }
    return [{ type: 'records', records }, send({ type: 'taken' })];
  }

  /** One message is under way at a time, so that a slow device is not flooded. */
  #pump(now: Millis): OwnOutput[] {
    if (this.#state.type !== 'greeted' || this.#sentAt !== undefined) return [];
    const records: Uint8Array[] = [];
    let length = 0;
    for (const key of this.#due) {
      if (records.length >= OWN_BATCH_MAX || length >= OWN_BATCH_BYTES) break;
      this.#due.delete(key);
      const record = this.#view.encoded(key);
      if (record === undefined) continue;
      const known = this.#theyHave.get(key);
      const digest = ownDigest(record);
      if (known !== undefined && equalBytes(known, digest)) continue;
      this.#theyHave.set(key, digest);
      records.push(record);
      length += record.length;
    }
    if (records.length === 0) return [];
    this.#sentAt = now;
    return [send({ type: 'records', records })];
  }

  #fail(reason: PeerFault): OwnOutput[] {
    this.#state = { type: 'ended' };
    return [{ type: 'close', reason }];
  }
}

function send(message: OwnMessage): OwnOutput {
  return { type: 'send', bytes: encodeFrame(encodeOwnMessage(message)) };
}
