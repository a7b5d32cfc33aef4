/** Which pieces a peer claims to have, before the metadata tells how many there are. */
import { PeerFault } from '@coequal/base';
import { Bitfield } from '../bitfield.ts';
import { BITFIELD_LENGTH_MAX } from './peer-wire.ts';

/** As many as the longest bitfield has; a bit for each is what haves cost us, whatever they claim. */
const PIECES_MAX = BITFIELD_LENGTH_MAX * 8;
/** Bytes of the first set of haves; most torrents have fewer pieces. */
const HAVES_LENGTH_MIN = 128;

type Said = { readonly type: 'all' } | { readonly type: 'bits'; readonly bits: Uint8Array };

export class EarlyPieces {
  #said: Said | undefined;
  #haves = new Bitfield(0);

  /** Throws PeerFault `BAD_PIECE_INDEX` for a piece that no torrent has. */
  have(piece: number): void {
    if (piece >= PIECES_MAX) throw new PeerFault('BAD_PIECE_INDEX', { piece });
    if (piece >= this.#haves.length) {
      const bytes = Math.max(HAVES_LENGTH_MIN, (piece >> 3) + 1, this.#haves.bytes.length * 2);
      const larger = new Uint8Array(Math.min(bytes, BITFIELD_LENGTH_MAX));
      larger.set(this.#haves.bytes);
      this.#haves = Bitfield.decode(larger, larger.length * 8);
    }
    this.#haves.set(piece);
  }

  all(): void {
    this.#said = { type: 'all' };
  }

  /** Copied: the message is a view of the receive buffer. */
  bits(bits: Uint8Array): void {
    this.#said = { type: 'bits', bits: bits.slice() };
  }

  /** Throws PeerFault `BAD_BITFIELD` or `BAD_PIECE_INDEX` for claims that were false. */
  decode(pieceCount: number): Bitfield {
    const pieces = this.#decodeSaid(pieceCount);
    for (const piece of this.#haves) {
      checkIndex(piece, pieceCount);
      pieces.set(piece);
    }
    return pieces;
  }

  #decodeSaid(pieceCount: number): Bitfield {
    if (this.#said === undefined) return new Bitfield(pieceCount);
    return this.#said.type === 'all'
      ? Bitfield.full(pieceCount)
      : Bitfield.decode(this.#said.bits, pieceCount);
  }
}

/** Throws PeerFault `BAD_PIECE_INDEX`. */
export function checkIndex(piece: number, pieceCount: number): void {
  if (piece >= pieceCount) throw new PeerFault('BAD_PIECE_INDEX', { piece, pieceCount });
}
