/** A host of the world: an address and a disk that stay, and processes that come and go. */
import { assert } from '@coequal/base';
import type { Ports } from '@coequal/base';
import { openEd25519 } from '@coequal/base/node';
import { Life } from './life.ts';
import { Nat } from './nat.ts';
import type { NatType } from './nat.ts';
import { NetHost, Stack } from './net-host.ts';
import type { Bandwidth, Network } from './network.ts';
import { SimClock } from './sim-clock.ts';
import { SimDisk, SimDiskPort } from './sim-disk.ts';
import { SimHasher } from './sim-hasher.ts';
import type { HasherOptions } from './sim-hasher.ts';
import { SimHttp } from './sim-http.ts';
import type { HttpServers } from './sim-http.ts';
import { SimNet } from './sim-net.ts';
import type { SimRandom } from './sim-random.ts';

export interface HostOptions {
  readonly name?: string;
  /** An IPv4 or IPv6 literal; else the next free of 10.0.0.0/8. */
  readonly address?: string;
  /** Others that reach it, over UDP; what it sends first leaves from `address`. */
  readonly moreAddresses?: readonly string[];
  /** Else the world's, else endless. */
  readonly bandwidth?: Bandwidth;
  /** Hosts with the same one hear each other's multicast; without it a host hears only itself. */
  readonly lan?: string;
  /** The router in front of it; without one everybody can reach it. */
  readonly nat?: NatType;
  readonly diskCapacityBytes?: number;
  readonly hasher?: HasherOptions;
}

/** Monotonic clocks start anywhere in the first weeks after a boot. */
const UPTIME_MAX_MS = 2_000_000_000;

export class SimHost {
  readonly name: string;
  readonly address: string;
  readonly disk: SimDisk;
  /** For the world: the host as the network sees it. */
  readonly net: NetHost;
  readonly #network: Network;
  readonly #servers: HttpServers;
  readonly #random: SimRandom;
  readonly #hasherOptions: HasherOptions;
  #lives = 0;
  #running:
    | { readonly ports: Ports; readonly disk: SimDiskPort; readonly stack: Stack }
    | undefined;

  constructor(
    network: Network,
    servers: HttpServers,
    name: string,
    address: string,
    options: HostOptions,
  ) {
    this.name = name;
    this.address = address;
    this.#network = network;
    this.#servers = servers;
    this.#random = network.random.split(`host ${name}`);
    this.#hasherOptions = options.hasher ?? {};
    this.disk = new SimDisk(this.#random.split('disk'), options.diskCapacityBytes);
    const nat = options.nat && new Nat(options.nat, this.#random.split('nat'));
    this.net = new NetHost(network.queue, address, options.bandwidth, options.lan, nat);
    network.add(this.net, options.moreAddresses ?? []);
    this.restart();
  }

  /** Of the process that runs now. */
  get ports(): Ports {
    assert(this.#running !== undefined, `${this.name} is not running`);
    return this.#running.ports;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** Files that the running process has open. */
  get openFiles(): number {
    return this.#running?.disk.openFiles ?? 0;
  }

  /** Connections that the running process has open. */
  get openConns(): number {
    return this.#running?.stack.conns.size ?? 0;
  }

  /** The process ends: its connections are closed, what it had not written is lost. */
  stop(): void {
    this.#end('end');
  }

  /** kill -9: connections are reset; what was written stays, synced or not. */
  crash(): void {
    this.#end('reset');
  }

  /** The machine goes dark: peers hear nothing, and the disk loses what was not synced. */
  powerLoss(): void {
    this.#end('silent');
    this.net.isPowered = false;
    this.disk.losePower();
  }

  /** A new process on the same disk and address. One that runs is killed first. */
  restart(): Ports {
    this.crash();
    this.net.isPowered = true;
    const life = new Life(this.name, this.#network.queue);
    const stack = new Stack(life);
    this.net.stack = stack;
    const random = this.#random.split(`life ${this.#lives++}`);
    const clock = new SimClock(this.#network.queue, life, random.integer(0, UPTIME_MAX_MS));
    const disk = new SimDiskPort(this.disk, life, () => clock.epochNow());
    const hasher = new SimHasher(this.#hasherOptions, disk, life, () => clock.now());
    const { latencyMs } = this.#network.options;
    const http = new SimHttp(this.#servers, life, random.split('http'), latencyMs, this.address);
    const net = new SimNet(this.#network, this.net, stack);
    const ed25519 = openEd25519();
    this.#running = { ports: { clock, random, net, http, disk, hasher, ed25519 }, disk, stack };
    return this.ports;
  }

  /** For messages about a run that is stuck. */
  describe(): string {
    if (this.#running === undefined) return `${this.name} is down`;
    const { stack } = this.#running;
    const conns = [...stack.conns].slice(0, CONNS_SHOWN_MAX).map((conn) => conn.describe());
    const more = stack.conns.size > conns.length ? [`… ${stack.conns.size} in all`] : [];
    return [`${this.name} (${this.address})`, ...conns, ...more].join('\n    ');
  }

  #end(how: 'end' | 'reset' | 'silent'): void {
    if (this.#running === undefined) return;
    const { stack } = this.#running;
    stack.life.end();
    for (const conn of stack.conns) conn.abandon(how);
    stack.conns.clear();
    this.net.stack = undefined;
    this.#running = undefined;
  }
}

/** Connections of one host in such a message. */
const CONNS_SHOWN_MAX = 8;
