/** A link with a rate, a queue, latency and losses, on virtual time; and what sends over it: uTP or like TCP. */
import assert from 'node:assert/strict';
import { PacketPool } from '../../../src/core/utp/packet-buffer.ts';
import { UtpConnection } from '../../../src/core/utp/utp-connection.ts';
import { decodeUtpPacket, emptyPacket } from '../../../src/core/utp/utp-packet.ts';
import { seededRandom } from '../seeded-random.ts';

/** Events in the order of their time; those of the same time in the order in which they were added. */
export class Timeline {
  now = 0;
  #count = 0;
  readonly #heap: { readonly at: number; readonly order: number; readonly run: () => void }[] = [];

  at(when: number, run: () => void): void {
    const heap = this.#heap;
    heap.push({ at: Math.max(when, this.now), order: this.#count++, run });
    let i = heap.length - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!this.#isBefore(i, parent)) break;
      this.#swap(i, parent);
      i = parent;
    }
  }

  /** Until that time, or until `isDone`. */
  run(until: number, isDone: () => boolean = () => false): void {
    for (;;) {
      const [first] = this.#heap;
      if (first === undefined || first.at > until || isDone()) break;
      this.#pop();
      this.now = first.at;
      first.run();
    }
    if (!isDone()) this.now = until;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    let i = 0;
    for (;;) {
      let least = i;
      for (const child of [2 * i + 1, 2 * i + 2]) {
        if (child < heap.length && this.#isBefore(child, least)) least = child;
      }
      if (least === i) return;
      this.#swap(i, least);
      i = least;
    }
  }

  #isBefore(i: number, j: number): boolean {
    const a = this.#heap[i];
    const b = this.#heap[j];
    assert.ok(a && b);
    return a.at < b.at || (a.at === b.at && a.order < b.order);
  }

  #swap(i: number, j: number): void {
    const a = this.#heap[i];
    const b = this.#heap[j];
    assert.ok(a && b);
    this.#heap[i] = b;
    this.#heap[j] = a;
  }
}

export interface LinkOptions {
  readonly bytesPerSecond?: number;
  readonly latencyMs?: number;
  /** What waits for the line; the next packet is dropped. */
  readonly queueLength?: number;
  readonly loss?: number;
  /** Share of packets that are late by up to 30 ms. */
  readonly reordering?: number;
  readonly duplication?: number;
  /** Longer packets are lost. */
  readonly lengthMax?: number;
  readonly seed?: number;
}

/** Bytes of IP and UDP headers. */
const HEADERS_LENGTH = 28;

/** One direction. */
export class Link {
  readonly #timeline: Timeline;
  readonly #options: Required<LinkOptions>;
  readonly #random: () => number;
  #freeAt = 0;
  sent = 0;
  dropped = 0;

  constructor(timeline: Timeline, options: LinkOptions = {}) {
    this.#timeline = timeline;
    this.#options = {
      bytesPerSecond: Infinity,
      latencyMs: 20,
      queueLength: Infinity,
      loss: 0,
      reordering: 0,
      duplication: 0,
      lengthMax: 1_500,
      seed: 1,
      ...options,
    };
    this.#random = seededRandom(this.#options.seed);
  }

  /** How long what is sent now waits. */
  get queueMs(): number {
    return Math.max(this.#freeAt - this.#timeline.now, 0);
  }

  send(length: number, deliver: () => void): void {
    const { bytesPerSecond, latencyMs, queueLength, loss, reordering, duplication } = this.#options;
    const { now } = this.#timeline;
    this.sent += 1;
    const total = length + HEADERS_LENGTH;
    const waits = (this.queueMs * bytesPerSecond) / 1_000;
    const isFull = bytesPerSecond < Infinity && waits + total > queueLength;
    if (isFull || length > this.#options.lengthMax || this.#random() < loss) {
      this.dropped += 1;
      return;
    }
    this.#freeAt = Math.max(this.#freeAt, now) + (total / bytesPerSecond) * 1_000;
    const late = this.#random() < reordering ? this.#random() * 30 : 0;
    this.#timeline.at(this.#freeAt + latencyMs + late, deliver);
    if (this.#random() < duplication) {
      this.#timeline.at(this.#freeAt + latencyMs + this.#random() * 30, deliver);
    }
  }
}

/** One end of a uTP connection, and the link that takes what it sends. */
export class UtpEnd {
  readonly machine: UtpConnection;
  readonly #timeline: Timeline;
  readonly #link: Link;
  readonly #packet = emptyPacket();
  /** What its clock is off by, and how fast it is. */
  readonly #clock: (now: number) => number;
  peer: UtpEnd | undefined;
  onBytes: (bytes: Uint8Array) => void = () => {};
  /** Looks at every datagram that leaves; false drops it. */
  filter: (datagram: Uint8Array) => boolean = () => true;
  received = 0;
  #timerAt = Infinity;

  constructor(
    timeline: Timeline,
    link: Link,
    ids: { receiveId: number; sendId: number; seq: number; peerSeq?: number },
    clock: (now: number) => number = (now) => now,
    pool = new PacketPool(),
  ) {
    this.#timeline = timeline;
    this.#link = link;
    this.#clock = clock;
    this.machine = new UtpConnection({ pool, ...ids }, clock(timeline.now));
  }

  get now(): number {
    return this.#clock(this.#timeline.now);
  }

  send(bytes: Uint8Array): void {
    this.machine.queue.push(bytes);
    this.settle();
  }

  close(): void {
    this.machine.close(this.now);
    this.settle();
  }

  receive(datagram: Uint8Array): void {
    const packet = decodeUtpPacket(datagram, this.#packet);
    const view = this.machine.receive(packet, datagram, this.now);
    if (view !== undefined) this.#hand(view);
    this.settle();
  }

  settle(): void {
    for (;;) {
      const kept = this.machine.take();
      if (kept === undefined) break;
      this.#hand(kept);
    }
    for (;;) {
      const datagram = this.machine.nextDatagram(this.now);
      if (datagram === undefined) break;
      if (!this.filter(datagram)) continue;
      const copy = datagram.slice();
      this.#link.send(copy.length, () => this.peer?.receive(copy));
    }
    this.#arm();
  }

  #hand(bytes: Uint8Array): void {
    this.received += bytes.length;
    this.onBytes(bytes);
  }

  #arm(): void {
    const { deadline = Infinity } = this.machine;
    if (deadline >= this.#timerAt || deadline === Infinity) return;
    this.#timerAt = deadline;
    const wait = Math.max(deadline - this.now, 0);
    this.#timeline.at(this.#timeline.now + wait, () => {
      this.#timerAt = Infinity;
      if (this.now + 1e-6 >= (this.machine.deadline ?? Infinity)) {
        this.machine.onTimeout(this.now + 1e-6);
        this.settle();
      }
      this.#arm();
    });
  }
}

export interface PairOptions {
  readonly there: Link;
  readonly back: Link;
  /** Of the dialer and of the other. */
  readonly seqs?: readonly [number, number];
  readonly clocks?: readonly [(now: number) => number, (now: number) => number];
}

/** A dialer and its peer, which comes to be when the SYN arrives. */
export function dial(timeline: Timeline, options: PairOptions): { near: UtpEnd; far: UtpEnd } {
  const { there, back, seqs = [100, 5_000], clocks } = options;
  const near = new UtpEnd(timeline, there, { receiveId: 7, sendId: 8, seq: seqs[0] }, clocks?.[0]);
  const far = new UtpEnd(
    timeline,
    back,
    { receiveId: 8, sendId: 7, seq: seqs[1], peerSeq: seqs[0] },
    clocks?.[1],
  );
  near.peer = far;
  far.peer = near;
  near.settle();
  return { near, far };
}

/** Keeps a sender supplied, in chunks. */
export function feed(timeline: Timeline, end: UtpEnd, chunk = new Uint8Array(65_536)): void {
  const more = (): void => {
    if (end.machine.state.type !== 'closed' && end.machine.state.type !== 'closing') {
      while (end.machine.queue.length < 262_144) end.machine.queue.push(chunk);
      end.settle();
      timeline.at(timeline.now + 5, more);
    }
  };
  more();
}

/**
 * A sender as TCP is (Reno, RFC 5681, with exact knowledge of what arrived): a packet more each round trip, half
 * at a loss.
 */
export class RenoFlow {
  readonly #timeline: Timeline;
  readonly #there: Link;
  readonly #back: Link;
  readonly #length = 1_400;
  #window = 3;
  #threshold = Infinity;
  #next = 0;
  #inFlight = new Map<number, number>();
  #reducedAt = -1;
  #heardAt: number;
  #isStopped = false;
  received = 0;

  constructor(timeline: Timeline, there: Link, back: Link) {
    this.#timeline = timeline;
    this.#there = there;
    this.#back = back;
    this.#heardAt = timeline.now;
    this.#fill();
    this.#watch();
  }

  stop(): void {
    this.#isStopped = true;
  }

  #fill(): void {
    while (!this.#isStopped && this.#inFlight.size < this.#window) {
      const number = this.#next++;
      this.#inFlight.set(number, this.#timeline.now);
      this.#there.send(this.#length, () => {
        this.received += this.#length;
        this.#back.send(20, () => this.#onAck(number));
      });
    }
  }

  /** Begins anew when nothing came back for a second. */
  #watch(): void {
    const { now } = this.#timeline;
    if (this.#inFlight.size > 0 && now >= this.#heardAt + 1_000) {
      this.#inFlight.clear();
      this.#threshold = Math.max(this.#window / 2, 2);
      this.#window = 1;
      this.#heardAt = now;
      this.#fill();
    }
    this.#timeline.at(now + 100, () => this.#watch());
  }

  #onAck(number: number): void {
    this.#heardAt = this.#timeline.now;
    if (!this.#inFlight.delete(number)) return;
    if (this.#window < this.#threshold) this.#window += 1;
    else this.#window += 1 / this.#window;
    for (const other of this.#inFlight.keys()) {
      if (other + 3 > number) break;
      this.#inFlight.delete(other); // the data go again under a new number
      if (other > this.#reducedAt) {
        this.#reducedAt = this.#next;
        this.#window = Math.max(this.#window / 2, 2);
        this.#threshold = this.#window;
      }
    }
    this.#fill();
  }
}
