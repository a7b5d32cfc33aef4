/** Blocks: the unit in which pieces are asked for and sent (BEP 3). */

/** What all clients request; also the leaf of v2 hash trees (BEP 52). */
export const BLOCK_LENGTH = 16_384;

/** A block of a piece, as `request`, `piece`, `cancel` and `reject` name it. */
export interface BlockRequest {
  readonly piece: number;
  /** Bytes from the start of the piece. */
  readonly begin: number;
  readonly length: number;
}
