/** What is added, read: a magnet link, the bytes of a .torrent file, or the address of one. */
import { LocalFault, PeerFault } from '@coequal/base';
import type { Ports } from '@coequal/base';
import { parseMagnet, parseMetainfo, METAINFO_LENGTH_MAX } from '@coequal/bittorrent';
import type { Magnet, Metainfo } from '@coequal/bittorrent';

/** Some .torrent files are large, and some servers slow. */
const FETCH_TIMEOUT_MS = 60_000;

export type ParsedSource =
  | { readonly type: 'magnet'; readonly text: string; readonly magnet: Magnet }
  | ParsedFile;

export interface ParsedFile {
  readonly type: 'metainfo';
  readonly bytes: Uint8Array;
  readonly metainfo: Metainfo;
}

export interface GivenSource {
  /** A magnet link, or an http(s) address. */
  readonly source?: string | undefined;
  /** A .torrent file in base64. */
  readonly torrent?: string | undefined;
}

/** Throws what is wrong with it: LocalFault `BAD_SOURCE`, `BAD_MAGNET`, the faults of Http, PeerFault of the parser. */
export async function parseSource(
  { source, torrent }: GivenSource,
  ports: Pick<Ports, 'http' | 'hasher'>,
  signal: AbortSignal,
): Promise<ParsedSource> {
  if ((source === undefined) === (torrent === undefined))
    throw new LocalFault('BAD_SOURCE', { source: source ?? '' });
  if (torrent !== undefined) return parseFile(decodeBase64(torrent), ports);
  const text = (source ?? '').trim();
  if (/^magnet:/i.test(text)) return { type: 'magnet', text, magnet: parseMagnet(text) };
  if (!/^https?:\/\//i.test(text)) throw new LocalFault('BAD_SOURCE', { source: text });
  const { status, body } = await ports.http.fetch(
    { url: text, bodyLengthMax: METAINFO_LENGTH_MAX, timeoutMs: FETCH_TIMEOUT_MS },
    signal,
  );
  if (status !== 200) throw new LocalFault('HTTP_STATUS', { status, url: text });
  return parseFile(body, ports);
}

export function parseFile(bytes: Uint8Array, { hasher }: Pick<Ports, 'hasher'>): ParsedFile {
  const metainfo = parseMetainfo(bytes, (part, kind) => hasher.hash(part, kind));
  return { type: 'metainfo', bytes, metainfo };
}

/** The name in API and store: v1's info hash if there is one. */
export function transferIdOf(parsed: ParsedSource): string {
  const { infoHash, infoHashV2 } = parsed.type === 'magnet' ? parsed.magnet : parsed.metainfo;
  const id = infoHash ?? infoHashV2;
  if (id === undefined) throw new PeerFault('BAD_MAGNET', { what: 'xt' });
  return id;
}

function decodeBase64(text: string): Uint8Array {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw new LocalFault('BAD_BASE64');
  return Buffer.from(text, 'base64');
}
