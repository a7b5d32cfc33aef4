/**
 * A socket at each address of this computer, as if they were one at any address: Node does not tell to which address
 * a datagram came, nor lets one choose where it leaves from. Addresses come and go, and sockets with them.
 */
import { isIP } from 'node:net';
import { LocalFault } from '../fault.ts';
import type { Datagram, Endpoint, UdpPlace, UdpSocket } from '../ports.ts';
import { BoundSocket } from './bound-socket.ts';
import type { BoundSocketOptions, LoadSocketCalls } from './bound-socket.ts';
import { errnoOf } from './disk-fault.ts';
import { isEndpoint } from './endpoint.ts';
import { ownAddresses, SourceFinder } from './own-addresses.ts';
import { bindUdp } from './udp-socket.ts';

/** A look takes 0.1 ms; so long a new address is not heard at. */
const LOOK_INTERVAL_MS = 2_000;

const ANY_ADDRESSES: readonly string[] = ['0.0.0.0', '::'];

export function isAnyAddress(host: string): boolean {
  return ANY_ADDRESSES.includes(host);
}

interface EachOptions {
  readonly loadCalls?: LoadSocketCalls | undefined;
  /** Of this computer. */
  readonly find?: () => readonly string[];
}

/**
 * Undefined where the system does not tell its addresses. Rejects with a LocalFault `ADDRESS_IN_USE` when the port is
 * taken at one of them, with `LISTEN_FAILED`, or the signal's reason.
 */
export async function openUdpEach(
  at: UdpPlace,
  onDatagrams: (batch: readonly Datagram[]) => void,
  signal: AbortSignal,
  { loadCalls, find = ownAddresses }: EachOptions = {},
): Promise<UdpSocket | undefined> {
  await using resources = new AsyncDisposableStack();
  const sources = resources.use(await SourceFinder.open(signal));
  const each = resources.use(new EachAddress(at, { onDatagrams, loadCalls }, sources, find));
  if (!(await each.open(signal))) return undefined;
  const owned = resources.move();
  return {
    local: each.local,
    send: (bytes, to, from) => each.send(bytes, to, from),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

class EachAddress implements AsyncDisposable {
  readonly #family: number;
  readonly #host: string;
  readonly #options: BoundSocketOptions;
  readonly #sources: SourceFinder;
  readonly #find: () => readonly string[];
  readonly #sockets = new Map<string, BoundSocket>();
  /** Aborted at the end. */
  readonly #ending = new AbortController();
  #port: number;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  /** Where the last one went, and by which socket: the next often goes there, too. */
  #last:
    | { readonly to: Endpoint; readonly from: string | undefined; readonly by: BoundSocket }
    | undefined;

  constructor(
    { host, port }: UdpPlace,
    options: BoundSocketOptions,
    sources: SourceFinder,
    find: () => readonly string[],
  ) {
    this.#host = host;
    this.#family = isIP(host);
    this.#port = port;
    this.#options = options;
    this.#sources = sources;
    this.#find = find;
  }

  get local(): Endpoint {
    return { host: this.#host, port: this.#port };
  }

  /** Whether there is any address. */
  async open(signal: AbortSignal): Promise<boolean> {
    for (const address of this.#addresses()) await this.#bind(address, signal);
    this.#timer = setInterval(() => {
      this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
    }, LOOK_INTERVAL_MS).unref();
    return this.#sockets.size > 0;
  }

  send(bytes: Uint8Array, to: Endpoint, from: string | undefined): void {
    const last = this.#last;
    if (last !== undefined && last.to === to && last.from === from) {
      last.by.send(bytes, to);
      return;
    }
    if (this.#ending.signal.aborted || !isEndpoint(to)) return;
    const by = from === undefined ? this.#socketTowards(to) : this.#sockets.get(from);
    if (by === undefined) return;
    this.#last = { to, from, by };
    by.send(bytes, to);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#last = undefined;
    this.#ending.abort(new DOMException('the socket was closed', 'AbortError'));
    await this.#looking;
    await Promise.all(Array.from(this.#sockets.values(), close));
    this.#sockets.clear();
  }

  /** Where the system would send from an address that is too new, any other is better than none. */
  #socketTowards(to: Endpoint): BoundSocket | undefined {
    const source = this.#sources.sourceFor(to);
    const socket = source === undefined ? undefined : this.#sockets.get(source);
    if (socket !== undefined) return socket;
    const family = isIP(to.host);
    for (const [address, other] of this.#sockets) if (isIP(address) === family) return other;
    return undefined;
  }

  /** Those at which it is to be. */
  #addresses(): readonly string[] {
    return this.#find().filter((address) => isIP(address) <= this.#family);
  }

  async #look(): Promise<void> {
    const addresses = new Set(this.#addresses());
    this.#sources.forget();
    this.#last = undefined; // it may be by one of those that go now
    const gone = [...this.#sockets].filter(([address]) => !addresses.has(address));
    for (const [address] of gone) this.#sockets.delete(address);
    await Promise.all(gone.map(([, socket]) => close(socket)));
    for (const address of addresses) {
      if (this.#sockets.has(address)) continue;
      try {
        await this.#bind(address, this.#ending.signal);
      } catch (error) {
        if (this.#ending.signal.aborted) return;
        if (!(error instanceof LocalFault)) throw error; // somebody else has the port there
      }
    }
  }

  async #bind(host: string, signal: AbortSignal): Promise<void> {
    try {
      const socket = await bindUdp({ host, port: this.#port }, signal);
      this.#port = socket.address().port;
      this.#sockets.set(host, new BoundSocket(socket, { ...this.#options, at: host }));
    } catch (error) {
      // it has gone since, or it is not yet known whether another computer has it
      if (!(error instanceof LocalFault) || errnoOf(error.cause) !== 'EADDRNOTAVAIL') throw error;
    }
  }
}

function close(socket: BoundSocket): Promise<void> {
  return socket[Symbol.asyncDispose]();
}
