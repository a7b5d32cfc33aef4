/**
 * Who sent which block of pieces whose hash was wrong, until the right bytes tell who lied. Of the wrong
 * bytes only hashes are kept.
 */
import { equalBytes } from '@coequal/base';
import { HASH_LENGTH } from '../metainfo/hash-tree.ts';

/** A piece that was wrong. Blocks are numbered from its beginning. */
export interface WrongPiece<Sender> {
  /** The SHA-256 of each block that was hashed, one after another. */
  readonly leaves: Uint8Array;
  /** Of each block; those beyond the leaves are padding, which nobody looks at. */
  readonly senders: readonly Sender[];
}

/** Wrong pieces that are remembered; of 32 MiB each their hashes take 4 MiB. Beyond it the oldest is forgotten. */
const RECORDS_MAX = 64;

export class WrongBlocks<Sender> {
  readonly #records: { readonly piece: number; readonly wrong: WrongPiece<Sender> }[] = [];

  /** The piece was wrong, and its right bytes are worth a comparison. */
  isWatched(piece: number): boolean {
    return this.#records.some((record) => record.piece === piece);
  }

  record(piece: number, wrong: WrongPiece<Sender>): void {
    this.#records.push({ piece, wrong });
    if (this.#records.length > RECORDS_MAX) this.#records.shift();
  }

  /** The piece came right, and these are its leaves: those who sent other blocks before. */
  settle(piece: number, leaves: Uint8Array): ReadonlySet<Sender> {
    const liars = new Set<Sender>();
    for (let at = this.#records.length - 1; at >= 0; at--) {
      const record = this.#records[at];
      if (record?.piece !== piece) continue;
      this.#records.splice(at, 1);
      for (const liar of sendersOf(record.wrong, differingBlocks(record.wrong.leaves, leaves)))
        liars.add(liar);
    }
    return liars;
  }
}

export function differingBlocks(found: Uint8Array, right: Uint8Array): readonly number[] {
  const blocks = Array.from({ length: found.length / HASH_LENGTH }, (_, block) => block);
  return blocks.filter((block) => !equalBytes(leafAt(found, block), leafAt(right, block)));
}

export function sendersOf<Sender>(
  { senders }: Pick<WrongPiece<Sender>, 'senders'>,
  blocks: readonly number[],
): ReadonlySet<Sender> {
  return new Set(blocks.flatMap((block) => senders[block] ?? []));
}

function leafAt(leaves: Uint8Array, block: number): Uint8Array {
  return leaves.subarray(block * HASH_LENGTH, (block + 1) * HASH_LENGTH);
}
