/** A connected peer and the pieces of a torrent, for people to look at: plain data that nothing else holds. */
import type { Endpoint, Millis } from '@coequal/base';
import { idBytes } from '../core/ids.ts';
import type { PiecePicker } from '../core/picker/piece-picker.ts';
import type { PeerSource } from '../core/swarm/peer-source.ts';
import { parseClientName } from '../core/wire/peer-id.ts';
import type { TransportCounts } from '../torrent-types.ts';
import type { PeerLink } from './swarm/peer-link.ts';
import type { Swarm } from './swarm/swarm.ts';

export interface PeerReport {
  /** Where it is connected: the port is the one it listens on only if we dialled it. */
  readonly endpoint: Endpoint;
  /** As it says itself, cleaned: of the extended handshake, else of its peer id. */
  readonly client: string | undefined;
  readonly source: PeerSource;
  readonly transport: keyof TransportCounts;
  readonly direction: 'dialled' | 'accepted';
  /** How much it has, from 0 to 1; undefined until the metadata is known. */
  readonly progress: number | undefined;
  /** It has every piece. */
  readonly isSeed: boolean;
  /** Bytes of payload per second. */
  readonly downRate: number;
  readonly upRate: number;
  /** Bytes of payload over this connection. */
  readonly downloaded: number;
  readonly uploaded: number;
  readonly connectedMs: Millis;
  /** What we say: whether it may ask, and whether we want what it has. */
  readonly isChokedByUs: boolean;
  readonly interestsUs: boolean;
  /** What it says. */
  readonly isChokingUs: boolean;
  readonly isInterestedInUs: boolean;
}

export function reportPeer(link: PeerLink, swarm: Swarm, now: Millis): PeerReport {
  const { peer, peerId } = link;
  const { pieces } = peer;
  const utp = link.isPunched ? 'punched' : 'utp';
  return {
    endpoint: { host: link.remote.host, port: link.remote.port },
    client: peer.extended?.clientName ?? (peerId && parseClientName(idBytes(peerId))),
    source: swarm.dialer.sourceOf(link),
    transport: link.isUtp ? utp : 'tcp',
    direction: link.dialled === undefined ? 'accepted' : 'dialled',
    progress: pieces && (pieces.isFull ? 1 : pieces.count / pieces.length),
    isSeed: pieces?.isFull === true,
    downRate: link.downMeter.recentRate(now),
    upRate: link.upMeter.recentRate(now),
    downloaded: link.downloaded,
    uploaded: link.uploaded,
    connectedMs: now - link.openedAt,
    isChokedByUs: link.isChoking,
    interestsUs: link.isInterested,
    isChokingUs: peer.isChoking,
    isInterestedInUs: peer.isInterested,
  };
}

/** What becomes of a piece; by their index in `PieceReport.states`. */
export const PIECE_STATES = ['skipped', 'missing', 'under-way', 'had'] as const;

export interface PieceReport {
  /** Of each piece, an index into PIECE_STATES. */
  readonly states: Uint8Array;
  /** Connected peers that have each piece; 255 for as many or more. */
  readonly availability: Uint8Array;
}

/** Copies. 100,000 pieces take a fraction of a millisecond. */
export function reportPieces(picker: PiecePicker, pieceCount: number): PieceReport {
  const states = new Uint8Array(pieceCount);
  const availability = new Uint8Array(pieceCount);
  for (let piece = 0; piece < pieceCount; piece++) {
    states[piece] = STATE_INDEX[picker.stateOf(piece)];
    availability[piece] = Math.min(picker.availability(piece), 255);
  }
  return { states, availability };
}

const STATE_INDEX = { unwanted: 0, wanted: 1, open: 2, hashing: 2, had: 3 } as const;
