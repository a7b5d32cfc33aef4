import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { PieceMap } from '../../../src/core/metainfo/piece-map.ts';
import type { MappedContent } from '../../../src/core/metainfo/piece-map.ts';

/** Files of these lengths; in v2 and hybrid each that has bytes begins a piece, in v1 gaps may be padding. */
function contentOf(
  version: MappedContent['version'],
  pieceLength: number,
  files: readonly { readonly length: number; readonly gap: number }[],
  trailingPadding = 0,
): MappedContent {
  let end = 0;
  const placed = files.map(({ length, gap }) => {
    const isAligned = version !== 'v1' && length > 0;
    const offset = isAligned ? Math.ceil(end / pieceLength) * pieceLength : end + gap;
    end = offset + length;
    return { path: ['x'], length, offset, isExecutable: false };
  });
  const last = placed.findLast((file) => file.length > 0);
  const filled = last ? last.offset + last.length : 0;
  const pieceCount = Math.ceil((filled + trailingPadding) / pieceLength);
  return { version, pieceLength, pieceCount, files: placed, trailingPadding };
}

const PIECE_LENGTH = 10;

const contents: fc.Arbitrary<MappedContent> = fc
  .tuple(
    fc.constantFrom<MappedContent['version']>('v1', 'v2', 'hybrid'),
    fc.array(fc.record({ length: fc.nat(35), gap: fc.constantFrom(0, 0, 3, 12) }), {
      maxLength: 12,
    }),
    fc.constantFrom(0, 0, 4, 23),
  )
  .map(([version, files, trailing]) => {
    const gaps = version === 'v1' ? files : files.map(({ length }) => ({ length, gap: 0 }));
    return contentOf(version, PIECE_LENGTH, gaps, version === 'v1' ? trailing : 0);
  });

/** The slow way: what each byte of a piece is. */
function bytesOf(content: MappedContent, piece: number): readonly string[] {
  const bytes: string[] = [];
  for (let at = piece * PIECE_LENGTH; at < (piece + 1) * PIECE_LENGTH; at++) {
    const file = content.files.findIndex(
      ({ offset, length }) => at >= offset && at < offset + length,
    );
    bytes.push(file < 0 ? 'zero' : `${file}:${at - (content.files[file]?.offset ?? 0)}`);
  }
  return bytes;
}

function bytesOfSpans(map: PieceMap, piece: number): readonly string[] {
  return map
    .spans(piece)
    .flatMap(({ file, position, length }) =>
      Array.from({ length }, (_, i) => (file === undefined ? 'zero' : `${file}:${position + i}`)),
    );
}

describe('PieceMap', () => {
  it('maps pieces to files and padding in v1', () => {
    const map = new PieceMap(
      contentOf(
        'v1',
        10,
        [
          { length: 4, gap: 0 },
          { length: 0, gap: 0 },
          { length: 9, gap: 3 },
        ],
        6,
      ),
    );
    assert.equal(map.pieceCount, 3);
    assert.deepEqual(map.spans(0), [
      { file: 0, position: 0, length: 4 },
      { file: undefined, position: 0, length: 3 },
      { file: 2, position: 0, length: 3 },
    ]);
    assert.deepEqual(map.spans(1), [
      { file: 2, position: 3, length: 6 },
      { file: undefined, position: 0, length: 4 },
    ]);
    assert.deepEqual(map.spans(2), [{ file: undefined, position: 0, length: 2 }]);
    assert.deepEqual(map.spansOf(0, 3, 2), [
      { file: 0, position: 3, length: 1 },
      { file: undefined, position: 0, length: 1 },
    ]);
    assert.deepEqual(map.spansOf(1, 2, 0), []);
    assert.deepEqual(
      [0, 1, 2].map((piece) => map.filesOf(piece)),
      [[0, 2], [2], []],
    );
    assert.deepEqual(map.piecesOf(1), { first: 0, end: 0 });
    assert.deepEqual(map.piecesOf(2), { first: 0, end: 2 });
  });

  it('ends a v2 piece with its file, and pads a hybrid’s', () => {
    const files = [
      { length: 13, gap: 0 },
      { length: 5, gap: 0 },
    ];
    const v2 = new PieceMap(contentOf('v2', 10, files));
    assert.deepEqual(
      [0, 1, 2].map((piece) => v2.lengthOf(piece)),
      [10, 3, 5],
    );
    const hybrid = new PieceMap(contentOf('hybrid', 10, files, 5));
    assert.deepEqual(
      [0, 1, 2].map((piece) => hybrid.lengthOf(piece)),
      [10, 10, 10],
    );
    assert.deepEqual(
      [0, 1, 2].map((piece) => hybrid.contentLengthOf(piece)),
      [10, 3, 5],
    );
    const untailed = new PieceMap(contentOf('hybrid', 10, files));
    assert.deepEqual(
      [0, 1, 2].map((piece) => untailed.lengthOf(piece)),
      [10, 10, 5],
    );
  });

  it('partitions every piece into spans, byte by byte', () => {
    fc.assert(
      fc.property(contents, (content) => {
        const map = new PieceMap(content);
        for (let piece = 0; piece < map.pieceCount; piece++) {
          const length = map.lengthOf(piece);
          assert.ok(length > 0 && length <= PIECE_LENGTH);
          assert.ok(map.spans(piece).every((span) => span.length > 0));
          assert.deepEqual(bytesOfSpans(map, piece), bytesOf(content, piece).slice(0, length));
          const isShort = length < PIECE_LENGTH && content.version !== 'v2';
          assert.ok(!isShort || piece === map.pieceCount - 1, 'only the last piece is short in v1');
        }
      }),
    );
  });

  it('has every byte of every file in one piece', () => {
    fc.assert(
      fc.property(contents, (content) => {
        const map = new PieceMap(content);
        const counts = content.files.map(() => 0);
        for (let piece = 0; piece < map.pieceCount; piece++) {
          for (const { file, length } of map.spans(piece)) {
            if (file !== undefined) counts[file] = (counts[file] ?? 0) + length;
          }
        }
        assert.deepEqual(
          counts,
          content.files.map(({ length }) => length),
        );
      }),
    );
  });

  it('agrees with itself about pieces of files and files of pieces', () => {
    fc.assert(
      fc.property(contents, (content) => {
        const map = new PieceMap(content);
        const expected = Array.from({ length: map.pieceCount }, (): number[] => []);
        for (const file of content.files.keys()) {
          const { first, end } = map.piecesOf(file);
          assert.equal(first === end, content.files[file]?.length === 0);
          for (let piece = first; piece < end; piece++) expected[piece]?.push(file);
        }
        for (const [piece, files] of expected.entries()) {
          assert.deepEqual(map.filesOf(piece), files);
          for (const file of content.files.keys()) {
            const span = map.spans(piece).find((each) => each.file === file);
            const end = span ? span.position + span.length : 0;
            assert.equal(map.endInFile(piece, file), end);
          }
        }
      }),
    );
  });

  it('cuts a run out of the spans of its piece', () => {
    fc.assert(
      fc.property(contents, fc.nat(), fc.nat(), fc.nat(), (content, pick, from, count) => {
        fc.pre(content.pieceCount > 0);
        const map = new PieceMap(content);
        const piece = pick % map.pieceCount;
        const begin = from % map.lengthOf(piece);
        const length = count % (map.lengthOf(piece) - begin + 1);
        const run = map
          .spansOf(piece, begin, length)
          .flatMap((span) =>
            Array.from({ length: span.length }, (_, i) =>
              span.file === undefined ? 'zero' : `${span.file}:${span.position + i}`,
            ),
          );
        assert.deepEqual(run, bytesOf(content, piece).slice(begin, begin + length));
      }),
    );
  });

  it('answers for a hundred thousand files and a million pieces', () => {
    const files = Array.from({ length: 100_000 }, (_, i) => ({
      length: i % 7 === 0 ? 0 : 200_000,
      gap: 0,
    }));
    const map = new PieceMap(contentOf('v1', 16_384, files));
    assert.ok(map.pieceCount > 1_000_000);
    let length = 0;
    for (let piece = 0; piece < map.pieceCount; piece++) {
      for (const span of map.spans(piece)) length += span.length;
    }
    assert.equal(
      length,
      files.reduce((sum, file) => sum + file.length, 0),
    );
  });
});
