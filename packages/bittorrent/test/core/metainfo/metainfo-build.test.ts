import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { concatBytes } from '@coequal/base';
import * as fc from 'fast-check';
import {
  buildMetainfo,
  encodeMetainfo,
  layOutContent,
  pickPieceLength,
} from '../../../src/core/metainfo/metainfo-build.ts';
import type { ContentHashes, LaidOutContent } from '../../../src/core/metainfo/metainfo-build.ts';
import { parseInfo, parseMetainfo } from '../../../src/core/metainfo/metainfo-parse.ts';
import { digestsOf } from '../../../src/core/metainfo/piece-digests.ts';
import { PieceMap } from '../../../src/core/metainfo/piece-map.ts';
import {
  CONTENT_LENGTHS,
  hash,
  readTorrent,
  TORRENT_NAMES,
} from '../../vectors/torrents/content.ts';

const FOLDER = {
  name: 'folder',
  isFolder: true,
  files: [...CONTENT_LENGTHS].map(([path, length]) => ({ path: path.split('/'), length })),
};

/** Hashes that tell pieces apart; what they are hashes of does not matter here. */
function hashesFor(content: LaidOutContent): ContentHashes {
  const each = Array.from({ length: content.pieceCount }, (_, i) => Uint8Array.of(i & 255, i >> 8));
  return {
    pieceHashes: concatBytes(each.map((seed) => hash(seed, 'sha1'))),
    pieceRoots: concatBytes(each.map((seed) => hash(seed, 'sha256'))),
  };
}

describe('pickPieceLength', () => {
  it('grows with the content between 16 KiB and 16 MiB', () => {
    const cases = [
      [1, 16_384],
      [2 ** 25, 16_384],
      [2 ** 25 + 1, 32_768],
      [2 ** 30, 524_288],
      [2 ** 35, 16_777_216],
      [2 ** 45, 16_777_216],
    ] as const;
    for (const [length, pieceLength] of cases) assert.equal(pickPieceLength(length), pieceLength);
  });
});

describe('layOutContent', () => {
  it('sorts part by part, by bytes, as a file tree does', () => {
    const paths = ['a.txt', 'a/x', 'B', 'é', 'a', 'z', '\u{1f3bf}', '\uffe0'];
    const files = paths.map((path) => ({ path: path.split('/'), length: 1 }));
    const { files: sorted } = layOutContent('v1', 16_384, { name: 'n', isFolder: true, files });
    assert.deepEqual(
      sorted.map((file) => file.path.join('/')),
      ['B', 'a', 'a/x', 'a.txt', 'z', 'é', '\uffe0', '\u{1f3bf}'],
    );
  });
});

describe('buildMetainfo', () => {
  for (const version of ['v1', 'v2', 'hybrid'] as const) {
    it(`is read back as it was laid out, in ${version}`, () => {
      const file = fc.record({ name: fc.stringMatching(/^[a-c]{1,2}$/), length: fc.nat(70_000) });
      const files = fc.uniqueArray(file, {
        minLength: 1,
        maxLength: 8,
        selector: ({ name }) => name,
      });
      fc.assert(
        fc.property(files, fc.constantFrom(16_384, 32_768), (all, pieceLength) => {
          fc.pre(all.some(({ length }) => length > 0));
          const content = layOutContent(version, pieceLength, {
            name: 'folder',
            isFolder: true,
            files: all.map(({ name, length }) => ({ path: ['in', name], length })),
          });
          const hashes = hashesFor(content);
          const metainfo = parseMetainfo(buildMetainfo(content, hashes, {}, hash), hash);
          assert.equal(metainfo.version, version);
          assert.equal(metainfo.pieceCount, content.pieceCount);
          assert.equal(metainfo.trailingPadding ?? 0, content.trailingPadding);
          const places = metainfo.files.map(({ path, length, offset }) => ({
            path,
            length,
            offset,
          }));
          assert.deepEqual(
            places,
            content.files.map(({ path, length, offset }) => ({ path, length, offset })),
          );
          const map = new PieceMap(metainfo);
          for (let piece = 0; piece < map.pieceCount; piece++) {
            const { expected } = digestsOf(metainfo, map, piece);
            if (expected.sha1) {
              assert.deepEqual(
                expected.sha1,
                hashes.pieceHashes.subarray(piece * 20, piece * 20 + 20),
              );
            }
            if (expected.root) {
              assert.deepEqual(
                expected.root,
                hashes.pieceRoots.subarray(piece * 32, piece * 32 + 32),
              );
            }
          }
        }),
      );
    });
  }

  it('gives the same bytes whatever the order in which files were found', () => {
    const { files } = FOLDER;
    const [one, other] = [files, files.toReversed()].map((each) => {
      const content = layOutContent('hybrid', 16_384, { ...FOLDER, files: each });
      return buildMetainfo(content, hashesFor(content), {}, hash);
    });
    assert.deepEqual(one, other);
  });

  it('writes what the maker chose', () => {
    const content = layOutContent('v1', 16_384, FOLDER);
    const choices = {
      trackers: [['http://a/'], ['http://b/', 'http://c/']],
      webSeeds: ['http://w/'],
      isPrivate: true,
      comment: 'ü',
      createdAt: 5,
    };
    const metainfo = parseMetainfo(buildMetainfo(content, hashesFor(content), choices, hash), hash);
    const { trackers, webSeeds, isPrivate, comment, createdAt, createdBy } = metainfo;
    assert.deepEqual({ trackers, webSeeds, isPrivate, comment, createdAt }, choices);
    assert.equal(createdBy, 'Coequal');
  });

  it('keeps names that objects have a use for', () => {
    const files = ['__proto__', 'constructor', 'toString'].map((name) => ({
      path: [name],
      length: 1,
    }));
    const content = layOutContent('v2', 16_384, { name: 'n', isFolder: true, files });
    const metainfo = parseMetainfo(buildMetainfo(content, hashesFor(content), {}, hash), hash);
    assert.deepEqual(
      metainfo.files.map(({ path }) => path),
      [['__proto__'], ['constructor'], ['toString']],
    );
  });
});

describe('encodeMetainfo', () => {
  for (const name of TORRENT_NAMES) {
    it(`gives ${name} back, with or without layers`, () => {
      const metainfo = parseMetainfo(readTorrent(name), hash);
      assert.deepEqual(parseMetainfo(encodeMetainfo(metainfo), hash), metainfo);
      const alone = parseInfo(metainfo.infoBytes, hash);
      if (alone.version !== 'v2')
        assert.deepEqual(parseMetainfo(encodeMetainfo(alone), hash), alone);
    });
  }
});
