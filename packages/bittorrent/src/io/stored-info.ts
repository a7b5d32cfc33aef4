/** The info dictionary that resume data keeps, so that a magnet need not be fetched twice. */
import { isAbort, joinPath, LocalFault, parentPath, rootPath } from '@coequal/base';
import type { Ports, SafePath } from '@coequal/base';
import type { InfoHash } from '../core/ids.ts';
import { decodeResumeData, RESUME_LENGTH_MAX } from '../core/resume-data.ts';
import type { ResumeData } from '../core/resume-data.ts';
import { readWhole } from './whole-file.ts';

/** Names in the resume directory; each torrent has up to three. */
const RESUME_FILES_MAX = 300_000;

/** Of the torrent whose content lies directly in `directory`; undefined when nothing usable is stored. */
export async function findStoredInfo(
  infoHashes: readonly InfoHash[],
  directory: SafePath,
  resumeDirectory: SafePath | undefined,
  ports: Pick<Ports, 'disk' | 'hasher'>,
  signal: AbortSignal,
): Promise<ResumeData | undefined> {
  if (resumeDirectory === undefined) return undefined;
  try {
    for (const name of await ports.disk.list(resumeDirectory, RESUME_FILES_MAX)) {
      signal.throwIfAborted();
      const isOurs = infoHashes.some((infoHash) => name.startsWith(`${infoHash}-`));
      if (!isOurs || !name.endsWith('.resume')) continue;
      const bytes = await readWhole(ports.disk, joinPath(resumeDirectory, name), RESUME_LENGTH_MAX);
      if (bytes === undefined) continue;
      const data = decodeResumeData(bytes, (part, kind) => ports.hasher.hash(part, kind));
      if (parentPath(rootPath(data.contentPath)) === directory) return data;
    }
  } catch (error) {
    // no folder yet, or damaged data: the metadata is fetched, and the store says what is wrong
    if (isAbort(error, signal) || !(error instanceof LocalFault)) throw error;
  }
  return undefined;
}
