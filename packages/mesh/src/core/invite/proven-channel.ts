/**
 * A channel between two who know the same few words: CPace, then frames that only those two can read. Who dials confirms
 * the key first: so the other side, which showed the words, sees each wrong guess. docs/invitations.md has the bytes.
 */
import { assert, ByteReader, concatBytes, encodeUtf8, PeerFault } from '@coequal/base';
import type { Machine, Millis, Random } from '@coequal/base';
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { encodeFrame, FrameBuffer } from '../frame-buffer.ts';
import { confirmationTag, CPACE_SHARE_LENGTH, CPACE_TAG_LENGTH } from './cpace.ts';
import { cpaceKeys, isSameTag, newCpaceSecret } from './cpace.ts';
import type { CpaceInputs, CpaceKeys, CpaceMessage, CpaceSecret } from './cpace.ts';

const VERSION = 1;
const TYPE = { share: 1, tag: 2, sealed: 3 } as const;
const CHANNEL_DOMAIN = 'coequal proven channel 1 ';
const CODE_DOMAIN = 'coequal proven code 1 ';
/** What two persons compare: whoever sits between has other keys, and one chance in a million. */
const CONFIRM_DIGITS = 6;
const KEY_LENGTH = 32;
const SEAL_LENGTH = 16;
const NO_DATA = new Uint8Array(0);

/** What is said over it: a link, or a device list of about 10 kB with names. */
export const PROVEN_FRAME_LENGTH_MAX = 16_384;
/** Both sides answer by themselves: half a minute is for a bad line. */
export const PROOF_TIMEOUT_MS = 30_000;
/** Frames one way: nonces are counted, and nobody needs more. */
export const PROVEN_FRAMES_MAX = 1_024;

export interface ProvenChannelOptions {
  /** The one who typed the words is the initiator, the one who shows them the responder. */
  readonly role: 'initiator' | 'responder';
  readonly password: Uint8Array;
  /** What it is for, such as `invite/1`: words for one thing are good for nothing else. */
  readonly purpose: string;
  readonly random: Random;
  readonly now: Millis;
}

export type ProvenInput =
  | { readonly type: 'begin' }
  | { readonly type: 'bytes'; readonly bytes: Uint8Array }
  | { readonly type: 'say'; readonly frame: Uint8Array };

export type ProvenOutput =
  | { readonly type: 'send'; readonly bytes: Uint8Array }
  /** The other side knows the words. */
  | { readonly type: 'proven' }
  | { readonly type: 'frame'; readonly frame: Uint8Array }
  | { readonly type: 'close'; readonly reason: PeerFault };

interface Session {
  readonly keys: CpaceKeys;
  readonly own: CpaceMessage;
  readonly other: CpaceMessage;
}

type State =
  | { readonly type: 'new' }
  /** The initiator sent its share. */
  | { readonly type: 'offered' }
  /** The responder sent its share, or the initiator its tag: a tag is to come. */
  | { readonly type: 'untrusted'; readonly session: Session }
  | { readonly type: 'proven'; readonly seal: Counter; readonly open: Counter }
  | { readonly type: 'ended' };

export class ProvenChannel implements Machine<ProvenInput, ProvenOutput> {
  readonly #isInitiator: boolean;
  readonly #inputs: CpaceInputs;
  readonly #random: Random;
  readonly #purpose: string;
  readonly #since: Millis;
  readonly #buffer = new FrameBuffer(1 + PROVEN_FRAME_LENGTH_MAX + SEAL_LENGTH);
  #secret: CpaceSecret | undefined;
  #state: State = { type: 'new' };
  #isGuessSpent = false;
  #confirmCode: string | undefined;

  constructor({ role, password, purpose, random, now }: ProvenChannelOptions) {
    this.#isInitiator = role === 'initiator';
    this.#purpose = purpose;
    const channel = encodeUtf8(CHANNEL_DOMAIN + purpose);
    this.#inputs = { password, channel, sid: NO_DATA };
    this.#random = random;
    this.#since = now;
  }

  get deadline(): Millis | undefined {
    const { type } = this.#state;
    return type === 'proven' || type === 'ended' ? undefined : this.#since + PROOF_TIMEOUT_MS;
  }

  /** Whether the other side could see if a guess of its was right, and it was not: count it. */
  get isGuessSpent(): boolean {
    return this.#isGuessSpent;
  }

  /** Six digits that both sides show, once it is proven. */
  get confirmCode(): string | undefined {
    return this.#confirmCode;
  }

  step(input: ProvenInput | { readonly type: 'timeout' }, now: Millis): ProvenOutput[] {
    if (this.#state.type === 'ended') return [];
    switch (input.type) {
      case 'timeout':
        return this.deadline === undefined || now < this.deadline
          ? []
          : this.#fail(new PeerFault('PROOF_TIMEOUT'));
      case 'begin':
        return this.#begin();
      case 'say':
        return this.#say(input.frame);
      case 'bytes':
        return this.#guarded(() =>
          this.#buffer.take(input.bytes).flatMap((frame) => this.#take(frame)),
        );
    }
  }

  #begin(): ProvenOutput[] {
    if (!this.#isInitiator || this.#state.type !== 'new') return [];
    this.#state = { type: 'offered' };
    return [this.#share()];
  }

  #share(): ProvenOutput {
    this.#secret = newCpaceSecret(this.#inputs, this.#random);
    return send(concatBytes([Uint8Array.of(TYPE.share, VERSION), this.#secret.share]));
  }

  #take(frame: Uint8Array): ProvenOutput[] {
    if (this.#state.type === 'ended') return [];
    const reader = new ByteReader(frame);
    const type = reader.u8();
    const state = this.#state;
    if (state.type === 'proven' && type === TYPE.sealed)
      return [{ type: 'frame', frame: state.open.open(reader.rest()) }];
    if (state.type === 'untrusted' && type === TYPE.tag)
      return this.#check(state.session, exactly(reader, CPACE_TAG_LENGTH));
    const wanted = this.#isInitiator ? 'offered' : 'new';
    if (state.type === wanted && type === TYPE.share) {
      const version = reader.u8();
      if (version !== VERSION) throw new PeerFault('BAD_VERSION', { version });
      return this.#agree(exactly(reader, CPACE_SHARE_LENGTH).slice());
    }
    throw new PeerFault('BAD_FRAME', { type });
  }

  #agree(otherShare: Uint8Array): ProvenOutput[] {
    const outputs: ProvenOutput[] = this.#isInitiator ? [] : [this.#share()];
    assert(this.#secret, 'there is a share of ours');
    const own: CpaceMessage = { share: this.#secret.share, data: NO_DATA };
    const other: CpaceMessage = { share: otherShare, data: NO_DATA };
    const [initiator, responder] = this.#isInitiator ? [own, other] : [other, own];
    const keys = cpaceKeys(this.#inputs, this.#secret, initiator, responder);
    this.#state = { type: 'untrusted', session: { keys, own, other } };
    if (this.#isInitiator) {
      // from here on the other side can see whether its guess was right
      this.#isGuessSpent = true;
      outputs.push(this.#tag(keys, own));
    }
    return outputs;
  }

  #tag(keys: CpaceKeys, own: CpaceMessage): ProvenOutput {
    const tag = confirmationTag(this.#inputs, keys, own);
    return send(concatBytes([Uint8Array.of(TYPE.tag), tag]));
  }

  #check({ keys, own, other }: Session, tag: Uint8Array): ProvenOutput[] {
    if (!isSameTag(tag, confirmationTag(this.#inputs, keys, other))) {
      this.#isGuessSpent = true;
      throw new PeerFault('CODE_WRONG');
    }
    this.#isGuessSpent = false;
    const info = encodeUtf8(CHANNEL_DOMAIN + this.#purpose);
    const both = hkdf(sha512, keys.isk, keys.sidOutput, info, KEY_LENGTH * 2);
    const [first, second] = [both.subarray(0, KEY_LENGTH), both.subarray(KEY_LENGTH)];
    const [mine, theirs] = this.#isInitiator ? [first, second] : [second, first];
    const code = hkdf(sha512, keys.isk, keys.sidOutput, encodeUtf8(CODE_DOMAIN + this.#purpose), 4);
    this.#confirmCode = formatConfirmCode(code);
    this.#state = { type: 'proven', seal: new Counter(mine), open: new Counter(theirs) };
    return [...(this.#isInitiator ? [] : [this.#tag(keys, own)]), { type: 'proven' }];
  }

  #say(frame: Uint8Array): ProvenOutput[] {
    assert(this.#state.type === 'proven', 'nothing is said before the other side is proven');
    assert(frame.length <= PROVEN_FRAME_LENGTH_MAX, 'a frame of a length that is taken');
    const sealed = this.#state.seal.seal(frame);
    return [send(concatBytes([Uint8Array.of(TYPE.sealed), sealed]))];
  }

  #guarded(work: () => ProvenOutput[]): ProvenOutput[] {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof PeerFault)) throw error;
      return this.#fail(error);
    }
  }

  #fail(reason: PeerFault): ProvenOutput[] {
    this.#state = { type: 'ended' };
    return [{ type: 'close', reason }];
  }
}

/** Seals or opens one frame after the other (RFC 8439): the nonce is their number. */
class Counter {
  readonly #key: Uint8Array;
  #count = 0;

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  seal(frame: Uint8Array): Uint8Array {
    return chacha20poly1305(this.#key, this.#nonce()).encrypt(frame);
  }

  open(sealed: Uint8Array): Uint8Array {
    if (sealed.length < SEAL_LENGTH) throw new PeerFault('BAD_FRAME', { length: sealed.length });
    try {
      return chacha20poly1305(this.#key, this.#nonce()).decrypt(sealed);
    } catch (cause) {
      if (cause instanceof PeerFault) throw cause;
      throw new PeerFault('BAD_SEAL', {}, { cause });
    }
  }

  #nonce(): Uint8Array {
    if (this.#count >= PROVEN_FRAMES_MAX) throw new PeerFault('TOO_MANY_MESSAGES');
    const nonce = new Uint8Array(12);
    new DataView(nonce.buffer).setUint32(8, this.#count++);
    return nonce;
  }
}

function send(body: Uint8Array): ProvenOutput {
  return { type: 'send', bytes: encodeFrame(body) };
}

function exactly(reader: ByteReader, length: number): Uint8Array {
  const bytes = reader.bytes(length);
  reader.end();
  return bytes;
}

function formatConfirmCode(bytes: Uint8Array): string {
  const number = new ByteReader(bytes).u32() % 10 ** CONFIRM_DIGITS;
  return String(number).padStart(CONFIRM_DIGITS, '0');
}
