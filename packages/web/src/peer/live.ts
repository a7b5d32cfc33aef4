/** Live updates: one event stream, opened again after a pause when it breaks. */
import { Client, readPeerEvents, RequestRefused } from '@coequal/contract';
import type { PeerEvent } from '@coequal/contract';

export type Connection =
  | { readonly type: 'connecting' }
  | { readonly type: 'open' }
  /** `retryAt`: of the page's clock. */
  | { readonly type: 'waiting'; readonly retryAt: number }
  | { readonly type: 'signed-out' };

const RETRY_MIN_MS = 1_000;
const RETRY_MAX_MS = 30_000;
/** The peer sends a comment every few seconds; a laptop that slept hears nothing from a dead connection. */
const SILENCE_MAX_MS = 45_000;

export interface LiveListener {
  /** The stream is open: what changed before it is to be asked for. */
  onOpen(): void;
  onEvent(event: PeerEvent): void;
  onConnection(connection: Connection): void;
}

export class LiveUpdates {
  readonly #base: string;
  readonly #listener: LiveListener;
  #failures = 0;
  #lastId: string | undefined;
  #retryNow: () => void = () => {};

  constructor(base: string, listener: LiveListener) {
    this.#base = base;
    this.#listener = listener;
  }

  retryNow(): void {
    this.#retryNow();
  }

  /** Until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#listener.onConnection({ type: 'connecting' });
      const problem = await this.#readOnce(signal);
      if (signal.aborted) return;
      if (problem instanceof RequestRefused && problem.status === 401) {
        this.#listener.onConnection({ type: 'signed-out' });
        return;
      }
      await this.#pause(signal);
    }
  }

  /** What ended it. */
  async #readOnce(signal: AbortSignal): Promise<unknown> {
    const silence = new Silence();
    const both = AbortSignal.any([signal, silence.signal]);
    try {
      const client = new Client({
        base: this.#base,
        fetch: async (...request) => this.#watched(await fetch(...request), silence),
      });
      for await (const { id, event } of readPeerEvents(client, this.#lastId, both)) {
        // reading a second of ten thousand transfers takes half a frame, and what comes of it the other half
        await nextTask();
        both.throwIfAborted();
        this.#lastId = id;
        this.#listener.onEvent(event);
      }
      return undefined;
    } catch (error) {
      return error;
    } finally {
      silence.end();
    }
  }

  #watched(response: Response, silence: Silence): Response {
    if (!response.ok || response.body === null) return response;
    this.#failures = 0;
    this.#listener.onConnection({ type: 'open' });
    this.#listener.onOpen();
    silence.break();
    const watch = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(chunk, controller) {
        silence.break();
        controller.enqueue(chunk);
      },
    });
    return new Response(response.body.pipeThrough(watch), response);
  }

  async #pause(signal: AbortSignal): Promise<void> {
    const delay = retryDelay(this.#failures, Math.random());
    this.#failures += 1;
    this.#listener.onConnection({ type: 'waiting', retryAt: Date.now() + delay });
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, delay);
      this.#retryNow = () => {
        clearTimeout(timer);
        resolve();
      };
      signal.addEventListener('abort', this.#retryNow, { once: true });
    });
  }
}

/** Frames and keys that wait have their turn before. A timer would be slow in a page that is not in sight. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener('message', () => {
      port1.close();
      resolve();
    });
    port1.start();
    port2.postMessage(undefined);
  });
}

/** Aborts its signal when nothing has broken it for too long. */
class Silence {
  readonly #controller = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  break(): void {
    clearTimeout(this.#timer);
    const giveUp = (): void => this.#controller.abort(new Error('nothing was heard for too long'));
    this.#timer = setTimeout(giveUp, SILENCE_MAX_MS);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

/** Twice as long after each failure; spread, so that many pages do not come at once. */
export function retryDelay(failures: number, random: number): number {
  const delay = Math.min(RETRY_MIN_MS * 2 ** failures, RETRY_MAX_MS);
  return Math.round(delay * (0.75 + random / 2));
}
