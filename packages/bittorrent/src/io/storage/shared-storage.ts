/** What all torrents of an engine share, so that their number does not set the memory and the open files. */
import type { Hasher, Ports } from '@coequal/base';
import { FileHandles } from './file-handles.ts';
import { ReadCache } from './read-cache.ts';
import { SlotPool } from './slot-pool.ts';
import { Turns } from '../turns.ts';

/**
 * Torrents whose files and resume data are looked at in one go: enough for the system's threads. What a
 * thousand of them would hold meanwhile stays with the heap.
 */
const OPENINGS_AT_ONCE = 16;
/**
 * Torrents whose pieces are hashed in one go: each reads its files in order, as disks like best, and all
 * their pieces fit the queue of the hasher, where a thousand torrents would not.
 */
const CHECKINGS_AT_ONCE = 4;

export class SharedStorage implements AsyncDisposable {
  readonly slots: SlotPool;
  readonly cache: ReadCache;
  readonly files: FileHandles;
  readonly openings: Turns = new Turns(OPENINGS_AT_ONCE);
  readonly checkings: Turns = new Turns(CHECKINGS_AT_ONCE);

  readonly #hasher: Hasher;

  constructor(ports: Pick<Ports, 'disk' | 'hasher'>) {
    this.#hasher = ports.hasher;
    this.slots = new SlotPool(ports.hasher);
    this.cache = new ReadCache();
    this.files = new FileHandles(ports.disk);
  }

  /** Gives up the memory that is kept for transfers under way, as far as it is not in use. */
  async rest(): Promise<void> {
    this.cache.rest();
    if (this.slots.rest()) await this.#hasher.rest();
  }

  /** After all torrents were closed. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.files[Symbol.asyncDispose]();
  }
}
