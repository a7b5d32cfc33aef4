/** Whether a path still carries: what was sent and asks for an answer, and when anything was heard. */
import type { Machine, Millis } from '@coequal/base';

/** Without the answer that is due for so long a path is doubtful: it is asked, again and again. */
const DOUBT_MS: Millis = 2_000;
const PING_DOUBTFUL_MS: Millis = 2_000;

/** Silent for so long while an answer is due, a path is dead. */
const DEAD_MS: Millis = 6_000;

/** Something is heard, but no answer: one direction is gone, or the way is very slow. */
const UNANSWERED_MS: Millis = 20_000;

/** A path with open streams of which nothing is heard is asked after so long: the other side may be waiting. */
const PING_QUIET_MS: Millis = 4_000;
/** For so long after the last data. */
const QUIET_MS: Millis = 60_000;
/** All others: routers forget a flow of datagrams after 30 s. */
const PING_IDLE_MS: Millis = 15_000;

/** A path whose timer comes so much too late slept, or its computer did. */
const SLEPT_MS: Millis = 5_000;

export type PathInput =
  | { readonly type: 'heard' }
  /** A pong or an acknowledgement was heard; `isMoreDue`: of something else it has not come. */
  | { readonly type: 'answered'; readonly isMoreDue: boolean }
  /** What has to be answered was sent: a numbered frame. */
  | { readonly type: 'sent' }
  /** The network is another, or may be: it is asked at once. */
  | { readonly type: 'doubt' };

export type PathOutput = { readonly type: 'ping' | 'dead' };

export class PathHealth implements Machine<PathInput, PathOutput> {
  #heardAt: Millis;
  #dataAt: Millis;
  /** Since when an answer is due. */
  #askedAt: Millis | undefined;
  #pingedAt: Millis = -Infinity;
  #isDoubted = false;

  constructor(now: Millis) {
    this.#heardAt = now;
    this.#dataAt = now - QUIET_MS;
  }

  isDoubtful(now: Millis): boolean {
    return this.#isDoubted || (this.#askedAt !== undefined && now >= this.#askedAt + DOUBT_MS);
  }

  get deadline(): Millis {
    if (this.#askedAt === undefined) return this.#nextQuietPing;
    const ping = Math.max(this.#askedAt + DOUBT_MS, this.#pingedAt + PING_DOUBTFUL_MS);
    return Math.min(ping, this.#deadAt(this.#askedAt));
  }

  step(input: PathInput | { readonly type: 'timeout' }, now: Millis): readonly PathOutput[] {
    switch (input.type) {
      case 'heard':
        this.#heardAt = now;
        return NONE;
      case 'answered':
        this.#heardAt = now;
        this.#askedAt = input.isMoreDue ? now : undefined;
        this.#isDoubted = false;
        return NONE;
      case 'sent':
        this.#askedAt ??= now;
        this.#dataAt = now;
        return NONE;
      case 'doubt':
        this.#isDoubted = true;
        return this.#ping(now);
      case 'timeout':
        return this.#timeout(now);
    }
  }

  #timeout(now: Millis): readonly PathOutput[] {
    if (now < this.deadline) return NONE;
    if (now > this.deadline + SLEPT_MS) {
      // nothing can be concluded from a silence that was slept through
      this.#heardAt = now;
      this.#isDoubted = true;
      return this.#ping(now);
    }
    if (this.#askedAt !== undefined && now >= this.#deadAt(this.#askedAt)) return DEAD;
    this.#askedAt ??= now;
    this.#pingedAt = now;
    return PING;
  }

  #ping(now: Millis): readonly PathOutput[] {
    this.#askedAt = now;
    this.#pingedAt = now;
    return PING;
  }

  get #nextQuietPing(): Millis {
    const last = Math.max(this.#heardAt, this.#pingedAt);
    return last + (last < this.#dataAt + QUIET_MS ? PING_QUIET_MS : PING_IDLE_MS);
  }

  #deadAt(askedAt: Millis): Millis {
    const silent = Math.max(askedAt, this.#heardAt) + DEAD_MS;
    return Math.min(silent, askedAt + UNANSWERED_MS);
  }
}

const NONE: readonly PathOutput[] = [];
const PING: readonly PathOutput[] = [{ type: 'ping' }];
const DEAD: readonly PathOutput[] = [{ type: 'dead' }];
