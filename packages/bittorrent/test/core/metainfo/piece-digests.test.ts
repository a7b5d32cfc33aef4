import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { concatBytes } from '@coequal/base';
import type { Digests, DigestPlan } from '@coequal/base';
import { merkleRoot } from '../../../src/core/metainfo/hash-tree.ts';
import { parseInfo, parseMetainfo } from '../../../src/core/metainfo/metainfo-parse.ts';
import type { Metainfo } from '../../../src/core/metainfo/metainfo.ts';
import {
  digestPlanOf,
  digestsOf,
  hasPieceHashes,
} from '../../../src/core/metainfo/piece-digests.ts';
import { PieceMap } from '../../../src/core/metainfo/piece-map.ts';
import { contentBytes, hash, readTorrent, TORRENT_NAMES } from '../../vectors/torrents/content.ts';

/** What the hasher makes of a piece. */
function digest(bytes: Uint8Array, plan: DigestPlan): Digests {
  return {
    ...(plan.sha1 && { sha1: new Uint8Array(hash(bytes, 'sha1')) }),
    ...(plan.merkle && { root: rootOf(bytes.subarray(0, plan.merkle.length), plan.merkle.leaves) }),
  };
}

function rootOf(bytes: Uint8Array, leaves: number): Uint8Array {
  const blocks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += 16_384) {
    blocks.push(hash(bytes.subarray(at, at + 16_384), 'sha256'));
  }
  return merkleRoot(concatBytes(blocks), leaves, hash);
}

function readPiece(metainfo: Metainfo, map: PieceMap, piece: number): Uint8Array {
  return concatBytes(
    map.spans(piece).map(({ file, position, length }) => {
      if (file === undefined) return new Uint8Array(length);
      const bytes = contentBytes(metainfo.files[file]?.length ?? 0);
      return bytes.subarray(position, position + length);
    }),
  );
}

function plainDigests({ sha1, root }: Digests): Digests {
  return {
    ...(sha1 && { sha1: Uint8Array.from(sha1) }),
    ...(root && { root: Uint8Array.from(root) }),
  };
}

describe('digestsOf', () => {
  for (const name of TORRENT_NAMES) {
    it(`expects of every piece of ${name} what its content has`, () => {
      const metainfo = parseMetainfo(readTorrent(name), hash);
      const map = new PieceMap(metainfo);
      for (let piece = 0; piece < map.pieceCount; piece++) {
        const { digests, expected } = digestsOf(metainfo, map, piece);
        assert.equal(digests.sha1, metainfo.version !== 'v2');
        assert.equal(digests.merkle !== undefined, metainfo.version !== 'v1');
        assert.deepEqual(digests, digestPlanOf(metainfo, map, piece));
        const actual = digest(readPiece(metainfo, map, piece), digests);
        assert.deepEqual(actual, plainDigests(expected), `piece ${piece}`);
      }
    });
  }

  it('asks for no more than is known without piece layers', () => {
    const hybrid = parseMetainfo(readTorrent('hybrid-folder'), hash);
    const alone = parseInfo(hybrid.infoBytes, hash);
    const map = new PieceMap(alone);
    assert.deepEqual(digestsOf(alone, map, 0).digests, { sha1: true });
    assert.equal(
      digestsOf(alone, map, 5).digests.merkle?.length,
      5,
      'a file of one piece is known',
    );
    const v2 = parseInfo(parseMetainfo(readTorrent('v2-single'), hash).infoBytes, hash);
    assert.ok(!hasPieceHashes(v2));
    assert.throws(() => digestsOf(v2, new PieceMap(v2), 0), { name: 'AssertionError' });
  });
});
