/**
 * When the running peer gives up the memory that it does not need. V8 collects garbage when it needs room, which a
 * process at rest never does: what the start and the last transfer left stays (docs/benchmarks.md).
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Engine } from '@coequal/bittorrent';

/** Long beside the pauses within a transfer. */
const REST_AFTER_MS = 30_000;
/** The DHT and whoever asks the API leave garbage too, a little. Once in so long costs 0.03 % of a core. */
const REST_AGAIN_MS = 300_000;

/** What is looked at, about once a second. */
export interface Activity {
  /** Bytes fetched and passed on so far. */
  readonly moved: number;
  /** Somebody looks, or files are being checked. */
  readonly isBusy: boolean;
}

/** Of both engines: that of files, of which there may be none, and that of what is handed over. */
export function activityOf(
  engine: Engine | undefined,
  handedOver: number,
  isSeen: boolean,
): Activity {
  const { downloaded = 0, uploaded = 0, wasted = 0 } = engine?.stats ?? {};
  const isChecking = engine?.torrents.some(({ state }) => state.type === 'checking') ?? false;
  return {
    moved: downloaded + uploaded + wasted + handedOver,
    isBusy: isSeen || isChecking,
  };
}

export class RestWatch {
  #moved = 0;
  #dueAt: number | undefined;

  /** Whether it is time to give up memory. The first look is the beginning. */
  look({ moved, isBusy }: Activity, now: number): boolean {
    if (isBusy || moved !== this.#moved || this.#dueAt === undefined) {
      this.#moved = moved;
      this.#dueAt = now + REST_AFTER_MS;
    }
    if (now < this.#dueAt) return false;
    this.#dueAt = now + REST_AGAIN_MS;
    return true;
  }
}

/** Takes 60 to 80 ms of processor time (18 MB of heap), and nothing else runs meanwhile: for when nothing moves and nobody looks. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('globalThis.gc');
  setFlagsFromString('--no-expose-gc');
  // the young generation becomes small again, too, and code that was not run lately goes
  if (typeof collect === 'function') collect({ type: 'major', flavor: 'last-resort' });
}
