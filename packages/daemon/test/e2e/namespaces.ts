/** Computers and networks of our own: network namespaces of Linux, joined by cables that lead nowhere else. */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const CAPTURE = fileURLToPath(new URL('capture.py', import.meta.url));

/**
 * Why there can be none here; false when there can. Whoever is root and requires foreign peers requires these, too:
 * then a system that refuses them is no reason, and the tests fail.
 */
export function noNamespaces(): string | false {
  if (process.platform !== 'linux') return 'network namespaces are of Linux';
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  if (spawnSync('ip', ['-Version']).status !== 0) return 'install the Debian package iproute2';
  if (spawnSync('python3', ['--version']).status !== 0) return 'install the Debian package python3';
  const probe = `cq-${process.pid}-probe`;
  if (spawnSync('ip', ['netns', 'add', probe]).status !== 0) {
    const isRequired = process.env['COEQUAL_REQUIRE_PEERS'] === '1';
    return isRequired ? false : 'this system lets nobody make network namespaces';
  }
  execFileSync('ip', ['netns', 'delete', probe]);
  return false;
}

/** For `skip` on a test. Where all is required only what can be installed is skipped, which fails there as well. */
export function skipWithoutNamespaces(): string | false {
  const obstacle = noNamespaces();
  const isRequired = process.env['COEQUAL_REQUIRE_PEERS'] === '1';
  return isRequired && obstacle && !obstacle.startsWith('install') ? false : obstacle;
}

/** The one of a switch. */
const BRIDGE = 'bridge';

/** An end of a cable: the interface `name` of `host`, with its addresses and their prefixes. */
export interface CableEnd {
  readonly host: string;
  readonly name: string;
  readonly addresses: readonly string[];
}

/** Named by this process, so that laboratories beside each other do not meet. */
export class Laboratory implements AsyncDisposable {
  readonly #hosts: string[] = [];
  readonly #captures: Capture[] = [];

  /** A computer that has loopback alone, and asks the name server `nameServer`. */
  addHost(name: string, nameServer?: string): string {
    const host = `cq-${process.pid}-${name}`;
    execFileSync('ip', ['netns', 'add', host]);
    this.#hosts.push(host);
    if (nameServer !== undefined) {
      mkdirSync(`/etc/netns/${host}`, { recursive: true });
      writeFileSync(`/etc/netns/${host}/resolv.conf`, `nameserver ${nameServer}\n`);
    }
    this.ip(host, 'link', 'set', 'lo', 'up');
    return host;
  }

  join(a: CableEnd, b: CableEnd): void {
    const { host, name } = a;
    this.ip(host, 'link', 'add', name, 'type', 'veth', 'peer', 'name', b.name, 'netns', b.host);
    for (const end of [a, b]) {
      for (const address of end.addresses) {
        const flags = address.includes(':') ? ['nodad'] : []; // usable at once
        this.ip(end.host, 'address', 'add', address, 'dev', end.name, ...flags);
      }
      this.ip(end.host, 'link', 'set', end.name, 'up');
    }
    for (const end of [a, b]) waitUntilUp(end);
  }

  /** A switch: all that `plug` joins to it are one network. */
  addSwitch(name: string): string {
    const host = this.addHost(name);
    // no snooping: groups reach all, and not only those of whom the switch knows already that they want to hear
    this.ip(
      host,
      'link',
      'add',
      BRIDGE,
      ...'type bridge forward_delay 0 mcast_snooping 0'.split(' '),
    );
    this.ip(host, 'link', 'set', BRIDGE, 'up');
    return host;
  }

  plug(end: CableEnd, into: string): void {
    const port = `to-${end.host.split('-').at(-1)}`;
    this.join(end, { host: into, name: port, addresses: [] });
    this.ip(into, 'link', 'set', port, 'master', BRIDGE);
  }

  /** `ip` in a host. */
  ip(host: string, ...args: readonly string[]): void {
    execFileSync('ip', ['-netns', host, ...args]);
  }

  /** What leaves `host`, from now on. */
  async capture(host: string): Promise<Capture> {
    const capture = new Capture(host);
    this.#captures.push(capture);
    await capture.ready;
    return capture;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const capture of this.#captures) await capture[Symbol.asyncDispose]();
    for (const host of this.#hosts) {
      execFileSync('ip', ['netns', 'delete', host]);
      rmSync(`/etc/netns/${host}`, { recursive: true, force: true });
    }
  }
}

/** The system says so a moment after it is. */
function waitUntilUp({ host, name }: CableEnd): void {
  for (let looks = 0; looks < LOOKS_MAX; looks++) {
    const shown = execFileSync('ip', ['-netns', host, 'link', 'show', 'dev', name]);
    if (shown.toString().includes('state UP')) return;
  }
  throw new Error(`${name} of ${host} does not come up`);
}

/** Each takes some milliseconds. */
const LOOKS_MAX = 2_000;

export interface Packet {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly interface: string;
  readonly protocol: string;
  readonly from: string;
  readonly fromPort: number;
  readonly to: string;
  readonly port: number;
  /** Of the first byte that it carries (TCP). */
  readonly sequence: number;
  /** It carries and opens nothing: it only acknowledges something, or ends a connection (TCP). */
  readonly isBare: boolean;
  /** What TCP or UDP carries. */
  readonly payload: Uint8Array;
}

export class Capture implements AsyncDisposable {
  readonly #packets: Packet[] = [];
  readonly ready: Promise<void>;
  readonly #child: ChildProcessByStdio<null, Readable, null>;
  readonly #closed: Promise<void>;
  readonly #waiting = new Set<{
    readonly suits: (packet: Packet) => boolean;
    readonly resolve: (packet: Packet) => void;
  }>();
  /** Undefined until it has ended by itself. */
  #missed: number | undefined;

  constructor(host: string) {
    this.#child = spawn('ip', ['netns', 'exec', host, 'python3', CAPTURE], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ready = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<void>();
    this.ready = ready.promise;
    this.#closed = closed.promise;
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      if (line === 'ready') ready.resolve();
      else if (line.startsWith('missed ')) this.#missed = Number(line.slice('missed '.length));
      else this.#add(packetOf(line));
    });
    this.#child.on('close', () => {
      ready.reject(new Error('the capture ended'));
      closed.resolve();
    });
  }

  /** The first that left or will leave and `suits`. */
  async seen(suits: (packet: Packet) => boolean): Promise<Packet> {
    const there = this.#packets.find(suits);
    if (there !== undefined) return there;
    const { promise, resolve, reject } = Promise.withResolvers<Packet>();
    this.#waiting.add({ suits, resolve });
    void this.#closed.then(() => reject(new Error('the capture ended without such a packet')));
    return await promise;
  }

  /** Ends it: every packet that has left until now. */
  async end(): Promise<readonly Packet[]> {
    this.#child.kill('SIGTERM');
    await this.#closed;
    assert.equal(this.#missed, 0, 'packets that the capture missed');
    return this.#packets;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#closed;
  }

  #add(packet: Packet): void {
    this.#packets.push(packet);
    for (const waiting of this.#waiting) {
      if (!waiting.suits(packet)) continue;
      this.#waiting.delete(waiting);
      waiting.resolve(packet);
    }
  }
}

function packetOf(line: string): Packet {
  const [at, name = '', protocol = '', from = '', fromPort, to = '', ...rest] = line.split(' ');
  const [port, sequence, isBare, payload = ''] = rest;
  return {
    at: Number(at),
    interface: name,
    protocol,
    from,
    fromPort: Number(fromPort),
    to,
    port: Number(port),
    sequence: Number(sequence),
    isBare: isBare === 'True',
    payload: Buffer.from(payload, 'hex'),
  };
}
