/** The content of a torrent whose metadata is known: which files are wanted, where they lie, what to pick. */
import { LocalFault } from '@coequal/base';
import { checkFileNames } from '../core/metainfo/check-file-names.ts';
import type { FileRange } from '../core/metainfo/magnet.ts';
import type { Metainfo } from '../core/metainfo/metainfo.ts';
import { PiecePicker } from '../core/picker/piece-picker.ts';
import type { TorrentOptions } from '../torrent-types.ts';
import type { EngineContext } from './engine-context.ts';
import { PieceStore } from './storage/piece-store.ts';

export interface TorrentContent {
  readonly metainfo: Metainfo;
  readonly store: PieceStore;
  readonly picker: PiecePicker;
}

/** Hashes what has to be hashed. Throws as PieceStore, and as `checkFileNames`. */
export async function openContent(
  metainfo: Metainfo,
  wanted: ReadonlySet<number>,
  options: TorrentOptions,
  context: EngineContext,
  onProgress: (checked: number, total: number) => void,
  signal: AbortSignal,
): Promise<TorrentContent> {
  const { directory, contentPath, fileNames, trust, readOnly } = options;
  if (fileNames !== undefined) checkFileNames(metainfo, fileNames);
  const store = await PieceStore.open(
    metainfo,
    {
      directory,
      contentPath,
      fileNames,
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
  picker.setHad(store.have);
  return { metainfo, store, picker };
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
