/** `torrent_add`: a magnet link, the address of a .torrent file, or one in base64. */
import { LocalFault } from '@coequal/base';
import type { AddTransfer } from '@coequal/contract';
import { bad } from './arguments.ts';
import type { Arguments } from './arguments.ts';
import { fileChanges } from './file-choices.ts';
import { labelsOf } from './labels.ts';
import type { Call, Method } from './method.ts';

/** A .torrent file of 16 MiB in base64. */
const METAINFO_TEXT_LENGTH_MAX = 22_400_000;
/** Some magnet links name a hundred trackers. */
const SOURCE_LENGTH_MAX = 65_536;

export const torrentAdd: Method = async (args, call) => {
  const { parts, signal } = call;
  const given = givenOf(args);
  const directory = args.path('download_dir');
  const isPaused = args.flag('paused');
  const isSequential = args.flag('sequential_download');
  const request: AddTransfer = {
    ...given,
    tags: labelsOf(args) ?? [],
    ...(directory !== undefined && { directory }),
    ...(isPaused !== undefined && { isPaused }),
    ...(isSequential !== undefined && { isSequential }),
  };
  try {
    const added = await parts.transfers.add(request, signal);
    // of a magnet link there are no files to choose from yet
    const count = parts.transfers.metainfo(added.id)?.files.length ?? 0;
    const files = fileChanges(args, count);
    if (files.length > 0) parts.transfers.change(added.id, { files });
    if (added.state !== 'paused') parts.setUp();
    parts.publish();
    return { torrent_added: about(added.id, added.name, call) };
  } catch (error) {
    if (!(error instanceof LocalFault && error.code === 'ALREADY_ADDED')) throw error;
    const { id, name } = await parts.transfers.inspect(given, signal);
    return { torrent_duplicate: about(id, name, call) };
  }
};

function givenOf(args: Arguments): Pick<AddTransfer, 'source' | 'torrent'> {
  const torrent = args.text('metainfo', METAINFO_TEXT_LENGTH_MAX);
  // some clients break base64 into lines
  if (torrent !== undefined && torrent !== '') return { torrent: torrent.replaceAll(/\s/g, '') };
  const source = args.text('filename', SOURCE_LENGTH_MAX);
  if (source === undefined || source === '') throw bad('filename', 'or metainfo is missing');
  return { source: /^[0-9a-f]{40}$/i.test(source) ? `magnet:?xt=urn:btih:${source}` : source };
}

function about(id: string, name: string, { ids }: Call): object {
  ids.rows(); // so that it has a number
  return { id: ids.numberOf(id), name, hash_string: id };
}
