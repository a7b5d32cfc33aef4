/** What a torrent is doing, in numbers, and why nothing moves when nothing does. */
import type { Millis } from '@coequal/base';
import type { Metainfo } from '../core/metainfo/metainfo.ts';
import type { Totals } from '../core/resume-data.ts';
import { explainStall } from '../core/swarm/stall.ts';
import type { StallReason } from '../core/swarm/stall.ts';
import type { TorrentState, TorrentStats, TransportCounts } from '../torrent-types.ts';
import type { PeerFinding } from './peer-finding.ts';
import type { PeerLink } from './swarm/peer-link.ts';
import type { PieceStore } from './storage/piece-store.ts';
import type { Swarm } from './swarm/swarm.ts';

/** What the report looks at. */
export interface ReportView {
  readonly state: TorrentState;
  readonly metainfo: Metainfo | undefined;
  readonly store: PieceStore | undefined;
  readonly swarm: Swarm;
  readonly wanted: ReadonlySet<number>;
  /** Over all runs. */
  readonly totals: Totals;
  readonly finding: PeerFinding;
  readonly diskFull: { readonly path: string; readonly bytesNeeded: number } | undefined;
}

export function reportTorrent(view: ReportView, now: Millis): TorrentStats {
  const { state, store, swarm, totals } = view;
  const links = [...swarm.links()];
  const downRate = links.reduce((sum, link) => sum + link.downMeter.recentRate(now), 0);
  const upRate = links.reduce((sum, link) => sum + link.upMeter.recentRate(now), 0);
  const { have, total } = countBytes(view);
  const isWaiting = state.type === 'downloading' || state.type === 'fetching-metadata';
  return {
    state,
    have,
    total,
    piecesHad: store?.have.count ?? 0,
    pieceCount: view.metainfo?.pieceCount ?? 0,
    downRate,
    upRate,
    downloaded: swarm.download?.downloaded ?? 0,
    uploaded: swarm.upload?.uploaded ?? 0,
    wasted: swarm.download?.wasted ?? 0,
    allTimeDownloaded: totals.downloaded,
    allTimeUploaded: totals.uploaded,
    ratio: total === 0 ? undefined : totals.uploaded / total,
    activeSeconds: totals.activeSeconds,
    seedingSeconds: totals.seedingSeconds,
    peers: links.length,
    transports: countTransports(links),
    seeds: links.filter((link) => link.peer.pieces?.isFull === true).length,
    etaSeconds: downRate > 0 && have < total ? (total - have) / downRate : undefined,
    stall: isWaiting && downRate === 0 ? stallOf(view, links) : undefined,
    sources: view.finding.sources(now),
  };
}

/** Of the wanted files: verified bytes, and all. */
export function countBytes(view: Pick<ReportView, 'store' | 'metainfo' | 'wanted'>): {
  readonly have: number;
  readonly total: number;
} {
  const { store, metainfo, wanted } = view;
  if (store === undefined || metainfo === undefined) return { have: 0, total: 0 };
  let total = 0;
  for (const file of wanted) total += metainfo.files[file]?.length ?? 0;
  return { have: store.bytesHad, total };
}

function countTransports(links: readonly PeerLink[]): TransportCounts {
  const utp = links.filter(({ isUtp }) => isUtp);
  const punched = utp.filter(({ isPunched }) => isPunched).length;
  return { tcp: links.length - utp.length, utp: utp.length - punched, punched };
}

function stallOf(view: ReportView, links: readonly PeerLink[]): StallReason {
  return explainStall({
    hasMetadata: view.store !== undefined,
    peers: links.length,
    dialing: view.swarm.dialer.dialing,
    candidates: view.swarm.dialer.pool.size,
    trackers: view.finding.trackers.map(({ url, state, lastError }) => ({
      url,
      state,
      problem: lastError?.text,
    })),
    isSought: view.finding.isSought,
    unchokedBy: links.filter((link) => !link.peer.isChoking).length,
    useful: links.filter((link) => link.isInterested).length,
    copies: view.swarm.copies,
    diskFull: view.diskFull,
  });
}
