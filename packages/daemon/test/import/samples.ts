/** The committed state folders, and a disk on which their content is as it was when they were made. */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openHasher } from '@coequal/base/node';
import type { ContentDisk } from '../../src/import/find-content.ts';
import type { PlanView } from '../../src/import/plan-entry.ts';
import type { StatePlace } from '../../src/import/state-places.ts';

export const SAMPLES: string = fileURLToPath(new URL('samples', import.meta.url));
/** Where the content was. */
export const CONTENT = '/srv/coequal-samples';

export const HOLIDAY_HYBRID = '8ffe337fd7300051a5dc203c40642d6ddb593699';
export const HOLIDAY_V1 = '3dee37ac551341f2669d1a81297b3b6ab8bf83ca';
export const SINGLE = 'eb18e842baea1ded52d98df9a9cd991c23463f76';
export const ALBUM_V2 = '43cc29f740ac9d8900bf18b7fce5f7b6395112626e3d24442269bc2adf02a452';
export const ALBUM_V1 = 'c0f8ffe8a3d4321df017c67453d4bb7573e3dd09';
export const MAGNET = 'c'.repeat(40);

export const QBITTORRENT: StatePlace = {
  program: 'qbittorrent',
  directory: join(SAMPLES, 'qbittorrent-4.5.2/data'),
  settings: [join(SAMPLES, 'qbittorrent-4.5.2/config')],
};
export const QBITTORRENT_SQLITE: StatePlace = {
  ...QBITTORRENT,
  directory: join(SAMPLES, 'qbittorrent-4.5.2-sqlite/data'),
};
export const TRANSMISSION: StatePlace = {
  program: 'transmission',
  directory: join(SAMPLES, 'transmission-3.00'),
};

/** Files that are there. */
const THERE = [
  'films/holiday/a.bin',
  'films/holiday/first.bin',
  'films/holiday/b.bin',
  'films/single.bin',
  'films/unfinished/album/sub/1.bin.!qB',
  'films/unfinished/album/sub/2.bin',
  'tr/album/sub/1.bin.part',
  'tr/album/sub/2.bin',
].map((path) => `${CONTENT}/${path}`);

export function diskOf(there: readonly string[] = THERE): ContentDisk {
  return {
    isFile: (path) => Promise.resolve(there.includes(path)),
    list: (folder) => {
      const below = there.filter((path) => path.startsWith(`${folder}/`));
      const names = below.map((path) => path.slice(folder.length + 1).split('/')[0] ?? '');
      return Promise.resolve([...new Set(names)]);
    },
  };
}

/** Hashing alone is real. */
export function viewOf(place: StatePlace, changes: Partial<PlanView> = {}): PlanView {
  return {
    program: place.program,
    ports: {
      hasher: openHasher(),
      http: { fetch: () => Promise.reject(new Error('nothing is fetched')) },
    },
    disk: diskOf(),
    has: () => false,
    ...changes,
  };
}

/** A copy that a test may change. */
export function copySample(name: string, to: string): void {
  cpSync(join(SAMPLES, name), to, { recursive: true });
}

export function put(path: string, bytes: Uint8Array | string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
}
