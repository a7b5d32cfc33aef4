/** What opening a PieceStore finds and takes hold of: the lock, the resume data, the parts file, the files. */
import { joinPath } from '@coequal/base';
import type { Ports, SafePath } from '@coequal/base';
import { allFiles } from '../../core/metainfo/file-selection.ts';
import type { Metainfo } from '../../core/metainfo/metainfo.ts';
import { PieceMap } from '../../core/metainfo/piece-map.ts';
import { addTotals, NO_TOTALS, resumeKey, swarmHash } from '../../core/resume-data.ts';
import type { Totals } from '../../core/resume-data.ts';
import type { Turns } from '../turns.ts';
import type { FileNames } from './content-layout.ts';
import { findState, statFiles, trustedState } from './content-state.ts';
import type { ContentState, FileStats } from './content-state.ts';
import { PartsFile } from './parts-file.ts';
import { keyOfMoved, ResumeStore } from './resume-store.ts';
import type { StoredResume } from './resume-store.ts';
import { settlePlace } from './settle-change.ts';
import { TorrentLock } from './torrent-lock.ts';
import type { LockNeeds } from './torrent-lock.ts';

export interface PieceStoreOptions {
  /** The download folder: the content is `directory/name`. */
  readonly directory: SafePath;
  /** Where the content is, when it has another name. */
  readonly contentPath?: SafePath | undefined;
  /** Of files that have another name there than in the torrent; what the resume data say stands above it. */
  readonly fileNames?: FileNames | undefined;
  /** Undefined: nothing is remembered. */
  readonly resumeDirectory: SafePath | undefined;
  /** Undefined: what the resume data say, else all files. */
  readonly wantedFiles?: ReadonlySet<number> | undefined;
  /** Every file of the right length counts as had, unverified; nothing is remembered of it. */
  readonly trust: boolean;
  /** The content is only read: for sharing or verifying what someone has. */
  readonly readOnly?: boolean | undefined;
  /** Undefined: no lock is taken. */
  readonly lock?: LockNeeds | undefined;
  /** Pieces hashed at opening, and how many there are to hash. */
  readonly onProgress?: ((checked: number, total: number) => void) | undefined;
}

/** For the opening alone: what of it is kept longer is named by who keeps it. */
export interface OpenedPlace {
  readonly state: ContentState;
  readonly stats: FileStats;
  readonly stored: StoredResume;
  readonly resume: ResumeStore | undefined;
  readonly wantedFiles: ReadonlySet<number>;
  /** Of earlier runs. */
  readonly totals: Totals;
}

/** When it is the torrent's turn. What must be closed is added to `resources`. Rejects as PieceStore.open does. */
export async function openPlace(
  metainfo: Metainfo,
  options: PieceStoreOptions,
  ports: Pick<Ports, 'clock' | 'disk' | 'hasher'>,
  resources: AsyncDisposableStack,
  turns: Turns,
  signal: AbortSignal,
): Promise<OpenedPlace> {
  return await turns.run(() => findPlace(metainfo, options, ports, resources), signal);
}

async function findPlace(
  metainfo: Metainfo,
  options: PieceStoreOptions,
  ports: Pick<Ports, 'clock' | 'disk' | 'hasher'>,
  resources: AsyncDisposableStack,
): Promise<OpenedPlace> {
  const map = new PieceMap(metainfo);
  const contentPath = options.contentPath ?? joinPath(options.directory, metainfo.name);
  const { resume, stored } = await openResume(metainfo, contentPath, options, ports, resources);
  const data = stored.type === 'found' ? stored.data : undefined;
  const at =
    data === undefined
      ? { contentPath, directory: options.directory, names: options.fileNames ?? new Map() }
      : await settlePlace(data, options.directory, metainfo, ports.disk);
  const wantedFiles = options.wantedFiles ?? new Set(data?.wanted ?? allFiles(metainfo.files));
  const parts = await PartsFile.open(at.directory, swarmHash(metainfo), ports.disk);
  const stats = await statFiles(metainfo, at, ports.disk);
  const place = { metainfo, map, at, parts };
  const state = options.trust
    ? trustedState(place, stats)
    : findState(place, stored, wantedFiles, stats);
  const totals = addTotals(NO_TOTALS, data ?? NO_TOTALS);
  return { state, stats, stored, resume, wantedFiles, totals };
}

async function openResume(
  metainfo: Metainfo,
  contentPath: SafePath,
  options: PieceStoreOptions,
  ports: Pick<Ports, 'clock' | 'disk' | 'hasher'>,
  resources: AsyncDisposableStack,
): Promise<Pick<OpenedPlace, 'resume' | 'stored'>> {
  const directory = options.resumeDirectory;
  if (directory === undefined) return NOTHING_REMEMBERED;
  const infoHash = swarmHash(metainfo);
  const ownKey = resumeKey(infoHash, contentPath, (bytes, kind) => ports.hasher.hash(bytes, kind));
  const key = await keyOfMoved(directory, ownKey, contentPath, ports);
  if (options.lock) {
    resources.use(await TorrentLock.acquire(directory, key, options.lock, ports.disk));
  }
  if (options.trust) return NOTHING_REMEMBERED; // what was not verified is not either
  const counts = { pieceCount: metainfo.pieceCount, fileCount: metainfo.files.length };
  const opened = await ResumeStore.open(directory, key, { infoHash, ...counts }, ports);
  resources.use(opened.resume);
  return opened;
}

const NOTHING_REMEMBERED = { resume: undefined, stored: { type: 'none' } } as const;
