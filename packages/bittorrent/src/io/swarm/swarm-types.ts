/** What a swarm is told when it begins, and what it tells its torrent. */
import type { Endpoint, LocalFault, Net } from '@coequal/base';
import type { PeerId } from '../../core/ids.ts';
import type { MetadataHashes } from '../../core/wire/metadata-fetch.ts';
import type { OwnReach } from '../../core/swarm/own-reach.ts';
import type { Metainfo } from '../../core/metainfo/metainfo.ts';
import type { PiecePicker } from '../../core/picker/piece-picker.ts';
import type { PieceStore } from '../storage/piece-store.ts';
import type { DownloadFlow } from './download-flow.ts';
import type { PeerLink } from './peer-link.ts';
import type { UploadFlow } from './upload-flow.ts';

/** What the swarm tells the torrent. */
export interface SwarmHost {
  metadataFetched(infoBytes: Uint8Array): void;
  pieceWritten(piece: number): void;
  storageFailed(fault: LocalFault): void;
  peerOpened(link: PeerLink): void;
  peerClosed(link: PeerLink, why: Error | undefined): void;
}

export interface NodeExchange {
  /** Where a peer at that address asks our node. */
  portFor(host: string): number | undefined;
  addNode(node: Endpoint): void;
}

export interface SwarmOptions {
  /** What the metadata must hash to. */
  readonly hashes: MetadataHashes;
  readonly peerId: PeerId;
  readonly supportsV2: boolean;
  /** Tells peers where to dial back (BEP 10 `p`). */
  readonly reach: OwnReach;
  readonly clientName: string;
  /** Reveals its pieces one by one (BEP 16), if all are there when it begins. */
  readonly superSeeding: boolean;
  /** Peers tell each other of peers (BEP 11), until the torrent turns out to be private. */
  readonly exchangesPeers: boolean;
  /** Our node in the DHT, of which peers of a public torrent are told, and to which they name theirs. */
  readonly dht: NodeExchange | undefined;
  /** Dials over uTP alone; undefined where that is not used. */
  readonly dialUtp: Net['dial'] | undefined;
  /** Over uTP, or TCP where that does not connect at once; undefined where only one of them is used. */
  readonly dialUtpFirst: Net['dial'] | undefined;
}

/** What a swarm shares, and how. */
export interface SwarmContent {
  readonly metainfo: Metainfo;
  readonly store: PieceStore;
  readonly picker: PiecePicker;
  readonly download: DownloadFlow;
  readonly upload: UploadFlow;
}
