/**
 * Asks the router to let peers in: maps the listening port for as long as it lives, renews that, and takes it back
 * at the end. Nothing depends on it: what fails is told in words, and tried again later.
 */
import { isAbort, LocalFault, PeerFault, sleep, TaskGroup } from '@coequal/base';
import type { Millis } from '@coequal/base';
import type { MappedProtocol, MapRequest } from './pcp.ts';
import { within } from './way.ts';
import type { Way, WayPorts } from './way.ts';
import type { FindWays } from './ways.ts';

/** Of a mapping: what is not taken back, because power was lost, ends soon; yet a router is asked twice an hour only. */
const LIFETIME_SECONDS = 3_600;

/** What routers may give instead; shorter ones would have us ask all the time, and renewing later loses it. */
const LIFETIME_SECONDS_MIN = 60;

/** After a failure: the router may be asked to do it by then. */
const RETRY_MS: Millis = 10 * 60_000;

/** Nobody waits longer for a router at the end: what is left there ends by itself. */
const REMOVE_TIMEOUT_MS: Millis = 1_000;

export type MappingStatus =
  | {
      readonly type: 'mapped';
      readonly way: Way['name'];
      readonly router: string;
      readonly mappings: readonly MapRequest[];
      /** The router's, if that was to be asked and it says so. */
      readonly outsideHost?: string;
    }
  | { readonly type: 'failed'; readonly reason: 'silent' | 'refused'; readonly router?: string };

export interface PortMapperOptions {
  readonly port: number;
  readonly protocols: readonly MappedProtocol[];
  readonly ways: FindWays;
  /** Each is asked, and not only the first that does it. */
  readonly takesAll: boolean;
  /** Whether the router is asked for its own address. */
  readonly asksOutsideHost?: boolean;
  onStatus(status: MappingStatus): void;
}

export class PortMapper implements AsyncDisposable {
  readonly #options: PortMapperOptions;
  readonly #ports: WayPorts;
  readonly #tasks: TaskGroup;
  /** What a router has, or may have, for us. */
  readonly #held = new Map<Way, Map<MappedProtocol, MapRequest>>();
  #way: Way | undefined;
  /** Aborted when the router may be another one. */
  #changed = new AbortController();

  /** `onBug`: gets what no router can be blamed for. */
  constructor(options: PortMapperOptions, ports: WayPorts, onBug: (error: unknown) => void) {
    this.#options = options;
    this.#ports = ports;
    this.#tasks = new TaskGroup(onBug);
    this.#tasks.run((signal) => this.#keep(signal));
  }

  /** This computer has got an address: the router there knows nothing of us. */
  networkChanged(): void {
    const before = this.#changed;
    this.#changed = new AbortController();
    before.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tasks[Symbol.asyncDispose]();
    const ending = new AbortController();
    const removals = Promise.allSettled(
      [...this.#held].flatMap(([way, mappings]) =>
        Array.from(mappings.values(), (mapping) => way.remove(mapping, ending.signal)),
      ),
    );
    await within(removals, REMOVE_TIMEOUT_MS, this.#ports, ending.signal);
    ending.abort(new DOMException('the router is too slow', 'AbortError'));
    await removals; // no socket outlives us
  }

  async #keep(signal: AbortSignal): Promise<void> {
    for (;;) {
      const changed = this.#changed.signal;
      const seconds = await this.#mapAll(signal);
      await this.#rest(seconds === undefined ? RETRY_MS : seconds * 500, changed, signal);
    }
  }

  /** Until the time is over, or the network another one. */
  async #rest(ms: Millis, changed: AbortSignal, signal: AbortSignal): Promise<void> {
    try {
      await sleep(this.#ports.clock, ms, AbortSignal.any([signal, changed]));
    } catch (error) {
      if (signal.aborted || !isAbort(error, changed)) throw error;
    }
  }

  /** For how many seconds; undefined when no router does it. */
  async #mapAll(signal: AbortSignal): Promise<number | undefined> {
    let refusedBy: string | undefined;
    let seconds: number | undefined;
    const tried = new Set<Way>();
    for await (const way of this.#ways(signal)) {
      tried.add(way);
      try {
        const given = await this.#mapBy(way, signal);
        seconds = Math.min(seconds ?? given, given);
        this.#way = way;
        if (!this.#options.takesAll) break;
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof PeerFault) refusedBy = way.router;
        else if (!(error instanceof LocalFault)) throw error;
        this.#way = undefined;
      }
    }
    // an address that we had is gone, and with it the way to say so
    for (const way of this.#held.keys())
      if (this.#options.takesAll && !tried.has(way)) this.#held.delete(way);
    if (seconds !== undefined) return seconds;
    this.#options.onStatus(
      refusedBy === undefined
        ? { type: 'failed', reason: 'silent' }
        : { type: 'failed', reason: 'refused', router: refusedBy },
    );
    return undefined;
  }

  async #mapBy(way: Way, signal: AbortSignal): Promise<number> {
    const held = this.#held.get(way) ?? new Map<MappedProtocol, MapRequest>();
    this.#held.set(way, held);
    let seconds = LIFETIME_SECONDS;
    for (const protocol of this.#options.protocols) {
      const { port } = this.#options;
      // peers are told one port for both: what the first was given is wished for
      const [first = { externalPort: port }] = held.values();
      const before = held.get(protocol) ?? { protocol, port, externalPort: first.externalPort };
      const wanted = { ...before, lifetimeSeconds: LIFETIME_SECONDS };
      held.set(protocol, wanted); // also if its answer comes too late for us
      try {
        const { externalPort, lifetimeSeconds } = await way.map(wanted, signal);
        held.set(protocol, { ...wanted, externalPort });
        seconds = Math.min(seconds, Math.max(lifetimeSeconds, LIFETIME_SECONDS_MIN));
      } catch (error) {
        if (!signal.aborted) held.delete(protocol);
        throw error;
      }
    }
    const { name, router } = way;
    const outsideHost = await this.#outsideHostBy(way, signal);
    this.#options.onStatus({
      type: 'mapped',
      way: name,
      router,
      mappings: [...held.values()],
      ...(outsideHost !== undefined && { outsideHost }),
    });
    return seconds;
  }

  async #outsideHostBy(way: Way, signal: AbortSignal): Promise<string | undefined> {
    if (this.#options.asksOutsideHost !== true) return undefined;
    try {
      return await way.outsideHost?.(signal);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof LocalFault || error instanceof PeerFault) return undefined; // the port is open
      throw error;
    }
  }

  /** The one that worked before, if one is enough, then all that can be found. */
  async *#ways(signal: AbortSignal): AsyncGenerator<Way> {
    const { ways, takesAll } = this.#options;
    if (this.#way !== undefined && !takesAll) yield this.#way;
    yield* ways(signal);
  }
}
