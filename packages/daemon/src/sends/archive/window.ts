/** Bytes of an archive: of its file at any place, or one after another of what comes out of it. All that is read is counted. */
import { decodeUtf8, PeerFault } from '@coequal/base';
import type { Clock, DiskFile } from '@coequal/base';

/** Of one send: read of the disk, and come out of what was compressed. */
const LOOKED_AT_MAX: number = 4 * 2 ** 30;
/** Of one send: what was looked into by then is known, and the rest is said not to be. */
const LOOK_MS_MAX = 120_000;

/** What may be spent on the archives of one send. */
export class LookBudget {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #signal: AbortSignal;
  readonly #until: number;
  #left = LOOKED_AT_MAX;

  constructor(clock: Pick<Clock, 'now'>, signal: AbortSignal) {
    this.#clock = clock;
    this.#signal = signal;
    this.#until = clock.now() + LOOK_MS_MAX;
  }

  /** Throws PeerFault `ARCHIVE_TOO_LONG`. */
  spend(bytes: number): void {
    this.#signal.throwIfAborted();
    this.#left -= bytes;
    if (this.#left < 0 || this.#clock.now() >= this.#until)
      throw new PeerFault('ARCHIVE_TOO_LONG', { left: Math.max(0, this.#left) });
  }
}

export interface Source {
  /** Whether there are so many bytes, which are then read next. */
  reaches(at: number, count: number): Promise<boolean>;
  /** Throws PeerFault `ARCHIVE_ODD` when they are not there. */
  read(at: number, count: number): Promise<DataView>;
}

/** Of a file, at any place; of which what comes next is mostly there. */
export class Window implements Source {
  readonly #file: DiskFile;
  readonly #chunk: number;
  readonly #budget: LookBudget;
  readonly length: number;
  #at = 0;
  #bytes = new Uint8Array();

  private constructor(file: DiskFile, length: number, chunk: number, budget: LookBudget) {
    this.#file = file;
    this.length = length;
    this.#chunk = chunk;
    this.#budget = budget;
  }

  /** `chunk`: read at a time, and looked at in one go, a millisecond or two. */
  static async of(file: DiskFile, chunk: number, budget: LookBudget): Promise<Window> {
    return new Window(file, await file.length(), chunk, budget);
  }

  /** Whether these bytes are there without reading. */
  has(at: number, count: number): boolean {
    return at >= this.#at && at + count <= this.#at + this.#bytes.length;
  }

  async reaches(at: number, count: number): Promise<boolean> {
    return at + count <= this.length;
  }

  async read(at: number, count: number): Promise<DataView> {
    if (at < 0 || at + count > this.length) throw odd('it ends too soon');
    if (!this.has(at, count)) {
      const bytes = new Uint8Array(Math.min(Math.max(count, this.#chunk), this.length - at));
      this.#budget.spend(bytes.length);
      if ((await this.#file.readAt(bytes, at)) < count) throw odd('it ends too soon');
      this.#at = at;
      this.#bytes = bytes;
    }
    return new DataView(this.#bytes.buffer, this.#bytes.byteOffset + at - this.#at, count);
  }
}

/** Of what comes one after another: what lies before the last place that was read is gone. */
export class Sequence implements Source {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #budget: LookBudget;
  /** Where `#bytes` begins. */
  #at = 0;
  #bytes = new Uint8Array();

  constructor(chunks: AsyncIterable<Uint8Array>, budget: LookBudget) {
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.#budget = budget;
  }

  async reaches(at: number, count: number): Promise<boolean> {
    for (;;) {
      const skipped = Math.min(Math.max(0, at - this.#at), this.#bytes.length);
      this.#at += skipped;
      this.#bytes = this.#bytes.subarray(skipped);
      if (this.#at === at && this.#bytes.length >= count) return true;
      if (at < this.#at || !(await this.#more())) return false;
    }
  }

  async read(at: number, count: number): Promise<DataView> {
    if (!(await this.reaches(at, count))) throw odd('it ends too soon');
    return new DataView(this.#bytes.buffer, this.#bytes.byteOffset, count);
  }

  async end(): Promise<void> {
    await this.#chunks.return?.();
  }

  async #more(): Promise<boolean> {
    const { done, value } = await this.#chunks.next();
    if (done === true) return false;
    this.#budget.spend(value.length);
    const rest = this.#bytes;
    this.#bytes = new Uint8Array(rest.length + value.length);
    this.#bytes.set(rest);
    this.#bytes.set(value, rest.length);
    return true;
  }
}

/** In UTF-8, or one letter a byte: what matters in a name here is the same in all older forms. */
export function textOf(bytes: DataView, at: number, length: number): string {
  const part = new Uint8Array(bytes.buffer, bytes.byteOffset + at, length);
  return decodeUtf8(part) ?? Buffer.from(part).toString('latin1');
}

/** What programs may read in several ways, or not at all. */
export function odd(what: string): PeerFault {
  return new PeerFault('ARCHIVE_ODD', { what });
}

export function upToZero(text: string): string {
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}
