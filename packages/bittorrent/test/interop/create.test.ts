import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { rootPath } from '@coequal/base';
import { openDisk, openHasher } from '@coequal/base/node';
import { parseMetainfo } from '../../src/core/metainfo/metainfo-parse.ts';
import { createTorrent } from '../../src/io/create-torrent.ts';
import { CONTENT_LENGTHS, contentBytes, hash } from '../vectors/torrents/content.ts';

/** Makes a torrent of a path with the same files in the same order, and reads ours. */
const SCRIPT = `
import json, os, sys
import libtorrent as lt

def hashes(info):
    both = info.info_hashes()
    return [str(both.v1) if both.has_v1() else None, str(both.v2) if both.has_v2() else None]

path, version, piece_length, ours = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
flags = {"v1": lt.create_torrent.v1_only, "v2": lt.create_torrent.v2_only, "hybrid": 0}[version]
read = lt.torrent_info(ours)
storage = lt.file_storage()
if version == "v1" and os.path.isdir(path):
    for i in range(read.num_files()):
        storage.add_file(read.files().file_path(i), read.files().file_size(i))
else:
    lt.add_files(storage, path)
creator = lt.create_torrent(storage, piece_length, flags)
lt.set_piece_hashes(creator, os.path.dirname(path))
theirs = lt.torrent_info(creator.generate())
print(json.dumps({"ours": hashes(read), "theirs": hashes(theirs), "valid": read.is_valid(), "pieces": read.num_pieces()}))
`;

const PYTHON = '/usr/bin/python3';
const skip = findLibtorrent() ? false : 'install the Debian package python3-libtorrent';

describe('torrents we create', { skip }, () => {
  const disk = openDisk();
  const hasher = openHasher({ workers: 1 });
  const { signal } = new AbortController();
  after(() => hasher[Symbol.asyncDispose]());

  for (const version of ['v1', 'v2', 'hybrid'] as const) {
    for (const single of [false, true]) {
      it(`have the info hashes that libtorrent computes: ${version} ${single ? 'file' : 'folder'}`, async () => {
        await using outside = await mkdtempDisposable(join(tmpdir(), 'coequal-'));
        const folder = join(outside.path, 'Ordner ☃');
        for (const [name, length] of [...CONTENT_LENGTHS, ['c/big', 600_000] as const]) {
          await mkdir(dirname(join(folder, name)), { recursive: true });
          await writeFile(join(folder, name), contentBytes(length));
        }
        const path = single ? join(folder, 'c', 'big') : folder;
        const options = { path: rootPath(path), version, pieceLength: 65_536 };
        const bytes = await createTorrent(options, { disk, hasher }, signal);
        const file = join(outside.path, 'ours.torrent');
        await writeFile(file, bytes);
        const read = runPython([path, version, '65536', file]);
        const { infoHash, infoHashV2, pieceCount } = parseMetainfo(bytes, hash);
        assert.deepEqual(read, {
          ours: [infoHash ?? null, infoHashV2 ?? null],
          theirs: [infoHash ?? null, infoHashV2 ?? null],
          valid: true,
          pieces: pieceCount,
        });
      });
    }
  }
});

function runPython(args: readonly string[]): unknown {
  return JSON.parse(execFileSync(PYTHON, ['-c', SCRIPT, ...args], { encoding: 'utf8' }));
}

function findLibtorrent(): boolean {
  try {
    execFileSync(PYTHON, ['-c', 'import libtorrent'], { stdio: 'ignore' });
    return true;
  } catch {
    return false; // no Python here, or not this module
  }
}
