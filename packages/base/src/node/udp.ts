/**
 * UdpSocket over the datagrams of this machine: the data path of uTP (STYLE 5.11).
 *
 * Node gives each datagram by itself. They are gathered until it has given all that it read in one go, up to
 * 32, and handed over together, so that whoever answers does it once. Sending takes no callback: with one
 * for each datagram 125,000 a second left one socket, 4.2 us each; without, 174,000 at 2.9 us.
 */
import { createSocket } from 'node:dgram';
import type { Socket, SocketOptions } from 'node:dgram';
import { isIP } from 'node:net';
import { LocalFault } from '../fault.ts';
import { untilAborted } from '../lifetime.ts';
import type { Datagram, Endpoint, UdpPlace, UdpSocket } from '../ports.ts';
import { isEndpoint, listenFault, mapped, unmapped } from './endpoint.ts';
import { GroupMembership } from './multicast.ts';

/**
 * What the system keeps for us while the event loop is busy: 1 MiB in datagrams of 1,400 bytes, which is a
 * window of uTP and which Linux counts as 1.7 MiB. Many systems give less, and do not say so.
 */
const RECEIVE_BUFFER_LENGTH = 2_048 * 1_024;

/** Datagrams of one turn of the event loop. */
class Gatherer {
  readonly #onDatagrams: (batch: readonly Datagram[]) => void;
  #waiting: Datagram[] = [];
  /** Where the last one came from: the next is often from there, too. */
  #from: Endpoint = { host: '', port: 0 };
  #fromAddress = '';
  #isEnded = false;

  constructor(onDatagrams: (batch: readonly Datagram[]) => void) {
    this.#onDatagrams = onDatagrams;
  }

  add(message: Uint8Array, address: string, port: number): void {
    if (port !== this.#from.port || address !== this.#fromAddress) {
      this.#fromAddress = address;
      this.#from = { host: unmapped(address), port };
    }
    // not the Buffer itself: its slice() gives a view where that of Uint8Array copies
    const bytes = new Uint8Array(message.buffer, message.byteOffset, message.length);
    this.#waiting.push({ bytes, from: this.#from });
    if (this.#waiting.length === 1) setImmediate(() => this.#handOver());
  }

  end(): void {
    this.#isEnded = true;
  }

  #handOver(): void {
    const batch = this.#waiting;
    this.#waiting = [];
    if (!this.#isEnded) this.#onDatagrams(batch);
  }
}

/** Rejects with a LocalFault `ADDRESS_IN_USE` or `LISTEN_FAILED`, or the signal's reason. */
export async function openUdp(
  at: UdpPlace,
  onDatagrams: (batch: readonly Datagram[]) => void,
  signal: AbortSignal,
): Promise<UdpSocket> {
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
  const gather = new Gatherer(onDatagrams);
  socket.on('message', (message, { address, port }) => gather.add(message, address, port));
  socket.bind({ address: at.host, port: at.port, exclusive: true }, resolve);
  try {
    await untilAborted(promise, signal);
    socket.setRecvBufferSize(RECEIVE_BUFFER_LENGTH);
  } catch (error) {
    socket.close();
    throw error;
  }
  const membership = at.group === undefined ? undefined : joinOrClose(socket, at.group, at);
  const { address, port } = socket.address();
  let closed: Promise<void> | undefined;
  /** Where the last one went: the next often goes there, too. */
  let known: { readonly to: Endpoint | undefined; readonly host: string | undefined } = {
    to: undefined,
    host: undefined,
  };
  return {
    local: { host: address, port },
    send(bytes, to) {
      if (closed !== undefined) return;
      if (to.host === at.group) {
        membership?.send(bytes, to.port);
        return;
      }
      if (to !== known.to) known = { to, host: hostFor(to, family) };
      if (known.host !== undefined) socket.send(bytes, to.port, known.host);
    },
    [Symbol.asyncDispose](): Promise<void> {
      gather.end();
      membership?.[Symbol.dispose]();
      closed ??= new Promise((done) => void socket.close(done));
      return closed;
    },
  };
}

/** Throws a LocalFault `LISTEN_FAILED`. */
function joinOrClose(socket: Socket, group: string, at: UdpPlace): GroupMembership {
  try {
    return new GroupMembership(socket, group, at.via);
  } catch (cause) {
    socket.close();
    throw listenFault(cause, at);
  }
}

/** How a socket of that family is told where to send; undefined when it cannot. */
function hostFor(to: Endpoint, family: number): string | undefined {
  if (!isEndpoint(to)) return undefined;
  const toFamily = isIP(to.host);
  if (toFamily > family) return undefined; // no IPv6 from an IPv4 socket
  return toFamily < family ? mapped(to.host) : to.host;
}
