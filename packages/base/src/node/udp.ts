/**
 * UdpSocket over the datagrams of this machine: the data path of uTP (STYLE 5.11).
 *
 * Node gives each datagram by itself. They are gathered until it has given all that it read in one go, up to
 * 32, and handed over together, so that whoever answers does it once. Sending takes no callback: with one
 * for each datagram 125,000 a second left one socket, 4.2 us each; without, 174,000 at 2.9 us. A socket that
 * has much to do leaves most of both to `datagram-batches.ts`, where the system has the calls for it.
 */
import { createSocket } from 'node:dgram';
import type { Socket, SocketOptions } from 'node:dgram';
import { isIP } from 'node:net';
import { LocalFault } from '../fault.ts';
import { untilAborted } from '../lifetime.ts';
import type { Datagram, Endpoint, UdpPlace, UdpSocket } from '../ports.ts';
import { DatagramReader, DatagramSender } from './datagram-batches.ts';
import type { SocketCalls } from './datagram-batches.ts';
import { isEndpoint, listenFault, mapped, unmapped } from './endpoint.ts';
import { GroupMembership } from './multicast.ts';
import { socketAddressOf } from './socket-address.ts';

/**
 * What the system keeps for us while the event loop is busy: 1 MiB in datagrams of 1,400 bytes, which is a
 * window of uTP and which Linux counts as 1.7 MiB. Many systems give less, and do not say so.
 */
const RECEIVE_BUFFER_LENGTH = 2_048 * 1_024;

/** A socket that moved so many has something to move: to look up the calls for it takes 15 ms, and 1 MiB. */
const BUSY_COUNT = 256;

/** Datagrams of one turn of the event loop. */
class Gatherer {
  readonly #onDatagrams: (batch: readonly Datagram[]) => void;
  #waiting: Datagram[] = [];
  /** Where the last one came from: the next is often from there, too. */
  #from: Endpoint = { host: '', port: 0 };
  #fromAddress = '';
  #isTurn = false;
  #isEnded = false;
  /** Reads what waits behind a datagram that Node gives. */
  reader: DatagramReader | undefined;

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
    if (!this.#isTurn) this.#startTurn();
    this.reader?.read(this.#waiting);
    if (this.reader?.isFull === true) this.#handOver();
  }

  end(): void {
    this.#isEnded = true;
  }

  #startTurn(): void {
    this.#isTurn = true;
    this.reader?.startTurn();
    setImmediate(() => {
      this.#isTurn = false;
      this.#handOver();
    });
  }

  #handOver(): void {
    const batch = this.#waiting;
    if (batch.length === 0) return;
    this.#waiting = [];
    if (!this.#isEnded) this.#onDatagrams(batch);
    this.reader?.release();
  }
}

interface BoundUdpOptions {
  readonly socket: Socket;
  readonly family: number;
  readonly gather: Gatherer;
  readonly group: string | undefined;
  readonly membership: GroupMembership | undefined;
  readonly loadCalls: LoadSocketCalls | undefined;
}

class BoundUdp implements UdpSocket {
  readonly local: Endpoint;
  readonly #options: BoundUdpOptions;
  #closed: Promise<void> | undefined;
  /** Where the last one went: the next often goes there, too. */
  #known: { readonly to: Endpoint | undefined; readonly host: string | undefined } = {
    to: undefined,
    host: undefined,
  };
  /** Datagrams that came and went. */
  #count = 0;
  #isLoading = false;
  #sender: DatagramSender | undefined;

  constructor(options: BoundUdpOptions) {
    this.#options = options;
    const { address, port } = options.socket.address();
    this.local = { host: address, port };
  }

  send(bytes: Uint8Array, to: Endpoint): void {
    if (this.#closed !== undefined) return;
    const { group, membership } = this.#options;
    if (to.host === group) membership?.send(bytes, to.port);
    else if (this.#sender === undefined) this.#sendOne(bytes, to);
    else this.#sender.send(bytes, to);
    this.note(1);
  }

  /** So many more came or went. */
  note(count: number): void {
    this.#count += count;
    if (this.#count < BUSY_COUNT || this.#isLoading) return;
    this.#isLoading = true;
    void this.#speedUp();
  }

  [Symbol.asyncDispose](): Promise<void> {
    const { gather, membership, socket } = this.#options;
    this.#sender?.flush();
    gather.end();
    membership?.[Symbol.dispose]();
    this.#closed ??= new Promise((done) => void socket.close(done));
    return this.#closed;
  }

  #sendOne(bytes: Uint8Array, to: Endpoint): void {
    if (to !== this.#known.to) this.#known = { to, host: hostFor(to, this.#options.family) };
    const { host } = this.#known;
    if (host !== undefined) this.#options.socket.send(bytes, to.port, host);
  }

  async #speedUp(): Promise<void> {
    const { loadCalls, group, gather, socket, family } = this.#options;
    if (loadCalls === undefined || group !== undefined) return;
    const calls = await loadCalls();
    const fd = descriptorOf(socket);
    if (calls === undefined || fd === undefined || this.#closed !== undefined) return;
    gather.reader = new DatagramReader(fd, calls);
    this.#sender = new DatagramSender(fd, calls, {
      addressOf(to) {
        const host = hostFor(to, family);
        return host === undefined ? undefined : socketAddressOf(host, to.port);
      },
      sendOne: (bytes, to) => this.#sendOne(bytes, to),
    });
  }
}

/** Node keeps it to itself, and warns of `_handle`: this is the one place that looks. Undefined where it has changed. */
function descriptorOf(socket: Socket): number | undefined {
  const key = Object.getOwnPropertySymbols(socket).find(
    ({ description }) => description === 'state symbol',
  );
  const state: unknown = key === undefined ? undefined : Reflect.get(socket, key);
  if (typeof state !== 'object' || state === null || !('handle' in state)) return undefined;
  const { handle } = state;
  if (typeof handle !== 'object' || handle === null || !('fd' in handle)) return undefined;
  const { fd } = handle;
  return typeof fd === 'number' && fd >= 0 ? fd : undefined;
}

/** Looks up the calls that Node does not make; undefined where the system has none. */
export type LoadSocketCalls = () => Promise<SocketCalls | undefined>;

/** Rejects with a LocalFault `ADDRESS_IN_USE` or `LISTEN_FAILED`, or the signal's reason. */
export async function openUdp(
  at: UdpPlace,
  onDatagrams: (batch: readonly Datagram[]) => void,
  signal: AbortSignal,
  loadCalls?: LoadSocketCalls,
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
  const opened: { udp: BoundUdp | undefined } = { udp: undefined };
  const gather = new Gatherer((batch) => {
    opened.udp?.note(batch.length);
    onDatagrams(batch);
  });
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
  opened.udp = new BoundUdp({ socket, family, gather, group: at.group, membership, loadCalls });
  return opened.udp;
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
