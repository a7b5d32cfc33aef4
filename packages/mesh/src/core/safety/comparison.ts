/**
 * Live comparison by short words, with commit and reveal as ZRTP has it (RFC 6189, section 4.4.1.1): who begins commits
 * to a random number, the other sends one, the first is revealed. Words made of both are read aloud.
 *
 * Why three words are enough: somebody in between, M, has a session with each side, and needs both to show the same
 * words. Towards each side M has to send its own number (or be bound to it by its commitment) before it sees that side's.
 * Whatever M does, the last number that it comes to see is drawn by an honest side after all of M's are settled, and is
 * a fresh input of a hash: the words of that session are any of 2^24 with like chance, and M has one guess, 1 in
 * 16,777,216. Without the commitment M would see one session's words first, and try numbers until the other's match.
 * Trying again is a new session, which the persons see; who answers allows few of them (io/identity/comparisons.ts).
 */
import { ByteReader, concatBytes, deviceKeyBytes, encodeUtf8, equalBytes } from '@coequal/base';
import { PeerFault } from '@coequal/base';
import type { DeviceKey, Machine, Millis } from '@coequal/base';
import { sha256 } from '@noble/hashes/sha2.js';
import { personKeyBytes } from '../identity/person-key.ts';
import type { PersonKey } from '../identity/person-key.ts';

/** 24 bits: see above. */
export const SAFETY_WORD_COUNT = 3;
export const COMPARISON_NONCE_LENGTH = 32;
/** Both sides answer by themselves: a minute is for a bad line. */
export const COMPARISON_TIMEOUT_MS = 60_000;

const COMMITMENT_LENGTH = 32;
const MESSAGE_TYPE = { commit: 1, answer: 2, reveal: 3 } as const;

export type ComparisonMessage =
  | { readonly type: 'commit'; readonly commitment: Uint8Array }
  | { readonly type: 'answer' | 'reveal'; readonly nonce: Uint8Array };

/** Who is compared, as this side knows it. */
export interface Party {
  readonly person: PersonKey;
  readonly device: DeviceKey;
}

export type ComparisonInput =
  | { readonly type: 'begin' }
  | { readonly type: 'message'; readonly bytes: Uint8Array };

export type ComparisonOutput =
  | { readonly type: 'send'; readonly bytes: Uint8Array }
  /** One byte a word: see safety-words.ts. */
  | { readonly type: 'words'; readonly bytes: Uint8Array }
  | { readonly type: 'close'; readonly reason: PeerFault };

type State =
  | { readonly type: 'new'; readonly since: Millis }
  | { readonly type: 'committed'; readonly since: Millis }
  | { readonly type: 'answered'; readonly since: Millis; readonly commitment: Uint8Array }
  | { readonly type: 'ended' };

export interface ComparisonOptions {
  readonly own: Party;
  readonly other: Party;
  /** Whether this side begins. */
  readonly begins: boolean;
  /** Fresh and random, for this comparison alone. */
  readonly nonce: Uint8Array;
  readonly now: Millis;
}

/** One side of one comparison. */
export class Comparison implements Machine<ComparisonInput, ComparisonOutput> {
  readonly #first: Party;
  readonly #second: Party;
  readonly #begins: boolean;
  readonly #nonce: Uint8Array;
  #state: State;

  constructor({ own, other, begins, nonce, now }: ComparisonOptions) {
    this.#first = begins ? own : other;
    this.#second = begins ? other : own;
    this.#begins = begins;
    this.#nonce = nonce;
    this.#state = { type: 'new', since: now };
  }

  get deadline(): Millis | undefined {
    return this.#state.type === 'ended' ? undefined : this.#state.since + COMPARISON_TIMEOUT_MS;
  }

  step(input: ComparisonInput | { readonly type: 'timeout' }, now: Millis): ComparisonOutput[] {
    if (this.#state.type === 'ended') return [];
    switch (input.type) {
      case 'timeout':
        return now < this.#state.since + COMPARISON_TIMEOUT_MS ? [] : this.#fail('COMPARISON_IDLE');
      case 'begin':
        return this.#begin(now);
      case 'message':
        return this.#take(input.bytes, now);
    }
  }

  #begin(now: Millis): ComparisonOutput[] {
    if (!this.#begins || this.#state.type !== 'new') return [];
    this.#state = { type: 'committed', since: now };
    const commitment = this.#commitmentTo(this.#nonce);
    return [{ type: 'send', bytes: encodeComparisonMessage({ type: 'commit', commitment }) }];
  }

  #take(bytes: Uint8Array, now: Millis): ComparisonOutput[] {
    let message: ComparisonMessage;
    try {
      message = decodeComparisonMessage(bytes);
    } catch (error) {
      if (!(error instanceof PeerFault)) throw error;
      return this.#fail(error.code);
    }
    const state = this.#state;
    if (message.type === 'commit' && state.type === 'new' && !this.#begins) {
      this.#state = { type: 'answered', since: now, commitment: message.commitment.slice() };
      return [
        { type: 'send', bytes: encodeComparisonMessage({ type: 'answer', nonce: this.#nonce }) },
      ];
    }
    if (message.type === 'answer' && state.type === 'committed') {
      const reveal = encodeComparisonMessage({ type: 'reveal', nonce: this.#nonce });
      return [{ type: 'send', bytes: reveal }, this.#words(this.#nonce, message.nonce)];
    }
    if (message.type === 'reveal' && state.type === 'answered') {
      if (!equalBytes(this.#commitmentTo(message.nonce), state.commitment))
        return this.#fail('COMMITMENT_BROKEN');
      return [this.#words(message.nonce, this.#nonce)];
    }
    return this.#fail('BAD_COMPARISON');
  }

  #words(first: Uint8Array, second: Uint8Array): ComparisonOutput {
    this.#state = { type: 'ended' };
    const all = [...this.#who('coequal comparison words 1'), first, second];
    return { type: 'words', bytes: sha256(concatBytes(all)).subarray(0, SAFETY_WORD_COUNT) };
  }

  #commitmentTo(nonce: Uint8Array): Uint8Array {
    return sha256(concatBytes([...this.#who('coequal comparison commitment 1'), nonce]));
  }

  /** Every part but the domain has one length, so that no two lists of parts are the same bytes. */
  #who(domain: string): Uint8Array[] {
    const keys = [this.#first, this.#second].flatMap(({ person, device }) => [
      personKeyBytes(person),
      deviceKeyBytes(device),
    ]);
    return [encodeUtf8(domain), Uint8Array.of(0), ...keys];
  }

  #fail(code: string): ComparisonOutput[] {
    this.#state = { type: 'ended' };
    return [{ type: 'close', reason: new PeerFault(code) }];
  }
}

/** Type (u8), and 32 bytes. */
export function encodeComparisonMessage(message: ComparisonMessage): Uint8Array {
  const body = message.type === 'commit' ? message.commitment : message.nonce;
  return concatBytes([Uint8Array.of(MESSAGE_TYPE[message.type]), body]);
}

/** Throws PeerFault `BAD_COMPARISON`. */
export function decodeComparisonMessage(bytes: Uint8Array): ComparisonMessage {
  if (bytes.length !== 1 + COMMITMENT_LENGTH)
    throw new PeerFault('BAD_COMPARISON', { length: bytes.length });
  const reader = new ByteReader(bytes);
  const type = reader.u8();
  const body = reader.rest();
  switch (type) {
    case MESSAGE_TYPE.commit:
      return { type: 'commit', commitment: body };
    case MESSAGE_TYPE.answer:
      return { type: 'answer', nonce: body };
    case MESSAGE_TYPE.reveal:
      return { type: 'reveal', nonce: body };
    default:
      throw new PeerFault('BAD_COMPARISON', { type });
  }
}
