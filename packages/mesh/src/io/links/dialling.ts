/**
 * Dials one device over all transports beside each other, those that are quick and direct first (the idea is that of
 * RFC 8305), until a path is proven.
 */
import { isAbort, LocalFault, PeerFault, sleep } from '@coequal/base';
import type { Clock, DeviceKey, LinkPath, Millis, Random, TaskGroup } from '@coequal/base';
import type { Carrier, Transport, TransportName } from '../carrier.ts';
import type { CarrierPath } from './carrier-path.ts';

/**
 * When each begins, unless those before it failed earlier. In the same network TCP has answered by the time of HyperDHT;
 * 50 ms would do for that, but with relays after 1 s two behind usual routers, started at once with nobody else there,
 * then missed each other (four of four runs; none of seven with 200 ms, why is not known). Relays cost others something:
 * by their time most that can be connected directly are, and a direct way that comes later takes over.
 */
const BEGINS_AT_MS: Readonly<Record<TransportName, Millis>> = {
  tcp: 0,
  hyperdht: 200,
  relay: 1_000,
};

/**
 * Addresses answer at once or not at all; between two routers of the worst kind that can be passed HyperDHT was seen to
 * take eight seconds.
 */
const DIAL_TIMEOUT_MS: Readonly<Record<TransportName, Millis>> = {
  tcp: 4_000,
  hyperdht: 12_000,
  relay: 6_000,
};

/** Between two dials of the same transport: doubled up to the second, so that a way that is back is soon found. */
const AGAIN_MS_MIN: Millis = 250;
const AGAIN_MS_MAX: Millis = 2_000;

/** The side with the higher key dials so much later: most of the time there is a path by then. */
export const YIELD_MS: Millis = 400;

export interface DialFailure {
  readonly transport: TransportName;
  /** A code. */
  readonly reason: string;
  readonly at: Millis;
}

export interface DialHost {
  /** Greets it. */
  onDialled(carrier: Carrier): CarrierPath;
  /** Each transport has failed, since `start` or since this was called. */
  onAllFailed(): void;
  /** Nothing is dialled any more. */
  onDiallingOver(): void;
  /** A path is proven; true when nothing better has to be looked for. */
  isEnough(path: LinkPath): boolean;
}

export interface DialOptions {
  /** Begins so much later. */
  readonly delayMs: Millis;
  /** Goes on until there is a path, else each transport is tried once. */
  readonly isPersistent: boolean;
  /** A relayed path is there: it is a better one that is looked for. */
  readonly isUpgrade?: boolean;
  /** The other lane is relayed, so nothing direct works now: relays are dialled beside all else. */
  readonly relaysAtOnce?: boolean;
}

interface Running {
  readonly stop: AbortController;
  readonly isUpgrade: boolean;
  readonly relaysAtOnce: boolean;
  isPersistent: boolean;
  /** A relayed path came of it: relays are not dialled any more. */
  isRelayed: boolean;
}

export class Dialling {
  readonly failures: Map<TransportName, DialFailure> = new Map();
  readonly #to: DeviceKey;
  readonly #transports: readonly Transport[];
  readonly #host: DialHost;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #tasks: TaskGroup;
  #running: Running | undefined;

  constructor(
    to: DeviceKey,
    transports: readonly Transport[],
    host: DialHost,
    ports: { readonly clock: Clock; readonly random: Random },
    tasks: TaskGroup,
  ) {
    this.#to = to;
    this.#transports = transports;
    this.#host = host;
    this.#clock = ports.clock;
    this.#random = ports.random;
    this.#tasks = tasks;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** Why each transport failed, in codes. */
  get reasons(): string {
    const all = [...this.failures.values()];
    return all.map(({ transport, reason }) => `${transport} ${reason}`).join(', ');
  }

  /**
   * If it runs already, it goes on, and `isPersistent` then holds for what is to come; but when it is relays that it does
   * without, as long as there was a path by one, it begins anew.
   */
  start(options: DialOptions): void {
    const { delayMs, isPersistent, isUpgrade = false, relaysAtOnce = false } = options;
    const before = this.#running;
    if (before !== undefined) {
      const isAll = !before.isUpgrade && !before.isRelayed;
      if (isAll || isUpgrade) {
        before.isPersistent ||= isPersistent;
        return;
      }
      this.stop();
    }
    const stop = new AbortController();
    const running: Running = { stop, isPersistent, isUpgrade, relaysAtOnce, isRelayed: false };
    this.#running = running;
    this.#tasks.run(async (owner) => {
      const signal = AbortSignal.any([owner, running.stop.signal]);
      try {
        if (delayMs > 0) await sleep(this.#clock, delayMs, signal);
        await this.#race(running, signal);
      } catch (error) {
        if (!isAbort(error, signal)) throw error;
      } finally {
        if (this.#running === running) {
          this.#running = undefined;
          this.#host.onDiallingOver();
        }
      }
    });
  }

  /** Carriers that were given are not touched. */
  stop(): void {
    this.#running?.stop.abort(new DOMException('there is a path', 'AbortError'));
    this.#running = undefined;
  }

  async #race(running: Running, signal: AbortSignal): Promise<void> {
    const relays = this.#transports.filter(({ name }) => name === 'relay');
    const others = this.#transports.filter(({ name }) => name !== 'relay');
    const transports = running.isUpgrade ? others : this.#transports;
    const [first, inTurn] = running.relaysAtOnce ? [relays, others] : [[], transports];
    const failed = new Set<Transport>();
    const onFailed = (transport: Transport): void => {
      failed.add(transport);
      if (failed.size < transports.length) return;
      failed.clear();
      this.#host.onAllFailed();
    };
    const attempts = first.map((transport) =>
      this.#keepDialling(transport, running, signal, () => onFailed(transport)),
    );
    const begun: Promise<void>[] = [];
    let before: Promise<unknown> = Promise.resolve();
    let beforeMs = 0;
    for (const transport of inTurn) {
      const waitMs = BEGINS_AT_MS[transport.name] - beforeMs;
      if (begun.length > 0) await this.#turn(waitMs, before, signal);
      beforeMs = Math.max(BEGINS_AT_MS[transport.name], beforeMs);
      const firstEnd = Promise.withResolvers<void>();
      begun.push(firstEnd.promise);
      before = Promise.all(begun);
      attempts.push(
        this.#keepDialling(transport, running, signal, () => {
          firstEnd.resolve();
          onFailed(transport);
        }),
      );
    }
    if (transports.length === 0) this.#host.onAllFailed();
    await Promise.all(attempts);
  }

  /** Until it is the next one's turn, or all before have failed. */
  async #turn(waitMs: Millis, before: Promise<unknown>, signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const time = sleep(this.#clock, Math.max(waitMs, 0), AbortSignal.any([signal, over.signal]));
    try {
      await Promise.race([time, before]);
      signal.throwIfAborted();
    } finally {
      over.abort(new DOMException('over', 'AbortError'));
      await time.catch(() => undefined);
    }
  }

  async #keepDialling(
    transport: Transport,
    running: Running,
    signal: AbortSignal,
    onFailed: () => void,
  ): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      const isProven = await this.#dial(transport, running, signal);
      if (signal.aborted) return;
      if (isProven) return;
      onFailed();
      if (!running.isPersistent) return;
      const pause = Math.min(AGAIN_MS_MIN * 2 ** attempt, AGAIN_MS_MAX);
      await sleep(this.#clock, pause * (0.5 + this.#random.number() / 2), signal);
    }
  }

  /** Whether there is a path now. */
  async #dial(transport: Transport, running: Running, signal: AbortSignal): Promise<boolean> {
    const { name } = transport;
    const late = new AbortController();
    const cancel = this.#clock.at(this.#clock.now() + DIAL_TIMEOUT_MS[name], () =>
      late.abort(new LocalFault('DIAL_FAILED', { reason: 'TIMEOUT' })),
    );
    try {
      const carrier = await transport.dial(this.#to, AbortSignal.any([signal, late.signal]));
      if (signal.aborted) {
        discard(carrier);
        return false;
      }
      const path = this.#host.onDialled(carrier);
      const { path: way } = path;
      const isProven = await path.proof;
      if (signal.aborted) return false;
      // it may have been closed in the turn in which it was proven
      if (!isProven || !path.isProven) {
        this.#failed(name, 'NO_ANSWER');
        return false;
      }
      this.failures.delete(name);
      if (this.#host.isEnough(way)) {
        this.stop();
      } else {
        running.isPersistent = false; // what is better is looked for, but not in haste
        running.isRelayed = true;
      }
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      if (!(error instanceof LocalFault || error instanceof PeerFault)) throw error;
      this.#failed(name, String(error.details['reason'] ?? error.code));
      return false;
    } finally {
      cancel();
    }
  }

  #failed(transport: TransportName, reason: string): void {
    this.failures.set(transport, { transport, reason, at: this.#clock.now() });
  }
}

/** It came too late. */
function discard(carrier: Carrier): void {
  carrier.start(
    () => undefined,
    () => undefined,
  );
  carrier.close();
}
