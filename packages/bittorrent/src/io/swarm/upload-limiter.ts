/**
 * One upload limit for all torrents: who may not send now waits its turn, first come, first served; who
 * can wait longer comes after all who cannot. What is sent beside the torrents waits in turn with the links
 * that come first: neither side can keep the other from sending.
 */
import type { Cancel, Clock } from '@coequal/base';
import { TokenBucket } from '../../core/swarm/token-bucket.ts';
import type { PeerLink } from './peer-link.ts';

/** How long a link can wait: it comes after all that wait with less patience. */
export type Patience = 0 | 1 | 2 | 3 | 4;

/** Who is called again once there is something to spend. */
export interface LimitedSender {
  pump(link: PeerLink): void;
}

/** As LimitedSender, for who is no link. */
export interface BesideSender {
  pump(): void;
}

interface Waiting {
  readonly sender: LimitedSender;
  /** Who came earlier has a lower one. */
  readonly place: number;
}

export class UploadLimiter {
  readonly #clock: Clock;
  readonly #bucket: TokenBucket;
  /** By patience. */
  readonly #queues: readonly Map<PeerLink, Waiting>[] = Array.from({ length: 5 }, () => new Map());
  /** Those who are no links, with their places. */
  readonly #beside = new Map<BesideSender, number>();
  #lastPlace = 0;
  #wake: Cancel | undefined;
  #turn: PeerLink | BesideSender | undefined;
  #isServing = false;

  /** Undefined: no limit. */
  constructor(bytesPerSecondMax: number | undefined, clock: Clock) {
    this.#clock = clock;
    this.#bucket = new TokenBucket(bytesPerSecondMax, clock.now());
  }

  /** Bytes per second; undefined: none. */
  get limit(): number | undefined {
    return this.#bucket.bytesPerSecond;
  }

  /** From now on. Who waits is called in its turn, at the new rate. */
  setLimit(bytesPerSecondMax: number | undefined): void {
    this.#bucket.setRate(bytesPerSecondMax, this.#clock.now());
    if (this.#wake !== undefined) this.#arm();
  }

  /** False: `sender.pump(link)` is called when it is worth another try. */
  take(length: number, link: PeerLink, sender: LimitedSender, patience: Patience = 0): boolean {
    if (this.#isNext(link, patience) && this.#spend(length)) return true;
    for (const [index, queue] of this.#queues.entries()) {
      if (index !== patience) queue.delete(link);
      else if (!queue.has(link)) queue.set(link, { sender, place: ++this.#lastPlace });
    }
    this.#await();
    return false;
  }

  /** As `take`, for who is no link: `sender.pump()` is called. */
  takeBeside(length: number, sender: BesideSender): boolean {
    const isAlone = this.#firstQueue === undefined && this.#beside.size === 0;
    if ((isAlone || this.#turn === sender) && this.#spend(length)) return true;
    if (!this.#beside.has(sender)) this.#beside.set(sender, ++this.#lastPlace);
    this.#await();
    return false;
  }

  giveBack(length: number): void {
    this.#bucket.refund(length);
  }

  forget(link: PeerLink): void {
    for (const queue of this.#queues) queue.delete(link);
    this.#left();
  }

  forgetBeside(sender: BesideSender): void {
    this.#beside.delete(sender);
    this.#left();
  }

  #spend(length: number): boolean {
    const now = this.#clock.now();
    this.#turn = undefined; // one block a turn, while others wait
    if (!this.#bucket.isOpen(now)) return false;
    this.#bucket.spend(length, now); // a block is sent whole: the next one pays for the excess
    return true;
  }

  #left(): void {
    if (this.#isAwaited) return;
    this.#wake?.(); // nobody waits: a low limit must not keep the process alive
    this.#wake = undefined;
  }

  /** Nobody of less patience waits, and of the same and beside none before it. */
  #isNext(link: PeerLink, patience: Patience): boolean {
    const first = this.#queues.findIndex(({ size }) => size > 0);
    if (first >= 0 && first < patience) return false;
    return this.#turn === link || (first !== patience && this.#beside.size === 0);
  }

  get #firstQueue(): Map<PeerLink, Waiting> | undefined {
    return this.#queues.find(({ size }) => size > 0);
  }

  get #isAwaited(): boolean {
    return this.#beside.size > 0 || this.#firstQueue !== undefined;
  }

  /** Somebody waits. */
  #await(): void {
    if (!this.#isServing && this.#wake === undefined) this.#arm();
  }

  #arm(): void {
    this.#wake?.();
    this.#wake = this.#clock.at(this.#bucket.deadline ?? this.#clock.now(), () => this.#serve());
  }

  /** Each who waits in turn, until nothing is left to spend. */
  #serve(): void {
    this.#wake = undefined;
    this.#isServing = true;
    // asked before a turn begins: who is called when nothing is left would lose its place
    while (this.#isAwaited && this.#bucket.isOpen(this.#clock.now())) this.#serveNext();
    this.#turn = undefined;
    this.#isServing = false;
    if (this.#isAwaited) this.#arm();
  }

  #serveNext(): void {
    const queue = this.#firstQueue;
    const [link] = queue ?? [];
    const [beside] = this.#beside;
    if (beside !== undefined && (link === undefined || beside[1] < link[1].place)) {
      const [sender] = beside;
      this.#beside.delete(sender);
      this.#turn = sender;
      sender.pump();
    } else if (link !== undefined) {
      queue?.delete(link[0]);
      this.#turn = link[0];
      link[1].sender.pump(link[0]);
    }
  }
}
