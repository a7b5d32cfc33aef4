/** A world: hosts, a network and time, all of it from one seed; runs until a goal is reached. */
import { assert, LocalFault } from '@coequal/base';
import type { Cancel, Millis } from '@coequal/base';
import { EventQueue } from './event-queue.ts';
import type { SimEvent } from './event-queue.ts';
import { Network } from './network.ts';
import type { Bandwidth } from './network.ts';
import { HttpServers } from './sim-http.ts';
import type { HttpHandler } from './sim-http.ts';
import { SimHost } from './sim-host.ts';
import type { HostOptions } from './sim-host.ts';
import { SimRandom } from './sim-random.ts';
import { watchProcess } from './uncaught.ts';

export interface WorldOptions {
  readonly seed: number | string;
  /** One way, between two hosts: drawn once a pair. */
  readonly latencyMs?: readonly [number, number];
  /** Share of packets lost: gone for datagrams, late for streams. */
  readonly loss?: number;
  /** Share of datagrams that arrive twice. */
  readonly duplication?: number;
  /** Share of datagrams that are overtaken. */
  readonly reordering?: number;
  /** Of each host that has none of its own; endless without. */
  readonly bandwidth?: Bandwidth;
  /** Told of each event before it happens, to look into a failing seed. */
  readonly onEvent?: (event: TraceEvent) => void;
}

export interface TraceEvent {
  readonly at: Millis;
  readonly label: string;
  /** Undefined for what happens in the network, between hosts. */
  readonly host: string | undefined;
}

export type HostGroup = SimHost | readonly SimHost[];

const LATENCY_MS: readonly [number, number] = [20, 200];

/** Kinds of events named in the message about a run that is stuck. */
const LABELS_SHOWN_MAX = 10;
const HOSTS_SHOWN_MAX = 10;

export class World {
  readonly seed: number | string;
  /** Randomness of the test itself. */
  readonly random: SimRandom;
  readonly #queue = new EventQueue();
  readonly #network: Network;
  readonly #servers = new HttpServers();
  readonly #hosts: SimHost[] = [];
  readonly #bandwidth: Bandwidth | undefined;
  readonly #onEvent: ((event: TraceEvent) => void) | undefined;
  #isRunning = false;
  #failure: LocalFault | undefined;

  constructor(options: WorldOptions) {
    this.seed = options.seed;
    this.#bandwidth = options.bandwidth;
    this.#onEvent = options.onEvent;
    const random = new SimRandom(`world ${options.seed}`);
    this.random = random.split('test');
    this.#network = new Network(this.#queue, random.split('network'), {
      latencyMs: options.latencyMs ?? LATENCY_MS,
      loss: options.loss ?? 0,
      duplication: options.duplication ?? 0,
      reordering: options.reordering ?? 0,
    });
  }

  /** Virtual time since the world began. The clocks of hosts show other times. */
  get now(): Millis {
    return this.#queue.now;
  }

  /** Hash of all that has happened: the same for the same seed and program. */
  get traceHash(): string {
    return this.#queue.traceHash;
  }

  get hosts(): readonly SimHost[] {
    return this.#hosts;
  }

  /** Addresses of host names, for `Net.resolve`; to be changed at will. */
  get names(): Map<string, readonly string[]> {
    return this.#network.names;
  }

  /** Adds a host, which runs. */
  host(nameOrOptions: string | HostOptions = {}): SimHost {
    const given = typeof nameOrOptions === 'string' ? { name: nameOrOptions } : nameOrOptions;
    const number = this.#hosts.length + 1;
    const name = given.name ?? `host-${number}`;
    assert(!this.#hosts.some((host) => host.name === name), `two hosts are called ${name}`);
    const address = given.address ?? `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}`;
    const bandwidth = given.bandwidth ?? this.#bandwidth;
    const options = bandwidth === undefined ? given : { ...given, bandwidth };
    const host = new SimHost(this.#network, this.#servers, name, address, options);
    this.#hosts.push(host);
    return host;
  }

  /** Answers requests to an origin such as `http://tracker.test`; returns how to shut it down. */
  serveHttp(origin: string, handler: HttpHandler): () => void {
    return this.#servers.serve(origin, handler);
  }

  /** No packet passes between the two groups until `heal`. Streams go on then, if nobody gave up. */
  partition(a: HostGroup, b: HostGroup): void {
    for (const [from, to] of pairs(a, b)) this.#network.partition(from.net, to.net);
  }

  /** Without groups: all partitions end. */
  heal(a?: HostGroup, b?: HostGroup): void {
    if (a === undefined || b === undefined) this.#network.healAll();
    else for (const [from, to] of pairs(a, b)) this.#network.heal(from.net, to.net);
  }

  /** Something that happens to the world rather than in a host: a partition, a crash. */
  after(delayMs: Millis, run: () => void): Cancel {
    return this.#queue.push(this.now + delayMs, 'world', undefined, false, run);
  }

  /**
   * Lets time pass until `goal` returns true, or until the promise it returns settles, which is the
   * result. Rejects with a LocalFault: SIMULATION_LIMIT when `limitMs` of virtual time have passed,
   * SIMULATION_STALLED when nothing can happen any more, SIMULATION_FAILED when something was thrown
   * that nobody caught.
   */
  async run<Value>(goal: () => Promise<Value>, limitMs: Millis): Promise<Value>;
  async run(goal: () => boolean, limitMs: Millis): Promise<void>;
  async run<Value>(goal: () => boolean | Promise<Value>, limitMs: Millis): Promise<Value | void> {
    assert(!this.#isRunning, 'the world runs already');
    this.#isRunning = true;
    const stopWatching = watchProcess((error) => this.#fail(error));
    try {
      const first = goal();
      if (typeof first === 'boolean') {
        await this.#runUntil(() => first || goal() === true, limitMs);
        return undefined;
      }
      let isSettled = false;
      const onSettled = (): void => {
        isSettled = true;
      };
      first.then(onSettled, onSettled);
      await this.#runUntil(() => isSettled, limitMs);
      return await first;
    } finally {
      stopWatching();
      this.#isRunning = false;
    }
  }

  /** Lets that much time pass, whatever happens in it. */
  async pass(ms: Millis): Promise<void> {
    let isOver = false;
    this.after(ms, () => {
      isOver = true;
    });
    await this.run(() => isOver, ms);
  }

  async #runUntil(isReached: () => boolean, limitMs: Millis): Promise<void> {
    const limit = this.now + limitMs;
    await turn(); // what the goal itself began
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      if (isReached()) return;
      const event = this.#queue.pop(limit);
      if (event === undefined) throw this.#stuck(limitMs);
      this.#happen(event);
      // Only what calls a program can wake a promise, and all it wakes runs before the next event.
      if (!event.isQuiet) await turn();
    }
  }

  #happen(event: SimEvent): void {
    const { at, label, owner, run } = event;
    this.#onEvent?.({ at, label, host: owner?.name });
    try {
      run();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The first failure stands: a world in which a program broke is not trusted further. */
  #fail(cause: unknown): void {
    if (this.#failure !== undefined) return;
    const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    const details = { seed: this.seed, nowMs: this.now, reason };
    this.#failure = new LocalFault('SIMULATION_FAILED', details, { cause });
  }

  #stuck(limitMs: Millis): LocalFault {
    const events = this.#queue.pending();
    const code = events.length === 0 ? 'SIMULATION_STALLED' : 'SIMULATION_LIMIT';
    const counts = new Map<string, number>();
    for (const { label, owner } of events) {
      const key = owner === undefined ? label : `${label} of ${owner.name}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    const waiting = [...counts].slice(0, LABELS_SHOWN_MAX).map(([label, n]) => `${n} ${label}`);
    const hosts = this.#hosts.slice(0, HOSTS_SHOWN_MAX).map((host) => host.describe());
    const pending = [`waiting: ${waiting.join(', ') || 'nothing'}`, ...hosts].join('\n  ');
    return new LocalFault(code, { seed: this.seed, nowMs: this.now, limitMs, pending });
  }
}

/** Lets all promise jobs, ticks and reports of unhandled rejections run. */
function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

function* pairs(a: HostGroup, b: HostGroup): Generator<[SimHost, SimHost]> {
  for (const from of [a].flat()) {
    for (const to of [b].flat()) if (from !== to) yield [from, to];
  }
}
