/** Streams whose bytes are known: what arrives is compared as it comes, and each end is told apart. */
import assert from 'node:assert/strict';
import type { LinkStream, Millis } from '@coequal/base';
import type { SimRandom } from '@coequal/simulator';

const CYCLE = 65_521;
const pattern = new Uint8Array(CYCLE * 2);
for (let i = 0; i < CYCLE; i++) pattern[i] = (i * 2_654_435_761) >>> 13;
pattern.copyWithin(CYCLE, 0, CYCLE);

/** Bytes `at` and on of what a stream of that number carries. */
function bytesAt(number: number, at: number, length: number): Uint8Array {
  const start = (at + number * 7_919) % CYCLE;
  return pattern.subarray(start, start + length);
}

export const CHUNK_MAX = 40_000;

export class End {
  readonly stream: LinkStream;
  readonly #sends: number;
  readonly #receives: number;
  sent = 0;
  /** Of what was sent, that whose `onSent` was called. */
  settled = 0;
  received = 0;
  lastAt: Millis = 0;
  isEnded = false;
  /** Once, with what. */
  closed: { readonly why: Error | undefined } | undefined;
  onData: () => void = () => undefined;
  readonly #now: () => Millis;

  /** @param side what each side sends is another thing */
  constructor(stream: LinkStream, number: number, side: 0 | 1, now: () => Millis) {
    this.stream = stream;
    this.#sends = number * 2 + side;
    this.#receives = number * 2 + 1 - side;
    this.#now = now;
    stream.start(
      (view) => this.#take(view),
      (why) => {
        assert.equal(this.closed, undefined, 'onClose is called once');
        this.closed = { why };
      },
    );
  }

  send(length: number): boolean {
    const before = this.sent;
    this.sent += length;
    let isCalled = false;
    return this.stream.send([bytesAt(this.#sends, before, length)], () => {
      assert.ok(!isCalled, 'onSent is called once');
      isCalled = true;
      this.settled += length;
    });
  }

  /** One random thing that a user of a stream does. */
  act(random: SimRandom): void {
    if (this.closed !== undefined || this.isEnded) return;
    const dice = random.number();
    if (dice < 0.7) {
      for (let i = 0; i < 8 && this.stream.queuedBytes < 200_000; i++) {
        this.send(random.integer(1, random.chance(0.3) ? CHUNK_MAX : 500));
      }
    } else if (dice < 0.8) this.stream.pause();
    else this.stream.resume();
  }

  end(): void {
    this.stream.resume();
    if (this.isEnded || this.closed !== undefined) return;
    this.isEnded = true;
    this.stream.end();
  }

  #take(view: Uint8Array): void {
    assert.equal(this.closed, undefined, 'nothing comes after onClose');
    for (let at = 0; at < view.length; at += CYCLE) {
      const part = view.subarray(at, at + CYCLE);
      const expected = bytesAt(this.#receives, this.received, part.length);
      assert.ok(Buffer.compare(part, expected) === 0, `at ${this.received}: what was sent comes`);
      this.received += part.length;
    }
    this.lastAt = this.#now();
    this.onData();
  }
}
