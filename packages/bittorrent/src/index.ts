export { Engine } from './engine.ts';
export { BencodeDictionary, decodeBencode, encodeBencode } from './core/bencode.ts';
export type { BencodeInput, BencodeLimits, BencodeValue } from './core/bencode.ts';
export { wireHashes } from './core/ids.ts';
export type { ScrapeCounts } from './core/tracker/announce.ts';
export { describeTrackerFault } from './core/tracker/tracker-fault.ts';
export type { TrackerProblem } from './core/tracker/tracker-fault.ts';
export type { TrackerReport } from './core/tracker/tracker-report.ts';
export { scrapeTorrent } from './io/tracker/scrape.ts';
export type { AddOptions, EngineOptions, PublishOptions } from './engine.ts';
export type { Dht } from './io/dht/dht.ts';
export type { NewestTorrent } from './io/dht/newest-torrent.ts';
export type { Publication, PublicationState } from './io/dht/publication.ts';
export type { EngineStats } from './io/engine-report.ts';
export type { DiscoveryOptions } from './io/discovery-ways.ts';
export type { Transport } from './io/utp/dial-race.ts';
export type { Torrent } from './torrent.ts';
export type { TorrentEvent, TorrentState, TorrentStats } from './torrent-types.ts';
export type { Metainfo, TorrentFile } from './core/metainfo/metainfo.ts';
export { LSD_GROUPS } from './core/lsd/lsd-groups.ts';
export { PEER_SOURCES } from './core/swarm/peer-source.ts';
export type {
  PeerSource,
  SourceReport,
  SourceState,
  SourceStatus,
} from './core/swarm/peer-source.ts';
export type { RateLimits, TorrentLimits } from './core/swarm/rate-limits.ts';
export { SharedRates } from './io/swarm/shared-limits.ts';
export { PIECE_STATES } from './io/peer-report.ts';
export type { PeerReport, PieceReport } from './io/peer-report.ts';
export type { StallReason } from './core/swarm/stall.ts';
export type { FilePriority } from './core/metainfo/file-priorities.ts';
export type { Magnet, TorrentPublisher } from './core/metainfo/magnet.ts';
export { formatMagnet, parseMagnet } from './core/metainfo/magnet.ts';
export { checkFileNames } from './core/metainfo/check-file-names.ts';
export { METAINFO_LENGTH_MAX, parseMetainfo } from './core/metainfo/metainfo-parse.ts';
export { createTorrent } from './io/create-torrent.ts';
export type { CreateProgress, CreateTorrentOptions } from './io/create-torrent.ts';
export { relocateContent } from './io/storage/relocate-content.ts';
export type {
  ContentChange,
  RelocateProgress,
  RestingContent,
} from './io/storage/relocate-content.ts';
export type { LockNeeds, LockOwner } from './io/storage/torrent-lock.ts';
export { checkContent } from './io/storage/check-content.ts';
export type { CheckedFile, ContentCheck, FileCondition } from './io/storage/check-content.ts';
