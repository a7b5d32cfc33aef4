import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PieceOrder } from '../../../src/core/picker/piece-order.ts';
import { PIECE_PRIORITY } from '../../../src/core/picker/piece-table.ts';

test('a piece that gets and loses the copy for which there is no rank costs one sort, not one each time', () => {
  const order = new PieceOrder();
  let rank = 0;
  let sorts = 0;
  const sortIfStale = (): void => {
    if (!order.isStale) return;
    sorts += 1;
    order.rebuild({
      pieceCount: 1,
      priorityOf: () => PIECE_PRIORITY.normal,
      rankOf: () => rank,
    });
  };
  sortIfStale();
  while (rank + 1 < order.ranks) order.raise(0, PIECE_PRIORITY.normal, rank++);
  sortIfStale();
  const before = sorts;
  for (let turn = 0; turn < 100; turn++) {
    order.lower(0, PIECE_PRIORITY.normal, rank--);
    order.raise(0, PIECE_PRIORITY.normal, rank++);
    order.raise(0, PIECE_PRIORITY.normal, rank++);
    order.lower(0, PIECE_PRIORITY.normal, rank--);
    sortIfStale();
  }
  assert.ok(sorts - before <= 1, `${sorts - before} sorts`);
});
