/** The peer that goes on running: composes store, settings, transfers, services and the API. */
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { openClock, openHasher, openPorts } from '@coequal/base/node';
import { assert, LocalFault } from '@coequal/base';
import type { Hasher, Ports } from '@coequal/base';
import type { AddTransfer, SettingKey, Settings, Status } from '@coequal/contract';
import { Access } from '../api/access.ts';
import { EventHub } from '../api/event-hub.ts';
import type { ServerLimits } from '../api/server.ts';
import { readConfigFile } from '../config/config-file.ts';
import { SettingsBook, settingsOfEnvironment } from '../config/settings-book.ts';
import { openIdentity } from '../people/open-identity.ts';
import type { IdentityLinks, OpenIdentity } from '../people/open-identity.ts';
import type { PeopleService } from '../people/people-service.ts';
import { PageDemo } from '../demo/page-demo.ts';
import { deleteContent } from '../files/delete-content.ts';
import { relocateIn } from '../files/relocate-in.ts';
import { FilesService, needsRestart } from '../files/files-service.ts';
import { PeerRates } from '../files/peer-rates.ts';
import { SpeedRings } from '../files/speed-rings.ts';
import { Transfers } from '../files/transfers.ts';
import { WatchFolder } from '../files/watch-folder.ts';
import type { GuestLinks } from '../guest/guest-links.ts';
import type { GuestLimits } from '../guest/guest-server.ts';
import { SHARED_SLOT_COUNT, shareHasher } from '../joints/shared-hasher.ts';
import type { MappingStatus } from '../port-mapping/port-mapper.ts';
import { ownProcess } from '../process-lock.ts';
import { openPortsWithin } from '../reach.ts';
import type { Reach } from '../reach.ts';
import type { RemotePage } from '../remote-page/remote-page.ts';
import { AccessRecords } from '../store/access-records.ts';
import { CategoryRecords } from '../store/category-records.ts';
import { SettingRecords } from '../store/setting-records.ts';
import { openStore } from '../store/store.ts';
import type { Store } from '../store/store.ts';
import { TransferRecords } from '../store/transfer-records.ts';
import { VERSION } from '../version.ts';
import { BugWatch } from './bug-watch.ts';
import { Creations } from './creations.ts';
import { explain } from './explain.ts';
import { freeBytes } from './folders.ts';
import { createGuestLinks } from './guest-wiring.ts';
import { statusOf } from './own-status.ts';
import { changePeople, createPeople, peopleChanged } from './people-wiring.ts';
import { lockHome, makeHome } from './home-lock.ts';
import { Journal } from './journal.ts';
import { LogFiles } from './log-files.ts';
import { OwnPort } from './own-port.ts';
import { PeerHealth } from './peer-health.ts';
import { PeerNews } from './peer-news.ts';
import { openPeerServer } from './peer-server.ts';
import { openOwnerSecret } from './owner-secret.ts';
import { activityOf, collectGarbage, RestWatch } from './rest-watch.ts';
import {
  changeRemotePage,
  createAccessView,
  createRemotePage,
  startRemotePage,
} from './remote-page-wiring.ts';
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
  /** Of the listener for guests, likewise. */
  readonly guestLimits?: GuestLimits;
}

/** When the first-run page was answered. */
const SET_UP_AT = 'peer.setUpAt';

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
  readonly remotePage: RemotePage;
  readonly guestLinks: GuestLinks;
  readonly people: PeopleService;
  readonly rates: PeerRates;
  readonly rings: SpeedRings = new SpeedRings();
  readonly health: PeerHealth = new PeerHealth(openClock(), () => this.#files.engine);
  readonly startedAt: number;
  /** What links bring to the identity; put here by who opens them. */
  identityLinks: IdentityLinks = { pairingWays: undefined, comparisons: undefined };
  readonly news: PeerNews;
  readonly #ownPort: OwnPort;
  readonly #ports: Ports;
  readonly #remembered: SettingRecords;
  readonly #files: FilesService;
  readonly #logs: LogFiles;
  readonly #bugs: BugWatch;
  readonly #rest = new RestWatch();
  readonly #stopping = new AbortController();
  #identity: OpenIdentity | undefined;
  #resources = new AsyncDisposableStack();
  #freeBytes: number | undefined;
  #url = '';

  /** Throws LocalFault `HOME_IN_USE`, `STATE_TOO_NEW`, `STATE_UNREADABLE`, and those of the settings. */
  static async open(options: PeerOptions): Promise<RunningPeer> {
    await using resources = new AsyncDisposableStack();
    makeHome(options.home);
    const lock = resources.use(lockHome(options.home, ownProcess()));
    const store = resources.use(openStore(join(options.home, 'daemon.sqlite')));
    const hasher = resources.use(openHasher({ slotCount: SHARED_SLOT_COUNT }));
    const shared = shareHasher(hasher);
    const ports = resources.use(openPorts({ hasher: shared.files }));
    const peer = new RunningPeer(options, store, ports, shared.sends);
    resources.use(peer.#logs);
    resources.use(peer.transfers);
    resources.use(peer.guestLinks);
    resources.use(peer.supervisor); // ends before the transfers that run in it
    resources.use(peer.creations);
    resources.use(peer.demo);
    peer.#identity = resources.use(await openIdentity(options.home, ports, peer));
    const server = resources.use(await openPeerServer(peer, ports.clock));
    lock.announce(server.url);
    peer.#url = server.url;
    if (peer.isSetUp) peer.#startServices();
    startRemotePage(peer);
    if (peer.guestLinks.isWanted) peer.supervisor.start('guest-links');
    peopleChanged(peer);
    peer.#resources = resources.move();
    peer.journal.tell('info', 'PEER_STARTED', { version: VERSION });
    return peer;
  }

  private constructor(options: PeerOptions, store: Store, ports: Ports, sendsHasher: Hasher) {
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
    this.#ownPort = new OwnPort(this.#remembered, this.journal);
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
    this.rates = new PeerRates(() => this.settings.values, ports.clock);
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
    this.news = new PeerNews(this.hub, this.transfers, () => this.status);
    this.supervisor = new Supervisor(ports.clock, {
      onFailure: (service, error) => this.#failed(service, error),
      onChange: () => this.news.tellStatus(),
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
    const accessRecords = new AccessRecords(store);
    const accessView = createAccessView(this);
    this.access = new Access(openOwnerSecret(home), accessRecords, ports.clock, accessView);
    this.remotePage = createRemotePage(this, ports.clock, this.#remembered);
    this.guestLinks = createGuestLinks(this, ports.clock, store, this.#remembered);
    this.people = createPeople(this, store, sendsHasher, this.#remembered);
    this.identityLinks = { pairingWays: this.people.pairingWays, comparisons: undefined };
    this.#files = this.#filesService(ports);
    const more = [this.remotePage, this.guestLinks, this.people];
    const services = [this.#files, this.#watchFolder(), ...more];
    for (const service of services) this.supervisor.add(service);
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
    this.news.tellStatus();
  }

  get status(): Status {
    return statusOf(this, this.#files.engine?.stats, this.#ports.clock.epochNow(), this.#freeBytes);
  }

  get port(): number | undefined {
    return this.#files.engine?.port;
  }

  get mapping(): MappingStatus | undefined {
    return this.#ownPort.mapping;
  }

  /** It is another, or its device list is. */
  identityChanged(): void {
    if (this.#identity !== undefined) peopleChanged(this);
  }

  get identity(): OpenIdentity {
    assert(this.#identity !== undefined, 'it is opened with the peer');
    return this.#identity;
  }

  /** For what it does by itself. */
  get ports(): Ports {
    return this.#ports;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    await this.#resources.disposeAsync();
  }

  /** About once a second, while files are carried. */
  #tick(): void {
    const { engine } = this.#files;
    const stats = engine?.stats;
    this.rings.add(stats?.downRate ?? 0, stats?.upRate ?? 0);
    this.health.look();
    this.restWhenIdle();
    this.news.tick();
    void this.#lookForSpace(); // other programs' interfaces tell of it, too
  }

  /** About once a second, while anything runs. */
  restWhenIdle(): void {
    const { engine } = this.#files;
    const { sends } = this.people;
    const activity = activityOf(engine, sends?.moved ?? 0, this.news.hasListeners);
    if (!this.#rest.look(activity, this.#ports.clock.now())) return;
    const resting = Promise.all([engine?.rest(), sends?.rest()]);
    resting.then(collectGarbage, (error: unknown) => this.bug(error));
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
        rates: this.rates,
        http: (http) => this.health.clock.over(http),
        settings: () => this.settings.values,
        lastPort: () => this.#ownPort.last,
        onPort: (port) => this.#ownPort.take(port),
        onMapping: (status) => this.#ownPort.noteMapping(status),
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
    this.news.tellTransfers();
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
    this.news.tellTransfers();
  }

  #settingsChanged(keys: ReadonlySet<SettingKey>): void {
    this.journal.tell('info', 'SETTINGS_CHANGED', { keys: [...keys].join(', ') });
    this.transfers.runner.reconcile();
    this.rates.look();
    if (needsRestart(keys)) this.supervisor.restart('files');
    if (keys.has('watchDirectory') && this.isSetUp) {
      this.supervisor.restart('watch-folder');
      this.#startServices();
    }
    changeRemotePage(this, keys);
    changePeople(this, keys);
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

  async #lookForSpace(): Promise<void> {
    this.#freeBytes = await freeBytes(this.settings.values.downloadDirectory);
  }
}
