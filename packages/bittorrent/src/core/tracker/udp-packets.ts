/** Packets of the UDP tracker protocol (BEP 15), with URL data (BEP 41). */
import { assert, ByteReader, concatBytes, encodeUtf8, PeerFault } from '@coequal/base';
import { decodeCompactPeers } from '../compact-peers.ts';
import type { AddressFamily } from '../compact-peers.ts';
import { idBytes } from '../ids.ts';
import type { InfoHash } from '../ids.ts';
import {
  announceTiming,
  ANSWER_ENTRIES_MAX,
  cleanTrackerText,
  SCRAPE_HASHES_MAX,
  usablePeers,
} from './announce.ts';
import type { AnnounceAnswer, AnnounceRequest, ScrapeCounts } from './announce.ts';

const UDP_TRACKER_ACTION = { connect: 0, announce: 1, scrape: 2, error: 3 } as const;

/** Stands for a connection id in the connect request. */
const PROTOCOL_ID = 0x41727101980n;

const EVENT_NUMBER = { completed: 1, started: 2, stopped: 3 } as const;

/** Option of BEP 41 that carries the path and query of the tracker's address. */
const OPTION_URL_DATA = 2;

/** The length of an option is one byte; longer data is spread over several. */
const OPTION_DATA_LENGTH_MAX = 255;

const ANNOUNCE_LENGTH = 98;
const REQUEST_HEADER_LENGTH = 16;

export type UdpTrackerQuery =
  | {
      readonly type: 'announce';
      readonly announce: AnnounceRequest;
      /** Path and query of the tracker's address (bounded by its parser), or empty. */
      readonly urlData: string;
    }
  | { readonly type: 'scrape'; readonly infoHashes: readonly InfoHash[] };

export type UdpTrackerReply =
  | { readonly type: 'connected'; readonly connectionId: bigint }
  | { readonly type: 'announced'; readonly answer: AnnounceAnswer }
  /** One entry for each info hash of the query, in its order. */
  | { readonly type: 'scraped'; readonly counts: readonly ScrapeCounts[] }
  | { readonly type: 'refused'; readonly reason: string };

export function encodeConnect(transactionId: number): Uint8Array<ArrayBuffer> {
  const packet = new Uint8Array(REQUEST_HEADER_LENGTH);
  writeHeader(packet, PROTOCOL_ID, UDP_TRACKER_ACTION.connect, transactionId);
  return packet;
}

export function encodeQuery(
  query: UdpTrackerQuery,
  connectionId: bigint,
  transactionId: number,
): Uint8Array<ArrayBuffer> {
  if (query.type === 'announce') return encodeAnnounce(query, connectionId, transactionId);
  assert(query.infoHashes.length <= SCRAPE_HASHES_MAX, 'a scrape fits one packet');
  const header = new Uint8Array(REQUEST_HEADER_LENGTH);
  writeHeader(header, connectionId, UDP_TRACKER_ACTION.scrape, transactionId);
  return concatBytes([header, ...query.infoHashes.map((infoHash) => idBytes(infoHash))]);
}

/**
 * A reply to a query, which came over this family. Throws PeerFaults: `WRONG_TRANSACTION`,
 * `WRONG_ACTION`, `MESSAGE_TOO_SHORT`, `MESSAGE_TOO_LONG`, `BAD_COMPACT_PEERS`.
 */
export function decodeReply(
  packet: Uint8Array,
  expected: {
    readonly action: 'connect' | 'announce' | 'scrape';
    readonly transactionId: number;
    readonly family: AddressFamily;
    /** How many info hashes a scrape asked for. */
    readonly scraped: number;
  },
): UdpTrackerReply {
  const reader = new ByteReader(packet);
  const action = reader.u32();
  if (reader.u32() !== expected.transactionId) throw new PeerFault('WRONG_TRANSACTION');
  if (action === UDP_TRACKER_ACTION.error) {
    return { type: 'refused', reason: cleanTrackerText(reader.rest()) };
  }
  if (action !== UDP_TRACKER_ACTION[expected.action])
    throw new PeerFault('WRONG_ACTION', { action });
  switch (expected.action) {
    case 'connect':
      return { type: 'connected', connectionId: reader.u64() }; // BEP 15: "at least 16 bytes"
    case 'announce':
      return { type: 'announced', answer: decodeAnnounced(reader, expected.family) };
    case 'scrape':
      return { type: 'scraped', counts: decodeScraped(reader, expected.scraped) };
  }
}

function encodeAnnounce(
  query: Extract<UdpTrackerQuery, { type: 'announce' }>,
  connectionId: bigint,
  transactionId: number,
): Uint8Array<ArrayBuffer> {
  const { announce } = query;
  const packet = new Uint8Array(ANNOUNCE_LENGTH);
  writeHeader(packet, connectionId, UDP_TRACKER_ACTION.announce, transactionId);
  packet.set(idBytes(announce.infoHash), 16);
  packet.set(idBytes(announce.peerId), 36);
  const view = new DataView(packet.buffer);
  view.setBigUint64(56, BigInt(announce.downloaded));
  view.setBigUint64(64, BigInt(announce.left));
  view.setBigUint64(72, BigInt(announce.uploaded));
  view.setUint32(80, announce.event === undefined ? 0 : EVENT_NUMBER[announce.event]);
  view.setUint32(84, 0); // our address: 0 stands for the source of the packet, and trackers take no other
  view.setUint32(88, announce.key);
  view.setInt32(92, announce.peersWanted);
  view.setUint16(96, announce.port);
  return concatBytes([packet, ...urlDataOptions(query.urlData)]);
}

function urlDataOptions(urlData: string): Uint8Array[] {
  const data = encodeUtf8(urlData);
  const options: Uint8Array[] = [];
  for (let at = 0; at < data.length; at += OPTION_DATA_LENGTH_MAX) {
    const part = data.subarray(at, at + OPTION_DATA_LENGTH_MAX);
    options.push(Uint8Array.of(OPTION_URL_DATA, part.length), part);
  }
  return options;
}

function writeHeader(
  packet: Uint8Array<ArrayBuffer>,
  connectionId: bigint,
  action: number,
  transactionId: number,
): void {
  const view = new DataView(packet.buffer);
  view.setBigUint64(0, connectionId);
  view.setUint32(8, action);
  view.setUint32(12, transactionId);
}

function decodeAnnounced(reader: ByteReader, family: AddressFamily): AnnounceAnswer {
  const intervalSeconds = reader.u32();
  const leechers = reader.u32();
  const seeds = reader.u32();
  const peers = usablePeers(decodeCompactPeers(reader.rest(), family, ANSWER_ENTRIES_MAX));
  return {
    ...announceTiming(intervalSeconds, undefined),
    peers,
    seeds,
    leechers,
    downloadedCount: undefined,
    warning: undefined,
    trackerId: undefined,
    externalAddress: undefined,
  };
}

function decodeScraped(reader: ByteReader, count: number): ScrapeCounts[] {
  const counts: ScrapeCounts[] = [];
  for (let i = 0; i < count; i++) {
    counts.push({ seeds: reader.u32(), downloadedCount: reader.u32(), leechers: reader.u32() });
  }
  reader.end();
  return counts;
}
