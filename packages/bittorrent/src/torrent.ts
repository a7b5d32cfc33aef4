/** One torrent of an engine, as its user sees it: what it is, what it does, and what it can be told to do. */
import { assert, LocalFault, rootPath } from '@coequal/base';
import type { Endpoint, Numbered } from '@coequal/base';
import type { InfoHash } from './core/ids.ts';
import { wireHashes } from './core/ids.ts';
import { filePriority } from './core/metainfo/file-priorities.ts';
import type { FilePriority } from './core/metainfo/file-priorities.ts';
import type { Metainfo } from './core/metainfo/metainfo.ts';
import { encodeMetainfo, isWholeMetainfo } from './core/metainfo/metainfo-build.ts';
import { checkLimits } from './core/swarm/rate-limits.ts';
import type { TorrentLimits } from './core/swarm/rate-limits.ts';
import type { TrackerReport } from './core/tracker/tracker-report.ts';
import type { EngineContext } from './io/engine-context.ts';
import { reportPeer, reportPieces } from './io/peer-report.ts';
import type { PeerReport, PieceReport } from './io/peer-report.ts';
import type { PeerFinding } from './io/peer-finding.ts';
import type { Swarm } from './io/swarm/swarm.ts';
import { TorrentLife } from './io/torrent-life.ts';
import type {
  TorrentEvent,
  TorrentOptions,
  TorrentSource,
  TorrentState,
  TorrentStats,
} from './torrent-types.ts';

export class Torrent implements AsyncDisposable {
  readonly #life: TorrentLife;

  /** Made by `Engine.add`. */
  constructor(
    source: TorrentSource,
    options: TorrentOptions,
    context: EngineContext,
    onClosed: () => void,
  ) {
    this.#life = new TorrentLife(source, options, context, onClosed);
  }

  /** Names in the swarm: v1's, v2's truncated, or both. */
  get infoHashes(): readonly InfoHash[] {
    return wireHashes(this.#life.hashes);
  }

  /** Undefined until a magnet's metadata has come. */
  get metainfo(): Metainfo | undefined {
    return this.#life.metainfo;
  }

  get name(): string {
    return this.metainfo?.name ?? this.#life.magnet?.name ?? this.infoHashes[0] ?? '';
  }

  get state(): TorrentState {
    return this.#life.state;
  }

  /** In their order. Times are by the clock of the engine's ports. */
  get trackers(): readonly TrackerReport[] {
    return this.#life.finding.trackers;
  }

  /** Those that are connected: 80 at most. */
  get peers(): readonly PeerReport[] {
    const { swarm, now } = this.#life;
    return Array.from(swarm.links(), (link) => reportPeer(link, swarm, now));
  }

  /** For a map of the pieces: copies, made by each call. Undefined until the content was checked. */
  get pieces(): PieceReport | undefined {
    const { content } = this.#life;
    return content && reportPieces(content.picker, content.metainfo.pieceCount);
  }

  get stats(): TorrentStats {
    return this.#life.stats;
  }

  /**
   * The bytes of a .torrent file, with the info dictionary as it came and the trackers of now; undefined until
   * all of it is known. Of a hybrid from a magnet that is when a peer has given its piece layers as well, which
   * nobody is asked for by a magnet that names the v1 hash alone.
   */
  encodeTorrent(): Uint8Array | undefined {
    const { metainfo } = this;
    if (metainfo === undefined || !isWholeMetainfo(metainfo)) return undefined;
    return encodeMetainfo({ ...metainfo, trackers: this.#life.trackerTiers });
  }

  /** Verified bytes of each file, in the order of `metainfo.files`. */
  get fileProgress(): readonly number[] {
    return this.#life.content?.store.fileProgress() ?? [];
  }

  /** Everything that happens from this call on. Ends when the torrent or the signal does. */
  events(signal: AbortSignal): AsyncGenerator<Numbered<TorrentEvent>, void, undefined> {
    return this.#life.events.read(signal);
  }

  /** Indexes into `metainfo.files`; empty until the metadata is known. */
  get wantedFiles(): ReadonlySet<number> {
    return this.#life.wanted;
  }

  /** Rejects with what made the torrent fail, or the signal's reason. */
  async whenMetadata(signal: AbortSignal): Promise<Metainfo> {
    await this.#life.metadata.wait(signal);
    const { metainfo } = this;
    assert(metainfo, 'the metadata came');
    return metainfo;
  }

  /**
   * Resolves when every byte of the wanted files is verified and durable; after a wider selection, anew.
   * Rejects with what made the torrent fail, or the signal's reason.
   */
  whenCompleted(signal: AbortSignal): Promise<void> {
    return this.#life.completed.wait(signal);
  }

  addPeers(peers: readonly Endpoint[]): void {
    this.#life.swarm.dialer.add(peers, 'given');
  }

  /**
   * Tiers of addresses (BEP 12) instead of those before. Trackers that are gone are told that we stop, the first
   * that is new is announced to, the others wait until they are needed.
   */
  setTrackers(tiers: readonly (readonly string[])[]): void {
    this.#life.setTrackers(tiers);
  }

  /** Asks trackers for peers as soon as they allow it, also those that failed; at once if they say nothing. */
  announceNow(): void {
    this.#life.finding.announceNow();
  }

  get limits(): TorrentLimits {
    return this.#life.swarm.limits;
  }

  /**
   * Instead of those before, from now on: what is left out is no limit of its own. The engine's hold over all
   * torrents together, but for those that ignore them. Throws LocalFault `BAD_LIMIT`.
   */
  setLimits(limits: TorrentLimits): void {
    this.#life.swarm.setLimits(checkLimits(limits));
  }

  /** For the engine, which tells it of our port. */
  get finding(): PeerFinding {
    return this.#life.finding;
  }

  /** For the engine: lets handshakes in. */
  get swarm(): Swarm {
    return this.#life.swarm;
  }

  /**
   * Changes which files are wanted. Bytes of others that are here already are kept aside, not lost.
   * Rejects with LocalFault `NO_SUCH_FILE` or those of Disk; then the selection is as before.
   */
  select(files: ReadonlySet<number>): Promise<void> {
    return this.#life.wishes.select(files);
  }

  /** Of each file; empty until the metadata is known. */
  get filePriorities(): readonly FilePriority[] {
    const wishes = this.#life.wishes.files;
    const files = this.metainfo?.files;
    if (wishes === undefined || files === undefined) return [];
    return files.map((_, file) => filePriority(wishes, file));
  }

  /**
   * Of the files that are named by their index; all others stay as they are. Pieces of a higher priority are
   * fetched first. Rejects as `select` does; files that a magnet turns out not to have are passed over.
   */
  setFilePriorities(priorities: ReadonlyMap<number, FilePriority>): Promise<void> {
    return this.#life.wishes.setPriorities(priorities);
  }

  /** Pieces in order, for content that is used while it comes; higher priorities still go first. */
  setSequential(on: boolean): void {
    this.#life.wishes.setSequential(on);
  }

  get isSequential(): boolean {
    return this.#life.wishes.isSequential;
  }

  /** The first and the last piece of each wanted file before all others: there players look what a file is. */
  setFirstAndLastFirst(on: boolean): void {
    this.#life.wishes.setFirstAndLastFirst(on);
  }

  get isFirstAndLastFirst(): boolean {
    return this.#life.wishes.isFirstAndLastFirst;
  }

  /** Hashes everything again. Pieces that are wrong are fetched anew. */
  recheck(signal: AbortSignal): Promise<void> {
    return this.#life.recheck(signal);
  }

  /** Where the content is: the file, or the folder of the files. Undefined until it was checked. */
  get contentPath(): string | undefined {
    return this.#life.content?.store.contentPath;
  }

  /** Where a file is, or would be. */
  filePath(file: number): string | undefined {
    return this.#life.content?.store.filePath(file);
  }

  /**
   * Moves the content into another folder, which is made if it is not there; to another disk by a copy, of which
   * `onProgress` tells in bytes. Resume data know of it: whoever adds the torrent where it was, or where it is,
   * goes on. After a crash at any moment it is at one of both. When this rejects, it is where it was: LocalFault
   * `FILE_EXISTS`, `MOVE_INTO_ITSELF`, `CONTENT_NOT_OPEN`, `CONTENT_READ_ONLY`, those of Disk (`DISK_FULL`), or the
   * signal's reason.
   */
  async move(
    directory: string,
    signal: AbortSignal,
    onProgress: (copied: number, total: number) => void = () => undefined,
  ): Promise<void> {
    const goal = rootPath(directory);
    await this.#life.relocate((mover, both) => mover.move(goal, both, onProgress), signal);
  }

  /** Gives the content another name than the torrent's. Rejects as `move`, or with `BAD_NAME`. */
  async rename(name: string, signal: AbortSignal): Promise<void> {
    await this.#life.relocate((mover, both) => mover.renameRoot(name, both), signal);
  }

  /** Gives a file another name, in the folder where it is. Rejects as `rename`, or with `NAME_TAKEN`. */
  async renameFile(file: number, name: string, signal: AbortSignal): Promise<void> {
    const { metainfo } = this;
    if (metainfo?.files[file] === undefined) throw new LocalFault('NO_SUCH_FILE', { file });
    if (!metainfo.isFolder) await this.rename(name, signal);
    else await this.#life.relocate((mover) => mover.renameFile(file, name), signal);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#life[Symbol.asyncDispose]();
  }
}
