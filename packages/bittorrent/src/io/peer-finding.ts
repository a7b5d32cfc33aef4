/** All that looks for peers of one torrent: its trackers, and what its engine has for public torrents. */
import { assert } from '@coequal/base';
import type { Cancel, Millis } from '@coequal/base';
import type { InfoHash } from '../core/ids.ts';
import { wireHashes } from '../core/ids.ts';
import type { TorrentPublisher } from '../core/metainfo/magnet.ts';
import type {
  PeerSource,
  SourceOff,
  SourceReport,
  SourceState,
  SourceStatus,
} from '../core/swarm/peer-source.ts';
import { trackersState } from '../core/tracker/tracker-report.ts';
import type { TrackerReport } from '../core/tracker/tracker-report.ts';
import type { EngineContext } from './engine-context.ts';
import type { PeerFinder, Seeking, SoughtTorrent } from './peer-finder.ts';
import type { Swarm } from './swarm/swarm.ts';
import { openTrackers } from './tracker/open-trackers.ts';
import type { TrackedTorrent } from './tracker/open-trackers.ts';
import type { TrackerSession } from './tracker/tracker-client.ts';
import type { TorrentSource } from '../torrent-types.ts';

type TrackerTiers = TrackedTorrent['tiers'];

interface Search {
  readonly finder: PeerFinder;
  readonly seeking: Seeking;
}

export class PeerFinding implements AsyncDisposable {
  readonly #swarm: Swarm;
  readonly #infoHashes: readonly InfoHash[];
  /** Under whose key it was found. */
  readonly #publisher: TorrentPublisher | undefined;
  readonly #context: EngineContext;
  /** Undefined until peers are looked for, and where trackers are not used. */
  #openTrackers: ((tiers: TrackerTiers) => TrackerSession) | undefined;
  /** Undefined as long as there is no tracker. */
  #trackers: TrackerSession | undefined;
  #isOpen = false;
  #usesTrackers = true;
  #isPrivate = false;
  #searches: readonly Search[] = [];
  #stopKeeping: Cancel | undefined;

  constructor(swarm: Swarm, source: TorrentSource, context: EngineContext) {
    this.#swarm = swarm;
    this.#publisher = source.type === 'magnet' ? source.magnet.publisher : undefined;
    this.#infoHashes = wireHashes(source.type === 'magnet' ? source.magnet : source.metainfo);
    this.#context = context;
  }

  get trackers(): readonly TrackerReport[] {
    return this.#trackers?.states ?? [];
  }

  /** Somebody else than trackers is asked for peers. */
  get isSought(): boolean {
    return this.#searches.length > 0;
  }

  /** How each source is doing, and what came of it. */
  sources(now: Millis): SourceReport {
    const links = [...this.#swarm.links()];
    const of = (source: PeerSource): SourceStatus => {
      const own = links.filter((link) => link.source === source);
      const counts = this.#swarm.dialer.pool.sources.of(source);
      const downloaded = own.reduce((sum, link) => sum + link.downloaded, counts.downloaded);
      const { nodes } = this.#searchBy(source)?.finder ?? {};
      const state = this.#stateOf(source, counts.given, now);
      const status = { ...counts, connected: own.length, downloaded, state };
      return nodes === undefined ? status : { ...status, nodes };
    };
    return {
      given: of('given'),
      magnet: of('magnet'),
      incoming: of('incoming'),
      tracker: of('tracker'),
      lsd: of('lsd'),
      dht: of('dht'),
      pex: of('pex'),
    };
  }

  /** Announces to trackers, if they are used; of a public torrent asks everybody else as well. */
  open(
    about: Omit<TrackedTorrent, 'swarm' | 'infoHashes'>,
    usesTrackers: boolean,
    signal: AbortSignal,
  ): void {
    assert(!this.#isOpen, 'peers are looked for once');
    this.#isOpen = true;
    this.#isPrivate ||= about.isPrivate;
    this.#usesTrackers = usesTrackers;
    const [swarm, infoHashes] = [this.#swarm, this.#infoHashes];
    if (usesTrackers) {
      this.#openTrackers = (tiers) =>
        openTrackers({ ...about, tiers, swarm, infoHashes }, this.#context, signal);
      this.setTrackers(about.tiers);
    }
    if (!this.#isPrivate) this.#askOthers();
  }

  /** Announces to these from now on, if trackers are used at all. */
  setTrackers(tiers: TrackerTiers): void {
    if (this.#trackers !== undefined) this.#trackers.setTiers(tiers);
    else if (tiers.length > 0) this.#trackers = this.#openTrackers?.(tiers);
  }

  announceNow(): void {
    this.#trackers?.announceNow();
  }

  /** The last byte was fetched in this session. */
  completed(): void {
    this.#trackers?.completed();
  }

  /** Others can dial us at another port than before. */
  portChanged(): void {
    this.#swarm.role.introduceAgain();
    this.#trackers?.portChanged();
  }

  /** This computer has other addresses now. */
  networkChanged(): void {
    this.#swarm.dialer.networkChanged();
    this.#trackers?.networkChanged();
  }

  /** The torrent turned out to be private (BEP 27): its trackers alone are asked. */
  keepPrivate(): void {
    this.#isPrivate = true;
    this.#swarm.keepPrivate();
    this.#stopOthers();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopOthers();
    await this.#trackers?.[Symbol.asyncDispose]();
  }

  #askOthers(): void {
    this.#searches = this.#context.finders.map((finder) => {
      return { finder, seeking: finder.seek(this.#sought(finder.source)) };
    });
    if (this.#publisher !== undefined) this.#stopKeeping = this.#context.dht?.keep(this.#publisher);
  }

  #stopOthers(): void {
    for (const { seeking } of this.#searches) seeking.stop();
    this.#searches = [];
    this.#stopKeeping?.();
    this.#stopKeeping = undefined;
  }

  #stateOf(source: PeerSource, given: number, now: Millis): SourceState {
    const working: SourceState = { type: 'working', nextInMs: undefined };
    switch (source) {
      case 'given':
      case 'magnet':
        return given > 0 ? working : off('none-named');
      case 'incoming':
        return this.#context.reach.listenPort === undefined ? off('not-listening') : working;
      case 'tracker':
        if (!this.#isOpen) return off('not-yet');
        if (!this.#usesTrackers) return off('switched-off');
        return this.trackers.length === 0 ? off('none-named') : trackersState(this.trackers, now);
      case 'lsd':
      case 'dht':
      case 'pex':
        if (!this.#context.discovery) return off('switched-off');
        if (this.#isPrivate) return off('private');
        if (!this.#isOpen) return off('not-yet');
        if (source === 'pex') return working;
        return this.#searchBy(source)?.seeking.state(now) ?? off('no-network');
    }
  }

  #searchBy(source: PeerSource): Search | undefined {
    return this.#searches.find(({ finder }) => finder.source === source);
  }

  #sought(source: PeerSource): SoughtTorrent {
    const swarm = this.#swarm;
    return {
      infoHashes: this.#infoHashes,
      peersWanted: () => swarm.peersWanted,
      isSeed: () => swarm.isSeed,
      found: (peers, giver) => swarm.dialer.add(peers, source, giver),
    };
  }
}

function off(why: SourceOff): SourceState {
  return { type: 'off', why };
}
