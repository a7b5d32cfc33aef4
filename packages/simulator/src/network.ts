/** The network between hosts: who can reach whom, and how long it takes. */
import { assert } from '@coequal/base';
import type { Millis } from '@coequal/base';
import type { EventQueue } from './event-queue.ts';
import type { NetHost } from './net-host.ts';
import type { SimRandom } from './sim-random.ts';

export interface Bandwidth {
  /** Bytes per second. */
  readonly up: number;
  readonly down: number;
}

export interface NetworkOptions {
  /** One way, between two hosts: drawn once a pair. */
  readonly latencyMs: readonly [number, number];
  /** Share of packets lost: gone for a datagram, late for a stream. */
  readonly loss: number;
  /** Share of datagrams that arrive twice. */
  readonly duplication: number;
  /** Share of datagrams that are overtaken. */
  readonly reordering: number;
}

/** A host to itself. */
const LOOPBACK_LATENCY_MS = 0.05;

/** Latency varies by up to this share from packet to packet. */
const JITTER = 0.1;

/** Shortest wait before a lost packet of a stream is sent again (RFC 6298 says 1 s; Linux does 200 ms). */
export const RETRANSMIT_MIN_MS = 200;

/** Largest view a connection delivers: libuv's read buffer, which real connections share. */
export const VIEW_LENGTH_MAX = 65_536;

/** What a borrowed view holds once the call is over. */
const OVERWRITTEN = 0xdb;

export class Network {
  readonly queue: EventQueue;
  readonly random: SimRandom;
  readonly options: NetworkOptions;
  /** Host names and their addresses, for `Net.resolve`. */
  readonly names: Map<string, readonly string[]> = new Map();
  readonly #hosts = new Map<string, NetHost>();
  readonly #latencies = new Map<string, Millis>();
  readonly #partitions = new Set<string>();
  readonly #shared = new Uint8Array(VIEW_LENGTH_MAX);

  constructor(queue: EventQueue, random: SimRandom, options: NetworkOptions) {
    this.queue = queue;
    this.random = random;
    this.options = options;
  }

  /** `more`: addresses that it has beside its own. */
  add(host: NetHost, more: readonly string[]): void {
    for (const address of [host.address, ...more]) {
      assert(!this.#hosts.has(address), `two hosts have the address ${address}`);
      this.#hosts.set(address, host);
    }
  }

  /** The host that `address` means to `from`, which may be itself. */
  find(from: NetHost, address: string): NetHost | undefined {
    return isLoopback(address) ? from : this.#hosts.get(address);
  }

  /** The hosts that hear what `from` sends to a group, itself among them. */
  *lanOf(from: NetHost): Iterable<NetHost> {
    for (const host of new Set(this.#hosts.values()))
      if (host === from || (from.lan !== undefined && host.lan === from.lan)) yield host;
  }

  has(address: string): boolean {
    return this.#hosts.has(address);
  }

  partition(a: NetHost, b: NetHost): void {
    this.#partitions.add(pairKey(a, b));
  }

  heal(a: NetHost, b: NetHost): void {
    this.#partitions.delete(pairKey(a, b));
  }

  healAll(): void {
    this.#partitions.clear();
  }

  /** No packet gets from one to the other. */
  isBlocked(a: NetHost, b: NetHost): boolean {
    if (!a.isPowered || !b.isPowered) return true;
    return this.#partitions.size > 0 && this.#partitions.has(pairKey(a, b));
  }

  /** One way, without jitter. */
  latency(a: NetHost, b: NetHost): Millis {
    if (a === b) return LOOPBACK_LATENCY_MS;
    const key = pairKey(a, b);
    let latency = this.#latencies.get(key);
    if (latency === undefined) {
      // Named by the pair, so that it does not depend on who is dialled first.
      latency = this.random.split(`latency ${key}`).between(...this.options.latencyMs);
      this.#latencies.set(key, latency);
    }
    return latency;
  }

  /** Latency of one packet. */
  delay(a: NetHost, b: NetHost): Millis {
    return this.jitter(this.latency(a, b));
  }

  /** What one packet takes where the latency is that. */
  jitter(latency: Millis): Millis {
    return latency * (1 + this.random.number() * JITTER);
  }

  isLost(a: NetHost, b: NetHost): boolean {
    return a !== b && this.random.chance(this.options.loss);
  }

  /** Lends bytes as a view of the buffer all connections share, which is overwritten afterwards. */
  lend(length: number, use: (view: Uint8Array) => void): void {
    const view = this.#shared.subarray(0, length);
    try {
      use(view);
    } finally {
      view.fill(OVERWRITTEN);
    }
  }
}

export function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}

/** RFC 5771, RFC 4291. */
export function isMulticast(address: string): boolean {
  const first = Number(address.split('.')[0]);
  return (first >= 224 && first < 240) || /^ff[\da-f]{2}:/i.test(address);
}

function pairKey(a: NetHost, b: NetHost): string {
  return a.address < b.address ? `${a.address} ${b.address}` : `${b.address} ${a.address}`;
}
