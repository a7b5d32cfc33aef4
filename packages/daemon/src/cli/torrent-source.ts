/** What a torrent is given as: a magnet link, a file, or the address of one. */
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { LocalFault } from '@coequal/base';
import { METAINFO_LENGTH_MAX } from '@coequal/bittorrent/metainfo';
import type { Reach } from '../reach.ts';

/** For fetching a .torrent file over HTTP: some are large, and some servers slow. */
const FETCH_TIMEOUT_MS = 60_000;

/** A magnet link as it is, or the bytes of a .torrent file. Throws the faults of Disk and Http. */
export async function loadSource(
  source: string,
  { reach, bind }: { readonly reach: Reach; readonly bind?: string | undefined },
  signal: AbortSignal,
): Promise<string | Uint8Array> {
  if (isMagnet(source)) return source;
  if (!/^https?:\/\//i.test(source)) return await readTorrentFile(source);
  const { openPortsWithin } = await import('../reach.ts'); // a file needs no network
  await using ports = openPortsWithin(reach, { bind });
  const { status, body } = await ports.http.fetch(
    { url: source, bodyLengthMax: METAINFO_LENGTH_MAX, timeoutMs: FETCH_TIMEOUT_MS },
    signal,
  );
  if (status !== 200) throw new LocalFault('HTTP_STATUS', { status, url: source });
  return body;
}

export function isMagnet(source: string): boolean {
  return /^magnet:/i.test(source);
}

/** Throws LocalFault `TORRENT_FILE_MISSING`, `TORRENT_FILE_UNREADABLE` or `TORRENT_FILE_TOO_LONG`. */
export async function readTorrentFile(file: string): Promise<Uint8Array> {
  const path = resolve(file);
  try {
    await using handle = await open(path);
    const stat = await handle.stat();
    if (!stat.isFile()) throw new LocalFault('TORRENT_FILE_UNREADABLE', { path, errno: 'EISDIR' });
    if (stat.size > METAINFO_LENGTH_MAX) throw new LocalFault('TORRENT_FILE_TOO_LONG', { path });
    return await handle.readFile();
  } catch (cause) {
    if (cause instanceof LocalFault) throw cause;
    const errno = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
    const isMissing = errno === 'ENOENT' || errno === 'ENOTDIR';
    const code = isMissing ? 'TORRENT_FILE_MISSING' : 'TORRENT_FILE_UNREADABLE';
    throw new LocalFault(code, { path, errno }, { cause });
  }
}
