/**
 * How long a datagram may be on this path (RFC 8899): begins with what passes everywhere and tries longer ones.
 *
 * What is tried is a packet of data that is filled up: if it is lost, the same data go again without the
 * filling. A packet cannot be split afterwards, since each has one sequence number.
 */
import { DATAGRAM_LENGTH_MAX } from './packet-buffer.ts';

/** What QUIC builds on, too (RFC 9000, section 14): IPv6 guarantees 1,280 with its headers. */
const DATAGRAM_LENGTH_SAFE = 1_200;

/** What is not worth another try. */
const STEP_MIN = 16;

/** Losses of one length before it is taken to be too long: packets are lost for other reasons, too. */
const LOSSES_MAX = 2;

export class MtuSearch {
  #passes: number = DATAGRAM_LENGTH_SAFE;
  #max: number = DATAGRAM_LENGTH_MAX;
  #next: number = DATAGRAM_LENGTH_MAX;
  #losses = 0;
  #isUnderWay = false;

  /** Known to pass. */
  get datagramLength(): number {
    return this.#passes;
  }

  /** To be tried now, if it is longer than what passes. */
  get probeLength(): number {
    return this.#isUnderWay ? this.#passes : this.#next;
  }

  onProbeSent(): void {
    this.#isUnderWay = true;
  }

  onProbePassed(length: number): void {
    this.#isUnderWay = false;
    this.#losses = 0;
    this.#passes = Math.max(this.#passes, length);
    this.#choose();
  }

  onProbeLost(length: number): void {
    this.#isUnderWay = false;
    this.#losses += 1;
    if (this.#losses < LOSSES_MAX) return;
    this.#losses = 0;
    this.#max = Math.min(this.#max, length - 1);
    this.#choose();
  }

  #choose(): void {
    const isFound = this.#max - this.#passes < STEP_MIN;
    this.#next = isFound ? this.#passes : Math.ceil((this.#passes + this.#max) / 2);
  }
}
