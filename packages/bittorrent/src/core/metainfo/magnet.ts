/** Magnet links (BEP 9, 46, 53): the hashes of a torrent or the key of who publishes it, and where to ask for the rest. */
import { decodeUtf8, formatHex, LocalFault, parseHex } from '@coequal/base';
import type { Endpoint } from '@coequal/base';
import {
  idBytes,
  INFO_HASH_LENGTH,
  INFO_HASH_V2_LENGTH,
  infoHashOf,
  infoHashV2Of,
  PUBLIC_KEY_LENGTH,
  publicKeyOf,
} from '../ids.ts';
import type { InfoHash, InfoHashV2, PublicKey } from '../ids.ts';
import { SALT_LENGTH_MAX } from '../dht/krpc-messages.ts';
import { FILE_COUNT_MAX } from './metainfo-files.ts';
import { ADDRESS_COUNT_MAX, readWebAddress } from './web-address.ts';

/** At least one of the hashes or the publisher is there; both hashes in a hybrid's. */
export interface Magnet {
  readonly infoHash?: InfoHash;
  readonly infoHashV2?: InfoHashV2;
  /** Whose newest torrent is meant (BEP 46); with a hash as well, that torrent, which is one of theirs. */
  readonly publisher?: TorrentPublisher;
  /** What to show until the metainfo is there; as given, not safe as a file's name. */
  readonly name?: string;
  /** Bytes of the content, as the maker of the link says. */
  readonly length?: number;
  readonly trackers: readonly string[];
  readonly webSeeds: readonly string[];
  readonly peers: readonly Endpoint[];
  /** Files to fetch, both ends included (BEP 53); absent: all. */
  readonly selection?: readonly FileRange[];
}

/** A key in the DHT under which one torrent after another is published (BEP 46). */
export interface TorrentPublisher {
  readonly publicKey: PublicKey;
  /** Tells several things apart that one key publishes; empty: there is none. */
  readonly salt: Uint8Array;
}

export interface FileRange {
  readonly first: number;
  readonly last: number;
}

/** The longest that browsers and shells pass on is far below; this holds every tracker a link can have. */
const MAGNET_LENGTH_MAX = 1_048_576;

/** Peers kept of those a link names: as many as are dialed at first. */
const MAGNET_PEER_COUNT_MAX = 100;

/** Ranges of a selection; one that needs more is better made by looking at the files. */
const SELECTION_RANGE_COUNT_MAX = 1_000;

/** Characters of a name that is only shown. */
const NAME_LENGTH_MAX = 1_024;

/** Multihash prefix of SHA-256 with 32 bytes (BEP 52). */
const SHA256_MULTIHASH = '1220';

/**
 * Reads what a person gave. Unknown parameters, and addresses that are none, are left out. Throws
 * LocalFault `BAD_MAGNET`, `what` naming the parameter that is wrong or missing.
 */
export function parseMagnet(text: string): Magnet {
  if (text.length > MAGNET_LENGTH_MAX) throw badMagnet('length');
  if (!/^magnet:\?/i.test(text)) throw badMagnet('scheme');
  const parameters = readParameters(text.slice('magnet:?'.length));
  const hashes = readTopics(parameters('xt'));
  const publisher = readPublisher(parameters('xs'), parameters('s')[0] ?? '');
  if (!hashes.infoHash && !hashes.infoHashV2 && !publisher) throw badMagnet('xt');
  const name = parameters('dn')[0]?.slice(0, NAME_LENGTH_MAX);
  const length = readNumber(parameters('xl')[0]);
  const selection = parameters('so')[0];
  return {
    ...hashes,
    ...(publisher && { publisher }),
    ...(name && { name }),
    ...(length !== undefined && { length }),
    trackers: readAddresses(parameters('tr')),
    webSeeds: readAddresses(parameters('ws')),
    peers: parameters('x.pe').slice(0, MAGNET_PEER_COUNT_MAX).flatMap(readPeer),
    ...(selection && { selection: readSelection(selection) }),
  };
}

/** A link that `parseMagnet` reads back as it was. */
export function formatMagnet(magnet: Magnet): string {
  const { infoHash, infoHashV2, publisher, name, length } = magnet;
  const { trackers, webSeeds, peers, selection } = magnet;
  const ranges = selection?.map(({ first, last }) =>
    first === last ? `${first}` : `${first}-${last}`,
  );
  const parameters = [
    ...(infoHash ? [`xt=urn:btih:${infoHash}`] : []),
    ...(infoHashV2 ? [`xt=urn:btmh:${SHA256_MULTIHASH}${formatHex(idBytes(infoHashV2))}`] : []),
    ...(publisher ? [`xs=urn:btpk:${publisher.publicKey}`] : []),
    ...(publisher && publisher.salt.length > 0 ? [`s=${formatHex(publisher.salt)}`] : []),
    ...(name ? [`dn=${encodePart(name)}`] : []),
    ...(length !== undefined ? [`xl=${length}`] : []),
    ...trackers.map((address) => `tr=${encodePart(address)}`),
    ...webSeeds.map((address) => `ws=${encodePart(address)}`),
    ...peers.map((peer) => `x.pe=${encodePart(formatPeer(peer))}`),
    ...(ranges ? [`so=${ranges.join(',')}`] : []),
  ];
  return `magnet:?${parameters.join('&')}`;
}

function badMagnet(what: string): LocalFault {
  return new LocalFault('BAD_MAGNET', { what });
}

/** All values of a parameter, whether it is written `tr`, or `tr.1` and `tr.2`. */
function readParameters(query: string): (key: string) => readonly string[] {
  const values = new Map<string, string[]>();
  for (const pair of query.split('&')) {
    const equals = pair.indexOf('=');
    if (equals <= 0) continue;
    const key = pair
      .slice(0, equals)
      .toLowerCase()
      .replace(/\.\d+$/, '');
    const list = values.get(key) ?? [];
    const value = pair.slice(equals + 1);
    // Forms write spaces so; in an address a plus is a plus.
    list.push(decodePercent(key === 'dn' ? value.replaceAll('+', ' ') : value));
    values.set(key, list);
  }
  return (key) => values.get(key) ?? [];
}

/** Unlike decodeURIComponent, never fails: what is no escape stands for itself, what is not UTF-8 for its bytes. */
function decodePercent(text: string): string {
  return text.replace(/(%[0-9a-f]{2})+/gi, (run) => {
    const bytes = parseHex(run.replaceAll('%', '')) ?? new Uint8Array();
    return decodeUtf8(bytes) ?? String.fromCharCode(...bytes);
  });
}

/** encodeURIComponent fails on half a character, and leaves `'`, which ends a quoted shell word. */
function encodePart(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll("'", '%27');
}

/** Two different hashes of one kind would name two torrents. */
function readTopics(topics: readonly string[]): Pick<Magnet, 'infoHash' | 'infoHashV2'> {
  let infoHash: InfoHash | undefined;
  let infoHashV2: InfoHashV2 | undefined;
  for (const topic of topics) {
    const [, kind = '', digest = ''] = /^urn:(btih|btmh):(.*)$/is.exec(topic) ?? [];
    if (kind.toLowerCase() === 'btih') {
      const next = readInfoHash(digest);
      if (infoHash !== undefined && infoHash !== next) throw badMagnet('xt');
      infoHash = next;
    } else if (kind.toLowerCase() === 'btmh') {
      const next = readInfoHashV2(digest);
      if (infoHashV2 !== undefined && infoHashV2 !== next) throw badMagnet('xt');
      infoHashV2 = next;
    }
  }
  return { ...(infoHash && { infoHash }), ...(infoHashV2 && { infoHashV2 }) };
}

/** Other kinds of `xs` are left out. */
function readPublisher(sources: readonly string[], saltText: string): TorrentPublisher | undefined {
  const keys = sources.flatMap((source) => /^urn:btpk:(.*)$/is.exec(source)?.[1] ?? []);
  const [key] = keys;
  if (key === undefined) return undefined;
  const bytes = parseHex(key);
  const isOne = keys.every((each) => each.toLowerCase() === key.toLowerCase());
  if (bytes?.length !== PUBLIC_KEY_LENGTH || !isOne) throw badMagnet('xs');
  const salt = parseHex(saltText);
  if (salt === undefined || salt.length > SALT_LENGTH_MAX) throw badMagnet('s');
  return { publicKey: publicKeyOf(bytes), salt };
}

function readInfoHash(digest: string): InfoHash {
  const bytes = digest.length === INFO_HASH_LENGTH * 2 ? parseHex(digest) : parseBase32(digest);
  if (bytes?.length !== INFO_HASH_LENGTH) throw badMagnet('btih');
  return infoHashOf(bytes);
}

function readInfoHashV2(digest: string): InfoHashV2 {
  const bytes = digest.startsWith(SHA256_MULTIHASH)
    ? parseHex(digest.slice(SHA256_MULTIHASH.length))
    : undefined;
  if (bytes?.length !== INFO_HASH_V2_LENGTH) throw badMagnet('btmh');
  return infoHashV2Of(bytes);
}

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** RFC 4648 without padding: 32 letters make the 20 bytes of an old link's hash. */
function parseBase32(text: string): Uint8Array | undefined {
  if (!/^[a-z2-7]{32}$/i.test(text)) return undefined;
  const bytes = new Uint8Array(INFO_HASH_LENGTH);
  let bits = 0;
  let bitCount = 0;
  let at = 0;
  for (const letter of text.toLowerCase()) {
    bits = ((bits << 5) | BASE32.indexOf(letter)) & 0xfff;
    bitCount += 5;
    if (bitCount < 8) continue;
    bitCount -= 8;
    bytes[at++] = (bits >> bitCount) & 0xff;
  }
  return bytes;
}

function readNumber(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,16}$/.test(text)) return undefined;
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : undefined;
}

function readAddresses(texts: readonly string[]): readonly string[] {
  const addresses = new Set<string>();
  for (const text of texts) {
    if (addresses.size >= ADDRESS_COUNT_MAX) break;
    const address = readWebAddress(text);
    if (address !== undefined) addresses.add(address);
  }
  return [...addresses];
}

/** `host:port`, or `[IPv6]:port`. One that is neither is left out. */
function readPeer(text: string): readonly Endpoint[] {
  const match = /^(?:\[([0-9a-f:.]{2,45})\]|([a-z0-9._-]{1,253})):(\d{1,5})$/i.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  return host !== undefined && port > 0 && port < 65_536 ? [{ host, port }] : [];
}

function formatPeer({ host, port }: Endpoint): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** A selection that cannot be read must not become "all files". */
function readSelection(text: string): readonly FileRange[] {
  const parts = text.split(',', SELECTION_RANGE_COUNT_MAX + 1);
  if (parts.length > SELECTION_RANGE_COUNT_MAX) throw badMagnet('so');
  return parts.map((part) => {
    const match = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(part);
    const first = Number(match?.[1]);
    const last = match?.[2] === undefined ? first : Number(match[2]);
    if (!match || last < first || last >= FILE_COUNT_MAX) throw badMagnet('so');
    return { first, last };
  });
}
