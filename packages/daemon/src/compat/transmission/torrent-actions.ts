/** What is done with transfers as a whole. */
import type { TransferAction } from '@coequal/contract';
import type { Method } from './method.ts';

function action(name: TransferAction): Method {
  return (args, { ids, parts }) => {
    const chosen = ids.select(args).rows.map(({ id }) => id);
    parts.transfers.act(chosen, name);
    const runs = name === 'resume' || name === 'force';
    if (runs && chosen.length > 0) parts.setUp();
    parts.publish();
    return {};
  };
}

/** Data go once the removal cannot be undone any more. */
const remove: Method = (args, { ids, parts }) => {
  const chosen = ids.select(args).rows.map(({ id }) => id);
  const deletesData = args.flag('delete_local_data') ?? false;
  if (chosen.length > 0) parts.transfers.remove(chosen, deletesData);
  parts.publish();
  return {};
};

export const TORRENT_ACTIONS: Readonly<Record<string, Method>> = {
  torrent_start: action('resume'),
  torrent_start_now: action('force'),
  torrent_stop: action('pause'),
  torrent_verify: action('recheck'),
  torrent_reannounce: action('announce'),
  torrent_remove: remove,
  queue_move_top: action('to-top'),
  queue_move_up: action('up'),
  queue_move_down: action('down'),
  queue_move_bottom: action('to-bottom'),
};
