/** One socket of Node for datagrams, bound; and its datagrams by the batch. */
import { createSocket } from 'node:dgram';
import type { Socket, SocketOptions } from 'node:dgram';
import { isIP } from 'node:net';
import { LocalFault } from '../fault.ts';
import { untilAborted } from '../lifetime.ts';
import type { Datagram, Endpoint, UdpPlace } from '../ports.ts';
import { isEndpoint, listenFault, mapped, unmapped } from './endpoint.ts';

/**
 * What the system keeps for us while the event loop is busy: 1 MiB in datagrams of 1,400 bytes, which is a
 * window of uTP and which Linux counts as 1.7 MiB. Many systems give less, and do not say so.
 */
const RECEIVE_BUFFER_LENGTH = 2_048 * 1_024;

/** Rejects with a LocalFault `ADDRESS_IN_USE` or `LISTEN_FAILED`, or the signal's reason. */
export async function bindUdp(at: UdpPlace, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted();
  const family = isIP(at.host);
  if (family === 0) throw new LocalFault('LISTEN_FAILED', { ...at, reason: 'no address' });
  // hosts are addresses, and of this family: looking one up would only put the datagram off
  const lookup: SocketOptions['lookup'] = (host, _options, callback) =>
    callback(null, host, family);
  const isShared = at.group !== undefined;
  const type = family === 4 ? 'udp4' : 'udp6';
  const ipv6Only = isShared && family === 6;
  const socket = createSocket({ type, lookup, reuseAddr: isShared, ipv6Only });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // once bound, an error is what came back for a datagram we sent: UDP promises nothing
  socket.on('error', (cause) => reject(listenFault(cause, at)));
  socket.bind({ address: at.host, port: at.port, exclusive: true }, resolve);
  try {
    await untilAborted(promise, signal);
    socket.setRecvBufferSize(RECEIVE_BUFFER_LENGTH);
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

/** Resolves when it is closed. */
export function closeUdp(socket: Socket): Promise<void> {
  return new Promise((done) => void socket.close(done));
}

/** How a socket of that family is told where to send; undefined when it cannot. */
export function hostFor(to: Endpoint, family: number): string | undefined {
  if (!isEndpoint(to)) return undefined;
  const toFamily = isIP(to.host);
  if (toFamily > family) return undefined; // no IPv6 from an IPv4 socket
  return toFamily < family ? mapped(to.host) : to.host;
}

/** Datagrams of one turn of the event loop. */
export class Gatherer {
  readonly #onDatagrams: (batch: readonly Datagram[]) => void;
  #waiting: Datagram[] = [];
  /** Where the last one came from: the next is often from there, too. */
  #from: Endpoint = { host: '', port: 0 };
  #fromAddress = '';
  #isEnded = false;

  constructor(onDatagrams: (batch: readonly Datagram[]) => void) {
    this.#onDatagrams = onDatagrams;
  }

  /** From now on also those of `socket`, which say that they came to `at`. */
  listen(socket: Socket, at?: string): void {
    socket.on('message', (message, { address, port }) => this.#add(message, address, port, at));
  }

  end(): void {
    this.#isEnded = true;
  }

  #add(message: Uint8Array, address: string, port: number, at: string | undefined): void {
    if (port !== this.#from.port || address !== this.#fromAddress) {
      this.#fromAddress = address;
      this.#from = { host: unmapped(address), port };
    }
    // not the Buffer itself: its slice() gives a view where that of Uint8Array copies
    const bytes = new Uint8Array(message.buffer, message.byteOffset, message.length);
    this.#waiting.push({ bytes, from: this.#from, at });
    if (this.#waiting.length === 1) setImmediate(() => this.#handOver());
  }

  #handOver(): void {
    const batch = this.#waiting;
    this.#waiting = [];
    if (!this.#isEnded) this.#onDatagrams(batch);
  }
}
