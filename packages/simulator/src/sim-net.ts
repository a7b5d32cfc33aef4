/** Net of one life of a host: dialing, listening, datagrams and names, over the simulated network. */
import { LocalFault } from '@coequal/base';
import type {
  Conn,
  Datagram,
  Endpoint,
  Listener,
  Millis,
  Net,
  UdpPlace,
  UdpSocket,
} from '@coequal/base';
import type { Life } from './life.ts';
import type { BoundSocket, NetHost, Stack } from './net-host.ts';
import { isLoopback, isMulticast } from './network.ts';
import type { Network } from './network.ts';
import { SimConn } from './sim-conn.ts';
import { SimUdpSocket } from './sim-udp.ts';

/** What a local system call takes. */
const CALL_MS = 0.05;

/** A SYN that is not answered is repeated after 1, 2, 4, … s, so many times (Linux: 127 s in all). */
const SYN_RETRY_FIRST_MS = 1_000;
const SYN_RETRIES_MAX = 6;

/** An answer of a name server. */
const RESOLVE_MS: readonly [number, number] = [5, 100];

const PORT_MAX = 65_535;

export class SimNet implements Net {
  readonly #network: Network;
  readonly #host: NetHost;
  readonly #stack: Stack;
  readonly #life: Life;

  constructor(network: Network, host: NetHost, stack: Stack) {
    this.#network = network;
    this.#host = host;
    this.#stack = stack;
    this.#life = stack.life;
  }

  async dial(to: Endpoint, signal: AbortSignal): Promise<Conn> {
    signal.throwIfAborted();
    if (!isLiteral(to.host) || to.port < 1 || to.port > PORT_MAX)
      throw dialFailed(to, 'no address');
    const { promise, resolve, reject } = Promise.withResolvers<SimConn>();
    const dial: Dial = {
      network: this.#network,
      host: this.#host,
      stack: this.#stack,
      to,
      local: { host: this.#addressTowards(to.host), port: this.#stack.freePort(new Map()) },
      isOver: false,
      isAborted: false,
      resolve,
      reject,
    };
    const onAbort = (): void => {
      dial.isOver = true;
      dial.isAborted = true;
      if (this.#life.isAlive) reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    if (this.#life.isAlive) sendSyn(dial, 0);
    try {
      const conn = await promise;
      this.#life.after(0, 'started?', () => conn.assertStarted());
      return conn;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  listen(at: Endpoint, onConn: (conn: Conn) => void, signal: AbortSignal): Promise<Listener> {
    return this.#life.laterUnless(CALL_MS, 'listen', signal, () => {
      const { listeners } = this.#stack;
      const local = this.#bind(at, listeners);
      const entry = { local, onConn };
      listeners.set(local.port, entry);
      return {
        local,
        [Symbol.asyncDispose]: async () => {
          if (listeners.get(local.port) === entry) listeners.delete(local.port);
        },
      };
    });
  }

  udp(
    at: UdpPlace,
    onDatagrams: (batch: readonly Datagram[]) => void,
    signal: AbortSignal,
  ): Promise<UdpSocket> {
    return this.#life.laterUnless(CALL_MS, 'udp', signal, () => {
      const { sockets } = this.#stack;
      const { group, isEachAddress = false } = at;
      if (group !== undefined && !isMulticast(group))
        throw new LocalFault('LISTEN_FAILED', { host: group });
      const isShared = group !== undefined && sockets.get(at.port)?.group !== undefined;
      const local = this.#bind(at, isShared ? new Map<number, BoundSocket>() : sockets);
      const place = { ...local, isEachAddress, ...(group !== undefined && { group }) };
      return new SimUdpSocket(this.#network, this.#host, this.#stack, place, onDatagrams);
    });
  }

  resolve(host: string, signal: AbortSignal): Promise<readonly string[]> {
    const isKnown = isLiteral(host) || host === 'localhost';
    const delay = isKnown ? CALL_MS : this.#network.random.between(...RESOLVE_MS);
    return this.#life.laterUnless(delay, 'resolve', signal, () => {
      if (isKnown) return [host === 'localhost' ? '127.0.0.1' : host];
      const addresses = this.#network.names.get(host);
      if (addresses === undefined) throw new LocalFault('NAME_NOT_FOUND', { host });
      return addresses;
    });
  }

  #bind(at: Endpoint, taken: ReadonlyMap<number, unknown>): Endpoint {
    const { host, port } = at;
    const isOurs = host === this.#host.address || isLoopback(host) || isWildcard(host);
    if (!isOurs || port < 0 || port > PORT_MAX)
      throw new LocalFault('LISTEN_FAILED', { host, port });
    if (port !== 0 && taken.has(port)) throw new LocalFault('ADDRESS_IN_USE', { host, port });
    return { host, port: port === 0 ? this.#stack.freePort(taken) : port };
  }

  #addressTowards(host: string): string {
    return isLoopback(host) ? host : this.#host.address;
  }
}

interface Dial {
  readonly network: Network;
  readonly host: NetHost;
  readonly stack: Stack;
  readonly to: Endpoint;
  readonly local: Endpoint;
  /** Answered, failed or aborted: no further SYN means anything. */
  isOver: boolean;
  isAborted: boolean;
  readonly resolve: (conn: SimConn) => void;
  readonly reject: (reason: unknown) => void;
}

function sendSyn(dial: Dial, attempt: number): void {
  const { network, host, stack, to } = dial;
  const { queue } = network;
  const target = network.find(host, to.host);
  if (target !== undefined && !network.isLost(host, target)) {
    const arrivesAt = queue.now + network.delay(host, target);
    queue.push(arrivesAt, 'syn', undefined, true, () => {
      if (target.nat !== undefined && target !== host) return; // its router lets in none
      if (!dial.isOver && !network.isBlocked(host, target)) receiveSyn(dial, target);
    });
  }
  const waitMs: Millis = SYN_RETRY_FIRST_MS * 2 ** attempt;
  stack.life.after(waitMs, 'syn-timeout', () => {
    if (dial.isOver) return;
    if (attempt < SYN_RETRIES_MAX) sendSyn(dial, attempt + 1);
    else fail(dial, 'timed out');
  });
}

function receiveSyn(dial: Dial, target: NetHost): void {
  const { network, host, to, local } = dial;
  const { stack } = target;
  const listener = stack?.listeners.get(to.port);
  const isHeard =
    listener !== undefined && (isWildcard(listener.local.host) || listener.local.host === to.host);
  const answerAt = network.queue.now + network.delay(target, host);
  if (stack === undefined || !isHeard) {
    network.queue.push(answerAt, 'refuse', dial.stack.life, false, () => fail(dial, 'refused'));
    return;
  }
  dial.isOver = true;
  const [near, far] = SimConn.pair(
    network,
    { host, stack: dial.stack, local },
    { host: target, stack, local: to },
  );
  stack.life.after(0, 'accept', () => {
    if (stack.listeners.get(to.port) !== listener) return far.close();
    listener.onConn(far);
    stack.life.after(0, 'started?', () => far.assertStarted());
  });
  network.queue.push(answerAt, 'syn-ack', dial.stack.life, false, () => {
    if (dial.isAborted) near.close();
    else dial.resolve(near);
  });
}

function fail(dial: Dial, why: string): void {
  if (dial.isOver) return;
  dial.isOver = true;
  dial.reject(dialFailed(dial.to, why));
}

function dialFailed(to: Endpoint, reason: string): LocalFault {
  return new LocalFault('DIAL_FAILED', { host: to.host, port: to.port, reason });
}

function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

function isLiteral(host: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(host) || /^[\da-f]*:[\da-f:.]*$/i.test(host);
}
