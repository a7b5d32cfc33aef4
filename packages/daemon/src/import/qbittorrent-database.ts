/**
 * qBittorrent's torrents.db, which it keeps instead of BT_backup when its resume data are to be in SQLite (since 4.5).
 * A copy is opened: SQLite would write beside the original even to read it.
 */
import { constants, copyFile, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { SQLOutputValue } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { LocalFault, PeerFault } from '@coequal/base';
import { METAINFO_LENGTH_MAX } from '@coequal/bittorrent';
import { decodeState } from './foreign-transfer.ts';
import type { ForeignEntry } from './foreign-transfer.ts';
import { factsOfQbittorrent, magnetOfFastresume } from './qbittorrent-state.ts';
import type { QbittorrentOwn, QbittorrentPlaces } from './qbittorrent-state.ts';
import { DATABASE } from './state-places.ts';

/** Of the file and what is written ahead of it; the metadata of ten thousand torrents are within it. */
const DATABASE_LENGTH_MAX = 4_294_967_296;

type Row = Readonly<Record<string, SQLOutputValue>>;

export class QbittorrentDatabase implements AsyncDisposable {
  readonly keys: readonly string[];
  readonly #database: DatabaseSync;
  readonly #folder: string;

  /** Undefined when there is none. Rejects with LocalFault `IMPORT_UNREADABLE`. */
  static async open(directory: string): Promise<QbittorrentDatabase | undefined> {
    const path = join(directory, DATABASE);
    if (!((await lengthOf(path)) ?? 0)) return undefined;
    const parts = await partsOf(path);
    if (parts.reduce((sum, { length }) => sum + length, 0) > DATABASE_LENGTH_MAX)
      throw new LocalFault('IMPORT_UNREADABLE', { why: 'it is too long' });
    const folder = await mkdtemp(join(tmpdir(), 'coequal-import-'));
    try {
      const copy = join(folder, DATABASE);
      for (const { ending } of parts)
        await copyFile(`${path}${ending}`, `${copy}${ending}`, constants.COPYFILE_FICLONE);
      return new QbittorrentDatabase(new DatabaseSync(copy), folder);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      if (!(error instanceof Error) || !('code' in error)) throw error;
      throw new LocalFault('IMPORT_UNREADABLE', { why: error.message }, { cause: error });
    }
  }

  /**
   * How many rows it has, without a copy: as if nothing would ever change it, so that SQLite writes nothing beside it.
   * What is under way there may be missing from the number; 0 for what cannot be read.
   */
  static async count(directory: string): Promise<number> {
    const path = join(directory, DATABASE);
    if (!(await lengthOf(path))) return 0;
    const address = pathToFileURL(path);
    address.searchParams.set('immutable', '1');
    try {
      using database = new DatabaseSync(address, { readOnly: true });
      return Number(database.prepare('SELECT count(*) AS rows FROM torrents').get()?.['rows']);
    } catch (error) {
      if (error instanceof Error && 'code' in error) return 0;
      throw error;
    }
  }

  private constructor(database: DatabaseSync, folder: string) {
    this.#database = database;
    this.#folder = folder;
    try {
      this.keys = database
        .prepare('SELECT torrent_id FROM torrents ORDER BY queue_position < 0, queue_position, id')
        .all()
        .map((row) => textOf(row['torrent_id']) ?? '')
        .filter((key) => /^[0-9a-f]{40}$/i.test(key));
    } catch (error) {
      database.close();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#database.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Never throws for what is wrong with the entry: that is the answer then. */
  read(key: string, places: QbittorrentPlaces): ForeignEntry {
    try {
      const row = this.#row(key);
      const resume = decodeState(bytesOf(row['libtorrent_resume_data']) ?? new Uint8Array());
      const facts = factsOfQbittorrent(resume, ownOfRow(row), places);
      const torrent = bytesOf(row['metadata']);
      if (torrent !== undefined && torrent.length > 0) {
        if (torrent.length > METAINFO_LENGTH_MAX)
          throw new LocalFault('IMPORT_UNREADABLE', { why: 'it is too long' });
        return { type: 'read', key, source: { type: 'torrent', bytes: torrent }, facts };
      }
      const link = magnetOfFastresume(resume, facts.name);
      if (link === undefined || facts.claimed > 0) throw new LocalFault('IMPORT_NO_TORRENT');
      return { type: 'read', key, source: { type: 'magnet', link }, facts };
    } catch (error) {
      if (!(error instanceof LocalFault || error instanceof PeerFault)) throw error;
      return { type: 'unreadable', key, problem: error };
    }
  }

  #row(key: string): Row {
    try {
      const row = this.#database.prepare('SELECT * FROM torrents WHERE torrent_id = ?').get(key);
      if (row !== undefined) return row;
    } catch (cause) {
      // the file is damaged there
      throw new LocalFault('IMPORT_UNREADABLE', { why: String(cause) }, { cause });
    }
    throw new LocalFault('IMPORT_UNREADABLE', { why: 'it is gone' });
  }
}

/** The file, and what SQLite keeps beside it while a change is not in it yet. */
async function partsOf(path: string): Promise<{ ending: string; length: number }[]> {
  const parts = [];
  for (const ending of ['', '-wal', '-journal']) {
    const length = await lengthOf(`${path}${ending}`);
    if (length !== undefined) parts.push({ ending, length });
  }
  return parts;
}

function ownOfRow(row: Row): QbittorrentOwn {
  const number = (name: string): number | undefined => {
    const value = row[name];
    return typeof value === 'number' ? value : undefined;
  };
  return {
    name: textOf(row['name']),
    category: textOf(row['category']),
    tags: (textOf(row['tags']) ?? '').split(','),
    savePath: textOf(row['target_save_path']),
    downloadPath: textOf(row['download_path']),
    ratioLimit: (number('ratio_limit') ?? -2_000) / 1_000,
    seedingTimeLimit: number('seeding_time_limit') ?? -2,
    isStopped: number('stopped') === 1,
    isForced: number('stopped') !== 1 && textOf(row['operating_mode']) === 'Forced',
  };
}

/** Qt stores some texts as blobs. */
function textOf(value: SQLOutputValue | undefined): string | undefined {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  return typeof value === 'string' ? value : undefined;
}

function bytesOf(value: SQLOutputValue | undefined): Uint8Array | undefined {
  return value instanceof Uint8Array ? value : undefined;
}

async function lengthOf(path: string): Promise<number | undefined> {
  try {
    const about = await stat(path);
    return about.isFile() ? about.size : undefined;
  } catch {
    return undefined; // not there, or not to be looked at
  }
}
