/** What a peer says (RemotePeer's events), handed to whoever acts on it. */
import { LeanSet, PeerFault } from '@coequal/base';
import type { Ports } from '@coequal/base';
import type { Bitfield } from '../../core/bitfield.ts';
import type { InfoHash } from '../../core/ids.ts';
import type { PeerEvent } from '../../core/wire/remote-peer.ts';
import type { Dialer } from './dialer.ts';
import { updateInterest } from './interest.ts';
import { UT_METADATA_ID } from './metadata-flow.ts';
import type { MetadataFlow } from './metadata-flow.ts';
import type { OwnRole } from './own-role.ts';
import type { PeerLink } from './peer-link.ts';
import type { PexFlow } from './pex-flow.ts';
import type { PieceVerdicts } from './piece-verdicts.ts';
import type { SwarmContent } from './swarm-types.ts';

/** Who acts on events, whether the content is known or not. */
export interface EventTakers {
  readonly dialer: Dialer;
  readonly metadata: MetadataFlow;
  readonly pex: PexFlow;
  readonly role: OwnRole;
  readonly verdicts: PieceVerdicts;
}

/** What handing on events needs of the swarm. */
export interface EventView {
  readonly infoHash: InfoHash | undefined;
  /** Undefined until the metadata is known. */
  content(): SwarmContent | undefined;
  /** Two who have all they want part. Returns whether they did. */
  closeIfUseless(link: PeerLink): boolean;
}

export class PeerEvents {
  readonly #takers: EventTakers;
  readonly #view: EventView;
  readonly #ports: Pick<Ports, 'clock' | 'hasher'>;
  /** Whose interest changed in this read, if only there and back: choosing whom to unchoke looks at all links. */
  readonly #fickle = new LeanSet<PeerLink>();

  constructor(takers: EventTakers, view: EventView, ports: Pick<Ports, 'clock' | 'hasher'>) {
    this.#takers = takers;
    this.#view = view;
    this.#ports = ports;
  }

  /** The content is known now: what the peer claimed before is checked, and counts. */
  learnContent(link: PeerLink, content: SwarmContent): void {
    try {
      link.learnPieceCount(content.metainfo.pieceCount);
    } catch (error) {
      if (!(error instanceof PeerFault)) throw error;
      link.close(error);
      return;
    }
    if (link.peer.pieces !== undefined) this.#piecesChanged(link, content, undefined);
    if (link.peer.isInterested) content.upload.interestChanged(link, this.#ports.clock.now());
  }

  /** In the order in which they came. */
  heard(link: PeerLink, event: PeerEvent): void {
    const { dialer, metadata, pex, role, verdicts } = this.#takers;
    const content = this.#view.content();
    switch (event.type) {
      case 'extended-handshake':
        dialer.toldBy(link);
        pex.learned(link);
        metadata.offered(link);
        role.heard(link, event);
        this.#view.closeIfUseless(link);
        return;
      case 'extension':
        if (event.id === UT_METADATA_ID) metadata.received(link, event.payload);
        pex.received(link, event);
        return;
      case 'hash-message':
        verdicts.hashes.received(link, event.message);
        return;
      case 'choked':
        content?.download.choked(link);
        return;
      case 'unchoked':
      case 'allowed-fast':
        return; // readDone fills
      case 'interest-changed':
        this.#fickle.add(link); // readDone settles it
        return;
      case 'pieces-changed':
        if (content !== undefined) this.#piecesChanged(link, content, event.previous);
        role.heard(link, event);
        return;
      case 'have':
        content?.download.gained(link, event.piece);
        content?.upload.gained(link, event.piece, this.#ports.clock.now());
        role.heard(link, event);
        this.#view.closeIfUseless(link);
        return;
      case 'dont-have':
        content?.download.lost(link, event.left, event.piece);
        role.heard(link, event);
        return;
      case 'request':
        if (content === undefined) throw new PeerFault('REQUEST_BEFORE_METADATA');
        content.upload.requested(link, event.block);
        return;
      case 'cancel':
        content?.upload.cancelled(link, event.block);
        return;
      case 'rejected':
        content?.download.rejected(link, event.block);
        return;
      case 'dht-port':
        pex.nodeNamed(link, event.port);
    }
  }

  /** All events of one read were told. */
  readDone(link: PeerLink): void {
    const isFickle = this.#fickle.delete(link);
    const content = this.#view.content();
    if (isFickle && content !== undefined) this.#interestChanged(link, content);
  }

  closed(link: PeerLink): void {
    this.#fickle.delete(link);
  }

  #interestChanged(link: PeerLink, content: SwarmContent): void {
    const { clock, hasher } = this.#ports;
    content.upload.interestChanged(link, clock.now());
    const { infoHash } = this.#view;
    if (infoHash === undefined || !link.peer.isInterested) return;
    content.upload.grantFast(link, infoHash, (bytes, kind) => hasher.hash(bytes, kind));
  }

  #piecesChanged(link: PeerLink, content: SwarmContent, previous: Bitfield | undefined): void {
    const pieces = link.peer.pieces;
    if (pieces === undefined) return;
    if (previous !== undefined) content.picker.removePeer(previous);
    content.picker.addPeer(pieces);
    content.upload.came(link, this.#ports.clock.now());
    if (!this.#view.closeIfUseless(link)) updateInterest(link, content.picker);
  }
}
