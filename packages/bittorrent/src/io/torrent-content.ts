/** The content of a torrent whose metadata is known: which files are wanted, where they lie, what to pick. */
import { LocalFault } from '@coequal/base';
import { wantedPieces } from '../core/metainfo/file-selection.ts';
import type { FileRange } from '../core/metainfo/magnet.ts';
import type { Metainfo } from '../core/metainfo/metainfo.ts';
import { PIECE_PRIORITY, PiecePicker } from '../core/picker/piece-picker.ts';
import type { TorrentOptions } from '../torrent-types.ts';
import type { EngineContext } from './engine-context.ts';
import { PieceStore } from './storage/piece-store.ts';

export interface TorrentContent {
  readonly metainfo: Metainfo;
  readonly store: PieceStore;
  readonly picker: PiecePicker;
}

/** Hashes what has to be hashed. Throws as PieceStore. */
export async function openContent(
  metainfo: Metainfo,
  wanted: ReadonlySet<number>,
  options: TorrentOptions,
  context: EngineContext,
  onProgress: (checked: number, total: number) => void,
  signal: AbortSignal,
): Promise<TorrentContent> {
  const { directory, contentPath, trust, readOnly, sequential } = options;
  const store = await PieceStore.open(
    metainfo,
    {
      directory,
      contentPath,
      readOnly: readOnly === true,
      lock: context.lock,
      resumeDirectory: context.resumeDirectory,
      wantedFiles: wanted,
      trust: trust === true,
      onProgress,
    },
    context.storage,
    context.ports,
    signal,
  );
  const picker = new PiecePicker({
    pieceCount: metainfo.pieceCount,
    lengthOf: (piece) => store.map.lengthOf(piece),
    random: () => context.ports.random.number(),
  });
  picker.setSequential(sequential === true);
  picker.setHad(store.have);
  const content = { metainfo, store, picker };
  prioritise(content, readOnly === true ? new Set() : wanted);
  return content;
}

/** Pieces that hold bytes of these files are wanted, all others not. */
export function prioritise({ store, picker }: TorrentContent, files: ReadonlySet<number>): void {
  const wanted = wantedPieces(store.map, files);
  picker.setWanted(wanted);
}

/** A piece that was had is missing again, and wanted if these files are: a picker that has all forgets that. */
export function losePiece(
  { store, picker }: TorrentContent,
  piece: number,
  files: ReadonlySet<number>,
): void {
  picker.lost(piece);
  const isWanted = store.map.filesOf(piece).some((file) => files.has(file));
  picker.setPriority(piece, isWanted ? PIECE_PRIORITY.normal : PIECE_PRIORITY.unwanted);
}

/** By the caller's rule, else by the magnet's ranges (BEP 53), else all. Throws LocalFault `NOTHING_SELECTED`. */
export function chooseFiles(
  metainfo: Metainfo,
  select: TorrentOptions['select'],
  ranges: readonly FileRange[] | undefined,
): ReadonlySet<number> {
  const isChosen = (index: number): boolean => {
    const path = metainfo.files[index]?.path.join('/') ?? '';
    if (select !== undefined) return select(path, index);
    return (
      ranges === undefined || ranges.some(({ first, last }) => first <= index && index <= last)
    );
  };
  const chosen = [...metainfo.files.keys()].filter(isChosen);
  if (chosen.length === 0)
    throw new LocalFault('NOTHING_SELECTED', { files: metainfo.files.length });
  return new Set(chosen);
}
