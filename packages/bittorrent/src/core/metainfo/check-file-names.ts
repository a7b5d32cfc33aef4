/** Whether the files of a torrent may have these names on disk, instead of those that the torrent gives them. */
import { LocalFault } from '@coequal/base';
import { foldName, safeName } from './file-names.ts';
import type { Metainfo } from './metainfo.ts';

/**
 * Names are the last parts of the files' paths, by their index. Throws LocalFault `NO_SUCH_FILE`, `BAD_NAME` for one
 * that some system cannot create, `NAME_TAKEN` for one that another file or a folder beside it has.
 */
export function checkFileNames(
  { files, isFolder }: Pick<Metainfo, 'files' | 'isFolder'>,
  names: ReadonlyMap<number, string>,
): void {
  for (const [file, name] of names) {
    if (!isFolder || files[file] === undefined)
      throw new LocalFault('NO_SUCH_FILE', { index: file });
    if (safeName(name, 'file') !== name) throw new LocalFault('BAD_NAME', { name });
  }
  if (names.size > 0) checkApart(files, names);
}

function checkApart(files: Metainfo['files'], names: ReadonlyMap<number, string>): void {
  /** By what some system takes for the same; folders are taken by each file in them. */
  const taken = new Map<string, 'file' | 'folder'>();
  for (const [index, { path }] of files.entries()) {
    const own = [...path.slice(0, -1), names.get(index) ?? path.at(-1) ?? ''];
    let folded = '';
    for (const [depth, part] of own.entries()) {
      folded += `/${foldName(part)}`;
      const kind = depth === own.length - 1 ? 'file' : 'folder';
      const before = taken.get(folded);
      const isSameFolder = kind === 'folder' && before === 'folder';
      if (before !== undefined && !isSameFolder)
        throw new LocalFault('NAME_TAKEN', { path: own.join('/') });
      taken.set(folded, kind);
    }
  }
}
