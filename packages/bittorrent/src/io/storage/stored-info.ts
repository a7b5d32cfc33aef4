/** The metainfo of a magnet: from an info dictionary, or from the one that resume data keeps. */
import { isAbort, joinPath, LocalFault, parentPath, rootPath } from '@coequal/base';
import type { Ports, SafePath } from '@coequal/base';
import { wireHashes } from '../../core/ids.ts';
import type { InfoHash } from '../../core/ids.ts';
import type { Magnet } from '../../core/metainfo/magnet.ts';
import { parseInfo } from '../../core/metainfo/metainfo-parse.ts';
import type { Metainfo } from '../../core/metainfo/metainfo.ts';
import { decodeResumeData, RESUME_LENGTH_MAX, resumeKey } from '../../core/resume-data.ts';
import type { ResumeData } from '../../core/resume-data.ts';
import { readWhole } from './whole-file.ts';

/** Names in the resume directory; each torrent has up to three. */
const RESUME_FILES_MAX = 300_000;

interface StoredInfoNeeds {
  /** Undefined: nothing is stored. */
  readonly resumeDirectory: SafePath | undefined;
  readonly ports: Pick<Ports, 'disk' | 'hasher'>;
}

/** `infoBytes` have the magnet's hash. Throws PeerFault as the parser does. */
export function metainfoOf(
  { trackers, webSeeds }: Magnet,
  infoBytes: Uint8Array,
  { hasher }: Pick<Ports, 'hasher'>,
): Metainfo {
  return parseInfo(infoBytes, (bytes, kind) => hasher.hash(bytes, kind), {
    trackers: trackers.map((tracker) => [tracker]),
    webSeeds,
  });
}

/**
 * What the magnet, if it is one, fetched before, when its content lies directly in `directory`; undefined
 * when nothing usable is stored.
 */
export async function findMetainfo(
  magnet: Magnet | undefined,
  directory: SafePath,
  { resumeDirectory, ports }: StoredInfoNeeds,
  signal: AbortSignal,
): Promise<Metainfo | undefined> {
  if (magnet === undefined || resumeDirectory === undefined) return undefined;
  try {
    const stored = await findData(wireHashes(magnet), directory, resumeDirectory, ports, signal);
    if (stored === undefined) return undefined;
    const { infoBytes, pieceRoots } = stored;
    return {
      ...metainfoOf(magnet, infoBytes, ports),
      ...(pieceRoots !== undefined && { pieceRoots }),
    };
  } catch (error) {
    // no folder yet, or damaged data: the metadata is fetched, and the store says what is wrong
    if (isAbort(error, signal) || !(error instanceof LocalFault)) throw error;
    return undefined;
  }
}

/** It was moved since. */
function wasAddedIn(
  directory: SafePath,
  fileName: string,
  { infoHash, infoBytes }: ResumeData,
  { hasher }: Pick<Ports, 'hasher'>,
): boolean {
  const hash = hasher.hash.bind(hasher);
  const { name } = parseInfo(infoBytes, hash, { trackers: [], webSeeds: [] });
  return fileName === `${resumeKey(infoHash, joinPath(directory, name), hash)}.resume`;
}

async function findData(
  infoHashes: readonly InfoHash[],
  directory: SafePath,
  resumeDirectory: SafePath,
  ports: Pick<Ports, 'disk' | 'hasher'>,
  signal: AbortSignal,
): Promise<ResumeData | undefined> {
  for (const name of await ports.disk.list(resumeDirectory, RESUME_FILES_MAX)) {
    signal.throwIfAborted();
    const isOurs = infoHashes.some((infoHash) => name.startsWith(`${infoHash}-`));
    if (!isOurs || !name.endsWith('.resume')) continue;
    const bytes = await readWhole(ports.disk, joinPath(resumeDirectory, name), RESUME_LENGTH_MAX);
    if (bytes === undefined) continue;
    const data = decodeResumeData(bytes, (part, kind) => ports.hasher.hash(part, kind));
    const isThere = parentPath(rootPath(data.contentPath)) === directory;
    if (isThere || wasAddedIn(directory, name, data, ports)) return data;
  }
  return undefined;
}
