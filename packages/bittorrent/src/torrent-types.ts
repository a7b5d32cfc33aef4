/** What a torrent is made of, tells and can be asked: the types of the public surface. */
import type { Endpoint, LocalFault, PeerFault, SafePath } from '@coequal/base';
import type { Magnet } from './core/metainfo/magnet.ts';
import type { Metainfo } from './core/metainfo/metainfo.ts';
import type { SourceReport } from './core/swarm/peer-source.ts';
import type { TorrentLimits } from './core/swarm/rate-limits.ts';
import type { StallReason } from './core/swarm/stall.ts';

/** What is added: metainfo as parsed, or a magnet whose metadata comes from peers. */
export type TorrentSource =
  | { readonly type: 'metainfo'; readonly metainfo: Metainfo }
  | { readonly type: 'magnet'; readonly magnet: Magnet };

export interface TorrentOptions {
  /** The folder in which `name` is made. */
  readonly directory: SafePath;
  /** Where the content lies when it is not `directory`/`name`. */
  readonly contentPath?: SafePath;
  /**
   * Last parts of the paths of files that have another name on disk than in the torrent, by their index: where another
   * program left them so. What resume data say stands above it.
   */
  readonly fileNames?: ReadonlyMap<number, string>;
  /** Chooses files by their path within the torrent, parts joined by `/`. All, when absent. */
  readonly select?: (path: string, index: number) => boolean;
  /** Pieces in order, for content that is used while it comes. */
  readonly sequential?: boolean;
  /** The first and the last piece of each file before all others. */
  readonly firstAndLastFirst?: boolean;
  /** Takes complete files as good without hashing them. */
  readonly trust?: boolean;
  /** Serves what is there, fetches nothing and changes no file. */
  readonly readOnly?: boolean;
  /**
   * Reveals its pieces one by one (BEP 16), so that the first copy costs little more than one upload. For
   * content that is complete when it is added and nobody else has; ends by itself once it is out.
   */
  readonly superSeeding?: boolean;
  /** See `Torrent.setLimits`. */
  readonly limits?: TorrentLimits;
  readonly peers?: readonly Endpoint[];
  /** Tiers of trackers instead of those that the torrent names. */
  readonly trackers?: readonly (readonly string[])[];
  /** Whether trackers are announced to. */
  readonly useTrackers?: boolean;
}

export type TorrentState =
  | { readonly type: 'fetching-metadata' }
  /** `checked` and `total` in pieces. */
  | { readonly type: 'checking'; readonly checked: number; readonly total: number }
  | { readonly type: 'downloading' }
  | { readonly type: 'seeding' }
  | { readonly type: 'failed'; readonly fault: LocalFault | PeerFault }
  | { readonly type: 'closed' };

export type TorrentEvent =
  /** A magnet's metadata has come. */
  | { readonly type: 'metadata'; readonly metainfo: Metainfo }
  | { readonly type: 'checked'; readonly piecesHad: number }
  | { readonly type: 'completed' }
  /** A verified piece is gone from disk, or damaged; it is fetched again if it is wanted. */
  | { readonly type: 'piece-lost'; readonly piece: number }
  | { readonly type: 'peer-opened'; readonly peer: Endpoint }
  | { readonly type: 'peer-closed'; readonly peer: Endpoint; readonly why: string | undefined }
  | { readonly type: 'disk-full'; readonly path: string }
  | { readonly type: 'failed'; readonly fault: LocalFault | PeerFault };

/** `punched`: over uTP, both having dialled at once because neither can be dialled (BEP 55). */
export type TransportCounts = Readonly<Record<'tcp' | 'utp' | 'punched', number>>;

export interface TorrentStats {
  readonly state: TorrentState;
  /** Verified bytes of the wanted files. */
  readonly have: number;
  /** Bytes of the wanted files; 0 until the metadata is known. */
  readonly total: number;
  readonly piecesHad: number;
  readonly pieceCount: number;
  /** Bytes per second of payload. */
  readonly downRate: number;
  readonly upRate: number;
  /** Payload bytes since the engine began it. */
  readonly downloaded: number;
  readonly uploaded: number;
  readonly wasted: number;
  /** The same, over all runs that resume data know of; of a magnet once its content is open. */
  readonly allTimeDownloaded: number;
  readonly allTimeUploaded: number;
  /** Given over all runs, for each byte of the wanted files; undefined until they are known. */
  readonly ratio: number | undefined;
  /** Over all runs: neither failed nor closed, and of that as a seed. */
  readonly activeSeconds: number;
  readonly seedingSeconds: number;
  readonly peers: number;
  readonly seeds: number;
  /** Over what the peers are connected. */
  readonly transports: TransportCounts;
  /** Seconds at the present rate; undefined when nothing moves or nothing is left. */
  readonly etaSeconds: number | undefined;
  /** Present when something is wanted and nothing moves. */
  readonly stall: StallReason | undefined;
  /** Where peers come from: how each source is doing, and what came of it. */
  readonly sources: SourceReport;
}
