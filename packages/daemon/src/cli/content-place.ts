/** Where a torrent's content is, given a path that is the content itself or the folder that holds it. */
import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { LocalFault } from '@coequal/base';
import type { Metainfo } from '@coequal/bittorrent';

/** Files looked at to tell the right place from a wrong one. */
const FILES_TRIED = 20;

/** Absolute. Throws LocalFault `CONTENT_PATH_MISSING`, or `CONTENT_NOT_THERE` when none of its files is. */
export async function findContent(metainfo: Metainfo, path: string): Promise<string> {
  const given = resolve(path);
  const found = await stat(given).catch(() => undefined);
  if (found === undefined) throw new LocalFault('CONTENT_PATH_MISSING', { path: given });
  const inside = join(given, metainfo.name);
  if (!metainfo.isFolder) {
    if (!found.isDirectory()) return given;
    if ((await lengthOf(inside)) !== undefined) return inside;
    throw notThere(metainfo, given);
  }
  const itself = basename(given) === metainfo.name ? [given, inside] : [inside, given];
  const scores = await Promise.all(itself.map((place) => filesAt(metainfo, place)));
  const [first = 0, second = 0] = scores;
  if (first === 0 && second === 0) throw notThere(metainfo, given);
  return (second > first ? itself[1] : itself[0]) ?? given;
}

/** How many of the files looked at are there; those of the right length count twice. */
async function filesAt(metainfo: Metainfo, place: string): Promise<number> {
  let score = 0;
  for (const { path, length } of metainfo.files.slice(0, FILES_TRIED)) {
    const there = await lengthOf(join(place, ...path));
    if (there !== undefined) score += there === length ? 2 : 1;
  }
  return score;
}

async function lengthOf(path: string): Promise<number | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true ? found.size : undefined;
}

function notThere({ name }: Metainfo, path: string): LocalFault {
  return new LocalFault('CONTENT_NOT_THERE', { name, path });
}
