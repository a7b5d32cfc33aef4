/**
 * The file engine's Net over links between devices: each connection is a stream of `swarm/1`, opened by who takes part
 * in a send and proves it, and good for the swarm of that send alone.
 */
import { formatHex, isAbort, LocalFault, PeerFault } from '@coequal/base';
import type {
  Cancel,
  Clock,
  Conn,
  DeviceKey,
  Endpoint,
  Hasher,
  Links,
  LinkStream,
  Listener,
  Millis,
  Net,
  UdpSocket,
} from '@coequal/base';
import { MeshAddresses } from './mesh-address.ts';
import { MeshConn } from './mesh-conn.ts';
import { checkHead, encodeHead, GREETING_LENGTH, HEAD_LENGTH, infoHashIn } from './swarm-proof.ts';

const PROTOCOL = 'swarm/1';
/** An honest side sends its head and greeting at once. */
const GREETING_TIMEOUT_MS = 10_000;
/** Streams that have not proven themselves, of one device and of all. */
const UNPROVEN_OF_DEVICE_MAX = 4;
const UNPROVEN_MAX = 64;

/**
 * Until a device that was not reached is looked for again, at first and at most: the engine asks every few seconds, and
 * to look for a device costs others something.
 */
const RETRY_MS = 5_000;
const RETRY_MS_MAX = 5 * 60_000;

/** Who takes part in what. */
export interface SwarmGate {
  /** Whether anything is served or fetched now. */
  readonly isOpen: boolean;
  /** The ticket of a swarm that we take part in now, by its info hash on the wire in hexadecimal digits. */
  ticketOf(infoHash: string): Uint8Array | undefined;
  /** Whether a device has no part in it any more, ticket or not. */
  isShutOut(infoHash: string, device: DeviceKey): boolean;
}

export interface MeshNetParts {
  readonly own: DeviceKey;
  readonly links: Links;
  readonly gate: SwarmGate;
  readonly clock: Clock;
  readonly hash: Hasher['hash'];
}

export class MeshNet implements Net {
  readonly addresses: MeshAddresses = new MeshAddresses();
  readonly #parts: MeshNetParts;
  readonly #unproven = new Map<LinkStream, DeviceKey>();
  /** Devices that were not reached: those of the swarms of now, so there are not many. */
  readonly #failed = new Map<DeviceKey, { readonly count: number; readonly until: Millis }>();

  constructor(parts: MeshNetParts) {
    this.#parts = parts;
  }

  /** A device is not waited for any longer; none of them if none is named. */
  retry(device?: DeviceKey): void {
    if (device === undefined) this.#failed.clear();
    else this.#failed.delete(device);
  }

  /** Where this device is, for the engine. */
  get local(): Endpoint {
    return this.addresses.endpointOf(this.#parts.own);
  }

  async dial(to: Endpoint, signal: AbortSignal): Promise<Conn> {
    signal.throwIfAborted();
    const device = this.addresses.deviceAt(to);
    if (device === undefined) throw new LocalFault('DIAL_FAILED', { reason: 'no such device' });
    const { links, own, clock } = this.#parts;
    if (clock.now() < (this.#failed.get(device)?.until ?? -Infinity))
      throw new LocalFault('DIAL_FAILED', { reason: 'not reached a moment ago' });
    try {
      const stream = await links.open(device, { protocol: PROTOCOL, lane: 'bulk' }, signal);
      this.#failed.delete(device);
      const headFor = (greeting: Uint8Array): Uint8Array => this.#head(greeting, own, device);
      return new MeshConn(stream, to, this.local, headFor);
    } catch (error) {
      if (isAbort(error, signal)) throw error;
      if (!(error instanceof LocalFault || error instanceof PeerFault)) throw error;
      const count = (this.#failed.get(device)?.count ?? 0) + 1;
      const until = clock.now() + Math.min(RETRY_MS * 2 ** (count - 1), RETRY_MS_MAX);
      this.#failed.set(device, { count, until });
      throw new LocalFault('DIAL_FAILED', { reason: error.code }, { cause: error });
    }
  }

  async listen(
    _at: Endpoint,
    onConn: (conn: Conn) => void,
    signal: AbortSignal,
  ): Promise<Listener> {
    signal.throwIfAborted();
    // who is no contact may be a receiver as we are: the proof decides
    const stop = this.#parts.links.accept(
      PROTOCOL,
      (stream, from) => this.#receive(stream, from, onConn),
      'anyone',
    );
    return {
      local: this.local,
      [Symbol.asyncDispose]: async () => {
        stop();
        for (const stream of this.#unproven.keys()) stream.close();
      },
    };
  }

  udp(): Promise<UdpSocket> {
    return Promise.reject(new LocalFault('LISTEN_FAILED', { reason: 'links carry no datagrams' }));
  }

  async resolve(host: string): Promise<readonly string[]> {
    if (this.addresses.deviceAt({ host, port: 0 }) !== undefined) return [host];
    throw new LocalFault('NAME_NOT_FOUND', { host });
  }

  #head(greeting: Uint8Array, from: DeviceKey, to: DeviceKey): Uint8Array {
    const infoHash = infoHashIn(greeting);
    const ticket = infoHash && this.#parts.gate.ticketOf(formatHex(infoHash));
    if (infoHash === undefined || ticket === undefined) throw new PeerFault('UNKNOWN_TORRENT');
    return encodeHead({ ticket, infoHash, from, to }, this.#parts.hash);
  }

  #receive(stream: LinkStream, from: DeviceKey, onConn: (conn: Conn) => void): void {
    const { gate, clock } = this.#parts;
    const ofDevice = [...this.#unproven.values()].filter((device) => device === from).length;
    if (!gate.isOpen || ofDevice >= UNPROVEN_OF_DEVICE_MAX || this.#unproven.size >= UNPROVEN_MAX) {
      stream.close(new PeerFault('TOO_MANY_STREAMS'));
      return;
    }
    this.#unproven.set(stream, from);
    const timer = clock.at(clock.now() + GREETING_TIMEOUT_MS, () =>
      stream.close(new PeerFault('HANDSHAKE_TIMEOUT')),
    );
    const settle = (): void => {
      this.#unproven.delete(stream);
      timer();
    };
    readGreeting(stream, settle, (head, greeting) => {
      this.#check(head, greeting, from);
      const conn = new MeshConn(stream, this.addresses.endpointOf(from), this.local, undefined);
      onConn(conn);
      return conn;
    });
  }

  /** Throws PeerFault `UNKNOWN_TORRENT` or `BAD_TICKET`. */
  #check(head: Uint8Array, greeting: Uint8Array, from: DeviceKey): void {
    const { gate, own, hash } = this.#parts;
    const infoHash = infoHashIn(greeting);
    const name = infoHash === undefined ? '' : formatHex(infoHash);
    const ticket = gate.ticketOf(name);
    if (infoHash === undefined || ticket === undefined) throw new PeerFault('UNKNOWN_TORRENT');
    checkHead(head, { ticket, infoHash, from, to: own }, hash);
    if (gate.isShutOut(name, from)) throw new PeerFault('BAD_TICKET');
  }
}

/** The first bytes of a stream that came in: until they are whole, and good, the engine does not see it. */
function readGreeting(
  stream: LinkStream,
  settle: Cancel,
  accept: (head: Uint8Array, greeting: Uint8Array) => MeshConn,
): void {
  const first = new Uint8Array(HEAD_LENGTH + GREETING_LENGTH);
  let length = 0;
  let conn: MeshConn | undefined;
  let isRefused = false;
  const onBytes = (view: Uint8Array): void => {
    if (conn !== undefined) return conn.deliver(view);
    if (isRefused) return;
    const taken = view.subarray(0, first.length - length);
    first.set(taken, length);
    length += taken.length;
    if (length < first.length) return;
    settle();
    const greeting = first.subarray(HEAD_LENGTH);
    try {
      conn = accept(first.subarray(0, HEAD_LENGTH), greeting);
    } catch (error) {
      if (!(error instanceof PeerFault)) throw error;
      isRefused = true;
      return stream.close(error);
    }
    conn.deliver(greeting);
    if (view.length > taken.length) conn.deliver(view.subarray(taken.length));
  };
  stream.start(onBytes, (why) => {
    settle();
    conn?.closed(why);
  });
}
