/** The state of another program, opened: its entries by key, and its categories. */
import { LocalFault } from '@coequal/base';
import { STATE_FILES_MAX } from './bounded-read.ts';
import type { ForeignEntry } from './foreign-transfer.ts';
import { QbittorrentDatabase } from './qbittorrent-database.ts';
import { keysOfBackupFolder, readBackupEntry, readSettings } from './read-qbittorrent.ts';
import { keysOfTransmission, readTransmission } from './read-transmission.ts';
import type { StatePlace } from './state-places.ts';

export interface ForeignState extends AsyncDisposable {
  /** In the order of its queue, as far as it has one. */
  readonly keys: readonly string[];
  /** There are more, which are left out. */
  readonly isCut: boolean;
  /** Folders by category; undefined for one that has none of its own. */
  readonly categories: ReadonlyMap<string, string | undefined>;
  read(key: string): Promise<ForeignEntry>;
}

/** Rejects with LocalFault `IMPORT_UNREADABLE`. */
export async function openForeignState(place: StatePlace): Promise<ForeignState> {
  const state = await openState(place);
  const isCut = state.keys.length > STATE_FILES_MAX;
  const keys = new Set(state.keys.slice(0, STATE_FILES_MAX));
  return {
    ...state,
    keys: [...keys],
    isCut,
    // a key is the name of a file: only those that were found are read
    read: async (key) =>
      keys.has(key)
        ? await state.read(key)
        : {
            type: 'unreadable',
            key,
            problem: new LocalFault('IMPORT_UNREADABLE', { why: 'it is gone' }),
          },
  };
}

/** How many entries there are, about. Rejects with LocalFault `IMPORT_UNREADABLE`. */
export async function countEntries({ program, directory }: StatePlace): Promise<number> {
  if (program === 'transmission') return (await keysOfTransmission(directory)).length;
  const rows = await QbittorrentDatabase.count(directory);
  return rows > 0 ? rows : (await keysOfBackupFolder(directory)).length;
}

async function openState(place: StatePlace): Promise<Omit<ForeignState, 'isCut'>> {
  const { directory } = place;
  if (place.program === 'transmission')
    return {
      keys: await keysOfTransmission(directory),
      categories: new Map(),
      read: (key) => readTransmission(directory, key),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  const places = await readSettings(place.settings);
  const { categories } = places;
  const inFolder = await keysOfBackupFolder(directory);
  const database = await openDatabase(directory, inFolder.length > 0);
  // it uses one of both; what is left of the other is from before
  if (database !== undefined && database.keys.length > 0)
    return {
      keys: database.keys,
      categories,
      read: (key) => Promise.resolve(database.read(key, places)),
      [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
    };
  await database?.[Symbol.asyncDispose]();
  return {
    keys: inFolder,
    categories,
    read: (key) => readBackupEntry(directory, key, places),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** One that cannot be read is told, unless there is something else to read. */
async function openDatabase(
  directory: string,
  isOptional: boolean,
): Promise<QbittorrentDatabase | undefined> {
  try {
    return await QbittorrentDatabase.open(directory);
  } catch (error) {
    if (!isOptional || !(error instanceof LocalFault)) throw error;
    return undefined;
  }
}
