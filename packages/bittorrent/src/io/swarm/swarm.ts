/**
 * The peers of one torrent: who is dialled, who is let in, what each is told. Fetching, serving and
 * metadata are flows of their own; this joins them to the links.
 */
import { assert, LeanMap, PeerFault } from '@coequal/base';
import type { Cancel, LocalFault, Ports } from '@coequal/base';
import { wireHashes } from '../../core/ids.ts';
import type { Handshake } from '../../core/wire/handshake.ts';
import type { Metainfo } from '../../core/metainfo/metainfo.ts';
import type { PiecePicker } from '../../core/picker/piece-picker.ts';
import type { TorrentLimits } from '../../core/swarm/rate-limits.ts';
import type { PeerEvent } from '../../core/wire/remote-peer.ts';
import { Admissions, LINKS_MAX } from './admission.ts';
import { Dialer } from './dialer.ts';
import { DownloadFlow } from './download-flow.ts';
import { greetingOf } from './first-messages.ts';
import type { HashFlow } from './hash-flow.ts';
import { HaveAnnouncer } from './have-announcer.ts';
import { updateInterest } from './interest.ts';
import { MetadataFlow } from './metadata-flow.ts';
import { openUpload } from './open-upload.ts';
import type { OwnLimits } from './own-limits.ts';
import { OwnRole } from './own-role.ts';
import { PeerEvents } from './peer-events.ts';
import type { Admission, Doorkeeper, LinkOwner, PeerLink } from './peer-link.ts';
import { PexFlow } from './pex-flow.ts';
import { PieceVerdicts } from './piece-verdicts.ts';
import type { PieceStore } from '../storage/piece-store.ts';
import type { SwarmContent, SwarmHost, SwarmOptions } from './swarm-types.ts';
import type { UploadFlow } from './upload-flow.ts';

/** How often what depends on rates and silence is looked at. Nothing waits for it to begin. */
const TICK_MS = 1_000;

type SwarmPorts = Pick<Ports, 'clock' | 'net' | 'random' | 'hasher'>;

export class Swarm implements Doorkeeper, LinkOwner, AsyncDisposable {
  readonly dialer: Dialer;
  readonly metadata: MetadataFlow;
  readonly pex: PexFlow;
  readonly role: OwnRole;
  readonly #options: SwarmOptions;
  readonly #host: SwarmHost;
  readonly #limits: OwnLimits;
  readonly #ports: SwarmPorts;
  readonly #links = new LeanMap<number, PeerLink>();
  readonly #admissions: Admissions;
  readonly #verdicts: PieceVerdicts;
  readonly #haves: HaveAnnouncer;
  readonly #events: PeerEvents;
  /** Present once the metadata is known. */
  #content: SwarmContent | undefined;
  #tick: Cancel | undefined;
  #isClosed = false;

  constructor(options: SwarmOptions, host: SwarmHost, limits: OwnLimits, ports: SwarmPorts) {
    this.#options = options;
    this.#host = host;
    this.#limits = limits;
    this.#ports = ports;
    const view = {
      doorkeeper: this,
      reach: options.reach,
      greeting: () => greetingOf(options, this.pex.supportsDht),
      linksWanted: () => this.peersWanted,
      links: () => this.#links.values(),
    };
    this.dialer = new Dialer(view, limits.connections, ports);
    this.#admissions = new Admissions(options, this.dialer, this);
    this.#verdicts = new PieceVerdicts(this.dialer, (key) => this.#links.get(key), ports);
    this.#haves = new HaveAnnouncer(() => this.#links.values(), ports.clock);
    this.metadata = new MetadataFlow(
      options.hashes,
      (infoBytes) => host.metadataFetched(infoBytes),
      ports,
    );
    const roleView = {
      links: () => this.#links.values(),
      linkOf: (key: number) => this.#links.get(key),
      metadataSize: () => this.metadata.size,
      publicExtensions: () => this.pex.extensions,
    };
    this.role = new OwnRole(options, roleView, ports);
    this.pex = new PexFlow(options, this.role, this.dialer, limits.punches, ports);
    this.#events = this.#createEvents();
  }

  get download(): DownloadFlow | undefined {
    return this.#content?.download;
  }

  get upload(): UploadFlow | undefined {
    return this.#content?.upload;
  }

  /** Hash trees of v2, fetched and served. */
  get hashes(): HashFlow {
    return this.#verdicts.hashes;
  }

  links(): Iterable<PeerLink> {
    return this.#links.values();
  }

  linkOf(key: number): PeerLink | undefined {
    return this.#links.get(key);
  }

  /** Whole copies of the content among us and our peers. */
  get copies(): number {
    return this.#content?.picker.copies() ?? 0;
  }

  /** We have every piece. */
  get isSeed(): boolean {
    return this.#content?.store.have.isFull === true;
  }

  /** How many more addresses would be of use. */
  get peersWanted(): number {
    return Math.max(LINKS_MAX - this.#links.size, 0);
  }

  /** The metadata is known and the store is open: from now on pieces move. */
  setContent(metainfo: Metainfo, store: PieceStore, picker: PiecePicker): void {
    const download = new DownloadFlow(picker, store, {
      links: () => this.#links.values(),
      linkOf: (key) => this.#links.get(key),
      isWatched: (piece) => this.#verdicts.isWatched(piece),
      pieceWritten: (piece, leaves) => this.#pieceWritten(piece, leaves),
      wrongBlocks: (...wrong) => this.#verdicts.wrongBlocks(...wrong),
      storageFailed: (fault) => this.#host.storageFailed(fault),
    });
    const owner = {
      links: () => this.#links.values(),
      storageFailed: (fault: LocalFault) => this.#host.storageFailed(fault),
      role: this.role,
    };
    const upload = openUpload(store, picker, owner, this.#limits.upload, this.#ports);
    this.#content = { metainfo, store, picker, download, upload };
    this.metadata.provide(metainfo.infoBytes);
    this.#verdicts.provide(metainfo, store);
    this.role.begin(this.#content);
    for (const link of this.#links.values()) this.#events.learnContent(link, this.#content);
    this.dialer.dialMore();
  }

  /** The metadata says that its peers are its trackers' business alone (BEP 27). */
  keepPrivate(): void {
    if (!this.pex.end(this.#links.size > 0)) return;
    this.dialer.pool.forgetPublic();
    this.role.introduceAgain();
  }

  /** A piece that was missing is on disk after all; one that is had already is nothing new. */
  pieceFound(piece: number): void {
    const picker = this.#content?.picker;
    const state = picker?.stateOf(piece);
    if (state !== 'wanted' && state !== 'unwanted') return; // under way: it is fetched to its end
    picker?.markHad(piece);
    this.#haves.announce(piece);
  }

  /** A piece that was had is gone or damaged, as the picker knows by now. */
  pieceLost(piece: number): void {
    if (!this.#isClosed) this.#haves.retract(piece);
  }

  /** The piece layers of a hybrid have come. */
  learnRoots(pieceRoots: Uint8Array): void {
    const content = this.#content;
    assert(content, 'content is open');
    const metainfo = { ...content.metainfo, pieceRoots };
    this.#content = { ...content, metainfo };
    content.store.learnRoots(pieceRoots);
    this.#verdicts.provide(metainfo, content.store);
  }

  /** Greets the peer of a handshake that asked for this torrent. Throws PeerFault to refuse it. */
  admit(handshake: Handshake, link: PeerLink): Admission {
    if (this.#isClosed) throw new PeerFault('UNKNOWN_TORRENT');
    const { peerId, supportsV2 } = this.#options;
    const own = { owner: this, peerId, supportsV2, supportsDht: this.pex.supportsDht };
    return { ...own, ...this.#admissions.admit(handshake, link) };
  }

  /** From now on; who waits for its turn may go at once, or waits for another. */
  setLimits(limits: TorrentLimits): void {
    this.#limits.set(limits, this.#links.values());
    const upload = this.#content?.upload;
    for (const link of this.#links.values()) upload?.pump(link);
  }

  get limits(): TorrentLimits {
    return this.#limits.current;
  }

  /** A change in what is wanted: interest and requests follow. */
  wishesChanged(): void {
    const content = this.#content;
    if (content === undefined) return;
    content.download.dropUnwanted();
    for (const link of this.#links.values()) {
      updateInterest(link, content.picker);
      content.download.fill(link, this.#ports.clock.now());
    }
    this.#settleRole();
    this.dialer.dialMore();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#tick?.();
    this.#haves.dispose();
    this.metadata.dispose();
    this.pex.dispose();
    this.hashes.dispose();
    for (const link of this.#links.values()) link.close();
    await this.dialer[Symbol.asyncDispose]();
    await this.#content?.download.idle();
    this.#content?.download.dispose();
  }

  unopened(link: PeerLink): void {
    this.#limits.connections.release(link);
    this.dialer.ended(link);
  }

  // LinkOwner

  opened(link: PeerLink): void {
    this.dialer.opened(link);
    this.#links.set(link.key, link);
    this.pex.opened(link);
    this.#tick ??= this.#armTick();
    this.role.opened(link);
    this.#verdicts.opened(link);
    if (this.#content !== undefined) this.#events.learnContent(link, this.#content);
    this.#host.peerOpened(link);
  }

  event(link: PeerLink, event: PeerEvent): void {
    this.#events.heard(link, event);
  }

  blockTarget(
    link: PeerLink,
    piece: number,
    begin: number,
    length: number,
  ): Uint8Array | undefined {
    return this.#content?.download.blockTarget(link, piece, begin, length);
  }

  blockDone(
    link: PeerLink,
    piece: number,
    begin: number,
    length: number,
    wasStored: boolean,
  ): void {
    this.#content?.download.blockDone(link, piece, begin, length, wasStored);
  }

  readDone(link: PeerLink, length: number): void {
    this.#limits.download.spend(length, link.conn);
    this.#events.readDone(link);
    const content = this.#content;
    if (content === undefined) return;
    content.download.readDone(link, this.#ports.clock.now());
    if (link.uploads.count > 0) content.upload.pump(link);
  }

  writable(link: PeerLink): void {
    this.#content?.upload.pump(link);
  }

  closed(link: PeerLink, why: Error | undefined): void {
    this.#limits.connections.release(link);
    this.#limits.download.forget(link.conn);
    this.#events.closed(link);
    if (!this.#links.delete(link.key)) return;
    const now = this.#ports.clock.now();
    this.#content?.download.gone(link);
    this.#content?.upload.gone(link, now);
    this.metadata.gone(link);
    this.pex.gone(link);
    this.#verdicts.closed(link);
    this.role.closed(link);
    this.#host.peerClosed(link, why);
    this.dialer.ended(link, this.role.isUseless(link));
  }

  #createEvents(): PeerEvents {
    const [infoHash] = wireHashes(this.#options.hashes);
    const { dialer, metadata, pex } = this;
    return new PeerEvents(
      { dialer, metadata, pex, role: this.role, verdicts: this.#verdicts },
      {
        infoHash,
        content: () => this.#content,
        closeIfUseless: (link) => this.#closeIfUseless(link),
      },
      this.#ports,
    );
  }

  #pieceWritten(piece: number, leaves: Uint8Array | undefined): void {
    this.#verdicts.pieceRight(piece, leaves);
    this.#haves.announce(piece);
    this.#host.pieceWritten(piece);
    if (this.#content?.picker.hasWanted === false) this.#settleRole();
  }

  /** Peers are told when we want no more, or want something again (BEP 21). */
  #settleRole(): void {
    this.#haves.flush(); // libtorrent leaves who wants no more and has nothing for it
    const isNews = this.role.settle();
    if (isNews && !this.role.isUploadOnly) this.dialer.recall();
    for (const link of this.#links.values()) {
      if (this.#closeIfUseless(link)) continue;
      if (this.#content !== undefined) updateInterest(link, this.#content.picker);
    }
  }

  #closeIfUseless(link: PeerLink): boolean {
    const isUseless = this.role.isUseless(link);
    if (isUseless) link.close();
    return isUseless;
  }

  #armTick(): Cancel {
    return this.#ports.clock.at(this.#ports.clock.now() + TICK_MS, () => {
      this.#tick = this.#links.size > 0 ? this.#armTick() : undefined;
      const now = this.#ports.clock.now();
      for (const link of this.#links.values()) link.checkIdle(now);
      if (this.peersWanted === 0) this.#admissions.turnOver(now);
      this.#content?.download.tick(now);
      this.role.tick(now);
      this.#content?.upload.tick(now);
    });
  }
}
