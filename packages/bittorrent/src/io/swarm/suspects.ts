/** What becomes of peers who had a part in wrong pieces: who is known to have sent a wrong block is banned. */
import { LeanMap, PeerFault } from '@coequal/base';
import type { PeerKey } from '../../core/picker/peer-key.ts';
import { differingBlocks, sendersOf, WrongBlocks } from '../../core/swarm/wrong-blocks.ts';
import type { WrongPiece } from '../../core/swarm/wrong-blocks.ts';
import type { Dialer, PeerTrace } from './dialer.ts';
import type { PeerLink } from './peer-link.ts';

/** Addresses kept of peers that sent blocks and left; beyond it the oldest is forgotten. */
const LEFT_MAX = 1_000;

export class Suspects {
  readonly #dialer: Dialer;
  readonly #linkOf: (key: PeerKey) => PeerLink | undefined;
  readonly #wrong = new WrongBlocks<PeerKey>();
  /** How peers are known that sent blocks, and are gone. */
  readonly #left = new LeanMap<PeerKey, PeerTrace>();

  constructor(dialer: Dialer, linkOf: (key: PeerKey) => PeerLink | undefined) {
    this.#dialer = dialer;
    this.#linkOf = linkOf;
  }

  /** The leaves of this piece, once it is right, tell who lied before. */
  isWatched(piece: number): boolean {
    return this.#wrong.isWatched(piece);
  }

  /** Nobody can tell yet which block is wrong; a piece of one sender was sent wrong by that one. */
  pieceWrong(piece: number, wrong: WrongPiece<PeerKey>): void {
    const [sender, ...others] = new Set(wrong.senders);
    if (sender !== undefined && others.length === 0) this.#ban(sender, piece);
    else this.#wrong.record(piece, wrong);
  }

  /** The right leaves of a wrong piece are known, and so the blocks that are wrong, and who sent them. */
  blocksWrong(piece: number, wrong: WrongPiece<PeerKey>, right: Uint8Array): readonly number[] {
    const blocks = differingBlocks(wrong.leaves, right);
    for (const sender of sendersOf(wrong, blocks)) this.#ban(sender, piece);
    return blocks;
  }

  pieceRight(piece: number, leaves: Uint8Array | undefined): void {
    if (leaves === undefined) return;
    for (const liar of this.#wrong.settle(piece, leaves)) this.#ban(liar, piece);
  }

  /** A lie that is not about blocks. */
  lied(link: PeerLink, fault: PeerFault): void {
    link.close(fault);
    this.#dialer.ban(this.#dialer.traceOf(link));
  }

  gone(link: PeerLink): void {
    if (link.downloaded === 0) return;
    this.#left.set(link.key, this.#dialer.traceOf(link));
    const [oldest] = this.#left.keys();
    if (this.#left.size > LEFT_MAX && oldest !== undefined) this.#left.delete(oldest);
  }

  #ban(key: PeerKey, piece: number): void {
    const link = this.#linkOf(key);
    const trace = link === undefined ? this.#left.get(key) : this.#dialer.traceOf(link);
    link?.close(new PeerFault('WRONG_DATA', { piece }));
    if (trace !== undefined) this.#dialer.ban(trace);
  }
}
