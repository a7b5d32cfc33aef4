/** One upload limit for all torrents: who may not send now waits its turn, first come, first served. */
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

  /** False: `sender.pump(link)` is called when it is worth another try. */
  take(length: number, link: PeerLink, sender: LimitedSender): boolean {
    const now = this.#clock.now();
    if (this.#waiting.size === 0 || this.#turn === link) {
      this.#turn = undefined; // one block a turn, while others wait
      if (this.#bucket.isOpen(now)) {
        this.#bucket.spend(length, now); // a block is sent whole: the next one pays for the excess
        return true;
      }
    }
    this.#waiting.set(link, sender);
    if (!this.#isServing) this.#arm();
    return false;
  }

  giveBack(length: number): void {
    this.#bucket.refund(length);
  }

  forget(link: PeerLink): void {
    this.#waiting.delete(link);
  }

  #arm(): void {
    if (this.#wake !== undefined) return;
    this.#wake = this.#clock.at(this.#bucket.deadline ?? this.#clock.now(), () => this.#serve());
  }

  /** Each waiting link in turn, until nothing is left to spend. */
  #serve(): void {
    this.#wake = undefined;
    this.#isServing = true;
    // asked before a turn begins: who is called when nothing is left would lose its place
    while (this.#bucket.isOpen(this.#clock.now())) {
      const [next] = this.#waiting;
      if (next === undefined) break;
      const [link, sender] = next;
      this.#waiting.delete(link);
      this.#turn = link;
      sender.pump(link);
    }
    this.#turn = undefined;
    this.#isServing = false;
    if (this.#waiting.size > 0) this.#arm();
  }
}
