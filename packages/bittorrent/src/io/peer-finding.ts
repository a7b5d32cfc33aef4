/** All that looks for peers of one torrent: its trackers, and what its engine has for public torrents. */
import { assert } from '@coequal/base';
import type { Cancel } from '@coequal/base';
import type { InfoHash } from '../core/ids.ts';
import type { PeerSource, SourceReport } from '../core/swarm/peer-source.ts';
import type { TrackerReport } from '../core/tracker/tracker-tiers.ts';
import type { EngineContext } from './engine-context.ts';
import type { SoughtTorrent } from './peer-finder.ts';
import type { Swarm } from './swarm/swarm.ts';
import { openTrackers } from './tracker/open-trackers.ts';
import type { TrackedTorrent } from './tracker/open-trackers.ts';
import type { TrackerSession } from './tracker/tracker-client.ts';

export class PeerFinding implements AsyncDisposable {
  readonly #swarm: Swarm;
  readonly #infoHashes: readonly InfoHash[];
  readonly #context: EngineContext;
  #trackers: TrackerSession | undefined;
  #stopSeeking: readonly Cancel[] = [];
  /** Sources that were asked, whatever they gave. */
  #asked: readonly PeerSource[] = [];

  constructor(swarm: Swarm, infoHashes: readonly InfoHash[], context: EngineContext) {
    this.#swarm = swarm;
    this.#infoHashes = infoHashes;
    this.#context = context;
  }

  get trackers(): readonly TrackerReport[] {
    return this.#trackers?.states ?? [];
  }

  get sources(): SourceReport {
    const exchange: readonly PeerSource[] = this.#swarm.pex.isOn ? ['pex'] : [];
    return this.#swarm.dialer.pool.sources.report([...this.#asked, ...exchange]);
  }

  /** Announces to trackers, if they are used; of a public torrent asks everybody else as well. */
  open(
    about: Omit<TrackedTorrent, 'swarm' | 'infoHashes'>,
    usesTrackers: boolean,
    signal: AbortSignal,
  ): void {
    assert(this.#trackers === undefined, 'peers are looked for once');
    const [swarm, infoHashes] = [this.#swarm, this.#infoHashes];
    if (usesTrackers)
      this.#trackers = openTrackers({ ...about, swarm, infoHashes }, this.#context, signal);
    const finders = about.isPrivate ? [] : this.#context.finders;
    this.#stopSeeking = finders.map((finder) => finder.seek(this.#sought(finder.source)));
    const asked = finders.map(({ source }) => source);
    this.#asked = this.#trackers === undefined ? asked : ['tracker', ...asked];
  }

  /** The last byte was fetched in this session. */
  completed(): void {
    this.#trackers?.completed();
  }

  /** This computer has other addresses now. */
  networkChanged(): void {
    this.#swarm.dialer.networkChanged();
    this.#trackers?.networkChanged();
  }

  /** The torrent turned out to be private (BEP 27): its trackers alone are asked. */
  keepPrivate(): void {
    this.#swarm.keepPrivate();
    this.#stopOthers();
    this.#asked = this.#asked.filter((source) => source === 'tracker');
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
