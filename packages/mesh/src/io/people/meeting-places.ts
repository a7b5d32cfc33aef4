/**
 * All places where two can meet who share a few words, beside each other: the directory and the local network. Who waits
 * does so at all of them under one key, so that who looks tries a password with them once, and not once at each place.
 */
import { LocalFault, sleep, TaskGroup } from '@coequal/base';
import type { Clock, DeviceKey, Ed25519, Millis, Random } from '@coequal/base';
import { ownKeysOf } from '../transport/own-keys.ts';
import type { OwnKeys } from '../transport/own-keys.ts';
import { Arrivals } from './arrivals.ts';
import type { ByteStream } from './drive-stream.ts';
import type { Announced, MeetingPlace, MeetingReach, Met, Rendezvous } from './rendezvous.ts';

/** A network that did not take it may do so once it is there. A code is shown for ten minutes. */
const TRY_AGAIN_MS: Millis = 15_000;
const SEED_LENGTH = 32;

export interface MeetingPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly ed25519: Ed25519;
}

/** Of one place, at which a topic is announced. */
interface Taking {
  readonly reach: MeetingReach;
  state: 'asked' | 'taken' | 'refused';
}

export class MeetingPlaces implements Rendezvous {
  readonly #places: readonly MeetingPlace[];
  readonly #ports: MeetingPorts;

  /** Of none nothing can be had: it says so. */
  constructor(places: readonly MeetingPlace[], ports: MeetingPorts) {
    this.#places = places;
    this.#ports = ports;
  }

  /** Resolves as soon as one of them has it; the others are tried again meanwhile. */
  async announce(
    topic: Uint8Array,
    onVisitor: (stream: ByteStream) => void,
    signal: AbortSignal,
  ): Promise<Announced> {
    this.#requirePlace();
    signal.throwIfAborted();
    const keys = this.#throwAwayKeys();
    await using tasks = new AsyncDisposableStack();
    const takings: Taking[] = [];
    const outcomes = this.#places.map((place) => {
      const taking: Taking = { reach: place.reach, state: 'asked' };
      takings.push(taking);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const group = new TaskGroup((error) => {
        reject(error);
        if (!signal.aborted) throw error; // a bug: what networks can cause is handled
      });
      tasks.use(group);
      group.run(async (running) => {
        const either = AbortSignal.any([running, signal]);
        const open = (): Promise<AsyncDisposable> => place.announce(topic, keys, onVisitor, either);
        const onRefused = (fault: LocalFault): void => {
          taking.state = 'refused';
          reject(fault);
        };
        await using _announced = await this.#untilTaken(open, onRefused, either);
        taking.state = 'taken';
        resolve();
        await aborted(either);
      });
      return promise;
    });
    await firstOf(outcomes, signal);
    const owned = tasks.move();
    return {
      get reach() {
        return reachOf(takings);
      },
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  }

  async *find(topic: Uint8Array, signal: AbortSignal): AsyncGenerator<ByteStream, void, undefined> {
    this.#requirePlace();
    const keys = this.#throwAwayKeys();
    await using arrivals = new Arrivals<Met>(({ stream }) => stream.close());
    for (const place of this.#places)
      arrivals.add(async (bring, running) => {
        const either = AbortSignal.any([running, signal]);
        try {
          for await (const met of place.find(topic, keys, either)) bring(met);
        } catch (error) {
          either.throwIfAborted();
          if (!(error instanceof LocalFault)) throw error; // else nobody can be found there now
        }
      });
    const seen = new Set<DeviceKey>();
    for await (const { key, stream } of arrivals.all()) {
      if (seen.has(key)) stream.close(); // met at another place already
      else {
        seen.add(key);
        yield stream;
      }
    }
    signal.throwIfAborted();
  }

  /** `onRefused` is told why, each time. */
  async #untilTaken(
    open: () => Promise<AsyncDisposable>,
    onRefused: (fault: LocalFault) => void,
    signal: AbortSignal,
  ): Promise<AsyncDisposable> {
    for (;;) {
      try {
        return await open();
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof LocalFault)) throw error;
        onRefused(error);
      }
      await sleep(this.#ports.clock, TRY_AGAIN_MS, signal);
    }
  }

  #requirePlace(): void {
    if (this.#places.length === 0) throw new LocalFault('NO_MEETING_PLACE');
  }

  #throwAwayKeys(): OwnKeys {
    const { random, ed25519 } = this.#ports;
    return ownKeysOf(random.bytes(SEED_LENGTH).slice(), ed25519);
  }
}

function reachOf(takings: readonly Taking[]): MeetingReach | undefined {
  const states = takings.filter(({ reach }) => reach === 'everywhere').map(({ state }) => state);
  if (states.includes('taken')) return 'everywhere';
  if (states.includes('asked')) return undefined;
  return takings.some(({ state }) => state === 'taken') ? 'network' : undefined;
}

/** Rejects with the last fault when all did, or the signal's reason. */
async function firstOf(outcomes: readonly Promise<void>[], signal: AbortSignal): Promise<void> {
  try {
    await Promise.any(outcomes);
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof AggregateError ? error.errors.at(-1) : error;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  signal.addEventListener('abort', () => resolve(), { once: true });
  return promise;
}
