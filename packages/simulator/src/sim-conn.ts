/** A byte stream between two hosts: in order, with a finite send queue and a finite receive window. */
import { assert, LocalFault } from '@coequal/base';
import type { Conn, Endpoint, Millis } from '@coequal/base';
import type { NetHost, Stack } from './net-host.ts';
import { RETRANSMIT_MIN_MS, VIEW_LENGTH_MAX } from './network.ts';
import type { Network } from './network.ts';
import { ReceiveWindow } from './receive-window.ts';

/** `send` returns false above it, as the real connections do. */
const SEND_QUEUE_MAX = 1_048_576;

/** Waits between attempts while the way is blocked double up to this. */
const RETRANSMIT_MAX_MS = 60_000;

/** A stream that gets nothing through for so long is given up (Linux: 15 retransmissions). */
const GIVE_UP_MS = 900_000;

/** Views of 1 to 32 bytes cut headers; the rest are of all sizes. */
const TINY_VIEW_SHARE = 0.1;
const TINY_VIEW_LENGTH_MAX = 32;
const FULL_VIEW_SHARE = 0.5;

interface Write {
  readonly chunks: readonly Uint8Array[];
  readonly onSent: (() => void) | undefined;
  /** The next byte to send: its chunk, and where in it. */
  chunk: number;
  offset: number;
}

type Packet =
  | { readonly type: 'bytes'; readonly bytes: Uint8Array }
  | { readonly type: 'end' }
  | { readonly type: 'reset' };

interface Handlers {
  readonly onBytes: (view: Uint8Array) => void;
  readonly onClose: (why?: Error) => void;
}

type ConnState =
  | { readonly type: 'given' }
  | { readonly type: 'open'; readonly handlers: Handlers }
  | { readonly type: 'closed' };

export interface ConnSide {
  readonly host: NetHost;
  readonly stack: Stack;
  readonly local: Endpoint;
}

export class SimConn implements Conn {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  onDrain: (() => void) | undefined;
  readonly #network: Network;
  readonly #host: NetHost;
  readonly #stack: Stack;
  #peer: SimConn | undefined;
  #state: ConnState = { type: 'given' };

  #writes: Write[] = [];
  #queuedBytes = 0;
  #isOverBound = false;
  readonly #window: ReceiveWindow;
  /** One way, without jitter. */
  readonly #latency: Millis;
  /** Under way to the peer, in order. */
  readonly #wire: { readonly packet: Packet; readonly arrivesAt: Millis }[] = [];
  #arrivalLast: Millis = 0;
  #retryMs: Millis = RETRANSMIT_MIN_MS;
  #retryAt: Millis = 0;
  #blockedSince: Millis | undefined;

  /** Arrived, and waiting for the line of this host. */
  readonly #incoming: Packet[] = [];
  #received: Uint8Array[] = [];
  #unread = 0;
  #isPaused = false;
  #isInOnBytes = false;
  #hasPeerEnded = false;
  #isDeliveryScheduled = false;

  private constructor(network: Network, side: ConnSide, remote: Endpoint, latency: Millis) {
    this.#network = network;
    this.#host = side.host;
    this.#stack = side.stack;
    this.local = side.local;
    this.remote = remote;
    this.#latency = latency;
    this.#window = new ReceiveWindow(network.queue, () => {
      if (this.isOpen && this.hasUnsent) this.#host.uplink.offer(this);
    });
    side.stack.conns.add(this);
  }

  /** The two ends of a new connection. */
  static pair(network: Network, a: ConnSide, b: ConnSide): [SimConn, SimConn] {
    const latency = network.latency(a.host, b.host);
    const first = new SimConn(network, a, b.local, latency);
    const second = new SimConn(network, b, a.local, latency);
    first.#peer = second;
    second.#peer = first;
    return [first, second];
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Something is to be sent, when the line and the receive window allow. */
  get hasUnsent(): boolean {
    return this.#writes.length > 0;
  }

  get isOpen(): boolean {
    return this.#state.type !== 'closed';
  }

  /** For messages about a run that is stuck. */
  describe(): string {
    const flags = `${this.#isPaused ? ' paused' : ''}${this.#blockedSince === undefined ? '' : ' blocked'}`;
    return `${this.remote.host}:${this.remote.port} queued=${this.#queuedBytes} unread=${this.#unread}${flags}`;
  }

  start(onBytes: (view: Uint8Array) => void, onClose: (why?: Error) => void): void {
    if (this.#state.type === 'closed') return;
    assert(this.#state.type === 'given', 'a connection was started twice');
    this.#state = { type: 'open', handlers: { onBytes, onClose } };
    this.#scheduleDelivery();
  }

  /** Called by the net once the turn is over in which the connection was given. */
  assertStarted(): void {
    assert(
      this.#state.type !== 'given',
      'a connection was not started in the turn it was given in',
    );
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#scheduleDelivery();
  }

  send(chunks: readonly Uint8Array[], onSent?: () => void): boolean {
    if (this.#state.type === 'closed') {
      if (onSent !== undefined) this.#stack.life.after(0, 'sent', onSent);
      return false;
    }
    for (const chunk of chunks) this.#queuedBytes += chunk.length;
    this.#writes.push({ chunks, onSent, chunk: 0, offset: 0 });
    this.#host.uplink.offer(this);
    if (this.#queuedBytes > SEND_QUEUE_MAX) this.#isOverBound = true;
    return this.#queuedBytes <= SEND_QUEUE_MAX;
  }

  close(why?: Error): void {
    if (!this.isOpen || !this.#stack.life.isAlive) return;
    const isUnread = this.#unread > 0;
    this.#finish(why);
    // A system answers bytes nobody will read with a reset.
    this.#put({ type: isUnread ? 'reset' : 'end' }, 0);
  }

  /** The process is gone: nobody here is told, and the other end learns of it as `how` says. */
  abandon(how: 'end' | 'reset' | 'silent'): void {
    if (!this.isOpen) return;
    this.#state = { type: 'closed' };
    this.#writes = [];
    this.#received = [];
    this.#unread = 0;
    if (how === 'silent') this.#wire.length = 0;
    else this.#put({ type: how }, 0);
  }

  /** The uplink's turn is ours. Returns how many bytes went out. */
  transmit(lengthMax: number): number {
    if (!this.isOpen || !this.hasUnsent) return 0;
    const room = this.#window.room();
    const bytes = new Uint8Array(Math.min(lengthMax, room, this.#queuedBytes));
    const sent = this.#takeBytes(bytes);
    if (bytes.length > 0) {
      this.#queuedBytes -= bytes.length;
      this.#window.sent(bytes.length);
      this.#put({ type: 'bytes', bytes }, bytes.length);
    }
    const isDrained = this.#isOverBound && this.#queuedBytes <= SEND_QUEUE_MAX;
    if (isDrained) this.#isOverBound = false;
    if (sent.length > 0 || isDrained) {
      this.#stack.life.after(0, 'sent', () => {
        for (const onSent of sent) onSent();
        if (isDrained && this.isOpen) this.onDrain?.();
      });
    }
    return bytes.length;
  }

  /** Copies only now what was queued, so that a chunk changed before `onSent` arrives changed. */
  #takeBytes(into: Uint8Array): (() => void)[] {
    const sent: (() => void)[] = [];
    let at = 0;
    for (let write = this.#writes[0]; write !== undefined; write = this.#writes[0]) {
      for (let chunk = write.chunks[write.chunk]; chunk !== undefined;) {
        const part = chunk.subarray(write.offset, write.offset + into.length - at);
        into.set(part, at);
        at += part.length;
        write.offset += part.length;
        if (write.offset < chunk.length) return sent;
        write.offset = 0;
        chunk = write.chunks[++write.chunk];
      }
      this.#writes.shift();
      if (write.onSent !== undefined) sent.push(write.onSent);
    }
    return sent;
  }

  #put(packet: Packet, length: number): void {
    const { queue } = this.#network;
    const peerHost = this.#peerHost;
    const departsAt = peerHost === this.#host ? queue.now : this.#host.uplink.reserve(length);
    let delay = this.#network.jitter(this.#latency);
    // A lost packet is sent again after a round trip, and holds up all behind it.
    if (this.#network.isLost(this.#host, peerHost)) delay += Math.max(RETRANSMIT_MIN_MS, delay * 2);
    this.#arrivalLast = Math.max(this.#arrivalLast, departsAt + delay);
    this.#wire.push({ packet, arrivesAt: this.#arrivalLast });
    queue.add(this.#arrivalLast, 'arrive', undefined, true, this.#onArrival);
  }

  get #otherEnd(): SimConn {
    assert(this.#peer !== undefined, 'a connection has two ends');
    return this.#peer;
  }

  get #peerHost(): NetHost {
    return this.#otherEnd.#host;
  }

  readonly #onArrival = (): void => {
    const now = this.#network.queue.now;
    for (
      let first = this.#wire[0];
      first !== undefined && first.arrivesAt <= now;
      first = this.#wire[0]
    ) {
      if (this.#network.isBlocked(this.#host, this.#peerHost)) {
        this.#retry();
        return;
      }
      this.#blockedSince = undefined;
      this.#retryMs = RETRANSMIT_MIN_MS;
      this.#wire.shift();
      this.#otherEnd.#receive(first.packet);
    }
  };

  #retry(): void {
    const now = this.#network.queue.now;
    if (!this.#host.isPowered) return;
    this.#blockedSince ??= now;
    if (now - this.#blockedSince > GIVE_UP_MS) {
      this.#wire.length = 0;
      if (this.isOpen) this.#finish(new LocalFault('CONNECTION_LOST', { errno: 'ETIMEDOUT' }));
      return;
    }
    if (this.#retryAt > now) return;
    this.#retryAt = now + this.#retryMs;
    this.#retryMs = Math.min(this.#retryMs * 2, RETRANSMIT_MAX_MS);
    this.#network.queue.add(this.#retryAt, 'retransmit', undefined, true, this.#onArrival);
  }

  #receive(packet: Packet): void {
    const { queue } = this.#network;
    const length = packet.type === 'bytes' ? packet.bytes.length : 0;
    const isLocal = this.#peerHost === this.#host;
    const at = isLocal ? queue.now : this.#host.downlink.reserve(length);
    if (at > queue.now) {
      this.#incoming.push(packet);
      queue.add(at, 'downlink', undefined, false, this.#onDownlink);
      return;
    }
    this.#accept(packet);
    this.#scheduleDelivery();
  }

  readonly #onDownlink = (): void => {
    const packet = this.#incoming.shift();
    assert(packet !== undefined, 'what comes down the line has arrived before');
    this.#accept(packet);
    if (this.#isDeliverable && !this.#isDeliveryScheduled) this.#deliver();
  };

  #accept(packet: Packet): void {
    if (!this.#stack.life.isAlive && this.#host.stack !== this.#stack) {
      // After a power loss the host knows nothing of this stream.
      if (packet.type === 'bytes') this.#put({ type: 'reset' }, 0);
      return;
    }
    if (!this.isOpen) return;
    switch (packet.type) {
      case 'bytes':
        this.#received.push(packet.bytes);
        this.#unread += packet.bytes.length;
        return;
      case 'end':
        this.#hasPeerEnded = true;
        return;
      case 'reset':
        this.#finish(new LocalFault('CONNECTION_LOST', { errno: 'ECONNRESET' }));
    }
  }

  get #isDeliverable(): boolean {
    if (this.#isPaused || this.#state.type !== 'open') return false;
    return this.#unread > 0 || this.#hasPeerEnded;
  }

  #scheduleDelivery(): void {
    if (this.#isDeliveryScheduled || !this.#isDeliverable) return;
    this.#isDeliveryScheduled = true;
    const { life } = this.#stack;
    this.#network.queue.add(this.#network.queue.now, 'deliver', life, false, this.#onDelivery);
  }

  readonly #onDelivery = (): void => {
    this.#isDeliveryScheduled = false;
    if (!this.#isPaused) this.#deliver();
  };

  #deliver(): void {
    this.#deliverView();
    // The contract allows one view more after a pause inside the callback: so it comes at times.
    if (this.#isPaused && this.#unread > 0 && this.#network.random.chance(0.5)) this.#deliverView();
    this.#scheduleDelivery();
  }

  #deliverView(): void {
    if (this.#state.type !== 'open') return;
    if (this.#unread === 0) {
      if (this.#hasPeerEnded) this.#finish(undefined);
      return;
    }
    const { onBytes } = this.#state.handlers;
    const length = Math.min(this.#unread, this.#pickViewLength());
    this.#network.queue.fold(length);
    assert(!this.#isInOnBytes, 'bytes were delivered inside onBytes');
    this.#isInOnBytes = true;
    this.#network.lend(length, (view) => {
      this.#readInto(view);
      onBytes(view);
    });
    this.#isInOnBytes = false;
  }

  /** Small, whole and in between, so that a parser meets every split and every merge. */
  #pickViewLength(): number {
    const { random } = this.#network;
    if (random.chance(TINY_VIEW_SHARE)) return random.integer(1, TINY_VIEW_LENGTH_MAX);
    if (random.chance(FULL_VIEW_SHARE)) return VIEW_LENGTH_MAX;
    return Math.ceil(VIEW_LENGTH_MAX ** random.between(0.5, 1));
  }

  #readInto(into: Uint8Array): void {
    let at = 0;
    while (at < into.length) {
      const part = this.#received.shift();
      assert(part !== undefined, 'more was read than was received');
      const taken = part.subarray(0, into.length - at);
      into.set(taken, at);
      at += taken.length;
      if (taken.length < part.length) this.#received.unshift(part.subarray(taken.length));
    }
    this.#unread -= into.length;
    const knownAt = this.#network.queue.now + this.#network.jitter(this.#latency);
    this.#otherEnd.#window.read(into.length, knownAt);
  }

  #finish(why: Error | undefined): void {
    const state = this.#state;
    const sent = this.#writes.flatMap((write) =>
      write.onSent === undefined ? [] : [write.onSent],
    );
    this.#state = { type: 'closed' };
    this.#writes = [];
    this.#queuedBytes = 0;
    this.#received = [];
    this.#unread = 0;
    this.#stack.conns.delete(this);
    this.#stack.life.after(0, 'close', () => {
      for (const onSent of sent) onSent();
      if (state.type === 'open') state.handlers.onClose(why);
    });
  }
}
