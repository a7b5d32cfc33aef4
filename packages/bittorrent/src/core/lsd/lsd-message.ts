/** The datagram of Local Service Discovery (BEP 14): who in this network shares which torrents. */
import { PeerFault } from '@coequal/base';
import { parseInfoHash } from '../ids.ts';
import type { InfoHash } from '../ids.ts';

export interface LsdMessage {
  /** The group it is sent to, as `Host` has it. */
  readonly host: string;
  /** Where the sender listens for peers. */
  readonly port: number;
  readonly infoHashes: readonly InfoHash[];
  /** The sender's own, by which it knows what it sent itself. */
  readonly cookie?: string;
}

/** BEP 14: a datagram passes every network whole. */
export const LSD_LENGTH_MAX = 1_400;

/** Info hashes of one that are taken: what 1,400 bytes have room for. */
const LSD_HASHES_MAX = 26;

/** Characters of a cookie that is kept to compare it. */
const COOKIE_LENGTH_MAX = 64;

const FIRST_LINE = 'BT-SEARCH * HTTP/1.1';
const HASH_LINE_LENGTH = 'Infohash: \r\n'.length + 40;
const PORT_MAX = 65_535;

/**
 * Lenient as to order, case and spaces, and headers that it does not know. Throws PeerFault `BAD_LSD` for what is
 * no search, or names no port or torrent.
 */
export function decodeLsdMessage(bytes: Uint8Array): LsdMessage {
  if (bytes.length > LSD_LENGTH_MAX) throw bad('length');
  const [first = '', ...lines] = String.fromCharCode(...bytes).split(/\r?\n/);
  if (!/^BT-SEARCH \* HTTP\/1\.\d\s*$/i.test(first)) throw bad('no search');
  let host = '';
  let port = 0;
  let cookie: string | undefined;
  const infoHashes = new Set<InfoHash>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    const value = line.slice(colon + 1).trim();
    switch (line.slice(0, Math.max(colon, 0)).trim().toLowerCase()) {
      case 'host':
        host = value;
        break;
      case 'port':
        port = /^\d{1,5}$/.test(value) ? Number(value) : 0;
        break;
      case 'cookie':
        cookie = value.slice(0, COOKIE_LENGTH_MAX);
        break;
      case 'infohash':
        if (/^[0-9a-f]{40}$/i.test(value) && infoHashes.size < LSD_HASHES_MAX)
          infoHashes.add(parseInfoHash(value.toLowerCase()));
    }
  }
  if (port < 1 || port > PORT_MAX) throw bad('port');
  if (infoHashes.size === 0) throw bad('info hash');
  return { host, port, infoHashes: [...infoHashes], ...(cookie !== undefined && { cookie }) };
}

/** How many info hashes fit into one datagram with such headers. */
export function hashesPerMessage(about: Omit<LsdMessage, 'infoHashes'>): number {
  const rest = encodeLsdMessage({ ...about, infoHashes: [] }).length;
  return Math.min(Math.floor((LSD_LENGTH_MAX - rest) / HASH_LINE_LENGTH), LSD_HASHES_MAX);
}

export function encodeLsdMessage(message: LsdMessage): Uint8Array<ArrayBuffer> {
  const { host, port, infoHashes, cookie } = message;
  const lines = [
    FIRST_LINE,
    `Host: ${host}`,
    `Port: ${port}`,
    ...infoHashes.map((infoHash) => `Infohash: ${infoHash}`),
    ...(cookie === undefined ? [] : [`cookie: ${cookie}`]),
    '',
    '',
    '',
  ];
  return new TextEncoder().encode(lines.join('\r\n'));
}

function bad(what: string): PeerFault {
  return new PeerFault('BAD_LSD', { what });
}
