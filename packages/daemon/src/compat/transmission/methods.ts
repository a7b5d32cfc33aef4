/** All methods of the RPC, under the names of version 4.1. */
import type { Method } from './method.ts';
import { SESSION_REPORTS } from './session-reports.ts';
import { sessionGet, sessionSet } from './session.ts';
import { TORRENT_ACTIONS } from './torrent-actions.ts';
import { torrentAdd } from './torrent-add.ts';
import { torrentGet } from './torrent-get.ts';
import { torrentRenamePath, torrentSetLocation } from './torrent-place.ts';
import { torrentSet } from './torrent-set.ts';

export const METHODS: ReadonlyMap<string, Method> = new Map(
  Object.entries({
    ...TORRENT_ACTIONS,
    ...SESSION_REPORTS,
    torrent_add: torrentAdd,
    torrent_get: torrentGet,
    torrent_set: torrentSet,
    torrent_set_location: torrentSetLocation,
    torrent_rename_path: torrentRenamePath,
    session_get: sessionGet,
    session_set: sessionSet,
  }),
);
