/** What all torrents of an engine share, so that their number does not set the memory and the open files. */
import type { Ports } from '@coequal/base';
import { FileHandles } from './file-handles.ts';
import { ReadCache } from './read-cache.ts';
import { SlotPool } from './slot-pool.ts';

export class SharedStorage implements AsyncDisposable {
  readonly slots: SlotPool;
  readonly cache: ReadCache;
  readonly files: FileHandles;

  constructor(ports: Pick<Ports, 'disk' | 'hasher'>) {
    this.slots = new SlotPool(ports.hasher);
    this.cache = new ReadCache();
    this.files = new FileHandles(ports.disk);
  }

  /** After all torrents were closed. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.files[Symbol.asyncDispose]();
  }
}
