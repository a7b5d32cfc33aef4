/** A proven channel over a stream: for whatever two devices say to each other because two persons said a few words. */
import { PeerFault, untilAborted } from '@coequal/base';
import type { Clock, Random } from '@coequal/base';
import { ProvenChannel } from '../../core/invite/proven-channel.ts';
import type { ProvenInput } from '../../core/invite/proven-channel.ts';
import { driveStream } from './drive-stream.ts';
import type { ByteStream, Driven } from './drive-stream.ts';

/** Frames that wait to be heard: both sides know whose turn it is. */
const UNHEARD_MAX = 16;

export interface ProofOptions {
  readonly role: 'initiator' | 'responder';
  readonly password: Uint8Array;
  readonly purpose: string;
}

export interface Proof {
  /** Rejects with what ended the stream: PeerFault `CODE_WRONG`, `PROOF_TIMEOUT` and so on. */
  readonly proven: Promise<ProvenStream>;
  /** Six digits that both sides show, once it is proven. */
  confirmCode(): string | undefined;
  /** After a rejection: whether a guess was spent, on either side. */
  isGuessSpent(): boolean;
  close(): void;
}

/** Begins at once, in this turn. */
export function beginProof(
  stream: ByteStream,
  options: ProofOptions,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): Proof {
  const channel = new ProvenChannel({ ...options, random, now: clock.now() });
  const { promise: proven, resolve, reject } = Promise.withResolvers<ProvenStream>();
  const frames: Uint8Array[] = [];
  const heard: { wake: (() => void) | undefined } = { wake: undefined };
  const driven = driveStream(channel, stream, clock, (output) => {
    if (output.type === 'proven') resolve(new ProvenStream(driven, stream, frames, heard));
    if (output.type === 'frame') {
      if (frames.length >= UNHEARD_MAX) throw new PeerFault('TOO_MANY_MESSAGES');
      frames.push(output.frame);
      heard.wake?.();
    }
    return [];
  });
  void driven.closed.then((why) => {
    reject(why ?? new PeerFault('CHANNEL_CLOSED'));
    heard.wake?.();
  });
  driven.post({ type: 'begin' });
  return {
    proven,
    confirmCode: () => channel.confirmCode,
    isGuessSpent: () => channel.isGuessSpent,
    close: () => driven.close(),
  };
}

export class ProvenStream {
  readonly #driven: Driven<ProvenInput>;
  readonly #stream: ByteStream;
  readonly #frames: Uint8Array[];
  readonly #heard: { wake: (() => void) | undefined };
  #closed: { readonly why: Error | undefined } | undefined;

  constructor(
    driven: Driven<ProvenInput>,
    stream: ByteStream,
    frames: Uint8Array[],
    heard: { wake: (() => void) | undefined },
  ) {
    this.#driven = driven;
    this.#stream = stream;
    this.#frames = frames;
    this.#heard = heard;
    void driven.closed.then((why) => {
      this.#closed = { why };
      heard.wake?.();
    });
  }

  /** At most PROVEN_FRAME_LENGTH_MAX bytes. Nothing happens when the other side has gone. */
  say(frame: Uint8Array): void {
    this.#driven.post({ type: 'say', frame });
  }

  /** The next frame. Rejects with what ended the stream, or the signal's reason. One at a time. */
  async hear(signal: AbortSignal): Promise<Uint8Array> {
    for (;;) {
      const frame = this.#frames.shift();
      if (frame !== undefined) return frame;
      if (this.#closed !== undefined) throw this.#closed.why ?? new PeerFault('CHANNEL_CLOSED');
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#heard.wake = resolve;
      await untilAborted(promise, signal);
    }
  }

  /** Closes when all that was said is there. */
  end(): void {
    this.#stream.end();
  }

  close(): void {
    this.#driven.close();
  }
}
