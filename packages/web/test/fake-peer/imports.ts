/** What another program left, as the fake peer finds it. */
import type { ImportItem, ImportPlan } from '@coequal/contract';
import { idOf } from './samples.ts';

export const IMPORT_DIRECTORY = '/home/robin/.local/share/qBittorrent';

type Problem = ImportItem['problems'][number];

const PRIVATE: Problem = {
  code: 'IMPORT_PRIVATE',
  details: { program: 'qBittorrent' },
  text: 'it is private',
};
const MISSING: Problem = {
  code: 'IMPORT_DATA_MISSING',
  details: { path: '/media/disk/Old' },
  text: 'nothing of it lies at /media/disk/Old',
};
const HERE: Problem = { code: 'IMPORT_ALREADY_HERE', details: {}, text: 'it is here already' };

function itemOf(at: number, changes: Partial<ImportItem>): ImportItem {
  const id = idOf(200_000 + at);
  return {
    key: id,
    id,
    name: `Album ${at}`,
    size: 812_000_000,
    claimed: 812_000_000,
    directory: '/home/robin/Music',
    tags: [],
    isPaused: false,
    isPrivate: false,
    verdict: 'ready',
    problems: [],
    ...changes,
  };
}

export const IMPORT_PLAN: ImportPlan = {
  program: 'qbittorrent',
  directory: IMPORT_DIRECTORY,
  problems: [
    {
      code: 'IMPORT_PROGRAM_RUNS',
      details: { program: 'qBittorrent' },
      text: 'qBittorrent seems to run',
    },
  ],
  items: [
    itemOf(1, { name: 'Sita Sings the Blues', category: 'Films', tags: ['free', 'animation'] }),
    itemOf(2, { name: 'Field recordings', claimed: 301_000_000, isPaused: true }),
    itemOf(3, { name: 'Members’ reel', isPrivate: true, problems: [PRIVATE] }),
    itemOf(4, { name: 'Old library', verdict: 'doubtful', problems: [MISSING] }),
    itemOf(5, { name: 'Big Buck Bunny', verdict: 'blocked', problems: [HERE] }),
  ],
};
