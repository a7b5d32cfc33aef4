/**
 * Reads qBittorrent's folder: `BT_backup/HASH.fastresume` beside `HASH.torrent`, in the order of its queue, or the rows
 * of torrents.db; and from the folders of its settings what says where transfers lie.
 */
import { join } from 'node:path';
import { decodeUtf8, LocalFault, PeerFault } from '@coequal/base';
import { METAINFO_LENGTH_MAX } from '@coequal/bittorrent';
import { namesIn, readBounded } from './bounded-read.ts';
import { decodeState, STATE_LENGTH_MAX } from './foreign-transfer.ts';
import type { ForeignEntry } from './foreign-transfer.ts';
import {
  factsOfQbittorrent,
  magnetOfFastresume,
  NO_PLACES,
  ownOfFastresume,
  parseCategories,
  parseConfiguration,
} from './qbittorrent-state.ts';
import type { QbittorrentPlaces } from './qbittorrent-state.ts';
import { BACKUP_FOLDER } from './state-places.ts';

/** Settings are some kilobytes, categories are typed by hand. */
const SETTINGS_LENGTH_MAX = 4_194_304;

/** The keys of its entries: first those of the queue, in their order. */
export async function keysOfBackupFolder(directory: string): Promise<readonly string[]> {
  const names = await namesIn(join(directory, BACKUP_FOLDER), '.fastresume');
  const queue = await readText(join(directory, BACKUP_FOLDER, 'queue'));
  const queued = (queue ?? '').split(/\r?\n/).map((line) => line.trim());
  const there = new Set(names);
  return [...new Set([...queued.filter((name) => there.has(name)), ...names])];
}

/** Never rejects for what is wrong with the entry: that is the answer then. */
export async function readBackupEntry(
  directory: string,
  key: string,
  places: QbittorrentPlaces,
): Promise<ForeignEntry> {
  const path = (ending: string): string => join(directory, BACKUP_FOLDER, `${key}${ending}`);
  try {
    const bytes = await readBounded(path('.fastresume'), STATE_LENGTH_MAX);
    if (bytes === undefined) throw new LocalFault('IMPORT_UNREADABLE', { why: 'it is gone' });
    const resume = decodeState(bytes);
    const own = ownOfFastresume(resume);
    const facts = factsOfQbittorrent(resume, own, places);
    const torrent = await readBounded(path('.torrent'), METAINFO_LENGTH_MAX);
    if (torrent !== undefined)
      return { type: 'read', key, source: { type: 'torrent', bytes: torrent }, facts };
    const link = magnetOfFastresume(resume, facts.name);
    // it had the metadata, or it would have no pieces
    if (link === undefined || facts.claimed > 0) throw new LocalFault('IMPORT_NO_TORRENT');
    return { type: 'read', key, source: { type: 'magnet', link }, facts };
  } catch (error) {
    if (!(error instanceof LocalFault || error instanceof PeerFault)) throw error;
    return { type: 'unreadable', key, problem: error };
  }
}

/** Of the first of the folders that has a file of them. What cannot be read says nothing. */
export async function readSettings(folders: readonly string[]): Promise<QbittorrentPlaces> {
  const first = async (...names: readonly string[]): Promise<string | undefined> => {
    for (const folder of folders) {
      for (const name of names) {
        const text = await readText(join(folder, name));
        if (text !== undefined) return text;
      }
    }
    return undefined;
  };
  const configuration = await first('qBittorrent.conf', 'qBittorrent.ini');
  const categories = await first('categories.json');
  return {
    ...NO_PLACES,
    ...(configuration !== undefined && parseConfiguration(configuration)),
    ...(categories !== undefined && { categories: parseCategories(categories) }),
  };
}

async function readText(path: string): Promise<string | undefined> {
  try {
    const bytes = await readBounded(path, SETTINGS_LENGTH_MAX);
    return bytes && decodeUtf8(bytes);
  } catch (error) {
    if (error instanceof LocalFault) return undefined;
    throw error;
  }
}
