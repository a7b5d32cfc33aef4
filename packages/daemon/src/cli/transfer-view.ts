/** What a transfer tells whoever watches, and the view for programs: one JSON object a line. */
import type { Metainfo, SourceReport, Torrent, TorrentStats } from '@coequal/bittorrent';
import type { Reach } from '../reach.ts';
import type { Contacts } from './contacts.ts';
import type { Shell } from './shell.ts';
import { trackerStatus } from './tracker-status.ts';
import type { TrackerStatus } from './tracker-status.ts';
import { topicOf, whyNothingMoves } from './words.ts';

/** The figures of one moment. */
export interface TransferMoment {
  readonly have: number;
  readonly total: number;
  /** Bytes per second. */
  readonly down: number;
  readonly up: number;
  readonly peers: number;
  readonly transports: TorrentStats['transports'];
  readonly piecesHad: number;
  readonly pieceCount: number;
  readonly etaSeconds: number | undefined;
  /** In words, when something is wanted and nothing moves. */
  readonly reason: string | undefined;
  /** Another one is news; `reason` may change with every number in it. */
  readonly topic: string | undefined;
  readonly trackers: readonly TrackerStatus[];
  /** How each source of peers is doing, and what came of it. */
  readonly sources: SourceReport;
  readonly isChecking: boolean;
  /** Verified bytes of each file. */
  readonly files: readonly number[];
  /** Those of them that were chosen. */
  readonly wantedFiles: ReadonlySet<number>;
}

export interface TransferSummary {
  readonly downloaded: number;
  readonly uploaded: number;
  readonly wasted: number;
  readonly seconds: number;
}

export interface TransferView {
  listening(port: number): void;
  contacts(contacts: Contacts, reach: Reach): void;
  metadata(metainfo: Metainfo): void;
  progress(moment: TransferMoment): void;
  /** Everything that is wanted is here; `note` says so in words. */
  complete(note: string): void;
  /** The last thing that is told. */
  summary(summary: TransferSummary): void;
  /** Gives the terminal back. */
  close(): void;
}

/** `now` by the clock of the engine's ports. */
export function momentOf(torrent: Torrent, now: number): TransferMoment {
  const { state, stall, downRate, upRate, ...stats } = torrent.stats;
  return {
    have: stats.have,
    total: stats.total,
    down: Math.round(downRate),
    up: Math.round(upRate),
    peers: stats.peers,
    transports: stats.transports,
    piecesHad: stats.piecesHad,
    pieceCount: stats.pieceCount,
    etaSeconds: stats.etaSeconds,
    reason: whyNothingMoves(state, stall, stats.sources),
    topic: topicOf(state, stall, stats.sources),
    trackers: torrent.trackers.map((report) => trackerStatus(report, now)),
    sources: stats.sources,
    isChecking: state.type === 'checking',
    files: torrent.fileProgress,
    wantedFiles: torrent.wantedFiles,
  };
}

/** The stable contract of --json. */
export function jsonView(shell: Shell): TransferView {
  return {
    listening: (port) => shell.emit({ event: 'listening', port }),
    contacts: (contacts) => shell.emit({ event: 'contacts', ...contacts }),
    metadata: ({ name, infoHash, infoHashV2, length }) =>
      shell.emit({ event: 'metadata', name, infoHash: infoHash ?? infoHashV2, length }),
    progress: ({ have, total, down, up, peers, transports, sources, trackers, reason }) =>
      shell.emit({
        event: 'progress',
        have,
        total,
        down,
        up,
        peers,
        transports,
        sources,
        trackers,
        ...(reason !== undefined && { reason }),
      }),
    complete: () => shell.emit({ event: 'complete' }),
    summary: (summary) => shell.emit({ event: 'summary', ...summary }),
    close: () => undefined,
  };
}
