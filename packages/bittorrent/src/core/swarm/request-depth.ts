/**
 * How many block requests to keep with one peer: enough that it never waits for us (its rate times
 * its response time, twice), and not more, because what is asked of one peer is not asked of another.
 */
import type { Millis } from '@coequal/base';
import { BLOCK_LENGTH } from '../blocks.ts';

/** Requests to a peer of which nothing is known: a megabyte, a round trip's worth of most links. */
const DEPTH_START = 64;

/** One in work and one waiting: below that the peer idles between blocks. */
const DEPTH_MIN = 2;

/** Of our own requests to one peer, whatever it allows: 32 MiB under way. */
const DEPTH_MAX = 2_000;

/** What a peer is taken to queue unless it says otherwise (`reqq`, BEP 10; libtorrent's default). */
const PEER_DEPTH_DEFAULT = 250;

/** Requests are sent in batches: when a quarter of the depth is answered. */
const REFILL_SHARE = 3 / 4;

/** Twice what is on its way: as much again may wait at the peer while our next requests travel. */
const HEADROOM = 2;

/** Peers read disks and turn event loops: none answers more evenly than this, however near it is. */
const LATENCY_MS_MIN = 20;

/** A peer that sends in batches needs requests for a whole one; longer gaps than this are stalls. */
const GAP_MS_MAX = 1_500;

/** Gaps are remembered for one to two of these. */
const MEMORY_MS = 5_000;

/** Rates are taken over at least that, so that one late turn does not decide. */
const ROUND_MS_MIN = 100;

/** A round ends then even if not all that was asked for came. */
const ROUND_MS_MAX = 1_000;

/** Slow start ends when a doubled depth does not bring that much more. */
const GROWTH_MIN = 1.25;

/** A peer under one block in 3 s holds one request, and under one a second two. */
const CRAWL_BYTES_PER_SECOND = BLOCK_LENGTH / 3;
const SLOW_BYTES_PER_SECOND = BLOCK_LENGTH;

/** A fast peer is one that sends a whole piece within this time; others share pieces. */
const WHOLE_PIECE_MS = 20_000;

/** A wait for the next block is a time-out at so many times what it should take. */
const TIMEOUT_FACTOR = 8;
const TIMEOUT_MS_MIN = 5_000;
const TIMEOUT_MS_MAX = 60_000;
/** Before the first block: a peer may have to wake its disk, or be far. */
const TIMEOUT_MS_START = 20_000;

export interface RequestDepthOptions {
  /** The peer's `reqq` (BEP 10). */
  readonly peerMax?: number;
  /** Our own bound, for memory. */
  readonly ownMax?: number;
}

/** Milliseconds. */
interface Gaps {
  readonly longest: number;
  readonly second: number;
}

const NO_GAPS: Gaps = { longest: 0, second: 0 };

export class RequestDepth {
  #peerMax: number;
  readonly #ownMax: number;
  #depth = DEPTH_START;
  #isSlowStart = true;
  /** Nothing has come since. */
  #hasTimedOut = false;
  /** Bytes per second in the last round; undefined before the first. */
  #rate: number | undefined;
  #roundStartedAt: Millis | undefined;
  #roundBytes = 0;
  #lastBlockAt: Millis | undefined;
  /** Shortest response so far: the one with no queue in it. It never grows, or the queue would feed it. */
  #responseMs = Infinity;
  /** Longest and second longest time between blocks, in this stretch of time and the one before. */
  #memorySince: Millis | undefined;
  #gaps: Gaps = NO_GAPS;
  #gapsBefore: Gaps = NO_GAPS;

  constructor(options: RequestDepthOptions = {}) {
    this.#peerMax = Math.max(1, options.peerMax ?? PEER_DEPTH_DEFAULT);
    this.#ownMax = Math.max(1, options.ownMax ?? DEPTH_MAX);
  }

  /** The peer said how much it queues. */
  setPeerMax(peerMax: number): void {
    this.#peerMax = Math.max(1, peerMax);
  }

  get depth(): number {
    return Math.min(this.#depth, this.#peerMax, this.#ownMax, DEPTH_MAX);
  }

  /** How many to ask for when so many are outstanding: none until a quarter is answered. */
  room(outstanding: number): number {
    return outstanding <= this.depth * REFILL_SHARE ? this.depth - outstanding : 0;
  }

  /** Bytes per second in the last full round; undefined before it. */
  get rate(): number | undefined {
    return this.#rate;
  }

  /** A peer not measured yet counts as fast. */
  speed(pieceLength: number): 'fast' | 'slow' {
    if (this.#rate === undefined) return 'fast';
    return (this.#rate * WHOLE_PIECE_MS) / 1_000 >= pieceLength ? 'fast' : 'slow';
  }

  /** How long so many blocks will take. A peer not measured yet is taken to send its first depth in a second. */
  answerMs(outstanding: number): number {
    const rate = Math.max(this.#rate ?? DEPTH_START * BLOCK_LENGTH, 1);
    return this.#latencyMs + (outstanding * BLOCK_LENGTH * 1_000) / rate;
  }

  /** How long one block takes while nothing else is asked for: no queue, and no gaps that come of one. */
  get idleAnswerMs(): number {
    const responseMs = Number.isFinite(this.#responseMs) ? this.#responseMs : 0;
    return Math.max(LATENCY_MS_MIN, responseMs);
  }

  /** How long to wait for the next block, since the last one or, if later, since the oldest request. */
  get timeoutMs(): number {
    // who let one time pass is not waited for as long again: it may never send, and what comes late counts
    if (this.#hasTimedOut) return TIMEOUT_MS_MIN;
    if (this.#rate === undefined) return TIMEOUT_MS_START;
    const expectedMs = this.answerMs(1);
    return Math.min(TIMEOUT_MS_MAX, Math.max(TIMEOUT_MS_MIN, expectedMs * TIMEOUT_FACTOR));
  }

  /** A block came, asked for at `askedAt`. */
  received(bytes: number, askedAt: Millis, now: Millis): void {
    this.#hasTimedOut = false;
    this.#remember(askedAt, now);
    this.#roundBytes += bytes;
    const elapsedMs = now - (this.#roundStartedAt ?? askedAt);
    const isFull = this.#roundBytes >= this.depth * BLOCK_LENGTH;
    const isLongEnough = this.#isSlowStart || elapsedMs >= ROUND_MS_MIN;
    if ((isFull && isLongEnough) || elapsedMs >= ROUND_MS_MAX) this.#endRound(elapsedMs, now);
  }

  /** Nothing came within `timeoutMs`: the requests are to be released, and one asked for anew. */
  timedOut(): void {
    this.#depth = 1;
    this.#isSlowStart = false;
    this.#hasTimedOut = true;
    this.#rate = (this.#rate ?? 0) / 2;
    this.#roundStartedAt = undefined;
    this.#roundBytes = 0;
  }

  #endRound(elapsedMs: number, now: Millis): void {
    const rate = (this.#roundBytes * 1_000) / Math.max(elapsedMs, 1);
    const isGrowing = rate >= (this.#rate ?? 0) * GROWTH_MIN;
    const isCut = this.#roundBytes < this.depth * BLOCK_LENGTH; // slower than the depth by far
    this.#rate = rate;
    this.#roundStartedAt = now;
    this.#roundBytes = 0;
    if (this.#isSlowStart && isGrowing && !isCut) {
      this.#depth = Math.min(this.depth * 2, DEPTH_MAX);
      return;
    }
    this.#isSlowStart = false;
    this.#depth = this.#depthFor(rate);
  }

  #depthFor(rate: number): number {
    if (rate < CRAWL_BYTES_PER_SECOND) return 1;
    if (rate < SLOW_BYTES_PER_SECOND) return DEPTH_MIN;
    const depth = Math.ceil((rate * this.#latencyMs * HEADROOM) / 1_000 / BLOCK_LENGTH);
    return Math.min(DEPTH_MAX, Math.max(DEPTH_MIN, depth));
  }

  /** The second longest gap: a peer that sends in batches has many, and a single stall says nothing. */
  get #latencyMs(): number {
    const gapMs = Math.max(this.#gaps.second, this.#gapsBefore.second);
    const responseMs = Number.isFinite(this.#responseMs) ? this.#responseMs : 0;
    return Math.max(LATENCY_MS_MIN, responseMs + Math.min(gapMs, GAP_MS_MAX));
  }

  #remember(askedAt: Millis, now: Millis): void {
    this.#responseMs = Math.min(this.#responseMs, now - askedAt);
    this.#memorySince ??= now;
    if (now - this.#memorySince >= MEMORY_MS) {
      this.#memorySince = now;
      this.#gapsBefore = this.#gaps;
      this.#gaps = NO_GAPS;
    }
    const lastBlockAt = this.#lastBlockAt ?? askedAt;
    this.#lastBlockAt = now;
    // while nothing was asked for the peer could not send
    const idleMs = Math.max(0, askedAt - lastBlockAt);
    this.#roundStartedAt =
      this.#roundStartedAt === undefined ? askedAt : this.#roundStartedAt + idleMs;
    const gapMs = now - lastBlockAt - idleMs;
    const { longest, second } = this.#gaps;
    if (gapMs > longest) this.#gaps = { longest: gapMs, second: longest };
    else if (gapMs > second) this.#gaps = { longest, second: gapMs };
  }
}
