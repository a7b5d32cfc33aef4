/** What can be asked of the peer as a whole, beside its settings. */
import { statfs } from 'node:fs/promises';
import { LocalFault } from '@coequal/base';
import { bad, unsupported } from './arguments.ts';
import { STATUS, statusOf } from './fields.ts';
import type { Method } from './method.ts';

const sessionStats: Method = (_args, { ids, parts, clock, startedAt }) => {
  const rows = ids.rows();
  const { downloaded, uploaded } = parts.transfers.totals();
  const sum = (rates: readonly number[]): number => rates.reduce((all, rate) => all + rate, 0);
  const stopped = rows.filter((row) => statusOf(row) === STATUS.stopped).length;
  // what earlier runs and transfers that are gone moved is not kept apart
  const totals = {
    downloaded_bytes: downloaded,
    uploaded_bytes: uploaded,
    files_added: rows.length,
    session_count: 1,
    seconds_active: Math.floor((clock.now() - startedAt) / 1_000),
  };
  return {
    active_torrent_count: rows.filter(({ down, up }) => down > 0 || up > 0).length,
    paused_torrent_count: stopped,
    torrent_count: rows.length,
    download_speed: sum(rows.map(({ down }) => down)),
    upload_speed: sum(rows.map(({ up }) => up)),
    cumulative_stats: totals,
    current_stats: totals,
  };
};

const freeSpace: Method = async (args) => {
  const path = args.path('path');
  if (path === undefined) throw bad('path', 'is missing');
  try {
    const { bavail, blocks, bsize } = await statfs(path);
    return { path, size_bytes: bavail * bsize, total_size: blocks * bsize };
  } catch (cause) {
    throw new LocalFault('NO_SUCH_FOLDER', { path }, { cause });
  }
};

function refuse(what: string): Method {
  return () => {
    throw unsupported(what);
  };
}

export const SESSION_REPORTS: Readonly<Record<string, Method>> = {
  session_stats: sessionStats,
  free_space: freeSpace,
  group_get: () => ({ group: [] }),
  group_set: refuse('groups of transfers'),
  port_test: refuse('to ask somebody outside whether the port is open'),
  blocklist_update: refuse('lists of blocked addresses'),
  session_close: refuse('to stop the peer from here'),
};
