/**
 * Requests that are being taken from a slow peer and given to an idle one: the slow one is sent a
 * `cancel`, which it answers (BEP 6), and only when it says that the block will not come is the other
 * asked. Asked at once, both would send: measured in a simulated swarm of thirty with full uplinks, two
 * of three such blocks came twice, and were a fifth of all that was sent.
 */
import { LeanMap } from '@coequal/base';
import type { Millis } from '@coequal/base';
import { blockKeyOf } from '../../core/wire/outstanding-requests.ts';
import type { Bitfield } from '../../core/bitfield.ts';
import type { BlockRequest } from '../../core/blocks.ts';
import type { PeerLink } from './peer-link.ts';

/** A cancel that is not answered for so long never will be: not every client that speaks BEP 6 does. */
const ANSWER_MS_MAX = 3_000;

export interface RequestMove {
  readonly block: BlockRequest;
  readonly from: PeerLink;
  readonly to: PeerLink;
  readonly begunAt: Millis;
}

/** One for each block at most. */
export class RequestMoves {
  readonly #byBlock = new LeanMap<number, RequestMove>();

  begin(blocks: readonly BlockRequest[], from: PeerLink, to: PeerLink, now: Millis): void {
    for (const block of blocks) {
      const key = blockKeyOf(block.piece, block.begin);
      this.#byBlock.set(key, { block, from, to, begunAt: now });
    }
  }

  /** The move of that block away from `from`, which is over. */
  take(piece: number, begin: number, from: PeerLink): RequestMove | undefined {
    const key = blockKeyOf(piece, begin);
    const move = this.#byBlock.get(key);
    if (move?.from !== from) return undefined;
    this.#byBlock.delete(key);
    return move;
  }

  /** All that are over since the link has ended, choked us or timed out. */
  takeAll(from: PeerLink): readonly RequestMove[] {
    return this.#takeThose((move) => move.from === from);
  }

  /** Those for which no answer will come. */
  unanswered(now: Millis): readonly RequestMove[] {
    return [...this.#byBlock.values()].filter(({ begunAt }) => now - begunAt > ANSWER_MS_MAX);
  }

  /** Nobody asks the link any more. */
  forget(to: PeerLink): void {
    this.#takeThose((move) => move.to === to);
  }

  /** As `forget`, of those for pieces that it has lost, which are over. */
  takeOutside(pieces: Bitfield, to: PeerLink): readonly RequestMove[] {
    return this.#takeThose((move) => move.to === to && !pieces.has(move.block.piece));
  }

  #takeThose(isOver: (move: RequestMove) => boolean): readonly RequestMove[] {
    const over: RequestMove[] = [];
    for (const [key, move] of this.#byBlock) {
      if (!isOver(move)) continue;
      this.#byBlock.delete(key);
      over.push(move);
    }
    return over;
  }
}
