/** Finds peers of public torrents in the DHT, and tells it of us, for all torrents of an engine. */
import { isAbort, joinPath, LocalFault, sleep, TaskGroup } from '@coequal/base';
import type { Cancel, Endpoint, Millis, Ports, SafePath } from '@coequal/base';
import type { InfoHash } from '../../core/ids.ts';
import type { TorrentPublisher } from '../../core/metainfo/magnet.ts';
import type { OwnReach } from '../../core/swarm/own-reach.ts';
import type { PeerAnnounce } from '../../core/dht/search.ts';
import type { SourceState } from '../../core/swarm/peer-source.ts';
import type { PeerFinder, Seeking, SoughtTorrent } from '../peer-finder.ts';
import { makeDurableDirectory, readWhole, replaceWhole } from '../storage/whole-file.ts';
import type { SharedUdp } from '../utp/shared-udp.ts';
import type { HostPort } from './dht-contacts.ts';
import { Dht } from './dht.ts';
import { keepPublished } from './keep-published.ts';
import type { DhtStats } from './dht.ts';

/** Nodes forget a peer after half an hour: twice in that time it is told again. */
const ANNOUNCE_MS: Millis = 15 * 60_000;

/** Where nobody was found, the next look follows so soon, and each after it in twice the time. */
const RETRY_MS: Millis = 30_000;

/** Looks of many torrents drift apart by this part. */
const JITTER = 0.1;

/** What is known of the network is saved so often, for a start after a crash. */
const SAVE_MS: Millis = 10 * 60_000;

/** The state is a few hundred addresses; a longer file is not ours. */
const STATE_LENGTH_MAX = 64 * 1_024;

const STATE_NAME = 'dht.state';

export interface DhtDiscoveryOptions {
  readonly bootstrap: readonly HostPort[];
  readonly acceptsPrivate: boolean;
  readonly reach: OwnReach;
  /** Peers can dial us over uTP, at the port that the DHT sees. */
  readonly usesUtp: boolean;
  /** Undefined: nothing is kept over a restart. */
  readonly stateDirectory: SafePath | undefined;
}

export class DhtDiscovery implements PeerFinder, AsyncDisposable {
  readonly source = 'dht';
  readonly #dht: Dht;
  readonly #options: DhtDiscoveryOptions;
  readonly #ports: Ports;
  readonly #udp: SharedUdp;
  /** Aborted when what the DHT was told of us is wrong, or it may be reached by now; then there is another. */
  #outdated = new AbortController();
  readonly #tasks = new TaskGroup((error) => {
    throw error; // nothing in it fails but by a bug
  });

  private constructor(dht: Dht, options: DhtDiscoveryOptions, udp: SharedUdp, ports: Ports) {
    this.#dht = dht;
    this.#options = options;
    this.#udp = udp;
    this.#ports = ports;
    udp.onKrpc = (datagram, local) => dht.receive(datagram, local);
    this.#tasks.run((signal) => this.#saveNowAndThen(signal));
  }

  static async open(
    options: DhtDiscoveryOptions,
    udp: SharedUdp,
    ports: Ports,
    signal: AbortSignal,
  ): Promise<DhtDiscovery> {
    const { bootstrap, acceptsPrivate, stateDirectory } = options;
    const state = stateDirectory && (await readState(stateDirectory, ports));
    const dht = await Dht.open(
      {
        sockets: udp.sockets,
        bootstrap,
        acceptsPrivate,
        joinsWhenAsked: true, // private torrents have no use for it
        ...(state && { state }),
      },
      ports,
      signal,
    );
    return new DhtDiscovery(dht, options, udp, ports);
  }

  /** What a peer there is told (BEP 5, PORT message): where the router lets it in, as it does for uTP. */
  portFor(host: string): number | undefined {
    const { reach } = this.#options;
    const { port } = this.#udp;
    return port === reach.listenPort ? reach.portFor(host) : port;
  }

  /** For items, samples, and whatever else is asked of it. */
  get dht(): Dht {
    return this.#dht;
  }

  get stats(): DhtStats {
    return this.#dht.stats;
  }

  /** A node that a peer named. */
  addNode(node: Endpoint): void {
    this.#dht.addNode(node);
  }

  get nodes(): number {
    return this.#dht.stats.nodes.reduce((sum, { known }) => sum + known, 0);
  }

  seek(torrent: SoughtTorrent): Seeking {
    const stop = new AbortController();
    /** When the next look follows; undefined while one is under way. */
    let nextAt: Millis | undefined;
    const rest = (until: Millis | undefined): void => void (nextAt = until);
    this.#tasks.run((signal) => this.#seek(torrent, rest, AbortSignal.any([signal, stop.signal])));
    return {
      state: (now) => this.#stateOf(nextAt && Math.max(nextAt - now, 0)),
      stop: () => stop.abort(),
    };
  }

  #stateOf(nextInMs: Millis | undefined): SourceState {
    if (nextInMs === undefined) return { type: 'asking' };
    if (this.nodes > 0) return { type: 'working', nextInMs };
    const problem = 'no node is known that answers';
    return { type: 'failed', problem, code: 'DHT_NO_NODES', nextInMs };
  }

  networkChanged(): void {
    this.#lookAgain();
  }

  /** Others can dial us at another port than before: the DHT is told at once. */
  portChanged(): void {
    this.#lookAgain();
  }

  #lookAgain(): void {
    const before = this.#outdated;
    this.#outdated = new AbortController();
    before.abort();
  }

  /** What somebody has published under a key is put again and again, until it is cancelled. */
  keep(publisher: TorrentPublisher): Cancel {
    const stop = new AbortController();
    this.#tasks.run((signal) => {
      const until = AbortSignal.any([signal, stop.signal]);
      return keepPublished(publisher, this.#dht, this.#ports, until);
    });
    return () => stop.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#udp.onKrpc = undefined;
    await this.#tasks[Symbol.asyncDispose]();
    await this.#save();
    await this.#dht[Symbol.asyncDispose]();
  }

  /** `rest` is told until when nothing is done, and when that is over. */
  async #seek(
    torrent: SoughtTorrent,
    rest: (until: Millis | undefined) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, random } = this.#ports;
    let retryMs = RETRY_MS;
    try {
      for (;;) {
        const outdated = this.#outdated.signal;
        const found = await this.#look(torrent, signal);
        const waitMs = (found > 0 ? ANNOUNCE_MS : retryMs) * (1 - JITTER * random.number());
        retryMs = found > 0 ? RETRY_MS : Math.min(retryMs * 2, ANNOUNCE_MS);
        rest(clock.now() + waitMs);
        await this.#sleep(waitMs, outdated, signal);
        rest(undefined);
      }
    } catch (error) {
      if (!isAbort(error, signal)) throw error;
    }
  }

  /** Until the time is over, or what was told is out of date. */
  async #sleep(waitMs: Millis, outdated: AbortSignal, signal: AbortSignal): Promise<void> {
    try {
      await sleep(this.#ports.clock, waitMs, AbortSignal.any([signal, outdated]));
    } catch (error) {
      if (signal.aborted || !isAbort(error, outdated)) throw error;
    }
  }

  /** One search for each of its info hashes; how many peers they found. */
  async #look(torrent: SoughtTorrent, signal: AbortSignal): Promise<number> {
    let found = 0;
    for (const infoHash of torrent.infoHashes)
      found += await this.#search(infoHash, torrent, signal);
    return found;
  }

  async #search(infoHash: InfoHash, torrent: SoughtTorrent, signal: AbortSignal): Promise<number> {
    const announce = this.#announceOf(torrent);
    let found = 0;
    try {
      const search = this.#dht.peers(infoHash, { ...(announce && { announce }), signal });
      for await (const peers of search) {
        found += peers.length;
        torrent.found(peers);
      }
    } catch (error) {
      if (!(error instanceof LocalFault)) throw error; // too busy, or closed
    }
    return found;
  }

  #announceOf(torrent: SoughtTorrent): PeerAnnounce | undefined {
    const { reach, usesUtp } = this.#options;
    const [port, port6] = [reach.portOver(4), reach.portOver(6)];
    if (port === undefined || port6 === undefined) return undefined;
    // where the router gave another one, nodes need not see it
    const isSeen = (own: number): boolean => usesUtp && own === reach.listenPort;
    const over6 = { port: port6, impliedPort: isSeen(port6) };
    return { port, impliedPort: isSeen(port), over6, isSeed: torrent.isSeed() };
  }

  async #saveNowAndThen(signal: AbortSignal): Promise<void> {
    for (;;) {
      await sleep(this.#ports.clock, SAVE_MS, signal);
      await this.#save();
    }
  }

  /** What cannot be saved is found again, by the contacts that one begins with. */
  async #save(): Promise<void> {
    const { stateDirectory } = this.#options;
    if (stateDirectory === undefined || this.#dht.stats.status === 'alone') return;
    const { disk, random } = this.#ports;
    const path = joinPath(stateDirectory, STATE_NAME);
    const suffix = Math.floor(random.number() * 2 ** 32).toString(16);
    const temporary = joinPath(stateDirectory, `${STATE_NAME}.${suffix}`);
    try {
      await makeDurableDirectory(disk, stateDirectory);
      await replaceWhole(disk, path, temporary, this.#dht.exportState());
    } catch (error) {
      if (!(error instanceof LocalFault)) throw error;
    }
  }
}

/** Undefined when there is none that can be read. */
async function readState(
  directory: SafePath,
  { disk }: Pick<Ports, 'disk'>,
): Promise<Uint8Array | undefined> {
  try {
    return await readWhole(disk, joinPath(directory, STATE_NAME), STATE_LENGTH_MAX);
  } catch (error) {
    if (!(error instanceof LocalFault)) throw error;
    return undefined;
  }
}
