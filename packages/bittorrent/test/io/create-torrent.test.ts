import assert from 'node:assert/strict';
import { mkdir, mkdtempDisposable, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { LocalFault, rootPath } from '@coequal/base';
import type { Disk, Hasher } from '@coequal/base';
import { openDisk, openHasher } from '@coequal/base/node';
import { parseMetainfo } from '../../src/core/metainfo/metainfo-parse.ts';
import { createTorrent } from '../../src/io/create-torrent.ts';
import type { CreateProgress, CreateTorrentOptions } from '../../src/io/create-torrent.ts';
import { CONTENT_LENGTHS, contentBytes, hash, readExpected } from '../vectors/torrents/content.ts';

const disk = openDisk();
const hasher = openHasher({ workers: 1 });
const { signal } = new AbortController();
after(() => hasher[Symbol.asyncDispose]());

type Folder = AsyncDisposable & { readonly path: string };

/** A folder `folder` in a folder of its own, with files of these lengths. */
async function writeFolder(lengths: ReadonlyMap<string, number>): Promise<Folder> {
  const outside = await mkdtempDisposable(join(tmpdir(), 'coequal-'));
  const path = join(outside.path, 'folder');
  await mkdir(path);
  for (const [name, length] of lengths) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), contentBytes(length));
  }
  return { path, [Symbol.asyncDispose]: () => outside.remove() };
}

function create(
  path: string,
  options: Partial<CreateTorrentOptions> = {},
  ports: { disk: Disk; hasher: Hasher } = { disk, hasher },
): Promise<Uint8Array> {
  return createTorrent({ path: rootPath(path), version: 'v1', ...options }, ports, signal);
}

async function rejects(promise: Promise<unknown>, code: string): Promise<void> {
  await assert.rejects(promise, (error) => error instanceof LocalFault && error.code === code);
}

describe('createTorrent', () => {
  it('makes what libtorrent makes of the same content', async () => {
    await using folder = await writeFolder(CONTENT_LENGTHS);
    const made = [
      ['v2-folder', folder.path, 'v2'],
      ['v2-single', join(folder.path, 'a.txt'), 'v2'],
      ['v1-single', join(folder.path, 'a.txt'), 'v1'],
      ['hybrid-single', join(folder.path, 'a.txt'), 'hybrid'],
    ] as const;
    for (const [name, path, version] of made) {
      const metainfo = parseMetainfo(await create(path, { version, pieceLength: 16_384 }), hash);
      const { infoHash, infoHashV2 } = readExpected(name);
      assert.equal(metainfo.infoHash ?? null, infoHash, name);
      assert.equal(metainfo.infoHashV2 ?? null, infoHashV2, name);
    }
    const hybrid = await create(folder.path, {
      version: 'hybrid',
      pieceLength: 16_384,
      isPrivate: true,
    });
    const metainfo = parseMetainfo(hybrid, hash);
    assert.equal(metainfo.infoHash, readExpected('hybrid-folder').infoHash);
    assert.equal(metainfo.infoHashV2, readExpected('hybrid-folder').infoHashV2);
  });

  it('gives the same bytes again, and other bytes for another name', async () => {
    await using folder = await writeFolder(CONTENT_LENGTHS);
    const first = await create(folder.path, { version: 'hybrid' });
    assert.deepEqual(await create(folder.path, { version: 'hybrid' }), first);
    const renamed = parseMetainfo(await create(folder.path, { name: 'other' }), hash);
    assert.equal(renamed.name, 'other');
  });

  it('tells how far it is, and what it leaves out', async () => {
    await using folder = await writeFolder(
      new Map([
        ['a', 40_000],
        ['b/c', 40_000],
      ]),
    );
    await symlink('/etc/passwd', join(folder.path, 'b', 'link'));
    await symlink('..', join(folder.path, 'up'));
    const progress: CreateProgress[] = [];
    const options = { path: rootPath(folder.path), version: 'v1', pieceLength: 16_384 } as const;
    const bytes = await createTorrent(options, { disk, hasher }, signal, (each) =>
      progress.push(each),
    );
    const metainfo = parseMetainfo(bytes, hash);
    assert.deepEqual(
      metainfo.files.map(({ path }) => path.join('/')),
      ['a', 'b/c'],
    );
    assert.deepEqual(progress[0], {
      hashedBytes: 0,
      totalBytes: 80_000,
      skipped: ['b/link', 'up'],
    });
    assert.equal(progress.length, 1 + metainfo.pieceCount);
    assert.equal(progress.at(-1)?.hashedBytes, 80_000);
    await rejects(create(join(folder.path, 'up')), 'NOT_A_FILE');
  });

  it('refuses what cannot be shared, saying why', async () => {
    await using folder = await writeFolder(
      new Map([
        ['empty', 0],
        ['sub/sub', 5],
        ['odd/a:b', 1],
      ]),
    );
    await rejects(create(join(folder.path, 'missing')), 'NOT_FOUND');
    await rejects(create(join(folder.path, 'empty')), 'NOTHING_TO_SHARE');
    await rejects(create(folder.path), 'NAME_NOT_PORTABLE');
    await rejects(create(join(folder.path, 'sub'), { name: 'a/b' }), 'NAME_NOT_PORTABLE');
    await rejects(create(join(folder.path, 'sub'), { version: 'v2' }), 'NAME_AMBIGUOUS');
    assert.ok(await create(join(folder.path, 'sub'), { version: 'v2', name: 'other' }));
    for (const pieceLength of [0, 1_024, 20_000, 2 ** 28, Number.NaN]) {
      await rejects(create(join(folder.path, 'sub'), { pieceLength }), 'BAD_PIECE_LENGTH');
    }
  });

  it('refuses names that some systems take for one', { skip: caseSkip() }, async () => {
    await using folder = await writeFolder(
      new Map([
        ['readme', 1],
        ['README', 1],
      ]),
    );
    await rejects(create(folder.path), 'NAME_NOT_PORTABLE');
  });

  it('notices a file that is written meanwhile, though its length stays', async () => {
    await using folder = await writeFolder(
      new Map([
        ['a', 20_000],
        ['b', 20_000],
      ]),
    );
    const changing: Hasher = Object.create(hasher, {
      hash: { value: hasher.hash.bind(hasher) },
      readAndHash: {
        value: async (...[plan, stop]: Parameters<Hasher['readAndHash']>) => {
          const digests = await hasher.readAndHash(plan, stop);
          await utimes(join(folder.path, 'a'), 1, 1);
          return digests;
        },
      },
    });
    await rejects(create(folder.path, {}, { disk, hasher: changing }), 'FILE_CHANGED');
  });

  it('notices a file that became shorter', async () => {
    await using folder = await writeFolder(new Map([['a', 20_000]]));
    const path = rootPath(join(folder.path, 'a'));
    const long: Disk = Object.create(disk, {
      stat: {
        value: async (...[at]: Parameters<Disk['stat']>) => {
          const stat = await disk.stat(at);
          return stat && { ...stat, length: 40_000 };
        },
      },
    });
    await rejects(create(path, {}, { disk: long, hasher }), 'FILE_CHANGED');
  });

  it('stops when it is aborted', async () => {
    await using folder = await writeFolder(CONTENT_LENGTHS);
    const abort = new AbortController();
    const options = { path: rootPath(folder.path), version: 'v1', pieceLength: 16_384 } as const;
    const reason = new Error('enough');
    const creating = createTorrent(options, { disk, hasher }, abort.signal, () =>
      abort.abort(reason),
    );
    await assert.rejects(creating, reason);
  });
});

function caseSkip(): string | false {
  return process.platform === 'linux' ? false : 'needs a file system that tells cases apart';
}
