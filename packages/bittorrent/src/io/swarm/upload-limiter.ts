/**
 * One upload limit for all torrents: who may not send now waits its turn, first come, first served; who
 * can wait comes after all who cannot.
 */
import type { Cancel, Clock } from '@coequal/base';
import { TokenBucket } from '../../core/swarm/token-bucket.ts';
import type { PeerLink } from './peer-link.ts';

/** Who is called again once there is something to spend. */
export interface LimitedSender {
  pump(link: PeerLink): void;
}

export class UploadLimiter {
  readonly #clock: Clock;
  readonly #bucket: TokenBucket;
  readonly #waiting = new Map<PeerLink, LimitedSender>();
  readonly #patient = new Map<PeerLink, LimitedSender>();
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
  take(length: number, link: PeerLink, sender: LimitedSender, canWait = false): boolean {
    const now = this.#clock.now();
    if (this.#isNext(link, canWait)) {
      this.#turn = undefined; // one block a turn, while others wait
      if (this.#bucket.isOpen(now)) {
        this.#bucket.spend(length, now); // a block is sent whole: the next one pays for the excess
        return true;
      }
    }
    const [queue, other] = canWait
      ? [this.#patient, this.#waiting]
      : [this.#waiting, this.#patient];
    queue.set(link, sender);
    other.delete(link);
    if (!this.#isServing && this.#wake === undefined) this.#arm();
    return false;
  }

  giveBack(length: number): void {
    this.#bucket.refund(length);
  }

  forget(link: PeerLink): void {
    this.#patient.delete(link);
    this.#waiting.delete(link);
    if (this.#waiting.size + this.#patient.size > 0) return;
    this.#wake?.(); // nobody waits: a low limit must not keep the process alive
    this.#wake = undefined;
  }

  #isNext(link: PeerLink, canWait: boolean): boolean {
    if (!canWait) return this.#turn === link || this.#waiting.size === 0;
    return this.#waiting.size === 0 && (this.#turn === link || this.#patient.size === 0);
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
      const queue = this.#waiting.size > 0 ? this.#waiting : this.#patient;
      const [next] = queue;
      if (next === undefined) break;
      const [link, sender] = next;
      queue.delete(link);
      this.#turn = link;
      sender.pump(link);
    }
    this.#turn = undefined;
    this.#isServing = false;
    if (this.#waiting.size + this.#patient.size > 0) this.#arm();
  }
}
