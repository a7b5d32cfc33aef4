/** Peer ids: ours, and what those of others say about their client (BEP 20). */
import { concatBytes } from '@coequal/base';
import type { Random } from '@coequal/base';
import { PEER_ID_LENGTH, peerIdOf } from '../ids.ts';
import type { PeerId } from '../ids.ts';

/** Azureus style: our two letters and version 0.1.0. */
const PEER_ID_PREFIX = '-CQ0100-';

/** Azureus style: two letters after a dash. */
const AZUREUS_CLIENTS: ReadonlyMap<string, string> = new Map([
  ['7T', 'aTorrent'],
  ['A2', 'aria2'],
  ['AG', 'Ares'],
  ['AZ', 'Vuze'],
  ['BC', 'BitComet'],
  ['BI', 'BiglyBT'],
  ['BT', 'BitTorrent'],
  ['CQ', 'Coequal'],
  ['DE', 'Deluge'],
  ['FD', 'Free Download Manager'],
  ['FL', 'Folx'],
  ['GT', 'anacrolix/torrent'],
  ['KT', 'KTorrent'],
  ['LT', 'libtorrent'],
  ['lt', 'rTorrent'],
  ['qB', 'qBittorrent'],
  ['rQ', 'rqbit'],
  ['SD', 'Xunlei'],
  ['TL', 'Tribler'],
  ['TR', 'Transmission'],
  ['TX', 'Tixati'],
  ['UE', 'µTorrent Embedded'],
  ['UM', 'µTorrent for Mac'],
  ['UT', 'µTorrent'],
  ['UW', 'µTorrent Web'],
  ['WD', 'WebTorrent Desktop'],
  ['WT', 'BitLet'],
  ['WW', 'WebTorrent'],
  ['XL', 'Xunlei'],
]);

/** Shadow style: one letter, then up to five characters of version. */
const SHADOW_CLIENTS: ReadonlyMap<string, string> = new Map([
  ['A', 'ABC'],
  ['O', 'Osprey Permaseed'],
  ['Q', 'BTQueue'],
  ['R', 'Tribler'],
  ['S', 'Shadow'],
  ['T', 'BitTornado'],
]);

/** Version digits as both styles count: 0-9, then letters. */
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** No style uses more of the id's bytes. */
const STYLE_LENGTH = 12;

/** A new id for this node: our prefix, the rest random. */
export function createPeerId(random: Random): PeerId {
  const prefix = Uint8Array.from(PEER_ID_PREFIX, (character) => character.charCodeAt(0));
  return peerIdOf(concatBytes([prefix, random.bytes(PEER_ID_LENGTH - prefix.length)]));
}

/**
 * Name and version of the client, such as `qBittorrent 4.5.2`: letters, digits and points, safe to
 * show and log. Undefined when the id follows no known style. A peer can claim anything here.
 */
export function parseClientName(peerId: Uint8Array): string | undefined {
  let text = '';
  for (const byte of peerId.subarray(0, STYLE_LENGTH)) text += String.fromCharCode(byte);
  return parseAzureus(text) ?? parseDecimal(text) ?? parseShadow(text);
}

function parseAzureus(text: string): string | undefined {
  const [, code, version] = /^-([A-Za-z][A-Za-z0-9]|\d[A-Z])([0-9A-Za-z]{4})-/.exec(text) ?? [];
  if (code === undefined || version === undefined) return undefined;
  return `${AZUREUS_CLIENTS.get(code) ?? code} ${formatVersion(version)}`;
}

/** The first client, and aria2, write numbers in decimal, with dashes: `M7-2-1--`, `A2-1-36-0-`. */
function parseDecimal(text: string): string | undefined {
  const [, code, version] = /^(M|A2-)(\d{1,2}-\d{1,2}-\d{1,2})-/.exec(text) ?? [];
  if (version === undefined) return undefined;
  return `${code === 'M' ? 'BitTorrent' : 'aria2'} ${version.replaceAll('-', '.')}`;
}

function parseShadow(text: string): string | undefined {
  const [, code = '', version = ''] = /^([A-Z])([0-9A-Za-z]{1,5})---/.exec(text) ?? [];
  const name = SHADOW_CLIENTS.get(code);
  return name === undefined ? undefined : `${name} ${formatVersion(version)}`;
}

function formatVersion(version: string): string {
  const numbers = Array.from(version, (digit) => DIGITS.indexOf(digit));
  while (numbers.length > 2 && numbers.at(-1) === 0) numbers.pop();
  return numbers.join('.');
}
