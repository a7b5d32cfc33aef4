/** What becomes of a finished piece: it is hashed and written, or its wrong blocks are fetched again, or all of them. */
import { LeanSet, LocalFault } from '@coequal/base';
import { BLOCK_LENGTH } from '../../core/blocks.ts';
import type { PiecePicker } from '../../core/picker/piece-picker.ts';
import type { WrongPiece } from '../../core/swarm/wrong-blocks.ts';
import type { PieceStore } from '../storage/piece-store.ts';
import type { PieceBuffer } from '../storage/slot-pool.ts';

/**
 * Wrong pieces that wait at a time, with their memory, for a peer to tell which of their blocks are wrong.
 * Others are fetched again as a whole.
 */
const REPAIRS_MAX = 4;

const NO_LEAVES = new Uint8Array(0);

/** What is asked of the swarm, and what it is told. */
export interface CommitView {
  /** Somebody sent wrong blocks of it, and its leaves will tell who. */
  isWatched(piece: number): boolean;
  /** `leaves`: if it was watched. */
  pieceWritten(piece: number, leaves: Uint8Array | undefined): void;
  /**
   * Which blocks of a wrong piece are wrong; undefined when nobody can tell, and not asked of peers unless
   * `mayAsk`. Who is to blame is dealt with.
   */
  wrongBlocks(
    piece: number,
    wrong: WrongPiece<number>,
    mayAsk: boolean,
  ): Promise<readonly number[] | undefined>;
  storageFailed(fault: LocalFault): void;
}

/** What is told to whoever fetches. */
export interface CommitHost {
  /** So many payload bytes were for nothing. */
  wasted(length: number): void;
  /** The piece is under way again, in the same memory. */
  reopened(buffer: PieceBuffer): void;
  /** Blocks are wanted again. */
  missing(): void;
}

export class PieceCommits {
  readonly #picker: PiecePicker;
  readonly #store: PieceStore;
  readonly #view: CommitView;
  readonly #host: CommitHost;
  readonly #running = new LeanSet<Promise<void>>();
  #repairing = 0;

  constructor(picker: PiecePicker, store: PieceStore, view: CommitView, host: CommitHost) {
    this.#picker = picker;
    this.#store = store;
    this.#view = view;
    this.#host = host;
  }

  /** All of its blocks are there, and nobody writes to it any more. */
  begin(buffer: PieceBuffer): void {
    const running = this.#settle(buffer).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Settles when no piece is being hashed or written. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  async #settle(buffer: PieceBuffer): Promise<void> {
    const { piece } = buffer;
    try {
      const outcome = await this.#store.commit(buffer, this.#view.isWatched(piece));
      const { isWritten, leaves = NO_LEAVES } = outcome;
      if (!isWritten) return await this.#repair(buffer, leaves);
      this.#picker.verified(piece);
      this.#view.pieceWritten(piece, outcome.leaves);
    } catch (error) {
      if (!(error instanceof LocalFault)) throw error;
      this.#host.wasted(buffer.length);
      this.#picker.failed(piece); // nobody's fault: its blocks are wanted again
      this.#view.storageFailed(error);
    }
  }

  /** A piece is wrong: of its blocks those are fetched again that are known to be, else all. */
  async #repair(buffer: PieceBuffer, leaves: Uint8Array): Promise<void> {
    const { piece, length } = buffer;
    const wrong = { leaves, senders: this.#picker.senders(piece) };
    const mayAsk = this.#repairing < REPAIRS_MAX;
    this.#repairing += 1;
    const blocks = await this.#view.wrongBlocks(piece, wrong, mayAsk);
    this.#repairing -= 1;
    if (blocks === undefined || blocks.length === 0) this.#store.discard(buffer);
    // SHA-1 says that it is wrong, SHA-256 that all of it is right: nobody can have such a piece
    if (blocks?.length === 0) throw new LocalFault('HYBRID_HASHES_DIFFER', { piece });
    if (blocks === undefined) {
      this.#host.wasted(length);
      this.#picker.failed(piece);
    } else {
      for (const block of blocks)
        this.#host.wasted(Math.min(BLOCK_LENGTH, length - block * BLOCK_LENGTH));
      this.#picker.reopened(piece, blocks);
      this.#host.reopened(buffer);
    }
    this.#host.missing();
  }
}
