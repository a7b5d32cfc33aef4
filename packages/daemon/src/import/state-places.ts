/**
 * Where qBittorrent and Transmission keep their state: as their documentation has it for each system, the Flatpaks of
 * both included, and by what a folder that somebody names has in it.
 */
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ImportProgram } from '@coequal/contract';
import type { HomeFacts } from '../home.ts';

export type StatePlace =
  | {
      readonly program: Extract<ImportProgram, 'qbittorrent'>;
      /** The folder that has `BT_backup`, or `torrents.db`. */
      readonly directory: string;
      /** Those of its settings. The first that has a file has the last word. */
      readonly settings: readonly string[];
    }
  | {
      readonly program: Extract<ImportProgram, 'transmission'>;
      /** The folder that has `resume` and `torrents`. */
      readonly directory: string;
    };

export const BACKUP_FOLDER = 'BT_backup';
export const DATABASE = 'torrents.db';

/** All places that are usual on this system; most of them are not there. */
export function usualPlaces(facts: HomeFacts): readonly StatePlace[] {
  const { platform } = facts;
  if (platform === 'win32') return windowsPlaces(facts);
  if (platform === 'darwin') return macPlaces(facts);
  return unixPlaces(facts);
}

function unixPlaces({ environment, userDirectory }: HomeFacts): readonly StatePlace[] {
  const data = environment['XDG_DATA_HOME'] || join(userDirectory, '.local', 'share');
  const config = environment['XDG_CONFIG_HOME'] || join(userDirectory, '.config');
  const flatpak = (id: string): string => join(userDirectory, '.var', 'app', id);
  const qbittorrent = flatpak('org.qbittorrent.qBittorrent');
  return [
    qbittorrentPlace(join(data, 'qBittorrent'), join(config, 'qBittorrent')),
    qbittorrentPlace(join(data, 'data', 'qBittorrent'), join(config, 'qBittorrent')),
    qbittorrentPlace(
      join(qbittorrent, 'data', 'qBittorrent'),
      join(qbittorrent, 'config', 'qBittorrent'),
    ),
    transmissionPlace(join(config, 'transmission')),
    transmissionPlace(join(config, 'transmission-daemon')),
    transmissionPlace(join(flatpak('com.transmissionbt.Transmission'), 'config', 'transmission')),
    // the service of Debian, if its folder may be read
    transmissionPlace('/var/lib/transmission-daemon/.config/transmission-daemon'),
  ];
}

function macPlaces({ userDirectory }: HomeFacts): readonly StatePlace[] {
  const support = join(userDirectory, 'Library', 'Application Support');
  return [
    qbittorrentPlace(join(support, 'qBittorrent'), join(userDirectory, '.config', 'qBittorrent')),
    transmissionPlace(join(support, 'Transmission')),
    transmissionPlace(join(support, 'transmission-daemon')),
  ];
}

function windowsPlaces({ environment, userDirectory }: HomeFacts): readonly StatePlace[] {
  const local = environment['LOCALAPPDATA'] || join(userDirectory, 'AppData', 'Local');
  const roaming = environment['APPDATA'] || join(userDirectory, 'AppData', 'Roaming');
  return [
    qbittorrentPlace(join(local, 'qBittorrent'), join(roaming, 'qBittorrent')),
    transmissionPlace(join(local, 'transmission')),
    transmissionPlace(join(local, 'transmission-daemon')),
  ];
}

function qbittorrentPlace(directory: string, ...settings: readonly string[]): StatePlace {
  return { program: 'qbittorrent', directory, settings };
}

function transmissionPlace(directory: string): StatePlace {
  return { program: 'transmission', directory };
}

/**
 * What a folder has that somebody names: it may be the state itself, a folder of it, or a profile (`--profile`) that
 * has it further down. Undefined: nothing of either.
 */
export async function placeIn(
  folder: string,
  usual: readonly StatePlace[],
  program: ImportProgram | undefined,
): Promise<StatePlace | undefined> {
  const known = usual.find(
    ({ directory }) => directory === folder || join(directory, BACKUP_FOLDER) === folder,
  );
  const candidates = [...(known === undefined ? [] : [known]), ...placesAround(folder)];
  for (const place of candidates) {
    const isAskedFor = program === undefined || program === place.program;
    if (isAskedFor && (await isThere(place))) return place;
  }
  return undefined;
}

function placesAround(folder: string): readonly StatePlace[] {
  const own = basename(folder);
  const data = own === BACKUP_FOLDER || own === DATABASE ? dirname(folder) : folder;
  const config = /^(resume|torrents)$/i.test(own) ? dirname(folder) : folder;
  const inProfile = join(folder, 'qBittorrent');
  return [
    qbittorrentPlace(data, join(dirname(data), 'config'), data),
    qbittorrentPlace(join(folder, 'data'), join(folder, 'config')),
    qbittorrentPlace(join(inProfile, 'data'), join(inProfile, 'config')),
    transmissionPlace(config),
  ];
}

/** Whether the program has kept something there. */
export async function isThere(place: StatePlace): Promise<boolean> {
  const { program, directory } = place;
  const names = program === 'qbittorrent' ? [BACKUP_FOLDER, DATABASE] : ['resume', 'Resume'];
  return await isAnyThere(names.map((name) => join(directory, name)));
}

/** qBittorrent has a socket while it runs, and one stays when it was killed; of Transmission nothing tells. */
export async function seemsToRun(place: StatePlace): Promise<boolean> {
  if (place.program !== 'qbittorrent') return false;
  return await isAnyThere(place.settings.map((folder) => join(folder, 'ipc-socket')));
}

async function isAnyThere(paths: readonly string[]): Promise<boolean> {
  for (const path of paths) {
    try {
      await stat(path);
      return true;
    } catch {
      continue; // not there, or not to be looked at
    }
  }
  return false;
}
