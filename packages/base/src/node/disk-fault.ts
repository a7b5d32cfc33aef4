/** What the system says went wrong with a file, as the LocalFaults of Disk. */
import { LocalFault } from '../fault.ts';

const CODE_BY_ERRNO: Readonly<Record<string, string>> = {
  ENOSPC: 'DISK_FULL',
  EDQUOT: 'DISK_FULL',
  ENOENT: 'NOT_FOUND',
  EACCES: 'NOT_PERMITTED',
  EPERM: 'NOT_PERMITTED',
  EISDIR: 'NOT_A_FILE',
  ENOTDIR: 'NOT_A_FILE',
  EROFS: 'READ_ONLY_DISK',
  EXDEV: 'OTHER_DISK',
  EMFILE: 'TOO_MANY_OPEN_FILES',
  ENFILE: 'TOO_MANY_OPEN_FILES',
};

/** The system's name of an error (`ENOENT`), if it is one of the system's. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** A LocalFault for `error`; one that is a LocalFault already stays as it is. */
export function diskFault(error: unknown, path: string): LocalFault {
  if (error instanceof LocalFault) return error;
  const errno = errnoOf(error);
  const code = CODE_BY_ERRNO[errno ?? ''] ?? 'DISK_FAILED';
  return new LocalFault(code, { path, errno }, { cause: error });
}
