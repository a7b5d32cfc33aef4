/** `coequal info`: what a torrent holds, from its file or magnet link. */
import { decodeUtf8, formatHex } from '@coequal/base';
import { parseMagnet } from '@coequal/bittorrent/metainfo';
import type { Magnet, Metainfo } from '@coequal/bittorrent';
import type { Reach } from '../reach.ts';
import { EXIT } from './exit-codes.ts';
import { count, formatBytes, formatPieceLength, plain } from './format.ts';
import { parseTorrentFile } from './parse-torrent.ts';
import { inShell } from './shell.ts';
import type { Shell } from './shell.ts';
import { isMagnet, loadSource } from './torrent-source.ts';

export interface InfoOptions {
  /** Every file, not only the first ones. */
  readonly all: boolean;
  /** Asks the trackers how many share it (BEP 48). */
  readonly scrape: boolean;
  readonly reach: Reach;
  readonly json: boolean;
}

/** Files listed unless all are asked for: what fits on a screen or two. */
const FILES_SHOWN_MAX = 50;

export async function info(source: string, options: InfoOptions): Promise<number> {
  return await inShell({ isJson: options.json }, async (shell) => {
    const loaded = isMagnet(source)
      ? parseMagnet(source)
      : await loadSource(source, options, shell.stop);
    if (typeof loaded === 'string') return EXIT.done;
    const torrent = loaded instanceof Uint8Array ? parseTorrentFile(loaded) : loaded;
    if ('files' in torrent) tellMetainfo(torrent, options.all, shell);
    else tellMagnet(torrent, shell);
    if (options.scrape) await tellCounts(torrent, options.reach, shell);
    return EXIT.done;
  });
}

function tellMetainfo(metainfo: Metainfo, isAll: boolean, shell: Shell): void {
  const { name, version, length, pieceLength, pieceCount, files, infoHash, infoHashV2 } = metainfo;
  const { comment, createdBy, createdAt, isPrivate, trackers, webSeeds } = metainfo;
  const created = createdAt === undefined ? undefined : dateText(createdAt);
  const listed = isAll ? files : files.slice(0, FILES_SHOWN_MAX);
  if (shell.isJson) {
    shell.emit({
      event: 'info',
      name,
      version,
      infoHash,
      infoHashV2,
      length,
      pieceLength,
      pieces: pieceCount,
      private: isPrivate,
      trackers,
      webSeeds,
      comment,
      createdBy,
      created,
      fileCount: files.length,
      files: listed.map((file) => ({ path: file.path.join('/'), length: file.length })),
    });
    return;
  }
  tellFields(shell, [
    ['name', name],
    ['version', version],
    ['content', `${formatBytes(length)} (${length} bytes) in ${count(files.length, 'file')}`],
    ['pieces', `${pieceCount} of ${formatPieceLength(pieceLength)}`],
    ['info hash', infoHash],
    ['info hash v2', infoHashV2],
    ['private', isPrivate ? 'yes: peers come from its trackers alone' : undefined],
    ...addressFields(trackers.flat(), webSeeds),
    ['comment', comment],
    ['made by', createdBy],
    ['made', created],
  ]);
  for (const file of listed) {
    const size = formatBytes(file.length).padStart(9);
    shell.print(`  ${size}  ${file.path.join('/')}`);
  }
  const hidden = files.length - listed.length;
  if (hidden > 0) shell.print(`  … and ${hidden} more; --all lists them`);
}

function tellMagnet(magnet: Magnet, shell: Shell): void {
  const { name, length, infoHash, infoHashV2, publisher, trackers, webSeeds, peers } = magnet;
  const publicKey = publisher?.publicKey;
  const salt = publisher && formatHex(publisher.salt);
  shell.emit({
    event: 'info',
    name,
    infoHash,
    infoHashV2,
    publicKey,
    salt,
    length,
    trackers,
    webSeeds,
    peers,
  });
  tellFields(shell, [
    ['name', name ?? 'not given'],
    ['content', length === undefined ? undefined : formatBytes(length)],
    ['info hash', infoHash],
    ['info hash v2', infoHashV2],
    ['key', publicKey],
    ['salt', publisher && saltText(publisher.salt)],
    ...addressFields(trackers, webSeeds),
    ...peers.map(({ host, port }) => ['peer', `${host} port ${port}`] as const),
  ]);
  const isOfKey = infoHash === undefined && infoHashV2 === undefined;
  shell.print(
    isOfKey
      ? 'It stands for the newest torrent under this key, which `coequal get` looks up in the DHT.'
      : 'A magnet link says no more; `coequal get` asks peers for the rest.',
  );
}

/** As text where it is some; undefined where there is none. */
function saltText(salt: Uint8Array): string | undefined {
  if (salt.length === 0) return undefined;
  const text = decodeUtf8(salt);
  const isText = text !== undefined && !/\p{C}/u.test(text);
  return isText ? `${formatHex(salt)} ("${text}")` : formatHex(salt);
}

/** One line a tracker; one that does not answer is told of and is no failure. */
async function tellCounts(torrent: Metainfo | Magnet, reach: Reach, shell: Shell): Promise<void> {
  const { scrapeTrackers } = await import('./scrape.ts'); // the engine is not needed otherwise
  for (const { url, counts, problem } of await scrapeTrackers(torrent, reach, shell.stop)) {
    shell.emit({ event: 'scrape', tracker: url, ...counts, problem });
    const said =
      counts === undefined
        ? (problem ?? 'does not know this torrent')
        : `${count(counts.seeds, 'seed')}, ${count(counts.leechers, 'leecher')}, ` +
          `downloaded ${count(counts.downloadedCount, 'time')}`;
    shell.print(plain(`${url}: ${said}`));
  }
}

type Field = readonly [name: string, value: string | undefined];

function addressFields(trackers: readonly string[], webSeeds: readonly string[]): readonly Field[] {
  return [
    ...trackers.map((url) => ['tracker', url] as const),
    ...webSeeds.map((url) => ['web seed', url] as const),
  ];
}

function tellFields(shell: Shell, fields: readonly Field[]): void {
  for (const [name, value] of fields) {
    if (value !== undefined) shell.print(`${name.padEnd(14)}${value}`);
  }
}

/** Undefined for a time that no calendar has. */
function dateText(secondsSince1970: number): string | undefined {
  const date = new Date(secondsSince1970 * 1_000);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
