/** `torrent_set_location` and `torrent_rename_path`: where the content is, and how it is called there. */
import type { Transfer } from '@coequal/contract';
import { bad, unsupported } from './arguments.ts';
import type { Call, Method } from './method.ts';
import { Reading } from './reading.ts';

export const torrentSetLocation: Method = async (args, call) => {
  const { rows } = call.ids.select(args);
  const location = args.path('location');
  if (location === undefined) throw bad('location', 'is missing');
  const moves = args.flag('move') ?? false;
  // content that lies elsewhere already is taken up by adding it anew
  if (!moves && rows.some(({ have, directory }) => have > 0 && directory !== location))
    throw unsupported('another folder without moving the content');
  await moveContent(rows, location, call);
  return {};
};

export async function moveContent(
  rows: readonly Transfer[],
  location: string,
  { parts }: Call,
): Promise<void> {
  for (const { id, directory } of rows)
    if (directory !== location) await parts.transfers.move(id, location);
  parts.publish();
}

export const torrentRenamePath: Method = async (args, call) => {
  const { parts, ids } = call;
  const { rows } = ids.select(args);
  const [row] = rows;
  if (row === undefined || rows.length > 1) throw bad('ids', 'must name one torrent');
  const path = args.requiredText('path');
  const name = args.requiredText('name');
  const reading = new Reading(row, ids.numberOf(row.id), 0, parts.transfers);
  const file = reading.files.find((each) => reading.pathOf(each) === path);
  if (path === row.name) await parts.transfers.rename(row.id, undefined, name);
  else if (file !== undefined) await parts.transfers.rename(row.id, file.index, name);
  else throw unsupported('to rename a folder within a torrent');
  parts.publish();
  return { path, name, id: reading.number };
};
