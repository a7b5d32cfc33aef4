/** One torrent of an engine: from a file or magnet to verified content, and serving it. */
import {
  assert,
  EventLog,
  LocalFault,
  PeerFault,
  sleep,
  TaskGroup,
  untilAborted,
} from '@coequal/base';
import type { Endpoint, Numbered } from '@coequal/base';
import type { InfoHash, TorrentHashes } from './core/ids.ts';
import { wireHashes } from './core/ids.ts';
import { parseInfo } from './core/metainfo-parse.ts';
import type { Metainfo } from './core/metainfo.ts';
import type { TrackerReport } from './core/tracker/tracker-tiers.ts';
import type { EngineContext } from './io/engine-context.ts';
import type { PeerLink } from './io/peer-link.ts';
import { findStoredInfo } from './io/stored-info.ts';
import { Swarm } from './io/swarm.ts';
import { chooseFiles, openContent, prioritise } from './io/torrent-content.ts';
import type { TorrentContent } from './io/torrent-content.ts';
import { countBytes, reportTorrent } from './io/torrent-report.ts';
import { TrackerSession } from './io/tracker-client.ts';
import type {
  TorrentEvent,
  TorrentOptions,
  TorrentSource,
  TorrentState,
  TorrentStats,
} from './torrent-types.ts';

/** How often a full disk is looked at again. */
const DISK_RETRY_MS = 5_000;

export class Torrent implements AsyncDisposable {
  readonly #context: EngineContext;
  readonly #options: TorrentOptions;
  readonly #source: TorrentSource;
  readonly #swarm: Swarm;
  readonly #events = new EventLog<TorrentEvent>();
  readonly #tasks: TaskGroup;
  readonly #metadata = Promise.withResolvers<Metainfo>();
  readonly #completed = Promise.withResolvers<void>();
  readonly #onClosed: () => void;
  #state: TorrentState;
  #content: TorrentContent | undefined;
  #wanted: ReadonlySet<number> = new Set();
  #trackers: TrackerSession | undefined;
  #diskFull: { readonly path: string; readonly bytesNeeded: number } | undefined;

  /** Made by `Engine.add`. */
  constructor(
    source: TorrentSource,
    options: TorrentOptions,
    context: EngineContext,
    onClosed: () => void,
  ) {
    this.#source = source;
    this.#options = options;
    this.#context = context;
    this.#onClosed = onClosed;
    this.#state =
      source.type === 'metainfo'
        ? { type: 'checking', checked: 0, total: source.metainfo.pieceCount }
        : { type: 'fetching-metadata' };
    this.#swarm = this.#createSwarm();
    // whoever does not wait for them must not be told of their rejection as a bug
    this.#metadata.promise.catch(() => undefined);
    this.#completed.promise.catch(() => undefined);
    this.#tasks = new TaskGroup((error) => this.#fail(error));
    this.#tasks.run((signal) => this.#start(signal));
  }

  /** Names in the swarm: v1's, v2's truncated, or both. */
  get infoHashes(): readonly InfoHash[] {
    return wireHashes(this.#hashes());
  }

  /** Undefined until a magnet's metadata has come. */
  get metainfo(): Metainfo | undefined {
    return (
      this.#content?.metainfo ??
      (this.#source.type === 'metainfo' ? this.#source.metainfo : undefined)
    );
  }

  get name(): string {
    const magnetName = this.#source.type === 'magnet' ? this.#source.magnet.name : undefined;
    return this.metainfo?.name ?? magnetName ?? this.infoHashes[0] ?? '';
  }

  get state(): TorrentState {
    return this.#state;
  }

  get trackers(): readonly TrackerReport[] {
    return this.#trackers?.states ?? [];
  }

  get peers(): readonly PeerLink[] {
    return [...this.#swarm.links()];
  }

  get stats(): TorrentStats {
    return reportTorrent(
      {
        state: this.#state,
        metainfo: this.metainfo,
        store: this.#content?.store,
        swarm: this.#swarm,
        wanted: this.#wanted,
        trackers: this.trackers,
        diskFull: this.#diskFull,
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
    return this.#wanted;
  }

  /** Rejects with what made the torrent fail, or the signal's reason. */
  whenMetadata(signal: AbortSignal): Promise<Metainfo> {
    return untilAborted(this.#metadata.promise, signal);
  }

  /** Resolves when every byte of the wanted files is verified and written. */
  whenCompleted(signal: AbortSignal): Promise<void> {
    return untilAborted(this.#completed.promise, signal);
  }

  addPeers(peers: readonly Endpoint[]): void {
    this.#swarm.dialer.add(peers, 'user');
  }

  /** Lets a handshake in that asked for this torrent; for the engine. */
  get swarm(): Swarm {
    return this.#swarm;
  }

  /** Changes which files are wanted. Bytes of others that are here already are kept aside, not lost. */
  async select(files: ReadonlySet<number>): Promise<void> {
    this.#wanted = files;
    const content = this.#content;
    if (content === undefined) return;
    await content.store.setWanted(files);
    prioritise(content, files);
    this.#settleState(content);
    this.#swarm.wishesChanged();
  }

  /** Hashes everything again. Pieces that are wrong are fetched anew. */
  async recheck(signal: AbortSignal): Promise<void> {
    const content = this.#content;
    if (content === undefined) return;
    await content.store.recheck(signal, (checked, total) => {
      this.#state = { type: 'checking', checked, total };
    });
    for (const piece of content.store.have) content.picker.markHad(piece);
    this.#settleState(content);
    this.#swarm.wishesChanged();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state.type === 'closed') return;
    this.#state = { type: 'closed' };
    const closed = new DOMException('the torrent was closed', 'AbortError');
    this.#metadata.reject(closed);
    this.#completed.reject(closed);
    await this.#tasks[Symbol.asyncDispose]();
    // trackers are told while peers are being closed: neither needs the other
    await Promise.all([
      this.#trackers?.[Symbol.asyncDispose](),
      this.#swarm[Symbol.asyncDispose](),
    ]);
    this.#keepTotals();
    await this.#content?.store[Symbol.asyncDispose]();
    this.#events.close();
    this.#onClosed();
  }

  /** What was sent and received in this run joins what resume data remember of earlier ones. */
  #keepTotals(): void {
    const totals = this.#content?.store.totals;
    if (totals === undefined) return;
    totals.uploaded += this.#swarm.upload?.uploaded ?? 0;
    totals.downloaded += this.#swarm.download?.downloaded ?? 0;
  }

  #createSwarm(): Swarm {
    const context = this.#context;
    const hashes = this.#hashes();
    return new Swarm(
      {
        hashes,
        infoHashes: wireHashes(hashes),
        peerId: context.peerId,
        supportsV2: hashes.infoHashV2 !== undefined,
        listenPort: context.listenPort,
        clientName: context.clientName,
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
    const metainfo = this.metainfo ?? (await this.#storedMetainfo(signal));
    if (metainfo !== undefined) await this.#openContent(metainfo, signal);
    this.#openTrackers(signal);
    const magnetPeers = this.#source.type === 'magnet' ? this.#source.magnet.peers : [];
    this.#swarm.dialer.add([...(this.#options.peers ?? []), ...magnetPeers], 'user');
  }

  /** What a magnet fetched before, kept with the resume data. */
  async #storedMetainfo(signal: AbortSignal): Promise<Metainfo | undefined> {
    if (this.#source.type !== 'magnet') return undefined;
    const { ports, resumeDirectory } = this.#context;
    const { directory } = this.#options;
    const stored = await findStoredInfo(this.infoHashes, directory, resumeDirectory, ports, signal);
    if (stored === undefined) return undefined;
    const { pieceRoots } = stored;
    return {
      ...this.#parseInfo(stored.infoBytes),
      ...(pieceRoots !== undefined && { pieceRoots }),
    };
  }

  async #metadataFetched(infoBytes: Uint8Array, signal: AbortSignal): Promise<void> {
    await this.#openContent(this.#parseInfo(infoBytes), signal);
  }

  #parseInfo(infoBytes: Uint8Array): Metainfo {
    assert(this.#source.type === 'magnet', 'only a magnet lacks its metainfo');
    const { trackers, webSeeds } = this.#source.magnet;
    const { hasher } = this.#context.ports;
    return parseInfo(infoBytes, (bytes, kind) => hasher.hash(bytes, kind), {
      trackers: trackers.map((tracker) => [tracker]),
      webSeeds,
    });
  }

  async #openContent(metainfo: Metainfo, signal: AbortSignal): Promise<void> {
    const ranges = this.#source.type === 'magnet' ? this.#source.magnet.selection : undefined;
    this.#state = { type: 'checking', checked: 0, total: metainfo.pieceCount };
    this.#wanted = chooseFiles(metainfo, this.#options.select, ranges);
    this.#metadata.resolve(metainfo);
    this.#events.publish({ type: 'metadata', metainfo });
    const onProgress = (checked: number, total: number): void => {
      this.#state = { type: 'checking', checked, total };
    };
    const content = await openContent(
      metainfo,
      this.#wanted,
      this.#options,
      this.#context,
      onProgress,
      signal,
    );
    this.#content = content;
    content.store.onLost = (piece) => this.#pieceLost(content, piece);
    content.store.onFault = (fault) => this.#storageFailed(fault);
    this.#events.publish({ type: 'checked', piecesHad: content.store.have.count });
    this.#settleState(content);
    this.#swarm.setContent(metainfo, content.store, content.picker);
  }

  #settleState({ picker, store }: TorrentContent): void {
    const wasSeeding = this.#state.type === 'seeding';
    if (picker.hasWanted) {
      if (this.#state.type !== 'failed') this.#state = { type: 'downloading' };
      return;
    }
    this.#state = { type: 'seeding' };
    if (wasSeeding) return;
    this.#trackers?.completed();
    this.#tasks.run(async () => {
      await store.checkpoint(); // completed means durable
      this.#completed.resolve();
      this.#events.publish({ type: 'completed' });
    });
  }

  #openTrackers(signal: AbortSignal): void {
    const context = this.#context;
    const tiers =
      this.metainfo?.trackers ??
      (this.#source.type === 'magnet'
        ? this.#source.magnet.trackers.map((tracker) => [tracker])
        : []);
    if (this.#options.useTrackers === false || tiers.length === 0) return;
    this.#trackers = TrackerSession.open(
      {
        tiers,
        infoHashes: this.infoHashes,
        peerId: context.peerId,
        isPrivate: this.metainfo?.isPrivate === true,
        listenPort: () => context.listenPort ?? 0,
        totals: () => this.#totals(),
        peersWanted: () => this.#swarm.peersWanted,
        udpTrackers: context.udpTrackers,
        onPeers: (peers) => this.#swarm.dialer.add(peers, 'tracker'),
      },
      context.ports,
      signal,
    );
  }

  #totals(): { uploaded: number; downloaded: number; left: number } {
    const { download, upload } = this.#swarm;
    const { have, total } = this.#countBytes();
    const [downloaded, uploaded] = [download?.downloaded ?? 0, upload?.uploaded ?? 0];
    // before the metadata is known nobody knows what is left; not zero, which would say "seed"
    return { uploaded, downloaded, left: this.#content === undefined ? 1 : total - have };
  }

  /** Bytes that were verified are not there any more: somebody moved or changed a file. */
  #pieceLost(content: TorrentContent, piece: number): void {
    content.picker.lost(piece);
    if (this.#state.type === 'closed' || this.#state.type === 'checking') return;
    this.#events.publish({ type: 'piece-lost', piece });
    this.#settleState(content);
    this.#swarm.wishesChanged();
  }

  #countBytes(): { readonly have: number; readonly total: number } {
    return countBytes({
      metainfo: this.metainfo,
      store: this.#content?.store,
      wanted: this.#wanted,
    });
  }

  #storageFailed(fault: LocalFault): void {
    if (fault.code === 'CONTENT_MISSING') return; // its pieces were lost: see #pieceLost
    if (fault.code !== 'DISK_FULL') {
      this.#fail(fault);
      return;
    }
    if (this.#diskFull !== undefined) return;
    const { have, total } = this.#countBytes();
    const path = String(fault.details['path'] ?? this.#options.directory);
    this.#diskFull = { path, bytesNeeded: total - have };
    this.#events.publish({ type: 'disk-full', path });
    this.#swarm.download?.pause();
    this.#tasks.run((signal) => this.#waitForSpace(signal));
  }

  async #waitForSpace(signal: AbortSignal): Promise<void> {
    const { clock, disk } = this.#context.ports;
    const pieceLength = this.metainfo?.pieceLength ?? 0;
    do {
      await sleep(clock, DISK_RETRY_MS, signal);
    } while ((await disk.freeBytes(this.#options.directory)) < pieceLength * 2);
    this.#diskFull = undefined;
    this.#swarm.download?.resume(clock.now());
  }

  #fail(error: unknown): void {
    if (!(error instanceof LocalFault || error instanceof PeerFault)) throw error;
    if (this.#state.type === 'failed' || this.#state.type === 'closed') return;
    this.#state = { type: 'failed', fault: error };
    this.#swarm.download?.pause();
    this.#events.publish({ type: 'failed', fault: error });
    this.#metadata.reject(error);
    this.#completed.reject(error);
  }

  #hashes(): TorrentHashes {
    return this.#source.type === 'metainfo' ? this.#source.metainfo : this.#source.magnet;
  }
}
