/** Which pieces a peer claims to have, before the metadata tells how many there are. */
import { PeerFault } from '@coequal/base';
import { Bitfield } from '../bitfield.ts';
import { BITFIELD_LENGTH_MAX } from './peer-wire.ts';

/** As many as the longest bitfield has; two bits for each are what haves and their loss cost us, whatever they claim. */
const PIECES_MAX = BITFIELD_LENGTH_MAX * 8;
/** Bytes of the first set of either; most torrents have fewer pieces. */
const SET_LENGTH_MIN = 128;

type Said = { readonly type: 'all' } | { readonly type: 'bits'; readonly bits: Uint8Array };

export class EarlyPieces {
  #said: Said | undefined;
  #haves = new Bitfield(0);
  /** Taken back since the whole set was told; those of `haves` were had again. */
  #lost = new Bitfield(0);

  /** Throws PeerFault `BAD_PIECE_INDEX` for a piece that no torrent has. */
  have(piece: number): void {
    this.#haves = withRoomFor(piece, this.#haves);
    this.#haves.set(piece);
  }

  /** As `have`, of a piece that is had no more. */
  dontHave(piece: number): void {
    this.#lost = withRoomFor(piece, this.#lost);
    this.#lost.set(piece);
    this.#haves.clear(piece);
  }

  all(): void {
    this.#setSaid({ type: 'all' });
  }

  /** Copied: the message is a view of the receive buffer. */
  bits(bits: Uint8Array): void {
    this.#setSaid({ type: 'bits', bits: bits.slice() });
  }

  /** Throws PeerFault `BAD_BITFIELD` or `BAD_PIECE_INDEX` for claims that were false. */
  decode(pieceCount: number): Bitfield {
    const pieces = this.#decodeSaid(pieceCount);
    for (const piece of this.#lost) {
      checkIndex(piece, pieceCount);
      pieces.clear(piece);
    }
    for (const piece of this.#haves) {
      checkIndex(piece, pieceCount);
      pieces.set(piece);
    }
    return pieces;
  }

  #setSaid(said: Said): void {
    this.#said = said;
    this.#lost = new Bitfield(0);
  }

  #decodeSaid(pieceCount: number): Bitfield {
    if (this.#said === undefined) return new Bitfield(pieceCount);
    return this.#said.type === 'all'
      ? Bitfield.full(pieceCount)
      : Bitfield.decode(this.#said.bits, pieceCount);
  }
}

/** The same set or a larger one. Throws PeerFault `BAD_PIECE_INDEX` for a piece that no torrent has. */
function withRoomFor(piece: number, pieces: Bitfield): Bitfield {
  if (piece >= PIECES_MAX) throw new PeerFault('BAD_PIECE_INDEX', { piece });
  if (piece < pieces.length) return pieces;
  const bytes = Math.max(SET_LENGTH_MIN, (piece >> 3) + 1, pieces.bytes.length * 2);
  const larger = new Uint8Array(Math.min(bytes, BITFIELD_LENGTH_MAX));
  larger.set(pieces.bytes);
  return Bitfield.decode(larger, larger.length * 8);
}

/** Throws PeerFault `BAD_PIECE_INDEX`. */
export function checkIndex(piece: number, pieceCount: number): void {
  if (piece >= pieceCount) throw new PeerFault('BAD_PIECE_INDEX', { piece, pieceCount });
}
