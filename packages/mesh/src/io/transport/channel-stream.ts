/** A channel as a stream of bytes: for what is short, and speaks before anybody is known. */
import type { ByteStream } from '../people/drive-stream.ts';
import type { SecretChannel } from './secret-channel.ts';

export class ChannelStream implements ByteStream {
  readonly #channel: SecretChannel;
  readonly #onEnd: () => void;
  #isEnding = false;

  /** @param onEnd called once, when it is closed */
  constructor(channel: SecretChannel, onEnd: () => void = () => undefined) {
    this.#channel = channel;
    this.#onEnd = onEnd;
  }

  get queuedBytes(): number {
    return this.#channel.queuedBytes;
  }

  start(onBytes: (view: Uint8Array) => void, onClose: (why?: Error) => void): void {
    this.#channel.start(
      (message) => {
        if (!this.#isEnding) onBytes(message);
      },
      (why) => {
        this.#onEnd();
        onClose(why);
      },
    );
  }

  send(chunks: readonly Uint8Array[], onSent?: () => void): boolean {
    const isMore = this.#isEnding || this.#channel.send(chunks);
    if (onSent !== undefined) void Promise.resolve().then(onSent); // they were copied
    return isMore;
  }

  /** Closes once what was sent has left. */
  end(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    if (this.#channel.queuedBytes === 0) this.#channel.close();
    else this.#channel.onDrain = () => this.#channel.close();
  }

  close(why?: Error): void {
    this.#channel.close(why);
  }
}
