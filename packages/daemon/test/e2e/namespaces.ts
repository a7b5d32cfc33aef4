/** Computers and networks of our own: network namespaces of Linux, joined by cables that lead nowhere else. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const CAPTURE = fileURLToPath(new URL('capture.py', import.meta.url));

/** Why there can be none here; false when there can. */
export function noNamespaces(): string | false {
  if (process.platform !== 'linux') return 'network namespaces are of Linux';
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  if (spawnSync('ip', ['-Version']).status !== 0) return 'install the Debian package iproute2';
  if (spawnSync('python3', ['--version']).status !== 0) return 'install the Debian package python3';
  const probe = `cq-${process.pid}-probe`;
  if (spawnSync('ip', ['netns', 'add', probe]).status !== 0) {
    return 'this system lets nobody make network namespaces';
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
  readonly interface: string;
  readonly protocol: string;
  readonly from: string;
  readonly to: string;
  readonly port: number;
  /** Bytes that TCP or UDP carries. */
  readonly length: number;
  /** It does nothing but end a connection. */
  readonly isEnd: boolean;
}

export class Capture implements AsyncDisposable {
  readonly packets: Packet[] = [];
  readonly ready: Promise<void>;
  readonly #child: ChildProcessByStdio<null, Readable, null>;
  readonly #closed: Promise<void>;

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
      else this.packets.push(packetOf(line));
    });
    this.#child.on('close', () => {
      ready.reject(new Error('the capture ended'));
      closed.resolve();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#closed;
  }
}

function packetOf(line: string): Packet {
  const [name = '', protocol = '', from = '', to = '', port, length, isEnd] = line.split(' ');
  const numbers = { port: Number(port), length: Number(length) };
  return { interface: name, protocol, from, to, ...numbers, isEnd: isEnd === 'True' };
}
