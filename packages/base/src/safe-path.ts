/** Paths that cannot leave the folder they were made for (DESIGN promise 3). */
import type { Brand } from './brand.ts';
import { LocalFault } from './fault.ts';

/** An absolute path with `/` between its parts, made by `rootPath` and `joinPath` alone. */
export type SafePath = Brand<string, 'SafePath'>;

/** Longest path that every system in use takes (Linux PATH_MAX, less the final zero). */
const PATH_LENGTH_MAX = 4_095;

/** A folder that the user, not a peer, chose. The caller makes it absolute first. */
export function rootPath(absolute: string): SafePath {
  const path = absolute.replaceAll('\\', '/').replace(/(?<=[^/:])\/+$/, '');
  if (!/^(\/|[A-Za-z]:\/)/.test(path))
    throw new LocalFault('PATH_NOT_ABSOLUTE', { path: absolute });
  return path as SafePath; // the one place where a chosen path becomes a SafePath
}

/**
 * A path below `root`. Throws LocalFault `PATH_LEAVES_ROOT` for a part that is empty, `.` or `..`,
 * or holds a separator or a zero byte. Names that are merely awkward are the metainfo's to replace.
 */
export function joinPath(root: SafePath, ...parts: readonly string[]): SafePath {
  for (const part of parts) {
    if (part === '' || part === '.' || part === '..' || /[/\\\0]/.test(part)) {
      throw new LocalFault('PATH_LEAVES_ROOT', { root, part });
    }
  }
  const path = [root === '/' ? '' : root, ...parts].join('/');
  if (path.length > PATH_LENGTH_MAX) throw new LocalFault('PATH_TOO_LONG', { length: path.length });
  return path as SafePath; // its parts were checked above
}

/** The folder that holds `path`. */
export function parentPath(path: SafePath): SafePath {
  const parent = path.slice(0, Math.max(path.lastIndexOf('/'), 0));
  return (/^([A-Za-z]:)?$/.test(parent) ? `${parent}/` : parent) as SafePath; // shorter, so still inside
}
