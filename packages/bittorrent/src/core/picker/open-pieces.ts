/** The pieces under way, and which of them have blocks that nobody was asked for. */
import { LeanMap } from '@coequal/base';
import { BlockProgress } from './block-progress.ts';
import { NO_PEER } from './peer-key.ts';
import type { PeerKey } from './peer-key.ts';

/** Records of finished pieces kept for the next ones: a fast torrent opens hundreds a second. */
const SPARES_MAX = 64;

export class OpenPieces {
  readonly #byPiece = new LeanMap<number, BlockProgress>();
  /** Those with free blocks, in no order. */
  readonly #partials: BlockProgress[] = [];
  readonly #spares: BlockProgress[] = [];

  get size(): number {
    return this.#byPiece.size;
  }

  get partialCount(): number {
    return this.#partials.length;
  }

  partial(index: number): BlockProgress | undefined {
    return this.#partials[index];
  }

  get(piece: number): BlockProgress | undefined {
    return this.#byPiece.get(piece);
  }

  /** In the order in which they were opened. */
  values(): Iterable<BlockProgress> {
    return this.#byPiece.values();
  }

  pieces(): Iterable<number> {
    return this.#byPiece.keys();
  }

  open(piece: number, length: number): BlockProgress {
    const progress = this.#spares.pop() ?? new BlockProgress();
    progress.open(piece, length);
    this.#byPiece.set(piece, progress);
    this.update(progress);
    return progress;
  }

  /** A piece that was closed is under way again, with the blocks that it has. */
  reopen(progress: BlockProgress): void {
    this.#byPiece.set(progress.piece, progress);
    this.update(progress);
  }

  /** The piece is not that peer's any more: one that is for one peer alone would wait until another is idle. */
  disown(piece: number, peer: PeerKey): void {
    const progress = this.#byPiece.get(piece);
    if (progress?.owner === peer) progress.owner = NO_PEER;
  }

  /** To be called when blocks were taken or released. */
  update(progress: BlockProgress): void {
    const index = progress.partialIndex;
    if (progress.freeCount > 0 === index >= 0) return;
    if (index < 0) {
      progress.partialIndex = this.#partials.push(progress) - 1;
    } else {
      this.#unlist(progress);
    }
  }

  /** The record is the caller's until it is given to `recycle`. */
  close(progress: BlockProgress): void {
    this.#unlist(progress);
    this.#byPiece.delete(progress.piece);
  }

  recycle(progress: BlockProgress): void {
    if (this.#spares.length < SPARES_MAX) this.#spares.push(progress);
  }

  /** Lets go of the records kept. */
  clearSpares(): void {
    this.#spares.length = 0;
  }

  #unlist(progress: BlockProgress): void {
    const index = progress.partialIndex;
    if (index < 0) return;
    const last = this.#partials.pop();
    if (last !== undefined && last !== progress) {
      this.#partials[index] = last;
      last.partialIndex = index;
    }
    progress.partialIndex = -1;
  }
}
