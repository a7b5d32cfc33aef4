/** The engine: one listener, one identity in the swarms, shared limits and memory, many torrents. */
import { LocalFault, PeerFault, rootPath } from '@coequal/base';
import type { Conn, Endpoint, Ports, SafePath } from '@coequal/base';
import type { Handshake } from './core/wire/handshake.ts';
import { AnswerCounts } from './core/answer-counts.ts';
import { wireHashes } from './core/ids.ts';
import type { InfoHash } from './core/ids.ts';
import { parseMagnet } from './core/metainfo/magnet.ts';
import type { Magnet } from './core/metainfo/magnet.ts';
import { METAINFO_LENGTH_MAX, parseMetainfo } from './core/metainfo/metainfo-parse.ts';
import type { AddressFamily } from './core/compact-peers.ts';
import { networkOf } from './core/swarm/network.ts';
import { checkLimits } from './core/swarm/rate-limits.ts';
import type { RateLimits } from './core/swarm/rate-limits.ts';
import { OwnReach } from './core/swarm/own-reach.ts';
import { createPeerId } from './core/wire/peer-id.ts';
import { countedDial } from './io/counted-dial.ts';
import type { Dht } from './io/dht/dht.ts';
import type { NewestTorrent } from './io/dht/newest-torrent.ts';
import type { Publication } from './io/dht/publication.ts';
import type { EngineContext } from './io/engine-context.ts';
import { addPayload, payloadOf, reportEngine } from './io/engine-report.ts';
import type { EngineStats, Payload } from './io/engine-report.ts';
import { openSockets } from './io/engine-sockets.ts';
import { discoveryWays } from './io/discovery-ways.ts';
import type { DiscoveryOptions } from './io/discovery-ways.ts';
import { PeerLink } from './io/swarm/peer-link.ts';
import type { Admission, Doorkeeper } from './io/swarm/peer-link.ts';
import { createSharedLimits, SharedRates } from './io/swarm/shared-limits.ts';
import type { SharedLimits } from './io/swarm/shared-limits.ts';
import { SharedStorage } from './io/storage/shared-storage.ts';
import type { LockNeeds } from './io/storage/torrent-lock.ts';
import { UdpTrackers } from './io/tracker/tracker-udp.ts';
import { dialOver, dialUtpFirst } from './io/utp/dial-race.ts';
import type { Transport } from './io/utp/dial-race.ts';
import { Torrent } from './torrent.ts';
import type { TorrentOptions, TorrentSource } from './torrent-types.ts';

export interface EngineOptions extends RateLimits {
  /** Absolute folder where torrents go unless told otherwise. */
  readonly downloadDirectory: string;
  /** Absolute folder for resume data; nothing is kept over a restart without it. */
  readonly resumeDirectory?: string;
  /** Keeps other processes off its torrents; needs `resumeDirectory`, where the locks are. */
  readonly lock?: LockNeeds;
  /** TCP port for peers; 0 takes any free one (default). `false`: do not listen. */
  readonly port?: number | false;
  /** Addresses to listen on; all of IPv4 and IPv6 by default. */
  readonly addresses?: readonly string[];
  /** Over what peers are dialled and let in; both if absent. */
  readonly transport?: Transport;
  /**
   * Finds peers of public torrents in the DHT, by other peers (PEX) and in the local network (LSD); on if absent, but
   * without contacts in the DHT it begins only when a peer names one.
   */
  readonly discovery?: boolean | DiscoveryOptions;
  /** Limits that it keeps together with other engines; those of these options are not looked at then. */
  readonly rates?: SharedRates;
  readonly signal?: AbortSignal;
}

export type AddOptions = Partial<Omit<TorrentOptions, 'directory' | 'contentPath'>> & {
  /** Absolute; the engine's download directory when absent. */
  readonly directory?: string;
  /** Absolute; where the content lies when it is not `directory`/name. */
  readonly contentPath?: string;
  /** Ends the fetching of a .torrent file from the web; the torrent itself is ended by disposing it. */
  readonly signal?: AbortSignal;
};

export interface PublishOptions {
  /** The secret key (Ed25519, RFC 8032): 32 bytes. Whoever has it can publish in its name. */
  readonly secret: Uint8Array;
  /** Tells several things apart that one key publishes; at most 64 bytes. */
  readonly salt?: Uint8Array;
  /** Ends the waiting for a magnet's metadata; the publication itself is ended by disposing of it. */
  readonly signal: AbortSignal;
}

/** Connections that came in and have not greeted: a peer does within a round trip. The next one dismisses one. */
const GREETING_MAX = 100;
/** For fetching a .torrent file over HTTP. */
const TORRENT_FETCH_TIMEOUT_MS = 60_000;

export class Engine implements AsyncDisposable, Doorkeeper {
  readonly #ports: Ports;
  readonly #downloadDirectory: SafePath;
  readonly #limits: SharedLimits;
  readonly #context: EngineContext;
  readonly #torrents = new Map<InfoHash, Torrent>();
  readonly #greeting = new Set<PeerLink>();
  readonly #locals: readonly Endpoint[];
  readonly #resources: AsyncDisposableStack;
  readonly #publications = new Set<Publication>();
  /** Of torrents that are gone. */
  #past: Payload = { downloaded: 0, uploaded: 0, wasted: 0 };
  #isClosed = false;

  private constructor(
    ports: Ports,
    downloadDirectory: SafePath,
    context: EngineContext,
    locals: readonly Endpoint[],
    resources: AsyncDisposableStack,
  ) {
    this.#ports = ports;
    this.#downloadDirectory = downloadDirectory;
    this.#context = context;
    this.#limits = context.limits;
    this.#locals = locals;
    this.#resources = resources;
  }

  /**
   * `ports` are the caller's to dispose of, after the engine. Throws LocalFault `ADDRESS_IN_USE` or
   * `LISTEN_FAILED` when no address can be listened on, `PATH_NOT_ABSOLUTE`, `BAD_LIMIT`.
   */
  static async open(options: EngineOptions, ports: Ports): Promise<Engine> {
    await using resources = new AsyncDisposableStack();
    const signal = options.signal ?? new AbortController().signal;
    const downloadDirectory = rootPath(options.downloadDirectory);
    const { resumeDirectory } = options;
    const limits = createSharedLimits(options.rates ?? new SharedRates(options, ports.clock));
    const storage = resources.use(new SharedStorage(ports));
    const discovery = discoveryOf(options);
    const ways = discoveryWays(discovery);
    const transport = options.transport ?? 'both';
    // whoever comes before the engine can take it may come again
    const door: { engine: Engine | undefined } = { engine: undefined };
    const { locals, udp } = await openSockets(
      {
        port: options.port ?? 0,
        addresses: options.addresses,
        transport,
        usesDht: ways.dht,
      },
      ports,
      (conn) => {
        if (door.engine === undefined) conn.close();
        else door.engine.#accept(conn);
      },
      resources,
      signal,
    );
    const reach = new OwnReach(locals[0]?.port);
    const stateDirectory = resumeDirectory === undefined ? undefined : rootPath(resumeDirectory);
    const place = {
      ...options,
      reach,
      usesUtp: transport !== 'tcp',
      stateDirectory,
    };
    // most of it is the DHT, which is loaded by who uses it
    const loaded = discovery && (await import('./io/open-finders.ts'));
    const finders =
      discovery && (await loaded?.openFinders(discovery, place, udp, ports, resources, signal));
    const dials = new AnswerCounts();
    const dial = countedDial(dialOver(transport, udp, ports), dials);
    const context: EngineContext = {
      ports: { ...ports, net: { ...ports.net, dial } },
      dialUtp:
        udp === undefined || transport === 'tcp'
          ? undefined
          : (to, dialSignal) => udp.dial(to, dialSignal),
      dialUtpFirst: dialUtpFirst(transport, udp, ports),
      limits,
      storage,
      udpTrackers: resources.use(new UdpTrackers(ports)),
      discovery: ways,
      finders: finders?.all ?? [],
      dht: finders?.dht,
      resumeDirectory: stateDirectory,
      lock: options.lock,
      peerId: createPeerId(ports.random),
      reach,
      dials,
      transport,
      clientName: 'Coequal 0.1.0',
    };
    const engine = new Engine(ports, downloadDirectory, context, locals, resources.move());
    door.engine = engine;
    return engine;
  }

  /** The port that peers can dial; undefined when nothing listens. */
  get port(): number | undefined {
    return this.#context.reach.listenPort;
  }

  /**
   * Where the router lets peers of the internet in, over that family of addresses; undefined: nowhere that is known.
   * They, trackers and the DHT are told at once if it is another port than before.
   */
  setExternalPort(family: AddressFamily, port: number | undefined): void {
    const { reach, dht } = this.#context;
    if (!reach.setExternalPort(family, port)) return;
    for (const torrent of this.torrents) torrent.finding.portChanged();
    dht?.portChanged();
  }

  get addresses(): readonly Endpoint[] {
    return this.#locals;
  }

  /** Undefined without `discovery`, or without a socket for it. For torrents it is used by itself; it joins once it is used. */
  get dht(): Dht | undefined {
    return this.#context.dht?.dht;
  }

  get stats(): EngineStats {
    const { torrents } = this;
    return reportEngine(
      { context: this.#context, torrents, past: this.#past },
      this.#ports.clock.now(),
    );
  }

  get limits(): RateLimits {
    return this.#limits.rates.limits;
  }

  /**
   * Of all torrents together, and of the engines that it shares its rates with, instead of those before, from now on.
   * Throws LocalFault `BAD_LIMIT`.
   */
  setLimits(limits: RateLimits): void {
    this.#limits.rates.setLimits(limits);
  }

  /**
   * Gives up the memory and the threads that are kept for what is under way, as far as nothing is. For who has an
   * engine that runs on: where nothing was fetched or passed on for a while, call it; the next piece takes 0.1 s longer.
   */
  async rest(): Promise<void> {
    await this.#context.storage.rest();
  }

  get torrents(): readonly Torrent[] {
    return [...new Set(this.#torrents.values())];
  }

  /**
   * Adds a magnet link, the bytes of a .torrent file, or the http(s) address of one, and starts it. Of a link that
   * names only a key (BEP 46) that is the torrent which is the newest now.
   * Throws what is wrong with it: LocalFault `BAD_MAGNET`, `BAD_SOURCE`, `ALREADY_ADDED`, `ENGINE_CLOSED`, the faults
   * of Http and of `findNewest`, `NOT_PUBLISHED`, or PeerFault from the parser. What goes wrong later is the
   * torrent's state.
   */
  async add(source: string | Uint8Array, options: AddOptions = {}): Promise<Torrent> {
    const { directory, contentPath, signal, ...rest } = options;
    const parsed = await this.#parseSource(source, signal ?? new AbortController().signal);
    const infoHashes = wireHashes(parsed.type === 'magnet' ? parsed.magnet : parsed.metainfo);
    const before = infoHashes.map((infoHash) => this.#torrents.get(infoHash)).find(Boolean);
    if (before !== undefined) throw new LocalFault('ALREADY_ADDED', { name: before.name });
    if (this.#isClosed) throw new LocalFault('ENGINE_CLOSED');
    const torrent: Torrent = new Torrent(
      parsed,
      {
        ...rest,
        ...(rest.limits && { limits: checkLimits(rest.limits) }),
        directory: directory === undefined ? this.#downloadDirectory : rootPath(directory),
        ...(contentPath !== undefined && { contentPath: rootPath(contentPath) }),
      },
      this.#context,
      () => this.#forget(torrent),
    );
    for (const infoHash of infoHashes) this.#torrents.set(infoHash, torrent);
    return torrent;
  }

  /**
   * Looks up which torrent a key has published last (BEP 46); undefined when no node that answers knows one.
   * Rejects with LocalFault `DHT_OFF`, `DHT_NO_NODES`, `BAD_MAGNET`, PeerFault `BAD_MUTABLE_TORRENT`.
   */
  async findNewest(link: string, signal: AbortSignal): Promise<NewestTorrent | undefined> {
    return await this.#findNewest(parseMagnet(link), signal);
  }

  /**
   * Publishes a torrent as the newest under a key, and keeps it there until the engine or what is returned is
   * disposed of. Rejects with LocalFault `DHT_OFF`, `TORRENT_PRIVATE`, `PUBLISH_NEEDS_V1`, `DHT_SALT_TOO_LONG`,
   * or with what made the torrent fail before its metadata came.
   */
  async publish(torrent: Torrent, { secret, salt, signal }: PublishOptions): Promise<Publication> {
    const { dht } = this;
    if (dht === undefined) throw new LocalFault('DHT_OFF');
    const metainfo = await torrent.whenMetadata(signal);
    const { openPublication } = await import('./io/dht/open-publication.ts');
    const directory = this.#context.resumeDirectory;
    const publication = openPublication(metainfo, secret, salt, dht, directory, this.#ports);
    this.#publications.add(publication);
    return publication;
  }

  /**
   * To be called when this computer has got or lost addresses: peers and trackers that could not be reached are tried
   * again at once, and told of us anew.
   */
  networkChanged(): void {
    for (const { finding } of this.torrents) finding.networkChanged();
    for (const finder of this.#context.finders) finder.networkChanged();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await Promise.all(Array.from(this.#publications, (each) => each[Symbol.asyncDispose]()));
    for (const link of this.#greeting) link.close();
    await Promise.all(this.torrents.map((torrent) => torrent[Symbol.asyncDispose]()));
    await this.#resources.disposeAsync();
  }

  // Doorkeeper, for connections that come in

  admit(handshake: Handshake, link: PeerLink): Admission {
    const torrent = this.#torrents.get(handshake.infoHash);
    if (torrent === undefined) throw new PeerFault('UNKNOWN_TORRENT');
    const admission = torrent.swarm.admit(handshake, link);
    this.#greeting.delete(link);
    if (!link.isUtp) this.#context.reach.wasDialledFrom(link.remote.host, this.#ports.clock.now());
    return admission;
  }

  unopened(link: PeerLink): void {
    this.#greeting.delete(link);
    this.#limits.connections.release(link);
  }

  #accept(conn: Conn): void {
    const { connections } = this.#limits;
    if (this.#isClosed || !connections.tryAccept(conn.remote)) {
      conn.close(new PeerFault('TOO_MANY_CONNECTIONS'));
      return;
    }
    if (this.#greeting.size >= GREETING_MAX) this.#dismissMute();
    this.#greeting.add(new PeerLink(connections.nextKey(), conn, this.#ports.clock, this));
  }

  /** Of those that have not greeted yet, the first from the network with the most. */
  #dismissMute(): void {
    const byNetwork = Map.groupBy(this.#greeting, ({ remote }) => networkOf(remote.host));
    const most = Math.max(...Array.from(byNetwork.values(), ({ length }) => length));
    const [mute] = Array.from(byNetwork.values()).find(({ length }) => length === most) ?? [];
    if (mute === undefined) return;
    this.#greeting.delete(mute);
    mute.close(new PeerFault('TOO_MANY_CONNECTIONS'));
  }

  async #parseSource(source: string | Uint8Array, signal: AbortSignal): Promise<TorrentSource> {
    if (typeof source !== 'string') return this.#parseFile(source);
    if (/^magnet:/i.test(source))
      return { type: 'magnet', magnet: await this.#withHash(parseMagnet(source), signal) };
    if (!/^https?:\/\//i.test(source)) throw new LocalFault('BAD_SOURCE', { source });
    const response = await this.#ports.http.fetch(
      { url: source, bodyLengthMax: METAINFO_LENGTH_MAX, timeoutMs: TORRENT_FETCH_TIMEOUT_MS },
      signal,
    );
    if (response.status !== 200) throw new LocalFault('HTTP_FAILED', { status: response.status });
    return this.#parseFile(response.body);
  }

  async #withHash(magnet: Magnet, signal: AbortSignal): Promise<Magnet> {
    if (wireHashes(magnet).length > 0) return magnet;
    const newest = await this.#findNewest(magnet, signal);
    if (newest === undefined) throw new LocalFault('NOT_PUBLISHED');
    return newest.magnet;
  }

  async #findNewest(magnet: Magnet, signal: AbortSignal): Promise<NewestTorrent | undefined> {
    const { dht } = this;
    if (dht === undefined) throw new LocalFault('DHT_OFF');
    const { findNewest } = await import('./io/dht/newest-torrent.ts');
    return await findNewest(magnet, dht, signal);
  }

  #parseFile(bytes: Uint8Array): TorrentSource {
    const { hasher } = this.#ports;
    const metainfo = parseMetainfo(bytes, (part, kind) => hasher.hash(part, kind));
    return { type: 'metainfo', metainfo };
  }

  #forget(torrent: Torrent): void {
    this.#past = addPayload(this.#past, payloadOf(torrent));
    for (const infoHash of torrent.infoHashes) {
      if (this.#torrents.get(infoHash) === torrent) this.#torrents.delete(infoHash);
    }
  }
}

function discoveryOf({ discovery }: EngineOptions): DiscoveryOptions | undefined {
  if (discovery === false) return undefined;
  return discovery === undefined || discovery === true ? {} : discovery;
}
