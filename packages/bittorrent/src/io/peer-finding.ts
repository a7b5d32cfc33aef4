/** All that looks for peers of one torrent: its trackers, and what its engine has for public torrents. */
import { assert } from '@coequal/base';
import type { Cancel } from '@coequal/base';
import type { InfoHash } from '../core/ids.ts';
import { wireHashes } from '../core/ids.ts';
import type { TorrentPublisher } from '../core/metainfo/magnet.ts';
import type { PeerSource, SourceReport } from '../core/swarm/peer-source.ts';
import type { TrackerReport } from '../core/tracker/tracker-tiers.ts';
import type { EngineContext } from './engine-context.ts';
import type { SoughtTorrent } from './peer-finder.ts';
import type { Swarm } from './swarm/swarm.ts';
import { openTrackers } from './tracker/open-trackers.ts';
import type { TrackedTorrent } from './tracker/open-trackers.ts';
import type { TrackerSession } from './tracker/tracker-client.ts';
import type { TorrentSource } from '../torrent-types.ts';

type TrackerTiers = TrackedTorrent['tiers'];

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
  #stopSeeking: readonly Cancel[] = [];
  /** Sources beside trackers that were asked, whatever they gave. */
  #asked: readonly PeerSource[] = [];

  constructor(swarm: Swarm, source: TorrentSource, context: EngineContext) {
    this.#swarm = swarm;
    this.#publisher = source.type === 'magnet' ? source.magnet.publisher : undefined;
    this.#infoHashes = wireHashes(source.type === 'magnet' ? source.magnet : source.metainfo);
    this.#context = context;
  }

  get trackers(): readonly TrackerReport[] {
    return this.#trackers?.states ?? [];
  }

  get sources(): SourceReport {
    const asked: PeerSource[] = [...this.#asked];
    if (this.#trackers !== undefined) asked.push('tracker');
    if (this.#swarm.pex.isOn) asked.push('pex');
    return this.#swarm.dialer.pool.sources.report(asked);
  }

  /** Announces to trackers; `isPublic`: asks everybody else as well. */
  open(
    about: Omit<TrackedTorrent, 'swarm' | 'infoHashes'> | undefined,
    isPublic: boolean,
    signal: AbortSignal,
  ): void {
    assert(this.#openTrackers === undefined, 'peers are looked for once');
    const [swarm, infoHashes] = [this.#swarm, this.#infoHashes];
    if (about !== undefined) {
      this.#openTrackers = (tiers) =>
        openTrackers({ ...about, tiers, swarm, infoHashes }, this.#context, signal);
      this.setTrackers(about.tiers);
    }
    const finders = isPublic ? this.#context.finders : [];
    this.#stopSeeking = finders.map((finder) => finder.seek(this.#sought(finder.source)));
    const { dht } = this.#context;
    if (isPublic && this.#publisher !== undefined && dht !== undefined)
      this.#stopSeeking = [...this.#stopSeeking, dht.keep(this.#publisher)];
    this.#asked = finders.map(({ source }) => source);
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

  /** The torrent turned out to be private (BEP 27): its trackers alone are asked. */
  keepPrivate(): void {
    this.#swarm.keepPrivate();
    this.#stopOthers();
    this.#asked = [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopOthers();
    await this.#trackers?.[Symbol.asyncDispose]();
  }

  #stopOthers(): void {
    for (const stop of this.#stopSeeking) stop();
    this.#stopSeeking = [];
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
