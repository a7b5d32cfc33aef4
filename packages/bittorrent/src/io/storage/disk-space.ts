/** A disk that is full: what is short, and the wait until there is room again. */
import { sleep } from '@coequal/base';
import type { Ports, SafePath } from '@coequal/base';

/** How often a full disk is looked at again. */
const RETRY_MS = 5_000;
/** Room for this many pieces is worth going on for, if more is missing. */
const ROOM_PIECES = 2;

export interface Shortage {
  /** What could not be written. */
  readonly path: string;
  /** Until everything wanted is there. */
  readonly bytesNeeded: number;
}

export class DiskSpace {
  /** Asked each time: content may be moved. */
  readonly #directory: () => SafePath;
  readonly #ports: Pick<Ports, 'clock' | 'disk'>;
  /** Asked each time: pieces that were on their way to the disk may still have found room. */
  readonly #bytesNeeded: () => number;
  #fullPath: string | undefined;

  constructor(
    directory: () => SafePath,
    bytesNeeded: () => number,
    ports: Pick<Ports, 'clock' | 'disk'>,
  ) {
    this.#directory = directory;
    this.#bytesNeeded = bytesNeeded;
    this.#ports = ports;
  }

  /** Undefined while there is room, as far as we know. */
  get shortage(): Shortage | undefined {
    const path = this.#fullPath;
    return path === undefined ? undefined : { path, bytesNeeded: this.#bytesNeeded() };
  }

  /**
   * Resolves once there is room for what is needed, or at least for some pieces. Rejects with the
   * LocalFaults of Disk or the signal's reason. Only one waits at a time.
   */
  async wait(path: string, pieceLength: number, signal: AbortSignal): Promise<void> {
    this.#fullPath = path;
    for (;;) {
      await sleep(this.#ports.clock, RETRY_MS, signal);
      const free = await this.#ports.disk.freeBytes(this.#directory());
      if (free >= Math.min(this.#bytesNeeded(), pieceLength * ROOM_PIECES)) break;
    }
    this.#fullPath = undefined;
  }
}
