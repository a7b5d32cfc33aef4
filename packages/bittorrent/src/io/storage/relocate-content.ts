/**
 * Moves or renames content that no engine has open, as `Torrent.move` and `rename` do of content that runs, and finds
 * out where it is after a crash. See PlaceChange.
 */
import { LocalFault, rootPath } from '@coequal/base';
import type { Ports } from '@coequal/base';
import type { Metainfo } from '../../core/metainfo/metainfo.ts';
import { hasPieceHashes } from '../../core/metainfo/piece-digests.ts';
import type { ContentMover } from './content-mover.ts';
import { PieceStore } from './piece-store.ts';
import { SharedStorage } from './shared-storage.ts';
import type { LockNeeds } from './torrent-lock.ts';

export interface RestingContent {
  readonly metainfo: Metainfo;
  /** As it was added: absolute. */
  readonly directory: string;
  readonly contentPath?: string | undefined;
  readonly resumeDirectory: string;
  readonly lock?: LockNeeds;
  readonly wantedFiles?: ReadonlySet<number>;
  /** It was whole when it was last seen: nothing is changed if it no longer is. */
  readonly isWhole: boolean;
}

export type ContentChange =
  | { readonly type: 'move'; readonly directory: string }
  | { readonly type: 'rename'; readonly name: string }
  | { readonly type: 'rename-file'; readonly file: number; readonly name: string }
  /** It stays, or is where an earlier change that was cut off left it. */
  | { readonly type: 'none' };

export interface RelocateProgress {
  /** Pieces are hashed where resume data do not vouch for them; then bytes are copied, to another disk. */
  readonly type: 'checking' | 'copying';
  readonly done: number;
  readonly total: number;
}

/**
 * Where the content is once it resolves. When it rejects, it is where it was: LocalFault `FILE_EXISTS`,
 * `MOVE_INTO_ITSELF`, `BAD_NAME`, `NAME_TAKEN`, `NO_SUCH_FILE`, `CONTENT_CHANGED`, `PIECE_HASHES_MISSING`,
 * `TORRENT_IN_USE`, those of Disk (`DISK_FULL`), or the signal's reason.
 */
export async function relocateContent(
  content: RestingContent,
  change: ContentChange,
  ports: Pick<Ports, 'disk' | 'hasher' | 'clock'>,
  signal: AbortSignal,
  onProgress: (progress: RelocateProgress) => void = () => undefined,
): Promise<string> {
  const { metainfo, directory, contentPath, resumeDirectory, lock, wantedFiles, isWhole } = content;
  if (!hasPieceHashes(metainfo))
    throw new LocalFault('PIECE_HASHES_MISSING', { name: metainfo.name });
  await using shared = new SharedStorage(ports);
  await using store = await PieceStore.open(
    metainfo,
    {
      directory: rootPath(directory),
      contentPath: contentPath === undefined ? undefined : rootPath(contentPath),
      resumeDirectory: rootPath(resumeDirectory),
      wantedFiles,
      lock,
      trust: false,
      onProgress: (done, total) => onProgress({ type: 'checking', done, total }),
    },
    shared,
    ports,
    signal,
  );
  if (change.type === 'none') return store.contentPath;
  // bytes that are not those of the torrent are somebody's, and a copy would leave them behind
  if (isWhole && !store.isComplete)
    throw new LocalFault('CONTENT_CHANGED', { path: store.contentPath });
  await store.relocate((mover) => apply(change, metainfo, mover, signal, onProgress));
  return store.contentPath;
}

async function apply(
  change: Exclude<ContentChange, { type: 'none' }>,
  metainfo: Metainfo,
  mover: ContentMover,
  signal: AbortSignal,
  onProgress: (progress: RelocateProgress) => void,
): Promise<void> {
  switch (change.type) {
    case 'move':
      return await mover.move(rootPath(change.directory), signal, (done, total) =>
        onProgress({ type: 'copying', done, total }),
      );
    case 'rename':
      return await mover.renameRoot(change.name, signal);
    case 'rename-file':
      if (metainfo.files[change.file] === undefined)
        throw new LocalFault('NO_SUCH_FILE', { file: change.file });
      if (!metainfo.isFolder) return await mover.renameRoot(change.name, signal);
      return await mover.renameFile(change.file, change.name);
  }
}
