import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  filePriority,
  piecePriorities,
  piecePriority,
  withPriorities,
  withSelection,
} from '../../../src/core/metainfo/file-priorities.ts';
import type { FilePriority, FileWishes } from '../../../src/core/metainfo/file-priorities.ts';
import { PieceMap } from '../../../src/core/metainfo/piece-map.ts';

const RANK = { skip: 0, low: 1, normal: 2, high: 3 } as const;
const ALL: FileWishes = { wanted: new Set([0, 1, 2, 3]), unusual: new Map() };

/** Pieces of 10 bytes, files one after another as in v1. */
function mapOf(lengths: readonly number[]): PieceMap {
  let offset = 0;
  const files = lengths.map((length, index) => {
    const file = { path: [`${index}`], length, offset, isExecutable: false };
    offset += length;
    return file;
  });
  const pieceCount = Math.ceil(offset / 10);
  return new PieceMap({ version: 'v1', pieceLength: 10, pieceCount, files });
}

test('changes of priorities leave all other files as they are', () => {
  const wishes = withPriorities(
    ALL,
    new Map([
      [1, 'high'],
      [3, 'skip'],
    ]),
  );
  const of = (now: FileWishes): FilePriority[] =>
    [0, 1, 2, 3].map((file) => filePriority(now, file));
  assert.deepEqual(of(wishes), ['normal', 'high', 'normal', 'skip']);
  assert.deepEqual(of(withPriorities(wishes, new Map([[3, 'low']]))), [
    'normal',
    'high',
    'normal',
    'low',
  ]);
  assert.deepEqual(of(withSelection(wishes, new Set([1, 3]))), ['skip', 'high', 'skip', 'normal']);
  assert.deepEqual(of(withPriorities(wishes, new Map([[1, 'normal']]))), [
    'normal',
    'normal',
    'normal',
    'skip',
  ]);
});

test('a piece has the highest priority of its files, and the ends of files go first if asked to', () => {
  const file = fc.record({
    length: fc.nat(45),
    priority: fc.constantFrom<FilePriority>('skip', 'low', 'normal', 'high'),
  });
  fc.assert(
    fc.property(
      fc.array(file, { minLength: 1, maxLength: 8 }),
      fc.boolean(),
      (files, endsFirst) => {
        const map = mapOf(files.map(({ length }) => length));
        const wishes = withPriorities(
          { wanted: new Set(), unusual: new Map() },
          new Map(files.map(({ priority }, index) => [index, priority])),
        );
        const found = piecePriorities(map, wishes, endsFirst);
        assert.equal(found.length, map.pieceCount);
        for (const [piece, priority] of found.entries()) {
          const here = map.filesOf(piece).filter((index) => files[index]?.priority !== 'skip');
          const isEnd = here.some((index) => {
            const { first, end } = map.piecesOf(index);
            return piece === first || piece === end - 1;
          });
          const highest = Math.max(
            0,
            ...here.map((index) => RANK[files[index]?.priority ?? 'skip']),
          );
          assert.equal(priority, endsFirst && isEnd ? 4 : highest);
          assert.equal(piecePriority(piece, map.filesOf(piece), map, wishes, endsFirst), priority);
        }
      },
    ),
  );
});
