/** What a person drops, pastes or types, as things that can be added. */

export type Source =
  | { readonly type: 'link'; readonly link: string }
  | { readonly type: 'file'; readonly name: string; readonly torrent: string };

/** Longest .torrent file that the peer takes, 16 MiB. */
const TORRENT_LENGTH_MAX = 16 * 1_048_576;
/** More at once is a mistake, such as a whole folder dropped. */
const SOURCES_MAX = 500;
/** `fromCharCode` takes its bytes as arguments, of which there may not be too many. */
const CHUNK_LENGTH = 0x8000;

/** Links in a text: one a line, or between spaces. Info hashes alone become magnet links. */
export function linksIn(text: string): string[] {
  const links = text
    .split(/\s+/)
    .map(linkOf)
    .filter((link) => link !== undefined);
  return [...new Set(links)].slice(0, SOURCES_MAX);
}

function linkOf(word: string): string | undefined {
  if (/^magnet:\?/i.test(word)) return word;
  if (/^https?:\/\/[^\s]+$/i.test(word)) return word;
  if (/^[0-9a-f]{40}$/i.test(word)) return `magnet:?xt=urn:btih:${word.toLowerCase()}`;
  if (/^[0-9a-f]{64}$/i.test(word)) return `magnet:?xt=urn:btmh:1220${word.toLowerCase()}`;
  return undefined;
}

export interface ReadFiles {
  readonly sources: readonly Source[];
  /** Names of what is no .torrent file, or too large for one. */
  readonly refused: readonly string[];
}

export async function readTorrentFiles(files: readonly File[]): Promise<ReadFiles> {
  const sources: Source[] = [];
  const refused: string[] = [];
  for (const file of files.slice(0, SOURCES_MAX)) {
    const isTorrent = file.name.toLowerCase().endsWith('.torrent');
    if (!isTorrent || file.size > TORRENT_LENGTH_MAX) refused.push(file.name);
    else {
      const torrent = base64Of(new Uint8Array(await file.arrayBuffer()));
      sources.push({ type: 'file', name: file.name, torrent });
    }
  }
  return { sources, refused };
}

function base64Of(bytes: Uint8Array): string {
  let text = '';
  for (let from = 0; from < bytes.length; from += CHUNK_LENGTH)
    text += String.fromCharCode(...bytes.subarray(from, from + CHUNK_LENGTH));
  return btoa(text);
}
