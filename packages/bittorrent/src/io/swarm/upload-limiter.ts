/**
 * One upload limit for all torrents: who may not send now waits its turn, first come, first served; who
 * can wait longer comes after all who cannot.
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

export class UploadLimiter {
  readonly #clock: Clock;
  readonly #bucket: TokenBucket;
  /** By patience. */
  readonly #queues: readonly Map<PeerLink, LimitedSender>[] = Array.from(
    { length: 5 },
    () => new Map(),
  );
  #wake: Cancel | undefined;
  #turn: PeerLink | undefined;
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
    const now = this.#clock.now();
    if (this.#isNext(link, patience)) {
      this.#turn = undefined; // one block a turn, while others wait
      if (this.#bucket.isOpen(now)) {
        this.#bucket.spend(length, now); // a block is sent whole: the next one pays for the excess
        return true;
      }
    }
    for (const [index, queue] of this.#queues.entries()) {
      if (index === patience) queue.set(link, sender);
      else queue.delete(link);
    }
    if (!this.#isServing && this.#wake === undefined) this.#arm();
    return false;
  }

  giveBack(length: number): void {
    this.#bucket.refund(length);
  }

  forget(link: PeerLink): void {
    for (const queue of this.#queues) queue.delete(link);
    if (this.#firstQueue !== undefined) return;
    this.#wake?.(); // nobody waits: a low limit must not keep the process alive
    this.#wake = undefined;
  }

  /** Nobody of less patience waits, and of the same none before it. */
  #isNext(link: PeerLink, patience: Patience): boolean {
    const first = this.#queues.findIndex(({ size }) => size > 0);
    return first < 0 || first > patience || (first === patience && this.#turn === link);
  }

  get #firstQueue(): Map<PeerLink, LimitedSender> | undefined {
    return this.#queues.find(({ size }) => size > 0);
  }

  #arm(): void {
    this.#wake?.();
    this.#wake = this.#clock.at(this.#bucket.deadline ?? this.#clock.now(), () => this.#serve());
  }

  /** Each waiting link in turn, until nothing is left to spend. */
  #serve(): void {
    this.#wake = undefined;
    this.#isServing = true;
    // asked before a turn begins: who is called when nothing is left would lose its place
    while (this.#bucket.isOpen(this.#clock.now())) {
      const queue = this.#firstQueue;
      const [next] = queue ?? [];
      if (queue === undefined || next === undefined) break;
      const [link, sender] = next;
      queue.delete(link);
      this.#turn = link;
      sender.pump(link);
    }
    this.#turn = undefined;
    this.#isServing = false;
    if (this.#firstQueue !== undefined) this.#arm();
  }
}
