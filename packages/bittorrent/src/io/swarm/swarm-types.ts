/** What a swarm is told when it begins, and what it tells its torrent. */
import type { LocalFault } from '@coequal/base';
import type { InfoHash, PeerId } from '../../core/ids.ts';
import type { MetadataHashes } from '../../core/wire/metadata-fetch.ts';
import type { PeerLink } from './peer-link.ts';

/** What the swarm tells the torrent. */
export interface SwarmHost {
  metadataFetched(infoBytes: Uint8Array): void;
  pieceWritten(piece: number): void;
  storageFailed(fault: LocalFault): void;
  peerOpened(link: PeerLink): void;
  peerClosed(link: PeerLink, why: Error | undefined): void;
}

export interface SwarmOptions {
  /** What the metadata must hash to. */
  readonly hashes: MetadataHashes;
  /** As handshakes carry them; the first is what we dial with. */
  readonly infoHashes: readonly InfoHash[];
  readonly peerId: PeerId;
  readonly supportsV2: boolean;
  /** Tells peers where to dial back (BEP 10 `p`); undefined when nothing listens. */
  readonly listenPort: number | undefined;
  readonly clientName: string;
}
