/** Content of one simulated file, twice: as programs see it, and as a power loss would leave it. */
import type { SimRandom } from './sim-random.ts';

/** Unit of storage: small, since most files of a test are. */
const PAGE_LENGTH = 16_384;

/** Unit in which a file takes space on the disk. */
const BLOCK_LENGTH = 4_096;

/** What a disk writes wholly or not at all. */
const SECTOR_LENGTH = 512;

interface Page {
  readonly bytes: Uint8Array;
  /** One bit for each block that was ever written: the others are holes. */
  blocks: number;
  /** The durable image has it too, so it must be copied before it is changed. */
  isShared: boolean;
}

type Change =
  | { readonly type: 'write'; readonly position: number; readonly bytes: Uint8Array }
  | { readonly type: 'truncate'; readonly length: number };

interface Logged {
  readonly change: Change;
  /** Of the file, once the change was made. */
  readonly length: number;
}

/** What a `sync` that was begun will make durable. */
export interface Snapshot {
  readonly pages: Map<number, Page>;
  readonly length: number;
  /** Changes since the file was made. */
  readonly changes: number;
}

export class FileImage {
  readonly type = 'file';
  modifiedMs: number;
  #pages = new Map<number, Page>();
  #length = 0;
  #blockCount = 0;
  #durable: Snapshot = { pages: new Map(), length: 0, changes: 0 };
  /** Changes that are not durable, oldest first. */
  #log: Logged[] = [];

  constructor(modifiedMs: number) {
    this.modifiedMs = modifiedMs;
  }

  get length(): number {
    return this.#length;
  }

  /** Bytes it takes on the disk. */
  get allocated(): number {
    return this.#blockCount * BLOCK_LENGTH;
  }

  /** Bytes that `write` of this range would add to `allocated`. */
  missing(position: number, length: number): number {
    let blocks = 0;
    for (
      let at = position - (position % BLOCK_LENGTH);
      at < position + length;
      at += BLOCK_LENGTH
    ) {
      const page = this.#pages.get(Math.floor(at / PAGE_LENGTH));
      if (((page?.blocks ?? 0) & blockBit(at)) === 0) blocks += 1;
    }
    return blocks * BLOCK_LENGTH;
  }

  read(into: Uint8Array, position: number): number {
    const count = Math.max(0, Math.min(into.length, this.#length - position));
    for (let done = 0; done < count;) {
      const at = position + done;
      const start = at % PAGE_LENGTH;
      const part = Math.min(PAGE_LENGTH - start, count - done);
      const page = this.#pages.get(Math.floor(at / PAGE_LENGTH));
      if (page === undefined) into.fill(0, done, done + part);
      else into.set(page.bytes.subarray(start, start + part), done);
      done += part;
    }
    return count;
  }

  write(bytes: Uint8Array, position: number): void {
    if (bytes.length === 0) return;
    const change: Change = { type: 'write', position, bytes: bytes.slice() };
    this.#apply(change);
    this.#length = Math.max(this.#length, position + bytes.length);
    this.#log.push({ change, length: this.#length });
  }

  truncate(length: number): void {
    const change: Change = { type: 'truncate', length };
    this.#apply(change);
    this.#length = length;
    this.#log.push({ change, length });
  }

  beginSync(): Snapshot {
    for (const page of this.#pages.values()) page.isShared = true;
    const changes = this.#durable.changes + this.#log.length;
    return { pages: new Map(this.#pages), length: this.#length, changes };
  }

  endSync(snapshot: Snapshot): void {
    const newlyDurable = snapshot.changes - this.#durable.changes;
    if (newlyDurable < 0) return; // a later sync ended first
    this.#log.splice(0, newlyDurable);
    this.#durable = snapshot;
  }

  /**
   * Each change that was not synced survives, vanishes or, a write, is torn between sectors. The length
   * is one that the file had since the last sync.
   */
  losePower(random: SimRandom): void {
    const log = this.#log;
    const kept = random.integer(0, log.length);
    this.#pages = new Map(this.#durable.pages);
    this.#blockCount = 0;
    for (const page of this.#pages.values()) this.#blockCount += countBits(page.blocks);
    this.#length = log[kept - 1]?.length ?? this.#durable.length;
    for (const [i, { change }] of log.entries()) {
      if (change.type === 'truncate') {
        if (i < kept) this.#apply(change);
      } else {
        for (const part of surviving(change.position, change.bytes, random)) this.#apply(part);
      }
    }
    this.#apply({ type: 'truncate', length: this.#length });
    this.#log = [];
    this.#durable = { pages: new Map(), length: 0, changes: 0 };
    this.#durable = this.beginSync();
  }

  #apply(change: Change): void {
    if (change.type === 'truncate') {
      this.#cut(change.length);
      return;
    }
    for (let done = 0; done < change.bytes.length;) {
      const at = change.position + done;
      const start = at % PAGE_LENGTH;
      const part = Math.min(PAGE_LENGTH - start, change.bytes.length - done);
      const page = this.#ownPage(Math.floor(at / PAGE_LENGTH));
      page.bytes.set(change.bytes.subarray(done, done + part), start);
      this.#blockCount -= countBits(page.blocks);
      for (let block = at - (at % BLOCK_LENGTH); block < at + part; block += BLOCK_LENGTH) {
        page.blocks |= blockBit(block);
      }
      this.#blockCount += countBits(page.blocks);
      done += part;
    }
  }

  #cut(length: number): void {
    const last = Math.floor(length / PAGE_LENGTH);
    const start = length % PAGE_LENGTH;
    for (const [number, page] of this.#pages) {
      if (number < last) continue;
      this.#blockCount -= countBits(page.blocks);
      if (number > last || start === 0) {
        this.#pages.delete(number);
        continue;
      }
      const own = this.#ownPage(number);
      own.bytes.fill(0, start);
      own.blocks &= (1 << Math.ceil(start / BLOCK_LENGTH)) - 1;
      this.#blockCount += countBits(own.blocks);
    }
  }

  #ownPage(number: number): Page {
    const old = this.#pages.get(number);
    if (old !== undefined && !old.isShared) return old;
    const bytes = old === undefined ? new Uint8Array(PAGE_LENGTH) : old.bytes.slice();
    const page: Page = { bytes, blocks: old?.blocks ?? 0, isShared: false };
    this.#pages.set(number, page);
    return page;
  }
}

/** The sectors of a write that reached the disk: all, none, or any of them. */
function surviving(position: number, bytes: Uint8Array, random: SimRandom): Change[] {
  const fate = random.integer(0, 2);
  if (fate === 0) return [];
  if (fate === 1) return [{ type: 'write', position, bytes }];
  const parts: Change[] = [];
  for (let start = 0; start < bytes.length;) {
    const end = start + SECTOR_LENGTH - ((position + start) % SECTOR_LENGTH);
    if (random.chance(0.5)) {
      parts.push({ type: 'write', position: position + start, bytes: bytes.subarray(start, end) });
    }
    start = end;
  }
  return parts;
}

/** The bit of the block at a position, within its page. */
function blockBit(position: number): number {
  return 1 << ((position % PAGE_LENGTH) / BLOCK_LENGTH);
}

function countBits(bits: number): number {
  let count = 0;
  for (let left = bits; left !== 0; left &= left - 1) count += 1;
  return count;
}
