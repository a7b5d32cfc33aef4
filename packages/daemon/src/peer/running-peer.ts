/** The peer that goes on running: composes store, settings, transfers, services and the API. */
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { openClock, openPorts } from '@coequal/base/node';
import { LocalFault } from '@coequal/base';
import type { Ports } from '@coequal/base';
import type { AddTransfer, SettingKey, Settings, Status } from '@coequal/contract';
import { Access } from '../api/access.ts';
import { EventHub } from '../api/event-hub.ts';
import type { ServerLimits } from '../api/server.ts';
import { readConfigFile } from '../config/config-file.ts';
import { SettingsBook, settingsOfEnvironment } from '../config/settings-book.ts';
import { PageDemo } from '../demo/page-demo.ts';
import { deleteContent } from '../files/delete-content.ts';
import { relocateIn } from '../files/relocate-in.ts';
import { FilesService, needsRestart } from '../files/files-service.ts';
import { isScheduled, limitsAt } from '../files/schedule.ts';
import { SpeedRings } from '../files/speed-rings.ts';
import { Transfers } from '../files/transfers.ts';
import { WatchFolder } from '../files/watch-folder.ts';
import type { MappingStatus } from '../port-mapping/port-mapper.ts';
import { ownProcess } from '../process-lock.ts';
import { openPortsWithin } from '../reach.ts';
import type { Reach } from '../reach.ts';
import { AccessRecords } from '../store/access-records.ts';
import { CategoryRecords } from '../store/category-records.ts';
import { SettingRecords } from '../store/setting-records.ts';
import { Store } from '../store/store.ts';
import { TransferRecords } from '../store/transfer-records.ts';
import { VERSION } from '../version.ts';
import { BugWatch } from './bug-watch.ts';
import { Creations } from './creations.ts';
import { definite, explain } from './explain.ts';
import { freeBytes } from './folders.ts';
import { lockHome, makeHome } from './home-lock.ts';
import { Journal } from './journal.ts';
import { LogFiles } from './log-files.ts';
import { PeerHealth } from './peer-health.ts';
import { openPeerServer } from './peer-server.ts';
import { openOwnerSecret } from './owner-secret.ts';
import { Supervisor } from './supervisor.ts';

export interface PeerOptions {
  /** Absolute. */
  readonly home: string;
  /** Where transfers go by default. */
  readonly downloadDirectory: string;
  readonly reach: Reach;
  readonly apiPort: number;
  readonly flags: Partial<Settings>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly pageDirectory: string | undefined;
  /** Of the page's server; tests make them small. */
  readonly serverLimits?: ServerLimits;
}

/** What the peer remembers of itself, beside the settings. */
const SET_UP_AT = 'peer.setUpAt';
const LAST_PORT = 'peer.lastPort';

export class RunningPeer implements AsyncDisposable {
  readonly options: PeerOptions;
  readonly settings: SettingsBook;
  readonly categories: CategoryRecords;
  readonly journal: Journal;
  readonly hub: EventHub;
  readonly transfers: Transfers;
  readonly supervisor: Supervisor;
  readonly creations: Creations;
  readonly demo: PageDemo;
  readonly access: Access;
  readonly rings: SpeedRings = new SpeedRings();
  readonly health: PeerHealth = new PeerHealth(openClock(), () => this.#files.engine);
  readonly startedAt: number;
  readonly #ports: Ports;
  readonly #remembered: SettingRecords;
  readonly #files: FilesService;
  readonly #logs: LogFiles;
  readonly #bugs: BugWatch;
  readonly #stopping = new AbortController();
  #resources = new AsyncDisposableStack();
  #freeBytes: number | undefined;
  #mapping: MappingStatus | undefined;
  #toldStatus = '';
  /** The revision that listeners have. */
  #published: number | undefined;
  #url = '';

  /** Throws LocalFault `HOME_IN_USE`, `STATE_TOO_NEW`, `STATE_UNREADABLE`, and those of the settings. */
  static async open(options: PeerOptions): Promise<RunningPeer> {
    await using resources = new AsyncDisposableStack();
    makeHome(options.home);
    const lock = resources.use(lockHome(options.home, ownProcess()));
    const store = resources.use(Store.open(join(options.home, 'daemon.sqlite')));
    const ports = resources.use(openPorts());
    const peer = new RunningPeer(options, store, ports);
    resources.use(peer.#logs);
    resources.use(peer.transfers);
    resources.use(peer.supervisor); // ends before the transfers that run in it
    resources.use(peer.creations);
    resources.use(peer.demo);
    const server = resources.use(await openPeerServer(peer, ports.clock));
    lock.announce(server.url);
    peer.#url = server.url;
    if (peer.isSetUp) peer.#startServices();
    peer.#resources = resources.move();
    peer.journal.tell('info', 'PEER_STARTED', { version: VERSION });
    return peer;
  }

  private constructor(options: PeerOptions, store: Store, ports: Ports) {
    const { home, flags, environment } = options;
    this.options = options;
    this.#ports = ports;
    this.startedAt = ports.clock.epochNow();
    this.hub = new EventHub(randomBytes(6).toString('hex'));
    this.#bugs = new BugWatch(ports.clock);
    this.#logs = new LogFiles(join(home, 'logs'), (error) => this.journal.fault(error));
    this.journal = new Journal(ports.clock, (entry, stack) => {
      this.#logs.write(entry, stack);
      this.hub.publish({ type: 'log', entry });
    });
    this.#remembered = new SettingRecords(store);
    this.settings = new SettingsBook(
      options.downloadDirectory,
      {
        flags,
        environment: settingsOfEnvironment(environment),
        configFile: readConfigFile(join(home, 'config.toml')),
      },
      this.#remembered,
      (keys) => this.#settingsChanged(keys),
    );
    this.categories = new CategoryRecords(store);
    const onBug = (error: unknown): void => this.bug(error);
    this.transfers = new Transfers(
      new TransferRecords(store),
      {
        settings: () => this.settings.values,
        category: (name) => this.categories.get(name),
      },
      this.journal,
      { ...ports, http: this.#http },
      { freeBytes, deleteContent, relocate: relocateIn(join(home, 'resume'), ports) },
      onBug,
    );
    this.supervisor = new Supervisor(ports.clock, {
      onFailure: (service, error) => this.#failed(service, error),
      onChange: () => this.#tellStatus(),
      onBug,
    });
    this.creations = new Creations(
      ports,
      {
        share: (torrent, path) => this.#share(torrent, path),
        onChange: (creation) => this.hub.publish({ type: 'creation', creation }),
      },
      onBug,
    );
    this.demo = new PageDemo(join(home, 'demo'), onBug);
    this.access = new Access(openOwnerSecret(home), new AccessRecords(store), ports.clock, {
      onSignedIn: () => this.journal.tell('info', 'SIGNED_IN'),
      onRefused: (address) => this.journal.tell('warning', 'SIGN_IN_REFUSED', { address }),
      onEnded: (caller) => this.hub.closeOf(caller),
    });
    this.#files = this.#filesService(ports);
    for (const service of [this.#files, this.#watchFolder()]) this.supervisor.add(service);
  }

  /** `http://127.0.0.1:PORT`. */
  get url(): string {
    return this.#url;
  }

  /** Aborted when somebody asked the peer to stop. */
  get stopSignal(): AbortSignal {
    return this.#stopping.signal;
  }

  stop(): void {
    this.#stopping.abort(new DOMException('asked to stop', 'AbortError'));
  }

  /**
   * An error that nothing foresaw: it is written down, and what carries files begins anew. When that comes again and
   * again the peer stops, and `stopSignal` has LocalFault `TOO_MANY_BUGS` as its reason.
   */
  bug(error: unknown): void {
    const mayGoOn = this.#bugs.note();
    this.journal.fault(error);
    this.supervisor.fail('files', error);
    if (!mayGoOn)
      this.#stopping.abort(new LocalFault('TOO_MANY_BUGS', { count: this.#bugs.count }));
  }

  /** A link that signs one browser in, once. */
  loginLink(): { readonly url: string; readonly validUntil: number } {
    const { code, validUntil } = this.access.makeLoginCode();
    return { url: `${this.#url}/login?code=${code}`, validUntil };
  }

  get isSetUp(): boolean {
    return this.#remembered.get(SET_UP_AT) !== undefined;
  }

  /** From now on the peer reaches others. */
  setUp(): void {
    if (!this.isSetUp) {
      this.#remembered.put(SET_UP_AT, this.#ports.clock.epochNow());
      this.journal.tell('info', 'SET_UP');
    }
    this.#startServices();
    this.#tellStatus();
  }

  get status(): Status {
    const stats = this.#files.engine?.stats;
    const now = new Date(this.#ports.clock.epochNow());
    const { up, down } = limitsAt(this.settings.values, now);
    return {
      version: VERSION,
      startedAt: this.startedAt,
      isSetUp: this.isSetUp,
      reach: this.options.reach,
      services: this.supervisor.report,
      down: Math.round(stats?.downRate ?? 0),
      up: Math.round(stats?.upRate ?? 0),
      peers: stats?.connections ?? 0,
      ...(down !== undefined && { downMax: down }),
      ...(up !== undefined && { upMax: up }),
      isScheduleActive: isScheduled(this.settings.values, now),
      dhtNodes: stats?.dht?.nodes ?? 0,
      isReachable: stats?.reachedFrom === 'internet' ? 'yes' : 'unknown',
      ...(this.#freeBytes !== undefined && { freeBytes: this.#freeBytes }),
      transfers: this.transfers.countByState(),
    };
  }

  get port(): number | undefined {
    return this.#files.engine?.port;
  }

  get mapping(): MappingStatus | undefined {
    return this.#mapping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    await this.#resources.disposeAsync();
  }

  /** Tells what changed since this was last done. */
  publishTransfers(): void {
    const delta = this.transfers.since(this.#published);
    if (delta.revision === this.#published) return;
    this.#published = delta.revision;
    this.hub.publish({ type: 'transfers', delta });
  }

  get #lastPort(): number | undefined {
    const port = this.#remembered.get(LAST_PORT);
    return typeof port === 'number' ? port : undefined;
  }

  #portTaken(port: number): void {
    if (port !== this.#lastPort) this.#remembered.put(LAST_PORT, port);
  }

  #mapped(status: MappingStatus): void {
    const isNews = JSON.stringify(status) !== JSON.stringify(this.#mapping);
    this.#mapping = status;
    if (!isNews) return;
    if (status.type === 'failed') {
      this.journal.tell('info', 'PORT_NOT_MAPPED', { reason: status.reason });
      return;
    }
    const { router, mappings } = status;
    const details = definite({ router, port: mappings[0]?.externalPort });
    this.journal.tell('info', 'PORT_MAPPED', details);
  }

  /** About once a second, while files are carried. */
  #tick(): void {
    const stats = this.#files.engine?.stats;
    this.rings.add(stats?.downRate ?? 0, stats?.upRate ?? 0);
    this.health.look();
    void this.#lookForSpace(); // other programs' interfaces tell of it, too
    if (this.hub.readerCount === 0) return;
    this.publishTransfers();
    this.#tellStatus();
  }

  #startServices(): void {
    this.supervisor.start('files');
    if (this.settings.values.watchDirectory !== null) this.supervisor.start('watch-folder');
  }

  #filesService(ports: Ports): FilesService {
    return new FilesService(
      {
        reach: this.options.reach,
        resumeDirectory: join(this.options.home, 'resume'),
        hasher: ports.hasher,
        http: (http) => this.health.clock.over(http),
        settings: () => this.settings.values,
        lastPort: () => this.#lastPort,
        onPort: (port) => this.#portTaken(port),
        onMapping: (status) => this.#mapped(status),
        onTick: () => this.#tick(),
      },
      this.transfers.runner,
    );
  }

  #watchFolder(): WatchFolder {
    return new WatchFolder(
      {
        directory: () => this.settings.values.watchDirectory ?? undefined,
        add: (request, signal) => this.#addWatched(request, signal),
        refused: (path, error) =>
          this.journal.tell('warning', 'WATCHED_REFUSED', { path, problem: explain(error).text }),
      },
      this.#ports.clock,
    );
  }

  async #addWatched(request: AddTransfer, signal: AbortSignal): Promise<void> {
    await this.transfers.add(request, signal);
    this.publishTransfers();
  }

  async #share(torrent: Uint8Array, path: string): Promise<void> {
    const request = {
      torrent: Buffer.from(torrent).toString('base64'),
      directory: dirname(path),
      contentPath: path,
      isTrusted: true,
      isPaused: false,
    };
    this.setUp();
    await this.transfers.add(request, this.#stopping.signal);
    this.publishTransfers();
  }

  #settingsChanged(keys: ReadonlySet<SettingKey>): void {
    this.journal.tell('info', 'SETTINGS_CHANGED', { keys: [...keys].join(', ') });
    this.transfers.runner.reconcile();
    if (needsRestart(keys)) this.supervisor.restart('files');
    if (keys.has('watchDirectory') && this.isSetUp) {
      this.supervisor.restart('watch-folder');
      this.#startServices();
    }
    this.hub.publish({ type: 'settings' });
  }

  /** What is fetched for a transfer goes the way that all of them go, as the settings are now. */
  get #http(): Ports['http'] {
    const { reach } = this.options;
    return {
      fetch: async (request, signal) => {
        const { bind } = this.settings.values;
        await using ports = openPortsWithin(reach, { bind: bind ?? undefined });
        return await this.health.clock.over(ports.http).fetch(request, signal);
      },
    };
  }

  #failed(service: string, error: unknown): void {
    this.journal.fault(error);
    const { text } = explain(error);
    this.journal.tell('error', 'SERVICE_FAILED', { service, problem: text });
  }

  #tellStatus(): void {
    if (this.hub.readerCount === 0) return;
    const { status } = this;
    const text = JSON.stringify(status);
    if (text === this.#toldStatus) return;
    this.#toldStatus = text;
    this.hub.publish({ type: 'status', status });
  }

  async #lookForSpace(): Promise<void> {
    this.#freeBytes = await freeBytes(this.settings.values.downloadDirectory);
  }
}
