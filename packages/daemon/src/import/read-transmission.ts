/** Reads Transmission's folder: `resume/KEY.resume` beside `torrents/KEY.torrent` or `torrents/KEY.magnet`. */
import { join } from 'node:path';
import { decodeUtf8, LocalFault, PeerFault } from '@coequal/base';
import { METAINFO_LENGTH_MAX } from '@coequal/bittorrent';
import { namesIn, readBounded } from './bounded-read.ts';
import { decodeState, STATE_LENGTH_MAX } from './foreign-transfer.ts';
import type { ForeignEntry, ForeignSource } from './foreign-transfer.ts';
import { factsOfTransmission, magnetOfInfo } from './transmission-state.ts';

/** A `.magnet` file holds one link. */
const MAGNET_LENGTH_MAX = 65_536;

/** As 4.x has them, and as macOS does. */
const RESUME_FOLDERS = ['resume', 'Resume'];
const TORRENT_FOLDERS = ['torrents', 'Torrents'];

/** The keys of its entries. */
export async function keysOfTransmission(directory: string): Promise<readonly string[]> {
  const found = await Promise.all(
    RESUME_FOLDERS.map((folder) => namesIn(join(directory, folder), '.resume')),
  );
  return [...new Set(found.flat())];
}

/** Never rejects for what is wrong with the entry: that is the answer then. */
export async function readTransmission(directory: string, key: string): Promise<ForeignEntry> {
  try {
    const resume = await readFirst(directory, RESUME_FOLDERS, `${key}.resume`, STATE_LENGTH_MAX);
    if (resume === undefined) throw new LocalFault('IMPORT_UNREADABLE', { why: 'it is gone' });
    const facts = factsOfTransmission(decodeState(resume));
    return { type: 'read', key, source: await readSource(directory, key), facts };
  } catch (error) {
    if (!(error instanceof LocalFault || error instanceof PeerFault)) throw error;
    return { type: 'unreadable', key, problem: error };
  }
}

async function readSource(directory: string, key: string): Promise<ForeignSource> {
  const torrent = await readFirst(
    directory,
    TORRENT_FOLDERS,
    `${key}.torrent`,
    METAINFO_LENGTH_MAX,
  );
  if (torrent === undefined) {
    const magnet = await readFirst(directory, TORRENT_FOLDERS, `${key}.magnet`, MAGNET_LENGTH_MAX);
    const link = magnet && decodeUtf8(magnet)?.trim();
    if (!link) throw new LocalFault('IMPORT_NO_TORRENT');
    return { type: 'magnet', link };
  }
  // a torrent has an info dictionary; what 3.00 knows of a magnet link is short
  const link = torrent.length <= MAGNET_LENGTH_MAX ? magnetOfInfo(decodeState(torrent)) : undefined;
  return link === undefined ? { type: 'torrent', bytes: torrent } : { type: 'magnet', link };
}

async function readFirst(
  directory: string,
  folders: readonly string[],
  name: string,
  lengthMax: number,
): Promise<Uint8Array | undefined> {
  for (const folder of folders) {
    const bytes = await readBounded(join(directory, folder, name), lengthMax);
    if (bytes !== undefined) return bytes;
  }
  return undefined;
}
