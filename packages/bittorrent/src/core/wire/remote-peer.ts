/**
 * What a peer has told us: choking, interest, its pieces, its extensions (BEP 3, 6, 10, 21, 54). Checks
 * every control message against the rules and turns it into at most one event. Blocks do not come
 * through here (STYLE: the data path is the exception).
 */
import { assert, PeerFault } from '@coequal/base';
import { Bitfield } from '../bitfield.ts';
import type { BlockRequest } from '../blocks.ts';
import { decodeDontHave, LT_DONTHAVE_ID } from './dont-have.ts';
import { checkIndex, EarlyPieces } from './early-pieces.ts';
import {
  decodeExtendedHandshake,
  EXTENDED_HANDSHAKE_ID,
  mergeExtendedHandshake,
} from './extension-protocol.ts';
import type { ExtendedHandshake } from './extension-protocol.ts';
import type { PeerSupport } from './handshake.ts';
import type { HashMessage, ReceivedMessage } from './peer-wire.ts';

export type PeerEvent =
  | { readonly type: 'choked' | 'unchoked' | 'interest-changed' | 'extended-handshake' }
  /** The whole set changed; `previous` is what was counted for it before. */
  | { readonly type: 'pieces-changed'; readonly previous: Bitfield | undefined }
  | { readonly type: 'have'; readonly piece: number }
  /** It has lost a piece that it had, and has these left. */
  | { readonly type: 'dont-have'; readonly piece: number; readonly left: Bitfield }
  | { readonly type: 'request' | 'cancel' | 'rejected'; readonly block: BlockRequest }
  | { readonly type: 'allowed-fast'; readonly piece: number }
  /** Of its node in the DHT (BEP 5). */
  | { readonly type: 'dht-port'; readonly port: number }
  | { readonly type: 'extension'; readonly id: number; readonly payload: Uint8Array }
  /** Its bytes borrow from the frame. */
  | { readonly type: 'hash-message'; readonly message: HashMessage };

/** More allowed-fast pieces than any client grants (BEP 6 suggests 10); the rest are ignored. */
const ALLOWED_FAST_MAX = 32;
/** Only the latest suggestions are worth a try. */
const SUGGESTED_MAX = 16;

/** Whole sets of pieces, by bitfield or have-all: BEP 3 allows one. Each costs us a look at every piece. */
const PIECE_SETS_MAX = 16;

export class RemotePeer {
  /** What it said it can in the reserved bits of its handshake; we can all of it. */
  readonly supports: Pick<PeerSupport, 'fast' | 'extensions' | 'dht'>;
  isChoking = true;
  isInterested = false;
  /** It took back a piece: one that it says it has may not be news. */
  hasLost = false;
  readonly allowedFast: Set<number> = new Set();
  readonly suggested: number[] = [];
  /** Merged from all extended handshakes so far. */
  extended: ExtendedHandshake | undefined;
  #pieces: Bitfield | undefined;
  /** What it claims until then. */
  #early: EarlyPieces | undefined = new EarlyPieces();
  #setsCome = 0;

  constructor(supports: Pick<PeerSupport, 'fast' | 'extensions' | 'dht'>) {
    this.supports = supports;
  }

  /** Undefined until the metadata is known. */
  get pieces(): Bitfield | undefined {
    return this.#pieces;
  }

  /** It has nothing left to fetch: all pieces, or it said so (BEP 21). */
  get isUploadOnly(): boolean {
    return this.#pieces?.isFull === true || this.extended?.isUploadOnly === true;
  }

  /** The metadata is known now: what the peer claimed before becomes a checked set of pieces. */
  learnPieceCount(pieceCount: number): void {
    assert(this.#early, 'the piece count is learnt once');
    const pieces = this.#early.decode(pieceCount);
    for (const piece of [...this.allowedFast, ...this.suggested]) checkIndex(piece, pieceCount);
    this.#pieces = pieces; // nothing is known of it until all that it claimed is right
    this.#early = undefined;
  }

  /** Throws PeerFault for what the rules forbid. */
  receive(message: ReceivedMessage): PeerEvent | undefined {
    switch (message.type) {
      case 'choke':
        this.isChoking = true;
        return { type: 'choked' };
      case 'unchoke':
        this.isChoking = false;
        return { type: 'unchoked' };
      case 'interested':
      case 'not-interested':
        return this.#setInterest(message.type === 'interested');
      case 'have':
        return this.#have(message.piece);
      case 'bitfield':
        return this.#setPieces(message.bytes);
      case 'have-all':
        this.#needFast(message.type);
        return this.#setPieces('all');
      case 'have-none':
        this.#needFast(message.type);
        return undefined;
      case 'request':
      case 'cancel':
        return { type: message.type, block: this.#checkedBlock(message) };
      case 'reject':
        this.#needFast(message.type);
        return { type: 'rejected', block: this.#checkedBlock(message) };
      case 'allowed-fast':
        this.#needFast(message.type);
        return this.#allowFast(message.piece);
      case 'suggest':
        this.#needFast(message.type);
        this.suggested.unshift(this.#checked(message.piece));
        this.suggested.length = Math.min(this.suggested.length, SUGGESTED_MAX);
        return undefined;
      case 'extended':
        return this.#extended(message.id, message.payload);
      case 'port':
        return { type: 'dht-port', port: message.port };
      case 'keep-alive':
      case 'unknown':
        return undefined;
      case 'hash-request':
      case 'hashes':
      case 'hash-reject':
        return { type: 'hash-message', message };
      case 'piece':
        throw new PeerFault('PIECE_OUT_OF_PLACE', { piece: message.piece });
    }
  }

  #setInterest(isInterested: boolean): PeerEvent | undefined {
    if (this.isInterested === isInterested) return undefined;
    this.isInterested = isInterested;
    return { type: 'interest-changed' };
  }

  #have(piece: number): PeerEvent | undefined {
    const pieces = this.#pieces;
    if (pieces === undefined) {
      this.#early?.have(piece);
      return undefined;
    }
    return pieces.set(this.#checked(piece)) ? { type: 'have', piece } : undefined;
  }

  #dontHave(piece: number): PeerEvent | undefined {
    const pieces = this.#pieces;
    if (pieces === undefined) {
      this.#early?.dontHave(piece);
      return undefined;
    }
    if (!pieces.clear(this.#checked(piece))) return undefined;
    this.hasLost = true;
    return { type: 'dont-have', piece, left: pieces };
  }

  #setPieces(said: Uint8Array | 'all'): PeerEvent | undefined {
    this.#setsCome += 1;
    if (this.#setsCome > PIECE_SETS_MAX) throw new PeerFault('BITFIELD_FLOOD');
    const previous = this.#pieces;
    if (previous === undefined) {
      if (said === 'all') this.#early?.all();
      else this.#early?.bits(said);
      return undefined;
    }
    const { length } = previous;
    this.#pieces = said === 'all' ? Bitfield.full(length) : Bitfield.decode(said, length);
    return { type: 'pieces-changed', previous };
  }

  #allowFast(piece: number): PeerEvent | undefined {
    if (this.allowedFast.size >= ALLOWED_FAST_MAX) return undefined;
    this.allowedFast.add(this.#checked(piece));
    return { type: 'allowed-fast', piece };
  }

  #extended(id: number, payload: Uint8Array): PeerEvent | undefined {
    if (!this.supports.extensions) throw new PeerFault('EXTENSIONS_NOT_AGREED');
    if (id === LT_DONTHAVE_ID) return this.#dontHave(decodeDontHave(payload));
    if (id !== EXTENDED_HANDSHAKE_ID) return { type: 'extension', id, payload };
    const said = decodeExtendedHandshake(payload);
    this.extended =
      this.extended === undefined ? said : mergeExtendedHandshake(this.extended, said);
    return { type: 'extended-handshake' };
  }

  #needFast(type: string): void {
    if (!this.supports.fast) throw new PeerFault('FAST_NOT_AGREED', { type });
  }

  #checked(piece: number): number {
    if (this.#pieces !== undefined) checkIndex(piece, this.#pieces.length);
    return piece;
  }

  #checkedBlock(message: BlockRequest): BlockRequest {
    this.#checked(message.piece);
    return { piece: message.piece, begin: message.begin, length: message.length };
  }
}
