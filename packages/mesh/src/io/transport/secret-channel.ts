/**
 * A channel of messages between two devices that have both proven their keys, over whatever carries the bytes.
 *
 * Noise IK proves the listener's key with its answer. The dialler's first message of the handshake proves nothing yet:
 * who recorded one can send it again, and everything up to the first encrypted message follows from what was seen on
 * the wire. So the dialler's first message after the handshake, its greeting, is what proves its key, and nobody
 * hears of the channel before.
 */
import { assert, deviceKeyOf, LocalFault, PeerFault, untilAborted } from '@coequal/base';
import type { Clock, DeviceKey, Endpoint, Millis } from '@coequal/base';
import { MESSAGE_LENGTH_MAX } from '../carrier.ts';
import type { MessageStream } from './secret-stream.ts';

/** What carries the bytes of a message stream. */
export interface Underneath {
  readonly remoteEndpoint: Endpoint | undefined;
  readonly queuedBytes: number;
  readonly isOverBound: boolean;
  onDrain: (() => void) | undefined;
  /** It is over the bound with more than that already. */
  limitQueue(length: number): void;
  hold(): void;
  release(): void;
}

export interface ChannelTiming {
  /** From the first byte to the proof. */
  readonly handshakeMs: Millis;
  /** After so long without a message an empty one is sent. */
  readonly keepAliveMs: Millis;
  /** After so long without a byte the other side is taken for gone. */
  readonly silenceMaxMs: Millis;
}

/** Three keep-alives may be lost in a row; who dials has not a whole round trip of its ten seconds left by then. */
export const CHANNEL_TIMING: ChannelTiming = {
  handshakeMs: 5_000,
  keepAliveMs: 5_000,
  silenceMaxMs: 17_000,
};

export type Role =
  | {
      readonly type: 'dialler';
      readonly greeting: Uint8Array;
      /** The channel is open when the other side has answered the greeting: then this way works. */
      readonly awaitsAnswer?: boolean;
    }
  | {
      readonly type: 'listener';
      /** Asked when the key is known, before anything is said to it. */
      admits(key: DeviceKey): boolean;
      readonly answers?: boolean;
      /** By the first message: whether the stream is for something else, which then reads it from there. */
      takes?(first: Uint8Array): boolean;
    };

/** What answers a greeting. */
const ANSWER = Uint8Array.of(1);

export class SecretChannel {
  readonly isDialler: boolean;
  /** For who keeps a list: called when it has closed, started or not, before its owner is told. */
  onEnd: (() => void) | undefined;
  readonly #stream: MessageStream;
  readonly #under: Underneath;
  readonly #role: Role;
  readonly #greeted = Promise.withResolvers<Uint8Array | undefined>();
  #remote: DeviceKey | undefined;
  #isOpen = false;
  #handlers:
    | { onMessage: (message: Uint8Array) => void; onClose: (why?: Error) => void }
    | undefined;
  /** What came before `start`: of one read at most, then the other side is held. */
  readonly #early: Uint8Array[] = [];
  #isPaused = false;
  #closing: { readonly why: Error | undefined } | undefined;
  #isClosed = false;

  /**
   * The channel, once both keys are proven, and what the dialler's greeting said; undefined when `takes` took it.
   * Rejects with the reason why it came to nothing; then the stream is destroyed, and with it what carries it.
   */
  static async open(
    stream: MessageStream,
    under: Underneath,
    role: Role,
    clock: Clock,
    timing: ChannelTiming,
    signal: AbortSignal,
  ): Promise<{ readonly channel: SecretChannel; readonly greeting: Uint8Array } | undefined> {
    const channel = new SecretChannel(stream, under, role, timing);
    const cancel = clock.at(clock.now() + timing.handshakeMs, () =>
      channel.close(new PeerFault('HANDSHAKE_TIMEOUT')),
    );
    try {
      const greeting = await untilAborted(channel.#greeted.promise, signal);
      return greeting === undefined ? undefined : { channel, greeting };
    } catch (error) {
      channel.close();
      throw error;
    } finally {
      cancel();
    }
  }

  private constructor(stream: MessageStream, under: Underneath, role: Role, timing: ChannelTiming) {
    this.isDialler = role.type === 'dialler';
    this.#stream = stream;
    this.#under = under;
    this.#role = role;
    stream.setKeepAlive(timing.keepAliveMs);
    stream.setTimeout(timing.silenceMaxMs);
    stream.onMessage = (message) => this.#take(message);
    stream.on('error', (error) => {
      this.#closing ??= { why: faultOf(error) };
    });
    stream.on('close', () => this.#onClose());
    if (stream.connected) this.#onConnect();
    else stream.on('connect', () => this.#onConnect());
  }

  get remote(): DeviceKey {
    assert(this.#remote !== undefined, 'asked who it is before the handshake');
    return this.#remote;
  }

  get remoteEndpoint(): Endpoint | undefined {
    return this.#under.remoteEndpoint;
  }

  get isClosed(): boolean {
    return this.#closing !== undefined || this.#isClosed;
  }

  get queuedBytes(): number {
    return this.#under.queuedBytes;
  }

  get onDrain(): (() => void) | undefined {
    return this.#under.onDrain;
  }

  set onDrain(run: (() => void) | undefined) {
    this.#under.onDrain = run;
  }

  /** `send` says to wait when so many bytes are queued, if not before. */
  limitQueue(length: number): void {
    this.#under.limitQueue(length);
  }

  /** As that of Carrier, but it may be called later: until then the other side is held. */
  start(onMessage: (message: Uint8Array) => void, onClose: (why?: Error) => void): void {
    assert(this.#handlers === undefined, 'a channel was started twice');
    this.#handlers = { onMessage, onClose };
    for (const message of this.#early.splice(0)) onMessage(message);
    if (this.#isClosed) onClose(this.#closing?.why);
    else if (!this.#isPaused) this.#under.release();
  }

  pause(): void {
    this.#isPaused = true;
    this.#under.hold();
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#handlers !== undefined) this.#under.release();
  }

  /** As that of Carrier. */
  send(parts: readonly Uint8Array[]): boolean {
    if (this.isClosed) return true;
    let length = 0;
    for (const part of parts) length += part.length;
    assert(length > 0 && length <= MESSAGE_LENGTH_MAX, 'a message of a length that none may have');
    this.#stream.sendNow(parts, length);
    return !this.#under.isOverBound;
  }

  close(why?: Error): void {
    if (this.isClosed) return;
    this.#closing = { why };
    this.#stream.destroy();
  }

  #onConnect(): void {
    const key = this.#stream.remotePublicKey;
    if (key === null || this.isClosed) return;
    const role = this.#role;
    this.#remote = deviceKeyOf(key);
    if (role.type === 'listener') {
      if (!role.admits(this.#remote)) this.close(new PeerFault('NOT_ADMITTED'));
      return;
    }
    this.#stream.trust();
    this.#stream.sendNow([role.greeting], role.greeting.length);
    if (role.awaitsAnswer !== true) this.#open(role.greeting);
  }

  #take(message: Uint8Array): void {
    if (this.isClosed) return;
    if (!this.#isOpen) this.#takeFirst(message);
    else if (this.#handlers !== undefined) this.#handlers.onMessage(message);
    else {
      this.#under.hold();
      this.#early.push(message.slice());
    }
  }

  /** An answer, or a greeting, which proves the dialler's key. */
  #takeFirst(message: Uint8Array): void {
    const role = this.#role;
    if (role.type === 'dialler') {
      this.#open(role.greeting);
      return;
    }
    if (role.takes?.(message) === true) {
      this.#closing = { why: undefined }; // nothing of it is ours any more
      this.#stream.giveUp(message);
      this.#greeted.resolve(undefined);
      return;
    }
    this.#stream.trust();
    if (role.answers === true) this.#stream.sendNow([ANSWER], ANSWER.length);
    this.#open(message.slice());
  }

  #open(greeting: Uint8Array): void {
    this.#isOpen = true;
    this.#greeted.resolve(greeting);
  }

  #onClose(): void {
    this.#isClosed = true;
    const why = this.#closing?.why;
    this.#greeted.promise.catch(() => undefined); // it may be over before somebody waits for it
    this.#greeted.reject(why ?? new LocalFault('CONNECTION_LOST', { reason: 'closed' }));
    this.onEnd?.();
    this.#handlers?.onClose(why);
  }
}

/** What the library, or what is underneath, says was wrong; nothing when the other side closed. */
function faultOf(error: Error): Error | undefined {
  if (error instanceof PeerFault || error instanceof LocalFault) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  if (code === 'ECONNRESET') return undefined; // so UDX tells it
  if (code !== undefined)
    return new LocalFault('CONNECTION_LOST', { errno: code }, { cause: error });
  if (error.message === 'Stream timed out')
    return new LocalFault('CONNECTION_LOST', { reason: 'silent' }, { cause: error });
  if (error.message === 'Noise handshake failed')
    return new PeerFault('BAD_HANDSHAKE', {}, { cause: error });
  return new PeerFault('BAD_MESSAGE', {}, { cause: error });
}
