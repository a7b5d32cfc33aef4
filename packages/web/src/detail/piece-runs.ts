/** The piece map as numbers: cells to draw, and runs of pieces to read. */

/** As the contract numbers them. */
const STATES = ['left-out', 'missing', 'under-way', 'had'] as const;
type PieceState = (typeof STATES)[number];
export const UNDER_WAY = STATES.indexOf('under-way');
export const HAD = STATES.indexOf('had');
const LEFT_OUT = STATES.indexOf('left-out');

export interface PieceRun {
  readonly state: PieceState;
  readonly from: number;
  readonly to: number;
  /** Fewest connected peers that have one of them. */
  readonly availability: number;
}

export interface PieceCell {
  /** Of the pieces in this cell, from 0 to 1. */
  readonly had: number;
  readonly underWay: number;
  readonly leftOut: number;
  readonly availability: number;
}

export function decodeBytes(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

function pieceState(byte: number | undefined): PieceState {
  return STATES[byte ?? LEFT_OUT] ?? 'missing';
}

/** The pieces that a file is in, both ends included. Undefined: it is empty, or sizes are not known. */
export function piecesOfFile(
  offset: number,
  length: number,
  pieceLength: number,
): { from: number; to: number } | undefined {
  if (length === 0 || pieceLength === 0) return undefined;
  return {
    from: Math.floor(offset / pieceLength),
    to: Math.floor((offset + length - 1) / pieceLength),
  };
}

/** Neighbours of one state together; at most `runsMax`, and whether that is all. */
export function pieceRuns(
  states: Uint8Array,
  availability: Uint8Array,
  runsMax: number,
): { runs: PieceRun[]; isAll: boolean } {
  const runs: PieceRun[] = [];
  let from = 0;
  while (from < states.length) {
    if (runs.length === runsMax) return { runs, isAll: false };
    let to = from;
    let least = availability[from] ?? 0;
    while (to + 1 < states.length && states[to + 1] === states[from]) {
      to += 1;
      least = Math.min(least, availability[to] ?? 0);
    }
    runs.push({ state: pieceState(states[from]), from, to, availability: least });
    from = to + 1;
  }
  return { runs, isAll: true };
}

/** At most `cellsMax` cells; one has several pieces when there are more. */
export function pieceCells(
  states: Uint8Array,
  availability: Uint8Array,
  cellsMax: number,
): PieceCell[] {
  const perCell = Math.max(1, Math.ceil(states.length / cellsMax));
  const cells: PieceCell[] = [];
  for (let from = 0; from < states.length; from += perCell) {
    const to = Math.min(from + perCell, states.length);
    let had = 0;
    let underWay = 0;
    let leftOut = 0;
    let least = 255;
    for (let piece = from; piece < to; piece += 1) {
      if (states[piece] === HAD) had += 1;
      if (states[piece] === UNDER_WAY) underWay += 1;
      if (states[piece] === LEFT_OUT) leftOut += 1;
      least = Math.min(least, availability[piece] ?? 0);
    }
    const count = to - from;
    cells.push({
      had: had / count,
      underWay: underWay / count,
      leftOut: leftOut / count,
      availability: least,
    });
  }
  return cells;
}
