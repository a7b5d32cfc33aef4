/** Drives exchanges with UDP trackers over one socket for each address family (BEP 15). */
import { assert, LocalFault } from '@coequal/base';
import type { Cancel, Datagram, Endpoint, Ports, UdpSocket } from '@coequal/base';
import { addressFamily } from '../../core/compact-peers.ts';
import type { AddressFamily } from '../../core/compact-peers.ts';
import { UdpTrackerExchange } from '../../core/tracker/udp-tracker.ts';
import type { UdpConnectionId, UdpTrackerOutput } from '../../core/tracker/udp-tracker.ts';
import type { UdpTrackerQuery, UdpTrackerReply } from '../../core/tracker/udp-packets.ts';

/** Connection ids kept; they are good for a minute only, so more are soon useless. */
const CONNECTION_IDS_MAX = 200;

const ANY_ADDRESS = { 4: '0.0.0.0', 6: '::' } as const;

type Answer = Extract<UdpTrackerReply, { type: 'announced' | 'scraped' }>;

interface Running {
  receive(datagram: Datagram): void;
}

/** Can be shared by all torrents of an engine. Dispose it after the exchanges have ended. */
export class UdpTrackers implements AsyncDisposable {
  readonly #ports: Pick<Ports, 'clock' | 'random' | 'net'>;
  readonly #running = new Set<Running>();
  readonly #connectionIds = new Map<string, UdpConnectionId>();
  readonly #sockets = new Map<AddressFamily, Promise<UdpSocket>>();
  readonly #abort = new AbortController();

  constructor(ports: Pick<Ports, 'clock' | 'random' | 'net'>) {
    this.#ports = ports;
  }

  /**
   * Addresses of a tracker, one of each family at most. Rejects with LocalFault `NAME_NOT_FOUND`.
   */
  async resolve(
    tracker: { readonly host: string; readonly port: number },
    signal: AbortSignal,
  ): Promise<readonly Endpoint[]> {
    const hosts = await this.#ports.net.resolve(tracker.host, signal);
    const firsts = new Map<AddressFamily, Endpoint>();
    for (const host of hosts) {
      const family = addressFamily(host);
      if (family !== undefined && !firsts.has(family))
        firsts.set(family, { host, port: tracker.port });
    }
    if (firsts.size === 0) throw new LocalFault('NAME_NOT_FOUND', { host: tracker.host });
    return [...firsts.values()];
  }

  /** Rejects with PeerFault `TRACKER_REFUSED` or `TRACKER_TIMEOUT`, or LocalFault, as the problem of its socket. */
  async ask(tracker: Endpoint, query: UdpTrackerQuery, signal: AbortSignal): Promise<Answer> {
    const family = addressFamily(tracker.host);
    assert(family, 'a tracker is asked at an address');
    const socket = await this.#socket(family);
    signal.throwIfAborted();
    return this.#exchange(socket, tracker, query, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort(new DOMException('the owner was closed', 'AbortError'));
    const sockets = await Promise.allSettled(this.#sockets.values());
    for (const socket of sockets) {
      if (socket.status === 'fulfilled') await socket.value[Symbol.asyncDispose]();
    }
  }

  /** Opened when it is first needed; what failed is tried again, for networks come and go. */
  #socket(family: AddressFamily): Promise<UdpSocket> {
    const opened = this.#sockets.get(family);
    if (opened !== undefined) return opened;
    const onDatagrams = (batch: readonly Datagram[]): void => {
      for (const datagram of batch) for (const each of this.#running) each.receive(datagram);
    };
    const at = { host: ANY_ADDRESS[family], port: 0 };
    const opening = this.#ports.net
      .udp(at, onDatagrams, this.#abort.signal)
      .catch((error: unknown) => {
        this.#sockets.delete(family);
        throw error;
      });
    this.#sockets.set(family, opening);
    return opening;
  }

  async #exchange(
    socket: UdpSocket,
    tracker: Endpoint,
    query: UdpTrackerQuery,
    signal: AbortSignal,
  ): Promise<Answer> {
    const { clock } = this.#ports;
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const key = `${tracker.host} ${tracker.port}`;
    const connectionId = this.#connectionIds.get(key);
    const machine = new UdpTrackerExchange({
      tracker,
      query,
      transactionIds: () => randomWord(this.#ports),
      ...(connectionId !== undefined && { connectionId }),
    });
    let cancelTimer: Cancel = () => {};
    const perform = (outputs: readonly UdpTrackerOutput[]): void => {
      for (const output of outputs) {
        if (output.type === 'send') {
          if (socket.problem !== undefined) reject(socket.problem); // or else it would be the tracker's silence
          socket.send(output.bytes, tracker);
        } else if (output.type === 'connected') this.#keepConnectionId(key, output.connectionId);
        else if (output.type === 'answered') resolve(output.reply);
        else reject(output.fault);
      }
      cancelTimer();
      if (machine.deadline === undefined) return;
      cancelTimer = clock.at(machine.deadline, () =>
        perform(machine.step({ type: 'timeout' }, clock.now())),
      );
    };
    const running: Running = {
      receive({ bytes, from }) {
        // many are under way at a time, and each has a timer to set
        if (from.port !== tracker.port || from.host !== tracker.host) return;
        perform(machine.step({ type: 'datagram', bytes, from }, clock.now()));
      },
    };
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    this.#running.add(running);
    try {
      perform(machine.step({ type: 'start' }, clock.now()));
      return await promise;
    } finally {
      this.#running.delete(running);
      signal.removeEventListener('abort', onAbort);
      cancelTimer();
    }
  }

  #keepConnectionId(key: string, connectionId: UdpConnectionId): void {
    this.#connectionIds.delete(key); // so that it becomes the youngest
    this.#connectionIds.set(key, connectionId);
    const [oldest] = this.#connectionIds.keys();
    if (this.#connectionIds.size > CONNECTION_IDS_MAX && oldest !== undefined) {
      this.#connectionIds.delete(oldest);
    }
  }
}

/** 32 random bits. */
export function randomWord(ports: Pick<Ports, 'random'>): number {
  const bytes = ports.random.bytes(4);
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0);
}
