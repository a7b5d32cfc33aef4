/**
 * What we are in a swarm, and what each peer is told of it: our pieces (BEP 3, 6), or a few of them while
 * we super-seed (BEP 16), and whether we want any (BEP 21).
 */
import type { Millis, Ports } from '@coequal/base';
import { encodePeerMessage } from '../../core/wire/peer-wire.ts';
import type { PeerEvent } from '../../core/wire/remote-peer.ts';
import { sendExtendedHandshake, sendPieces } from './first-messages.ts';
import type { PeerLink } from './peer-link.ts';
import { SuperSeeding } from './super-seeding.ts';
import type { SwarmContent, SwarmOptions } from './swarm-types.ts';

/** What a role needs of its swarm. */
export interface RoleView {
  links(): Iterable<PeerLink>;
  linkOf(key: number): PeerLink | undefined;
  /** Undefined until the metadata is known. */
  metadataSize(): number | undefined;
  /** Our ids for the extensions that public torrents have; 0 takes one back. */
  publicExtensions(): readonly (readonly [string, number])[];
}

export class OwnRole {
  readonly #options: SwarmOptions;
  readonly #view: RoleView;
  readonly #ports: Pick<Ports, 'clock' | 'random'>;
  #content: SwarmContent | undefined;
  #superSeeding: SuperSeeding | undefined;
  /** We had all that we want when peers were last told. */
  #wasUploadOnly = false;

  constructor(options: SwarmOptions, view: RoleView, ports: Pick<Ports, 'clock' | 'random'>) {
    this.#options = options;
    this.#view = view;
    this.#ports = ports;
  }

  /** Nothing is left that we want. */
  get isUploadOnly(): boolean {
    return this.#content !== undefined && !this.#content.picker.hasWanted;
  }

  get isSuperSeeding(): boolean {
    return this.#superSeeding !== undefined;
  }

  /** The link may be sent the piece, if we have it. */
  isOffered(link: PeerLink, piece: number): boolean {
    return this.#superSeeding?.isRevealed(link, piece) ?? true;
  }

  /** Two who have all they want are of no use to each other. */
  isUseless(link: PeerLink): boolean {
    return this.isUploadOnly && link.peer.isUploadOnly;
  }

  /** The metadata is known and the store is open. */
  begin(content: SwarmContent): void {
    this.#content = content;
    this.#wasUploadOnly = this.isUploadOnly;
    const { have } = content.store;
    // who fetches first has told everyone of its pieces by the time it has them all
    if (this.#options.superSeeding && have.isFull && this.isUploadOnly)
      this.#beginSuperSeeding(content);
    for (const link of this.#view.links()) {
      if (!this.isSuperSeeding)
        link.sendAll(Array.from(have, (piece) => encodePeerMessage({ type: 'have', piece })));
      this.#introduce(link); // who waits for the metadata can have it from us now
    }
  }

  /** First of all: nothing was sent on the link but the handshake. */
  opened(link: PeerLink): void {
    sendPieces(link, this.isSuperSeeding ? undefined : this.#content?.store.have);
    this.#introduce(link);
    this.#superSeeding?.opened(link);
  }

  /** After the picker has learnt of it. */
  heard(link: PeerLink, event: PeerEvent): void {
    this.#superSeeding?.heard(link, event);
  }

  closed(link: PeerLink): void {
    this.#superSeeding?.gone(link);
  }

  tick(now: Millis): void {
    this.#superSeeding?.tick(now);
  }

  /** What we have or want changed. Returns whether we want no more, or something again. */
  settle(): boolean {
    if (this.#content?.store.have.isFull === false) this.#endSuperSeeding();
    const isNews = this.isUploadOnly !== this.#wasUploadOnly;
    this.#wasUploadOnly = this.isUploadOnly;
    if (isNews) this.introduceAgain();
    return isNews;
  }

  /** What we say of ourselves has changed. */
  introduceAgain(): void {
    for (const link of this.#view.links()) this.#introduce(link);
  }

  #beginSuperSeeding(content: SwarmContent): void {
    const view = {
      linkOf: (key: number) => this.#view.linkOf(key),
      over: () => this.#endSuperSeeding(),
    };
    this.#superSeeding = new SuperSeeding(content, view, this.#ports);
    for (const link of this.#view.links()) this.#superSeeding.opened(link);
  }

  /** For good. `have-all` may be said at first alone (BEP 6), so each piece is told by itself. */
  #endSuperSeeding(): void {
    const superSeeding = this.#superSeeding;
    if (superSeeding === undefined) return;
    this.#superSeeding = undefined;
    const have = [...(this.#content?.store.have ?? [])];
    for (const link of this.#view.links()) {
      const isNews = (piece: number): boolean =>
        !superSeeding.isRevealed(link, piece) && link.peer.pieces?.has(piece) !== true;
      const news = have.filter(isNews);
      link.sendAll(news.map((piece) => encodePeerMessage({ type: 'have', piece })));
      this.#introduce(link);
    }
  }

  #introduce(link: PeerLink): void {
    const { clientName, reach } = this.#options;
    const metadataSize = this.#view.metadataSize();
    const publicExtensions = this.#view.publicExtensions();
    // who hears of few pieces and that no more will come may go, as libtorrent's sources warn
    const isUploadOnly = this.isUploadOnly && !this.isSuperSeeding;
    sendExtendedHandshake(link, {
      clientName,
      listenPort: reach.portFor(link.remote.host),
      metadataSize,
      publicExtensions,
      isUploadOnly,
    });
  }
}
