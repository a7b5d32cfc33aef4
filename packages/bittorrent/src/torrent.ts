/** One torrent of an engine: from a file or magnet to verified content, and serving it. */
import { assert, EventLog, LocalFault, PeerFault, TaskGroup, untilAborted } from '@coequal/base';
import type { Endpoint, Numbered } from '@coequal/base';
import type { InfoHash, TorrentHashes } from './core/ids.ts';
import { wireHashes } from './core/ids.ts';
import type { Magnet } from './core/metainfo/magnet.ts';
import type { Metainfo } from './core/metainfo/metainfo.ts';
import { hasPieceHashes } from './core/metainfo/piece-digests.ts';
import type { TrackerReport } from './core/tracker/tracker-tiers.ts';
import { DiskSpace } from './io/storage/disk-space.ts';
import type { EngineContext } from './io/engine-context.ts';
import { Milestone } from './io/milestone.ts';
import { PeerFinding } from './io/peer-finding.ts';
import type { PeerLink } from './io/swarm/peer-link.ts';
import { findMetainfo, metainfoOf } from './io/storage/stored-info.ts';
import { Swarm } from './io/swarm/swarm.ts';
import { chooseFiles, losePiece, openContent, prioritise } from './io/torrent-content.ts';
import type { TorrentContent } from './io/torrent-content.ts';
import { countBytes, reportTorrent } from './io/torrent-report.ts';
import type {
  TorrentEvent,
  TorrentOptions,
  TorrentSource,
  TorrentState,
  TorrentStats,
} from './torrent-types.ts';

export class Torrent implements AsyncDisposable {
  readonly #context: EngineContext;
  readonly #options: TorrentOptions;
  readonly #hashes: TorrentHashes;
  /** Undefined when it was added with its metainfo. */
  readonly #magnet: Magnet | undefined;
  /** For the engine, which lets handshakes in, */
  readonly swarm: Swarm;
  /** and knows when the network changes. */
  readonly finding: PeerFinding;
  readonly #events = new EventLog<TorrentEvent>();
  readonly #tasks: TaskGroup;
  readonly #metadata = new Milestone();
  readonly #completed = new Milestone();
  readonly #space: DiskSpace;
  readonly #onClosed: () => void;
  #state: TorrentState;
  #metainfo: Metainfo | undefined;
  #content: TorrentContent | undefined;
  /** Undefined until the metadata is known, or files were selected before. */
  #wanted: ReadonlySet<number> | undefined;
  #closing: Promise<void> | undefined;

  /** Made by `Engine.add`. */
  constructor(
    source: TorrentSource,
    options: TorrentOptions,
    context: EngineContext,
    onClosed: () => void,
  ) {
    this.#magnet = source.type === 'magnet' ? source.magnet : undefined;
    this.#hashes = source.type === 'magnet' ? source.magnet : source.metainfo;
    this.#options = options;
    this.#context = context;
    this.#onClosed = onClosed;
    this.#space = new DiskSpace(options.directory, () => this.#bytesLeft, context.ports);
    this.#metainfo = source.type === 'metainfo' ? source.metainfo : undefined;
    this.#state =
      this.#metainfo === undefined
        ? { type: 'fetching-metadata' }
        : { type: 'checking', checked: 0, total: this.#metainfo.pieceCount };
    this.swarm = this.#createSwarm();
    this.finding = new PeerFinding(this.swarm, this.infoHashes, context);
    this.#tasks = new TaskGroup((error) => this.#fail(error));
    this.#tasks.run((signal) => this.#start(signal));
  }

  /** Names in the swarm: v1's, v2's truncated, or both. */
  get infoHashes(): readonly InfoHash[] {
    return wireHashes(this.#hashes);
  }

  /** Undefined until a magnet's metadata has come. */
  get metainfo(): Metainfo | undefined {
    return this.#metainfo;
  }

  get name(): string {
    return this.metainfo?.name ?? this.#magnet?.name ?? this.infoHashes[0] ?? '';
  }

  get state(): TorrentState {
    return this.#state;
  }

  get trackers(): readonly TrackerReport[] {
    return this.finding.trackers;
  }

  get peers(): readonly PeerLink[] {
    return [...this.swarm.links()];
  }

  get stats(): TorrentStats {
    return reportTorrent(
      {
        state: this.#state,
        metainfo: this.metainfo,
        store: this.#content?.store,
        swarm: this.swarm,
        wanted: this.wantedFiles,
        finding: this.finding,
        diskFull: this.#space.shortage,
      },
      this.#context.ports.clock.now(),
    );
  }

  /** Verified bytes of each file, in the order of `metainfo.files`. */
  get fileProgress(): readonly number[] {
    return this.#content?.store.fileProgress() ?? [];
  }

  /** Everything that happens from this call on. Ends when the torrent or the signal does. */
  events(signal: AbortSignal): AsyncGenerator<Numbered<TorrentEvent>, void, undefined> {
    return this.#events.read(signal);
  }

  /** Indexes into `metainfo.files`; empty until the metadata is known. */
  get wantedFiles(): ReadonlySet<number> {
    return this.#wanted ?? new Set();
  }

  /** Rejects with what made the torrent fail, or the signal's reason. */
  async whenMetadata(signal: AbortSignal): Promise<Metainfo> {
    await this.#metadata.wait(signal);
    assert(this.#metainfo, 'the metadata came');
    return this.#metainfo;
  }

  /**
   * Resolves when every byte of the wanted files is verified and durable; after a wider selection, anew.
   * Rejects with what made the torrent fail, or the signal's reason.
   */
  whenCompleted(signal: AbortSignal): Promise<void> {
    return this.#completed.wait(signal);
  }

  addPeers(peers: readonly Endpoint[]): void {
    this.swarm.dialer.add(peers, 'given');
  }

  /**
   * Changes which files are wanted. Bytes of others that are here already are kept aside, not lost.
   * Rejects with the LocalFaults of Disk; then the selection is as before.
   */
  async select(files: ReadonlySet<number>): Promise<void> {
    const content = this.#content;
    if (content !== undefined) await this.#applySelection(content, files);
    this.#wanted = files; // before the content is open, this is what it begins with
  }

  async #applySelection(content: TorrentContent, files: ReadonlySet<number>): Promise<void> {
    await content.store.setWanted(files);
    if (this.#options.readOnly === true) return;
    prioritise(content, files);
    this.#settleState(content);
    this.swarm.wishesChanged();
  }

  /** Hashes everything again. Pieces that are wrong are fetched anew. */
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

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#state = { type: 'closed' };
    const closed = new DOMException('the torrent was closed', 'AbortError');
    if (!this.#metadata.isReached) this.#metadata.miss(closed);
    this.#completed.miss(closed);
    await this.#tasks[Symbol.asyncDispose]();
    // trackers are told while peers are being closed: neither needs the other
    await Promise.all([this.finding[Symbol.asyncDispose](), this.swarm[Symbol.asyncDispose]()]);
    this.#content?.store.addTotals(this.#totals());
    await this.#content?.store[Symbol.asyncDispose]();
    this.#events.close();
    this.#onClosed();
  }

  #createSwarm(): Swarm {
    const context = this.#context;
    const hashes = this.#hashes;
    return new Swarm(
      {
        hashes,
        peerId: context.peerId,
        supportsV2: hashes.infoHashV2 !== undefined,
        listenPort: context.listenPort,
        clientName: context.clientName,
        superSeeding: this.#options.superSeeding === true,
        dht: context.dht,
        dialUtp: context.dialUtp,
        exchangesPeers: context.discovery && this.#metainfo?.isPrivate !== true,
      },
      {
        metadataFetched: (infoBytes) =>
          this.#tasks.run((signal) => this.#metadataFetched(infoBytes, signal)),
        pieceWritten: () => this.#content && this.#settleState(this.#content),
        storageFailed: (fault) => this.#storageFailed(fault),
        peerOpened: (link) => this.#events.publish({ type: 'peer-opened', peer: link.remote }),
        peerClosed: (link, why) =>
          this.#events.publish({ type: 'peer-closed', peer: link.remote, why: why?.message }),
      },
      context.limits,
      context.ports,
    );
  }

  async #start(signal: AbortSignal): Promise<void> {
    const { directory } = this.#options;
    const metainfo =
      this.metainfo ?? (await findMetainfo(this.#magnet, directory, this.#context, signal));
    if (metainfo !== undefined && hasPieceHashes(metainfo))
      await this.#openContent(metainfo, signal);
    else if (metainfo !== undefined) this.#tasks.run((stop) => this.#openHashless(metainfo, stop));
    this.#findPeers(metainfo?.isPrivate === true, signal);
    this.swarm.dialer.add(this.#options.peers ?? [], 'given');
    this.swarm.dialer.add(this.#magnet?.peers ?? [], 'magnet');
  }

  async #metadataFetched(infoBytes: Uint8Array, signal: AbortSignal): Promise<void> {
    assert(this.#magnet, 'only a magnet lacks its metainfo');
    await this.#openHashless(metainfoOf(this.#magnet, infoBytes, this.#context.ports), signal);
  }

  /** A v2 torrent that came without its piece layers gets them from peers (BEP 52) before anything else. */
  async #openHashless(metainfo: Metainfo, signal: AbortSignal): Promise<void> {
    if (metainfo.isPrivate) this.finding.keepPrivate();
    if (hasPieceHashes(metainfo)) return await this.#openContent(metainfo, signal);
    if (this.#options.readOnly === true)
      throw new LocalFault('PIECE_HASHES_MISSING', { name: metainfo.name });
    this.#state = { type: 'fetching-metadata' };
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
    const wanted = (this.#wanted ??= chooseFiles(
      metainfo,
      this.#options.select,
      this.#magnet?.selection,
    ));
    this.#metadata.reach();
    // who added a file knows what is in it
    if (this.#magnet) this.#events.publish({ type: 'metadata', metainfo });
    const content = await openContent(
      metainfo,
      wanted,
      this.#options,
      this.#context,
      (checked, total) => this.#setChecking(checked, total),
      signal,
    );
    this.#content = content;
    content.store.onLost = (piece) => this.#pieceLost(content, piece);
    content.store.onFault = (fault) => this.#storageFailed(fault);
    this.#events.publish({ type: 'checked', piecesHad: content.store.have.count });
    this.#settleState(content);
    this.swarm.setContent(metainfo, content.store, content.picker);
    if (metainfo.version === 'hybrid' && metainfo.pieceRoots === undefined)
      this.#tasks.run((stop) => this.#learnRoots(metainfo, stop));
    // files may have been selected while the content was checked
    if (this.#wanted !== wanted) await this.#applySelection(content, this.#wanted);
  }

  /** A hybrid goes by its SHA-1s until peers have sent its piece layers. */
  async #learnRoots(metainfo: Metainfo, signal: AbortSignal): Promise<void> {
    const pieceRoots = await untilAborted(this.swarm.hashes.fetchLayers(metainfo), signal);
    if (pieceRoots === undefined || this.#hasEnded) return;
    this.#metainfo = { ...metainfo, pieceRoots };
    this.swarm.learnRoots(pieceRoots);
  }

  #setChecking(checked: number, total: number): void {
    if (this.#hasEnded) return;
    this.#state = { type: 'checking', checked, total };
  }

  get #hasEnded(): boolean {
    return this.#state.type === 'failed' || this.#state.type === 'closed';
  }

  #settleState(content: TorrentContent): void {
    if (this.#hasEnded) return;
    if (content.picker.hasWanted) {
      this.#state = { type: 'downloading' };
      this.#completed.leave();
      return;
    }
    if (this.#state.type === 'downloading') this.finding.completed();
    this.#state = { type: 'seeding' };
    if (!this.#completed.isReached) this.#tasks.run((signal) => this.#complete(content, signal));
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
    if (picker.hasWanted || this.#completed.isReached) return; // more was selected meanwhile
    this.#completed.reach();
    this.#events.publish({ type: 'completed' });
  }

  #findPeers(isPrivate: boolean, signal: AbortSignal): void {
    const about = {
      tiers: this.metainfo?.trackers ?? this.#magnet?.trackers.map((url) => [url]) ?? [],
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
    losePiece(content, piece, this.#options.readOnly === true ? new Set() : this.wantedFiles);
    this.swarm.pieceLost(piece);
    if (this.#state.type === 'closed' || this.#state.type === 'checking') return;
    this.#events.publish({ type: 'piece-lost', piece });
    this.#settleState(content);
    this.swarm.wishesChanged();
  }

  /** Of the wanted files. */
  get #bytesLeft(): number {
    const [metainfo, store] = [this.#metainfo, this.#content?.store];
    const { have, total } = countBytes({ metainfo, store, wanted: this.wantedFiles });
    return total - have;
  }

  #storageFailed(fault: LocalFault): void {
    if (fault.code === 'CONTENT_MISSING') return; // its pieces were lost: see #pieceLost
    if (fault.code !== 'DISK_FULL') return this.#fail(fault);
    if (this.#space.shortage !== undefined || this.#hasEnded) return;
    const path = String(fault.details['path'] ?? this.#options.directory);
    this.#events.publish({ type: 'disk-full', path });
    this.swarm.download?.pause();
    this.#tasks.run((signal) => this.#waitForSpace(path, signal));
  }

  async #waitForSpace(path: string, signal: AbortSignal): Promise<void> {
    await this.#space.wait(path, this.metainfo?.pieceLength ?? 0, signal);
    this.swarm.download?.resume(this.#context.ports.clock.now());
    if (this.#content !== undefined) this.#settleState(this.#content);
  }

  #fail(error: unknown): void {
    if (!(error instanceof LocalFault || error instanceof PeerFault)) throw error;
    if (this.#hasEnded) return;
    this.#state = { type: 'failed', fault: error };
    this.swarm.download?.pause();
    this.#events.publish({ type: 'failed', fault: error });
    if (!this.#metadata.isReached) this.#metadata.miss(error);
    this.#completed.miss(error);
  }
}
