/** A way through a relay as a Conn, on which the two devices then open a channel of their own. */
import { assert, LocalFault, PeerFault } from '@coequal/base';
import type { Conn, Endpoint } from '@coequal/base';
import { MESSAGE_LENGTH_MAX } from '../carrier.ts';
import { DATA_HEAD, decodeRelayMessage } from './relay-messages.ts';
import type { RelayMessage } from './relay-messages.ts';
import type { SecretChannel } from './secret-channel.ts';

const PART_LENGTH = MESSAGE_LENGTH_MAX - 1;
const NOWHERE: Endpoint = { host: '0.0.0.0', port: 0 };

export class RelayedConn implements Conn {
  /** Not the other device's: who asks for that is told nothing. */
  readonly remote: Endpoint;
  readonly local: Endpoint = NOWHERE;
  readonly #channel: SecretChannel;
  readonly #joined = Promise.withResolvers<void>();
  #isJoined = false;
  #handlers: { onBytes: (view: Uint8Array) => void; onClose: (why?: Error) => void } | undefined;
  /** What came before `start`, in one read; then the relay is held. */
  readonly #early: Uint8Array[] = [];
  #why: Error | undefined;
  #isClosed = false;

  /** Resolves when the relay has joined the two; rejects with LocalFault `DIAL_FAILED`. Closes the channel then. */
  static async join(channel: SecretChannel): Promise<RelayedConn> {
    const conn = new RelayedConn(channel);
    await conn.#joined.promise;
    return conn;
  }

  private constructor(channel: SecretChannel) {
    this.#channel = channel;
    this.remote = channel.remoteEndpoint ?? NOWHERE;
    channel.start(
      (message) => this.#take(message),
      (why) => this.#onClose(why),
    );
  }

  get queuedBytes(): number {
    return this.#channel.queuedBytes;
  }

  get onDrain(): (() => void) | undefined {
    return this.#channel.onDrain;
  }

  set onDrain(run: (() => void) | undefined) {
    this.#channel.onDrain = run;
  }

  start(onBytes: (view: Uint8Array) => void, onClose: (why?: Error) => void): void {
    assert(this.#handlers === undefined, 'a connection was started twice');
    this.#handlers = { onBytes, onClose };
    for (const bytes of this.#early.splice(0)) onBytes(bytes);
    if (this.#isClosed) onClose(this.#why);
    else this.#channel.resume();
  }

  pause(): void {
    this.#channel.pause();
  }

  resume(): void {
    this.#channel.resume();
  }

  send(chunks: readonly Uint8Array[], onSent?: () => void): boolean {
    let isBelow = true;
    for (const chunk of chunks)
      for (let at = 0; at < chunk.length; at += PART_LENGTH)
        isBelow = this.#channel.send([DATA_HEAD, chunk.subarray(at, at + PART_LENGTH)]);
    if (onSent !== undefined) void Promise.resolve().then(onSent); // they were copied
    return isBelow;
  }

  close(why?: Error): void {
    this.#why ??= why;
    this.#channel.close(why);
  }

  #take(message: Uint8Array): void {
    if (this.#isJoined && message[0] === DATA_HEAD[0]) {
      this.#takeData(message.subarray(1));
      return;
    }
    try {
      this.#takeOther(decodeRelayMessage(message));
    } catch (error) {
      if (!(error instanceof PeerFault)) throw error;
      this.close(error);
    }
  }

  #takeData(bytes: Uint8Array): void {
    if (this.#handlers !== undefined) {
      this.#handlers.onBytes(bytes);
      return;
    }
    this.#channel.pause();
    this.#early.push(bytes.slice());
  }

  #takeOther(message: RelayMessage): void {
    switch (message.type) {
      case 'joined':
        this.#isJoined = true;
        this.#joined.resolve();
        return;
      case 'ended':
        this.close(new LocalFault('RELAY_ENDED', { reason: message.reason }));
        return;
      case 'data':
      case 'ring':
      case 'welcome':
        throw new PeerFault('UNEXPECTED_RELAY_MESSAGE', { type: message.type });
    }
  }

  #onClose(why: Error | undefined): void {
    this.#isClosed = true;
    this.#why ??= why;
    this.#joined.promise.catch(() => undefined); // who dialled may be gone
    this.#joined.reject(this.#why ?? new LocalFault('RELAY_ENDED', { reason: 'gone' }));
    this.#handlers?.onClose(this.#why);
  }
}
