/** Conn over one uTP connection: what its host wakes when datagrams come, timers end, or bytes are sent. */
import { assert, LocalFault } from '@coequal/base';
import type { Conn, Endpoint, Millis } from '@coequal/base';
import type { UtpConnection } from '../../core/utp/utp-connection.ts';
import type { UtpPacket } from '../../core/utp/utp-packet.ts';
import type { UtpInbox } from './utp-inbox.ts';

/** Bytes queued on a connection before `send` says to wait: as for TCP. */
const SEND_QUEUE_MAX = 1_024 * 1_024;

/** What a connection needs of its host. */
export interface UtpCarrier {
  readonly local: Endpoint;
  readonly inbox: UtpInbox<UtpConn>;
  /** From that address of ours, once one is known. */
  send(datagram: Uint8Array, conn: UtpConn): void;
  /** Has `settle` called soon, never synchronously. */
  wake(conn: UtpConn): void;
  now(): Millis;
}

interface Sending {
  /** Count of bytes taken from the queue at which it has been handed over. */
  readonly end: number;
  readonly onSent: () => void;
}

export class UtpConn implements Conn {
  readonly remote: Endpoint;
  readonly machine: UtpConnection;
  onDrain: (() => void) | undefined;
  /** The host's: it is among those to be settled. */
  isAwake = false;
  /** The address of ours that the peer knows, of a socket at several: undefined until it has answered there. */
  at: string | undefined;
  readonly #carrier: UtpCarrier;
  #onBytes: ((view: Uint8Array) => void) | undefined;
  #onClose: ((why?: Error) => void) | undefined;
  #sendings: Sending[] = [];
  #queuedEnd = 0;
  /** Came in order just before reading was paused. */
  #held: Uint8Array | undefined;
  #isPaused = false;
  #isOverBound = false;
  /** Why it is closed; `undefined` inside is a close by the other side, or one without a reason. */
  #closed: { readonly why: Error | undefined } | undefined;

  constructor(machine: UtpConnection, remote: Endpoint, carrier: UtpCarrier) {
    this.machine = machine;
    this.remote = remote;
    this.#carrier = carrier;
    machine.setReading(false);
  }

  get local(): Endpoint {
    const { local } = this.#carrier;
    return this.at === undefined ? local : { host: this.at, port: local.port };
  }

  get queuedBytes(): number {
    return this.machine.queue.length;
  }

  start(onBytes: (view: Uint8Array) => void, onClose: (why?: Error) => void): void {
    assert(this.#onBytes === undefined, 'a connection was started twice');
    this.#onBytes = onBytes;
    this.#onClose = onClose;
    this.#setReading();
  }

  pause(): void {
    this.#isPaused = true;
    this.#setReading();
  }

  resume(): void {
    this.#isPaused = false;
    this.#setReading();
  }

  send(chunks: readonly Uint8Array[], onSent?: () => void): boolean {
    if (this.#closed === undefined) {
      for (const chunk of chunks) {
        this.machine.queue.push(chunk);
        this.#queuedEnd += chunk.length;
      }
    }
    if (onSent !== undefined) this.#sendings.push({ end: this.#queuedEnd, onSent });
    this.#carrier.wake(this);
    if (this.machine.queue.length <= SEND_QUEUE_MAX) return true;
    this.#isOverBound = true;
    return false;
  }

  close(why?: Error): void {
    if (this.#closed !== undefined) return;
    this.#closed = { why };
    this.machine.close(this.#carrier.now());
    this.#carrier.wake(this);
  }

  /** A datagram for this connection came. */
  receive(packet: UtpPacket, datagram: Uint8Array, now: Millis): void {
    const view = this.machine.receive(packet, datagram, now);
    if (view !== undefined && view.length > 0) this.#carrier.inbox.add(this, view);
    if (this.#isReading) this.#deliver();
    this.#carrier.wake(this);
  }

  /** From the inbox: payload of one or many datagrams, valid during the call. */
  handOver(bytes: Uint8Array): void {
    assert(this.#held === undefined, 'what was held is handed over first');
    if (this.#isReading) this.#onBytes?.(bytes);
    else if (this.#closed === undefined) this.#held = bytes.slice();
  }

  /** Sends what can go, and tells what has happened. */
  settle(now: Millis): void {
    const { machine } = this;
    if (this.#isReading) this.#deliver();
    this.#carrier.inbox.flush();
    this.#sendDatagrams(now);
    if (machine.state.type === 'closed' && this.#closed === undefined)
      this.#lose(machine.state.why);
    this.#tellSent();
    if (this.#closed !== undefined) this.#tellClosed(this.#closed.why);
    else if (this.#isOverBound && machine.queue.length <= SEND_QUEUE_MAX) {
      this.#isOverBound = false;
      this.onDrain?.();
    }
  }

  /** What is sent from here on is in other packets. */
  flush(): void {
    this.#sendDatagrams(this.#carrier.now());
  }

  #sendDatagrams(now: Millis): void {
    for (;;) {
      const datagram = this.machine.nextDatagram(now);
      if (datagram === undefined) return;
      this.#carrier.send(datagram, this);
    }
  }

  get #isReading(): boolean {
    return this.#onBytes !== undefined && !this.#isPaused && this.#closed === undefined;
  }

  #setReading(): void {
    this.machine.setReading(this.#isReading || this.#closed !== undefined);
    if (this.#isReading) this.#carrier.wake(this); // for what was kept meanwhile
  }

  #deliver(): void {
    const { inbox } = this.#carrier;
    if (this.#held !== undefined) {
      const held = this.#held;
      this.#held = undefined;
      this.#onBytes?.(held);
    }
    while (this.#isReading) {
      const view = this.machine.take();
      if (view === undefined) break;
      inbox.add(this, view);
    }
    if (!this.machine.isPeerFinished) return;
    inbox.flush();
    if (this.#closed !== undefined) return;
    this.#closed = { why: undefined };
    this.machine.close(this.#carrier.now()); // nobody here speaks to the deaf
  }

  #lose(reason: string): void {
    this.#closed = { why: new LocalFault('CONNECTION_LOST', { reason }) };
  }

  #tellSent(): void {
    if (this.#sendings.length === 0) return;
    const taken = this.#closed === undefined ? this.machine.queue.taken : Infinity;
    let count = 0;
    while (count < this.#sendings.length && (this.#sendings[count]?.end ?? 0) <= taken) count += 1;
    for (const { onSent } of this.#sendings.splice(0, count)) onSent();
  }

  #tellClosed(why: Error | undefined): void {
    const onClose = this.#onClose;
    this.#onClose = undefined;
    onClose?.(why);
  }
}
