/** How many blocks each peer owes us. */
import { assert, LeanMap } from '@coequal/base';
import type { PeerKey } from './peer-key.ts';

interface PeerLoad {
  outstanding: number;
  isSlow: boolean;
}

/** Knows the peers that were asked for blocks since they were last deleted. */
export class PeerLoads {
  readonly #byPeer = new LeanMap<PeerKey, PeerLoad>();

  get size(): number {
    return this.#byPeer.size;
  }

  of(peer: PeerKey): number {
    return this.#byPeer.get(peer)?.outstanding ?? 0;
  }

  isSlow(peer: PeerKey): boolean {
    return this.#byPeer.get(peer)?.isSlow ?? false;
  }

  add(peer: PeerKey, count: number, isSlow: boolean): void {
    const load = this.#byPeer.get(peer);
    if (load) {
      load.outstanding += count;
      load.isSlow = isSlow;
    } else {
      this.#byPeer.set(peer, { outstanding: count, isSlow });
    }
  }

  /** The peer owes one block less. */
  take(peer: PeerKey): void {
    const load = this.#byPeer.get(peer);
    assert(load && load.outstanding > 0, 'a peer owed blocks that were not counted');
    load.outstanding -= 1;
  }

  /** Returns whether the peer was known. */
  delete(peer: PeerKey): boolean {
    return this.#byPeer.delete(peer);
  }
}
