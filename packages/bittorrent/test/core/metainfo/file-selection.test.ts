import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { allFiles, filesToBits, wantedPieces } from '../../../src/core/metainfo/file-selection.ts';
import { layOutContent } from '../../../src/core/metainfo/metainfo-build.ts';
import { PieceMap } from '../../../src/core/metainfo/piece-map.ts';

describe('file selection', () => {
  test('a piece is wanted exactly when a wanted file has a byte in it', () => {
    const lengths = fc.array(fc.nat(100_000), { minLength: 1, maxLength: 12 });
    const version = fc.constantFrom('v1', 'v2', 'hybrid');
    fc.assert(
      fc.property(lengths, version, fc.array(fc.nat(11)), (made, kind, picked) => {
        const content = layOutContent(kind, 16_384, {
          name: 'x',
          isFolder: true,
          files: made.map((length, at) => ({ path: [`${at}`], length })),
        });
        const map = new PieceMap(content);
        const files = new Set(picked.filter((file) => file < made.length));
        const wanted = wantedPieces(map, files);
        for (let piece = 0; piece < map.pieceCount; piece++) {
          const isWanted = map
            .spans(piece)
            .some(({ file }) => file !== undefined && files.has(file));
          assert.equal(wanted.has(piece), isWanted, `piece ${piece}`);
        }
      }),
    );
  });

  test('all files, and files as stored', () => {
    const file = { path: ['a'], length: 1, offset: 0, isExecutable: false };
    assert.deepEqual([...allFiles([file, file])], [0, 1]);
    assert.deepEqual([...filesToBits(new Set([0, 2]), 3)], [0, 2]);
  });
});
