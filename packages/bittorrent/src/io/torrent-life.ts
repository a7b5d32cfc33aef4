/**
 * What becomes of a torrent: from a source to its metadata, to content that is checked, fetched and served;
 * and what goes wrong on the way.
 */
import { assert, EventLog, LocalFault, PeerFault, TaskGroup, untilAborted } from '@coequal/base';
import type { Millis, SafePath } from '@coequal/base';
import type { TorrentHashes } from '../core/ids.ts';
import type { Magnet } from '../core/metainfo/magnet.ts';
import type { Metainfo } from '../core/metainfo/metainfo.ts';
import { hasPieceHashes } from '../core/metainfo/piece-digests.ts';
import type { Totals } from '../core/resume-data.ts';
import { Activity } from '../core/swarm/activity.ts';
import type {
  TorrentEvent,
  TorrentOptions,
  TorrentSource,
  TorrentState,
  TorrentStats,
} from '../torrent-types.ts';
import type { EngineContext } from './engine-context.ts';
import { Milestone } from './milestone.ts';
import { PeerFinding } from './peer-finding.ts';
import type { ContentMover } from './storage/content-mover.ts';
import { DiskSpace } from './storage/disk-space.ts';
import { findMetainfo, metainfoOf } from './storage/stored-info.ts';
import { OwnLimits } from './swarm/own-limits.ts';
import { Swarm } from './swarm/swarm.ts';
import { openContent } from './torrent-content.ts';
import type { TorrentContent } from './torrent-content.ts';
import { countBytes, reportTorrent } from './torrent-report.ts';
import { TorrentWishes } from './torrent-wishes.ts';

export class TorrentLife implements AsyncDisposable {
  readonly hashes: TorrentHashes;
  /** Undefined when it was added with its metainfo. */
  readonly magnet: Magnet | undefined;
  readonly swarm: Swarm;
  readonly finding: PeerFinding;
  readonly wishes: TorrentWishes;
  readonly events: EventLog<TorrentEvent> = new EventLog();
  /** The metadata is known. */
  readonly metadata: Milestone = new Milestone();
  /** Every byte that is wanted is verified and durable. */
  readonly completed: Milestone = new Milestone();
  readonly #context: EngineContext;
  readonly #options: TorrentOptions;
  readonly #tasks: TaskGroup;
  readonly #space: DiskSpace;
  readonly #onClosed: () => void;
  readonly #activity = new Activity();
  #state: TorrentState;
  #metainfo: Metainfo | undefined;
  #content: TorrentContent | undefined;
  /** Instead of the torrent's own. */
  #trackers: readonly (readonly string[])[] | undefined;
  #closing: Promise<void> | undefined;

  constructor(
    source: TorrentSource,
    options: TorrentOptions,
    context: EngineContext,
    onClosed: () => void,
  ) {
    this.magnet = source.type === 'magnet' ? source.magnet : undefined;
    this.hashes = source.type === 'magnet' ? source.magnet : source.metainfo;
    this.#options = options;
    this.#context = context;
    this.#onClosed = onClosed;
    this.#trackers = options.trackers;
    const place = (): SafePath => this.#content?.store.contentPath ?? options.directory;
    this.#space = new DiskSpace(place, () => this.#bytesLeft, context.ports);
    this.#metainfo = source.type === 'metainfo' ? source.metainfo : undefined;
    this.#state =
      this.#metainfo === undefined
        ? { type: 'fetching-metadata' }
        : { type: 'checking', checked: 0, total: this.#metainfo.pieceCount };
    this.#activity.enter('fetching', this.now);
    this.wishes = new TorrentWishes(options, () => this.#wishesChanged());
    this.swarm = this.#createSwarm();
    this.finding = new PeerFinding(this.swarm, source, context);
    this.#tasks = new TaskGroup((error) => this.#fail(error));
    this.#tasks.run((signal) => this.#start(signal));
  }

  /** Undefined until a magnet's metadata has come. */
  get metainfo(): Metainfo | undefined {
    return this.#metainfo;
  }

  get state(): TorrentState {
    return this.#state;
  }

  /** Tiers of addresses: what was set, else the torrent's own. */
  get trackerTiers(): readonly (readonly string[])[] {
    const own = this.#metainfo?.trackers ?? this.magnet?.trackers.map((url) => [url]);
    return this.#trackers ?? own ?? [];
  }

  setTrackers(tiers: readonly (readonly string[])[]): void {
    this.#trackers = tiers.map((tier) => [...tier]);
    this.finding.setTrackers(this.#trackers);
  }

  /** Undefined until it is checked. */
  get content(): TorrentContent | undefined {
    return this.#content;
  }

  /** Indexes into the files; empty until the metadata is known. */
  get wanted(): ReadonlySet<number> {
    return this.wishes.files?.wanted ?? new Set();
  }

  get stats(): TorrentStats {
    return reportTorrent(
      {
        state: this.#state,
        metainfo: this.#metainfo,
        store: this.#content?.store,
        swarm: this.swarm,
        wanted: this.wanted,
        totals: this.#content?.store.totals ?? this.#session(),
        finding: this.finding,
        diskFull: this.#space.shortage,
      },
      this.now,
    );
  }

  get now(): Millis {
    return this.#context.ports.clock.now();
  }

  /** See Torrent. */
  async recheck(signal: AbortSignal): Promise<void> {
    const content = this.#content;
    if (content === undefined) return;
    try {
      await content.store.recheck(signal, (checked, total) => this.#setChecking(checked, total));
    } finally {
      for (const piece of content.store.have) this.swarm.pieceFound(piece);
      this.#settleState(content);
      this.swarm.wishesChanged();
    }
  }

  /** Nothing is asked for meanwhile, and who asks us waits. See Torrent. */
  async relocate(
    run: (mover: ContentMover, signal: AbortSignal) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const content = this.#content;
    if (content === undefined || this.#hasEnded) throw new LocalFault('CONTENT_NOT_OPEN');
    if (this.#options.readOnly === true) throw new LocalFault('CONTENT_READ_ONLY');
    const both = AbortSignal.any([signal, this.#tasks.signal]);
    this.swarm.download?.pause();
    try {
      await content.store.relocate((mover) => run(mover, both));
    } finally {
      if (this.#space.shortage === undefined && !this.#hasEnded)
        this.swarm.download?.resume(this.now);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#enter({ type: 'closed' });
    const closed = new DOMException('the torrent was closed', 'AbortError');
    if (!this.metadata.isReached) this.metadata.miss(closed);
    this.completed.miss(closed);
    await this.#tasks[Symbol.asyncDispose]();
    // trackers are told while peers are being closed: neither needs the other
    await Promise.all([this.finding[Symbol.asyncDispose](), this.swarm[Symbol.asyncDispose]()]);
    await this.#content?.store[Symbol.asyncDispose]();
    this.events.close();
    this.#onClosed();
  }

  #createSwarm(): Swarm {
    const context = this.#context;
    const hashes = this.hashes;
    return new Swarm(
      {
        ...context,
        hashes,
        supportsV2: hashes.infoHashV2 !== undefined,
        superSeeding: this.#options.superSeeding === true,
        exchangesPeers: context.discovery && this.#metainfo?.isPrivate !== true,
      },
      {
        metadataFetched: (infoBytes) =>
          this.#tasks.run((signal) => this.#metadataFetched(infoBytes, signal)),
        pieceWritten: () => this.#content && this.#settleState(this.#content),
        storageFailed: (fault) => this.#storageFailed(fault),
        peerOpened: (link) => {
          if (link.dialled === undefined && !link.isPunched) context.reach.accepted(link.remote);
          this.events.publish({ type: 'peer-opened', peer: link.remote });
        },
        peerClosed: (link, why) =>
          this.events.publish({ type: 'peer-closed', peer: link.remote, why: why?.message }),
      },
      new OwnLimits(context.limits, this.#options.limits ?? {}, context.ports.clock),
      context.ports,
    );
  }

  async #start(signal: AbortSignal): Promise<void> {
    const { directory } = this.#options;
    const metainfo =
      this.#metainfo ?? (await findMetainfo(this.magnet, directory, this.#context, signal));
    if (metainfo !== undefined && hasPieceHashes(metainfo))
      await this.#openContent(metainfo, signal);
    else if (metainfo !== undefined) this.#tasks.run((stop) => this.#openHashless(metainfo, stop));
    this.#findPeers(metainfo?.isPrivate === true, signal);
    this.swarm.dialer.add(this.#options.peers ?? [], 'given');
    this.swarm.dialer.add(this.magnet?.peers ?? [], 'magnet');
  }

  async #metadataFetched(infoBytes: Uint8Array, signal: AbortSignal): Promise<void> {
    assert(this.magnet, 'only a magnet lacks its metainfo');
    await this.#openHashless(metainfoOf(this.magnet, infoBytes, this.#context.ports), signal);
  }

  /** A v2 torrent that came without its piece layers gets them from peers (BEP 52) before anything else. */
  async #openHashless(metainfo: Metainfo, signal: AbortSignal): Promise<void> {
    if (metainfo.isPrivate) this.finding.keepPrivate();
    if (hasPieceHashes(metainfo)) return await this.#openContent(metainfo, signal);
    if (this.#options.readOnly === true)
      throw new LocalFault('PIECE_HASHES_MISSING', { name: metainfo.name });
    this.#enter({ type: 'fetching-metadata' });
    this.swarm.metadata.provide(metainfo.infoBytes);
    const pieceRoots = await untilAborted(this.swarm.hashes.fetchLayers(metainfo), signal);
    if (pieceRoots !== undefined) await this.#openContent({ ...metainfo, pieceRoots }, signal);
  }

  async #openContent(metainfo: Metainfo, signal: AbortSignal): Promise<void> {
    this.#setChecking(0, metainfo.pieceCount);
    this.#metainfo = metainfo;
    if (metainfo.isPrivate) this.finding.keepPrivate();
    else this.swarm.pex.begin();
    // while the content is checked it is served to peers, and not fetched from them
    this.swarm.metadata.provide(metainfo.infoBytes);
    const wishes = this.wishes.begin(metainfo, this.magnet?.selection);
    this.metadata.reach();
    // who added a file knows what is in it
    if (this.magnet) this.events.publish({ type: 'metadata', metainfo });
    const content = await openContent(
      metainfo,
      wishes.wanted,
      this.#options,
      this.#context,
      (checked, total) => this.#setChecking(checked, total),
      signal,
    );
    this.#content = content;
    this.wishes.attach(content);
    content.store.onLost = (piece) => this.#pieceLost(content, piece);
    content.store.session = () => this.#session();
    content.store.onFault = (fault) => this.#storageFailed(fault);
    this.events.publish({ type: 'checked', piecesHad: content.store.have.count });
    this.#settleState(content);
    this.swarm.setContent(metainfo, content.store, content.picker);
    if (metainfo.version === 'hybrid' && metainfo.pieceRoots === undefined)
      this.#tasks.run((stop) => this.#learnRoots(metainfo, stop));
    await this.wishes.catchUp(wishes);
  }

  /** A hybrid goes by its SHA-1s until peers have sent its piece layers. */
  async #learnRoots(metainfo: Metainfo, signal: AbortSignal): Promise<void> {
    const pieceRoots = await untilAborted(this.swarm.hashes.fetchLayers(metainfo), signal);
    if (pieceRoots === undefined || this.#hasEnded) return;
    this.#metainfo = { ...metainfo, pieceRoots };
    this.swarm.learnRoots(pieceRoots);
  }

  #enter(state: TorrentState): void {
    const hasEnded = state.type === 'failed' || state.type === 'closed';
    const doing = state.type === 'seeding' ? 'seeding' : 'fetching';
    this.#activity.enter(hasEnded ? 'nothing' : doing, this.now);
    this.#state = state;
  }

  #session(): Totals {
    const { uploaded, downloaded } = this.#totals();
    return { uploaded, downloaded, ...this.#activity.at(this.now) };
  }

  #setChecking(checked: number, total: number): void {
    if (this.#hasEnded) return;
    this.#enter({ type: 'checking', checked, total });
  }

  #wishesChanged(): void {
    if (this.#content === undefined) return;
    this.#settleState(this.#content);
    this.swarm.wishesChanged();
  }

  get #hasEnded(): boolean {
    return this.#state.type === 'failed' || this.#state.type === 'closed';
  }

  #settleState(content: TorrentContent): void {
    if (this.#hasEnded) return;
    if (content.picker.hasWanted) {
      this.#enter({ type: 'downloading' });
      this.completed.leave();
      return;
    }
    if (this.#state.type === 'downloading') this.finding.completed();
    this.#enter({ type: 'seeding' });
    if (!this.completed.isReached) this.#tasks.run((signal) => this.#complete(content, signal));
  }

  /** Completed means durable. */
  async #complete({ store, picker }: TorrentContent, signal: AbortSignal): Promise<void> {
    try {
      await store.checkpoint();
    } catch (error) {
      if (!(error instanceof LocalFault) || error.code !== 'DISK_FULL') throw error;
      this.#storageFailed(error); // once there is room, this is tried again
      return;
    }
    signal.throwIfAborted();
    if (picker.hasWanted || this.completed.isReached) return; // more was selected meanwhile
    this.completed.reach();
    this.events.publish({ type: 'completed' });
  }

  #findPeers(isPrivate: boolean, signal: AbortSignal): void {
    const about = {
      tiers: this.trackerTiers,
      isPrivate,
      totals: () => this.#totals(),
      isStarving: () => this.#space.shortage === undefined && this.stats.stall !== undefined,
    };
    this.finding.open(about, this.#options.useTrackers !== false, signal);
  }

  #totals(): { uploaded: number; downloaded: number; left: number } {
    const { download, upload } = this.swarm;
    // before the metadata is known nobody knows what is left; not zero, which would say "seed"
    const left = this.#content === undefined ? 1 : this.#bytesLeft;
    return { uploaded: upload?.uploaded ?? 0, downloaded: download?.downloaded ?? 0, left };
  }

  /** Bytes that were verified are not there any more: somebody moved or changed a file. */
  #pieceLost(content: TorrentContent, piece: number): void {
    this.wishes.losePiece(content, piece);
    this.swarm.pieceLost(piece);
    if (this.#state.type === 'closed' || this.#state.type === 'checking') return;
    this.events.publish({ type: 'piece-lost', piece });
    this.#settleState(content);
    this.swarm.wishesChanged();
  }

  /** Of the wanted files. */
  get #bytesLeft(): number {
    const [metainfo, store] = [this.#metainfo, this.#content?.store];
    const { have, total } = countBytes({ metainfo, store, wanted: this.wanted });
    return total - have;
  }

  #storageFailed(fault: LocalFault): void {
    if (fault.code === 'CONTENT_MISSING') return; // its pieces were lost: see #pieceLost
    if (fault.code !== 'DISK_FULL') return this.#fail(fault);
    if (this.#space.shortage !== undefined || this.#hasEnded) return;
    const path = String(fault.details['path'] ?? this.#options.directory);
    this.events.publish({ type: 'disk-full', path });
    this.swarm.download?.pause();
    this.#tasks.run((signal) => this.#waitForSpace(path, signal));
  }

  async #waitForSpace(path: string, signal: AbortSignal): Promise<void> {
    await this.#space.wait(path, this.#metainfo?.pieceLength ?? 0, signal);
    this.swarm.download?.resume(this.#context.ports.clock.now());
    if (this.#content !== undefined) this.#settleState(this.#content);
  }

  #fail(error: unknown): void {
    if (!(error instanceof LocalFault || error instanceof PeerFault)) throw error;
    if (this.#hasEnded) return;
    this.#enter({ type: 'failed', fault: error });
    this.swarm.download?.pause();
    this.events.publish({ type: 'failed', fault: error });
    if (!this.metadata.isReached) this.metadata.miss(error);
    this.completed.miss(error);
  }
}
