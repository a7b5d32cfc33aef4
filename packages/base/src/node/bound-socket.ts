/**
 * One socket for datagrams, which come by the batch: the data path of uTP (STYLE 5.11).
 *
 * Node gives each datagram by itself. They are gathered until it has given all that it read in one go, up to
 * 32, and handed over together, so that whoever answers does it once. Sending takes no callback: with one
 * for each datagram 125,000 a second left one socket, 4.2 us each; without, 174,000 at 2.9 us. A socket that
 * has much to do leaves most of both to `datagram-batches.ts`, where the system has the calls for it.
 */
import type { Socket } from 'node:dgram';
import { isIP } from 'node:net';
import type { Datagram, Endpoint } from '../ports.ts';
import { DatagramReader, DatagramSender } from './datagram-batches.ts';
import type { SocketCalls } from './datagram-batches.ts';
import { hostFor, unmapped } from './endpoint.ts';
import { socketAddressOf } from './socket-address.ts';

/** A socket that moved so many has something to move: to look up the calls for it takes 15 ms, and 1 MiB. */
const BUSY_COUNT = 256;

/** Looks up the calls that Node does not make; undefined where the system has none. */
export type LoadSocketCalls = () => Promise<SocketCalls | undefined>;

export interface BoundSocketOptions {
  readonly onDatagrams: (batch: readonly Datagram[]) => void;
  readonly loadCalls?: LoadSocketCalls | undefined;
  /** Which address of ours its datagrams are said to have come to. */
  readonly at?: string | undefined;
}

export class BoundSocket implements AsyncDisposable {
  readonly local: Endpoint;
  readonly #socket: Socket;
  readonly #family: number;
  readonly #gather: Gatherer;
  readonly #options: BoundSocketOptions;
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

  constructor(socket: Socket, options: BoundSocketOptions) {
    const { address, port } = socket.address();
    this.local = { host: address, port };
    this.#socket = socket;
    this.#family = isIP(address);
    this.#options = options;
    this.#gather = new Gatherer(options.at, (batch) => {
      this.#note(batch.length);
      options.onDatagrams(batch);
    });
    socket.on('message', (message, from) => this.#gather.add(message, from.address, from.port));
  }

  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  /** As that of UdpSocket. */
  send(bytes: Uint8Array, to: Endpoint): void {
    if (this.#closed !== undefined) return;
    if (this.#sender === undefined) this.#sendOne(bytes, to);
    else this.#sender.send(bytes, to);
    this.#note(1);
  }

  [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed !== undefined) return this.#closed;
    this.#sender?.flush();
    this.#gather.end();
    this.#closed = new Promise((done) => void this.#socket.close(done));
    return this.#closed;
  }

  /** So many more came or went. */
  #note(count: number): void {
    this.#count += count;
    if (this.#count < BUSY_COUNT || this.#isLoading) return;
    this.#isLoading = true;
    void this.#speedUp();
  }

  #sendOne(bytes: Uint8Array, to: Endpoint): void {
    if (to !== this.#known.to) this.#known = { to, host: hostFor(to, this.#family) };
    const { host } = this.#known;
    if (host !== undefined) this.#socket.send(bytes, to.port, host);
  }

  async #speedUp(): Promise<void> {
    const { loadCalls, at } = this.#options;
    const calls = await loadCalls?.();
    const fd = descriptorOf(this.#socket);
    if (calls === undefined || fd === undefined || this.#closed !== undefined) return;
    this.#gather.reader = new DatagramReader(fd, calls, at);
    this.#sender = new DatagramSender(fd, calls, {
      addressOf: (to) => {
        const host = hostFor(to, this.#family);
        return host === undefined ? undefined : socketAddressOf(host, to.port);
      },
      sendOne: (bytes, to) => this.#sendOne(bytes, to),
    });
  }
}

/** Datagrams of one turn of the event loop. */
class Gatherer {
  readonly #at: string | undefined;
  readonly #onDatagrams: (batch: readonly Datagram[]) => void;
  #waiting: Datagram[] = [];
  /** Where the last one came from: the next is often from there, too. */
  #from: Endpoint = { host: '', port: 0 };
  #fromAddress = '';
  #isTurn = false;
  #isEnded = false;
  /** Reads what waits behind a datagram that Node gives. */
  reader: DatagramReader | undefined;

  constructor(at: string | undefined, onDatagrams: (batch: readonly Datagram[]) => void) {
    this.#at = at;
    this.#onDatagrams = onDatagrams;
  }

  add(message: Uint8Array, address: string, port: number): void {
    if (port !== this.#from.port || address !== this.#fromAddress) {
      this.#fromAddress = address;
      this.#from = { host: unmapped(address), port };
    }
    // not the Buffer itself: its slice() gives a view where that of Uint8Array copies
    const bytes = new Uint8Array(message.buffer, message.byteOffset, message.length);
    this.#waiting.push({ bytes, from: this.#from, at: this.#at });
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
