/** Checking content against its torrent, changing nothing: which pieces and which files are right. */
import type { FileStat, Ports, SafePath } from '@coequal/base';
import { LocalFault, parentPath } from '@coequal/base';
import type { Metainfo } from '../../core/metainfo/metainfo.ts';
import { hasPieceHashes } from '../../core/metainfo/piece-digests.ts';
import { statFiles } from './content-state.ts';
import { PieceStore } from './piece-store.ts';
import { SharedStorage } from './shared-storage.ts';

/**
 * `unsure`: its length is right, and every piece that is not right holds bytes of another file that is
 * missing or damaged, so that nobody can tell which of the two is wrong.
 */
export type FileCondition = 'good' | 'missing' | 'wrong-length' | 'damaged' | 'unsure';

export interface CheckedFile {
  readonly condition: FileCondition;
  /** Bytes there; undefined when it is missing. */
  readonly lengthThere: number | undefined;
  /** Pieces that hold bytes of it, and those of them that are not right. */
  readonly pieces: number;
  readonly piecesBad: number;
}

export interface ContentCheck {
  readonly pieceCount: number;
  readonly piecesGood: number;
  /** In the order of `metainfo.files`. */
  readonly files: readonly CheckedFile[];
}

/**
 * Rejects with LocalFault `PIECE_HASHES_MISSING` for a v2 torrent without its piece layers, those of Disk (a
 * missing file is none), or the signal's reason.
 */
export async function checkContent(
  metainfo: Metainfo,
  contentPath: SafePath,
  ports: Pick<Ports, 'disk' | 'hasher' | 'clock'>,
  signal: AbortSignal,
  onProgress?: (checked: number, total: number) => void,
): Promise<ContentCheck> {
  if (!hasPieceHashes(metainfo))
    throw new LocalFault('PIECE_HASHES_MISSING', { name: metainfo.name });
  const stats = await statFiles(metainfo, { contentPath, names: new Map() }, ports.disk);
  await using storage = new SharedStorage(ports);
  await using store = await PieceStore.open(
    metainfo,
    {
      directory: parentPath(contentPath),
      contentPath,
      resumeDirectory: undefined,
      trust: false,
      readOnly: true,
      onProgress,
    },
    storage,
    ports,
    signal,
  );
  const files = judgeFiles(metainfo, store, stats);
  return { pieceCount: metainfo.pieceCount, piecesGood: store.have.count, files };
}

function judgeFiles(
  { files }: Metainfo,
  { map, have }: PieceStore,
  stats: readonly (FileStat | undefined)[],
): readonly CheckedFile[] {
  const first = files.map(({ length }, file): CheckedFile => {
    const { first: from, end } = map.piecesOf(file);
    let piecesBad = 0;
    for (let piece = from; piece < end; piece++) if (!have.has(piece)) piecesBad += 1;
    const lengthThere = stats[file]?.length;
    const condition = roughCondition(length, lengthThere, piecesBad);
    return { condition, lengthThere, pieces: end - from, piecesBad };
  });
  return first.map((checked, file) => {
    if (checked.condition !== 'damaged') return checked;
    const { first: from, end } = map.piecesOf(file);
    for (let piece = from; piece < end; piece++) {
      const others = map.filesOf(piece).filter((other) => other !== file);
      const isOthersFault = others.some((other) => first[other]?.condition !== 'good');
      if (!have.has(piece) && !isOthersFault) return checked;
    }
    return { ...checked, condition: 'unsure' };
  });
}

function roughCondition(
  length: number,
  lengthThere: number | undefined,
  piecesBad: number,
): FileCondition {
  if (lengthThere === undefined) return 'missing';
  if (lengthThere !== length) return 'wrong-length';
  return piecesBad === 0 ? 'good' : 'damaged';
}
