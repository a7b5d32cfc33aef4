/** States, wishes and availability of all pieces, and the order that follows from them, kept in step. */
import { Availability } from './availability.ts';
import type { Bitfield } from '../bitfield.ts';
import { PieceOrder } from './piece-order.ts';
import { PieceTable } from './piece-table.ts';
import type { PieceStage } from './piece-table.ts';

/** Share of the pieces beyond which a peer's coming or going is cheaper as a new sort. */
const BULK_SHARE = 1 / 8;

/** Changes go through its methods; the parts are there to be read. */
export class PieceBook {
  readonly table: PieceTable;
  readonly availability: Availability;
  readonly #order = new PieceOrder();

  constructor(pieceCount: number) {
    this.table = new PieceTable(pieceCount);
    this.availability = new Availability(pieceCount);
  }

  /** The pieces that may be opened. */
  get order(): PieceOrder {
    if (this.#order.isStale) {
      this.#order.rebuild({
        pieceCount: this.table.pieceCount,
        priorityOf: (piece) => this.table.pickablePriority(piece),
        rankOf: (piece) => this.availability.rankOf(piece),
      });
    }
    return this.#order;
  }

  setStage(piece: number, stage: PieceStage): void {
    const { table } = this;
    const before = table.pickablePriority(piece);
    table.setStage(piece, stage);
    const after = table.pickablePriority(piece);
    if (table.hadCount === table.pieceCount) {
      this.#order.clear(); // a torrent at rest holds no arrays
    } else if (before > 0 && after === 0) {
      this.#order.remove(piece, before, this.availability.rankOf(piece));
    } else if (before === 0 && after > 0) {
      this.#order.insert(piece, after, this.availability.rankOf(piece));
    }
  }

  setPriority(piece: number, priority: number): void {
    if (this.table.priorityOf(piece) === priority) return;
    this.table.setPriority(piece, priority);
    this.#order.invalidate(); // wishes come in bulk
  }

  addPeer(has: Bitfield): void {
    this.#shiftAll(has, 1);
    this.availability.add(has);
  }

  removePeer(has: Bitfield): void {
    this.#shiftAll(has, -1);
    this.availability.remove(has);
  }

  addHave(piece: number): void {
    this.#shift(piece, 1);
    this.availability.addOne(piece);
  }

  removeHave(left: Bitfield, piece: number): void {
    // one that had all made no piece rarer than another: all but this one rise
    if (this.availability.wasSeed(left)) this.#order.invalidate();
    else this.#shift(piece, -1);
    this.availability.removeOne(left, piece);
  }

  /** Moves the pieces of a peer in the order; the counts follow. */
  #shiftAll(has: Bitfield, difference: 1 | -1): void {
    if (this.#order.isStale || this.availability.isSeed(has, difference)) return;
    if (has.count > this.table.pieceCount * BULK_SHARE) {
      this.#order.invalidate();
      return;
    }
    for (const piece of has) this.#shift(piece, difference);
  }

  #shift(piece: number, difference: 1 | -1): void {
    const priority = this.table.pickablePriority(piece);
    if (priority === 0) return;
    const rank = this.availability.rankOf(piece);
    if (difference === 1) this.#order.raise(piece, priority, rank);
    else this.#order.lower(piece, priority, rank);
  }
}
