/** Finds links for a swarm: which addresses are dialled, how many at once, and what came of it. */
import { LeanMap, LeanSet, LocalFault, PeerFault, TaskGroup } from '@coequal/base';
import type { Cancel, Endpoint, Millis, Net, Ports } from '@coequal/base';
import { addressFamily, formatAddress } from '../../core/compact-peers.ts';
import type { AddressFamily } from '../../core/compact-peers.ts';
import { networkOf } from '../../core/swarm/network.ts';
import type { OwnReach } from '../../core/swarm/own-reach.ts';
import { peerPriority } from '../../core/swarm/peer-priority.ts';
import { PeerPool } from '../../core/swarm/peer-pool.ts';
import type { PeerSource } from '../../core/swarm/peer-source.ts';
import { PeerLink } from './peer-link.ts';
import type { Doorkeeper } from './peer-link.ts';
import type { ConnectionBudget } from './shared-limits.ts';

/** How soon we look again when all connections of the engine are in use. */
const BUDGET_RETRY_MS = 1_000;

/** How soon we look again when the address is gone that all is to leave from. */
const ADDRESS_RETRY_MS = 1_000;

/** How long a peer is left alone that has all it wants, while we have too: it may want more some day. */
const USELESS_RETRY_MS = 30 * 60_000;

/** A peer that can be dialled has answered by then, over TCP or uTP: others may have to be reached in other ways. */
const ANSWER_WAIT_MS: Millis = 3_000;

/** What dialling needs of the swarm. */
export interface DialView {
  readonly doorkeeper: Doorkeeper;
  readonly reach: OwnReach;
  /** What we say first. */
  greeting(): Uint8Array;
  /** How many more links there is room for, dials not counted. */
  linksWanted(): number;
  links(): Iterable<PeerLink>;
}

/** How a peer is known, also when it has left. */
export interface PeerTrace {
  readonly host: string;
  /** Where it was dialled or says that it listens, else where it came from. */
  readonly endpoints: readonly Endpoint[];
}

export class Dialer implements AsyncDisposable {
  readonly pool: PeerPool;
  /** Nobody answers there, or not soon; told once of a dial. */
  onUnanswered: ((endpoint: Endpoint) => void) | undefined;
  /** How to dial a peer if not as the engine does in general. */
  chooseDial: ((endpoint: Endpoint) => Net['dial'] | undefined) | undefined;
  readonly #view: DialView;
  readonly #connections: ConnectionBudget;
  readonly #ports: Pick<Ports, 'clock' | 'net'>;
  readonly #tasks: TaskGroup;
  /** Connected, and not greeted back yet. */
  readonly #greeting = new LeanSet<PeerLink>();
  /** Where peers that dialled us listen, and where else we have dialled who is connected already. */
  readonly #addresses = new WeakMap<PeerLink, Endpoint[]>();
  /** Links that gave way to another one to the same peer, which has their addresses now. */
  readonly #joined = new WeakSet<PeerLink>();
  /** How others see us, as far as they said. */
  readonly #ownHosts = new LeanMap<AddressFamily, string>();
  #dialing = 0;
  /** Until then nobody is dialled: it could leave from nowhere. */
  #pausedUntil: Millis = -Infinity;
  #timer: Cancel | undefined;
  #isClosed = false;

  constructor(
    view: DialView,
    connections: ConnectionBudget,
    ports: Pick<Ports, 'clock' | 'net' | 'random'>,
  ) {
    this.#view = view;
    this.#connections = connections;
    this.#ports = ports;
    this.pool = new PeerPool({
      random: () => ports.random.number(),
      rank: (endpoint) => -this.priorityOf(endpoint),
    });
    this.#tasks = new TaskGroup((error) => {
      throw error; // a bug in a background task ends the process loudly
    });
  }

  /** Dials under way, those that wait for a handshake included. */
  get dialing(): number {
    return this.#dialing + this.#greeting.size;
  }

  /** `giver`: the host that told of them, for sources that anyone can be. */
  add(peers: readonly Endpoint[], source: PeerSource, giver?: string): void {
    const now = this.#ports.clock.now();
    for (const peer of peers) this.pool.add(peer, source, now, giver);
    this.dialMore();
  }

  /** Somebody says which address we have. The first word counts: a wrong one costs a worse choice, no more. */
  toldOwnHost(host: string): void {
    const family = addressFamily(host);
    if (family === undefined || this.#ownHosts.has(family)) return;
    this.#ownHosts.set(family, host);
    this.pool.rankAgain();
  }

  /** Canonical peer priority (BEP 40): the highest are dialled first, and dropped last. */
  priorityOf(endpoint: Endpoint): number {
    const host = this.#ownHosts.get(addressFamily(endpoint.host) ?? 4);
    if (host === undefined) return 0;
    const port = this.#view.reach.portFor(endpoint.host) ?? 0;
    return peerPriority({ host, port }, endpoint) ?? 0;
  }

  /** Whom we are connected to, greeted back or not. */
  *connections(): Generator<PeerLink, void, undefined> {
    yield* this.#view.links();
    yield* this.#greeting;
  }

  /** Dials as many as there is room for; to be called when there may be more room, or more to dial. */
  dialMore(): void {
    this.#timer?.();
    this.#timer = undefined;
    if (this.#isClosed) return;
    const { clock } = this.#ports;
    if (clock.now() < this.#pausedUntil) {
      this.#wakeAt(this.#pausedUntil);
      return;
    }
    while (this.#view.linksWanted() > this.dialing) {
      if (!this.#connections.tryTake()) {
        this.#wakeAt(clock.now() + BUDGET_RETRY_MS); // other torrents have them all
        return;
      }
      const endpoint = this.pool.next(clock.now());
      if (endpoint === undefined) {
        this.#connections.release();
        if (this.pool.deadline !== undefined) this.#wakeAt(this.pool.deadline);
        return;
      }
      this.#dialing += 1;
      this.#tasks.run((signal) => this.#dial(endpoint, signal));
    }
    // no room: whoever makes some calls this again
  }

  /** Dials a peer that dials us at the same moment, whether it is due or not. A failure says nothing of it. */
  punch(endpoint: Endpoint, dial: Net['dial']): void {
    if (this.#isClosed || this.#view.linksWanted() <= this.dialing) return;
    if (this.pool.isBanned(endpoint) || this.pool.refusesTo(endpoint.host, this.#ports.clock.now()))
      return;
    if (!this.#connections.tryTake()) return;
    this.#dialing += 1;
    this.#tasks.run((signal) => this.#dialOver(dial, endpoint, signal, () => undefined));
  }

  #wakeAt(when: Millis): void {
    this.#timer = this.#ports.clock.at(when, () => this.dialMore());
  }

  /** The peer greeted us: the link is the swarm's now. */
  opened(link: PeerLink): void {
    this.#greeting.delete(link);
    this.pool.opened(link.dialled);
  }

  /**
   * A peer that dialled us says on which port it listens (BEP 10 `p`): it need not be dialled. One that we dialled
   * says how it sees us (`yourip`). Throws PeerFault `BANNED`.
   */
  toldBy(link: PeerLink): void {
    const { port, yourIp } = link.peer.extended ?? {};
    if (link.dialled !== undefined && yourIp !== undefined) this.toldOwnHost(formatAddress(yourIp));
    if (port === undefined || link.dialled !== undefined) return;
    const [before, ...others] = this.#addresses.get(link) ?? [];
    const endpoint = { host: link.remote.host, port };
    if (this.pool.isBanned(endpoint)) throw new PeerFault('BANNED');
    if (!this.pool.connected(endpoint)) return; // known already, by itself or of another
    this.#addresses.set(link, [endpoint, ...others]);
    if (before !== undefined) this.pool.forget(before); // its router gave it another port meanwhile
  }

  /** Where others could dial it: where we did, or where it says that it listens. */
  dialableAt(link: PeerLink): Endpoint | undefined {
    return link.dialled ?? this.#addresses.get(link)?.[0];
  }

  /** Where the peer can be dialled, as far as we know. */
  endpointOf(link: PeerLink): Endpoint {
    return this.dialableAt(link) ?? link.remote;
  }

  /** The link to the peer of that address, as it is dialled or as we see it. */
  linkAt({ host, port }: Endpoint): PeerLink | undefined {
    const isIt = (other: Endpoint): boolean => other.host === host && other.port === port;
    for (const link of this.#view.links()) {
      if (isIt(link.remote) || this.traceOf(link).endpoints.some(isIt)) return link;
    }
    return undefined;
  }

  /** Where we know it from. */
  sourceOf(link: PeerLink): PeerSource {
    return this.pool.sourceOf(this.endpointOf(link)) ?? 'incoming';
  }

  traceOf(link: PeerLink): PeerTrace {
    const others = this.#addresses.get(link) ?? [];
    return { host: link.remote.host, endpoints: [this.endpointOf(link), ...others] };
  }

  /** It lied before, or somebody did whom it cannot be told from. */
  isBanned(link: PeerLink): boolean {
    const { dialled, remote } = link;
    const now = this.#ports.clock.now();
    if (dialled === undefined) return this.pool.refusesFrom(remote.host, now);
    return this.pool.isBanned(dialled) || this.pool.refusesTo(dialled.host, now);
  }

  /** The peer has lied. It is not dialled again, and for a while nobody may dial us from its network. */
  ban({ host, endpoints }: PeerTrace): void {
    const isKnown = endpoints.some((endpoint) => this.pool.isBanned(endpoint));
    for (const endpoint of endpoints) this.pool.ban(endpoint);
    if (isKnown) return; // more of the same lie has come to light
    const now = this.#ports.clock.now();
    this.pool.strike(host, now);
    if (!this.pool.refusesTo(host, now)) return;
    const network = networkOf(host); // by now it is taken for one liar with many names
    for (const other of this.#view.links()) {
      if (networkOf(other.remote.host) === network) other.close(new PeerFault('BANNED'));
    }
  }

  /** Two links to one peer: the addresses of the one that goes are connected while the other is. */
  joined(stays: PeerLink, goes: PeerLink): void {
    this.#joined.add(goes);
    const addresses = [...(this.#addresses.get(stays) ?? []), ...(this.#addresses.get(goes) ?? [])];
    if (goes.dialled !== undefined) addresses.push(goes.dialled);
    if (addresses.length > 0) this.#addresses.set(stays, addresses);
  }

  /** The link leads to ourselves: neither end of it is dialled again. */
  metOurselves(link: PeerLink): void {
    // the end that was dialled sees it first, and closes before the other end could
    const { host, port } = link.remote;
    const near = [...this.#greeting].find(
      ({ conn: { local } }) => local.host === host && local.port === port,
    );
    const address = link.dialled ?? near?.dialled;
    if (address !== undefined) this.pool.addOwn(address);
  }

  /** The link ended, opened or not. `isUseless`: neither side wants anything of the other. */
  ended(link: PeerLink, isUseless = false): void {
    const now = this.#ports.clock.now();
    this.pool.sources.add(link.source, 'downloaded', link.downloaded);
    const hasFailed = this.#greeting.delete(link) && link.dialled !== undefined;
    if (!this.#joined.has(link)) {
      if (hasFailed) this.pool.failed(link.dialled, now);
      const waitMs = isUseless ? USELESS_RETRY_MS : undefined;
      for (const endpoint of [this.endpointOf(link), ...(this.#addresses.get(link) ?? [])])
        this.pool.closed(endpoint, now, waitMs);
    }
    this.dialMore();
  }

  /** This computer has other addresses now. */
  networkChanged(): void {
    this.#pausedUntil = -Infinity;
    this.pool.networkChanged(this.#ports.clock.now());
    this.dialMore();
  }

  /** We want something again: peers that were of no use may be. */
  recall(): void {
    this.pool.recall(this.#ports.clock.now());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#timer?.();
    for (const link of this.#greeting) link.close();
    await this.#tasks[Symbol.asyncDispose]();
  }

  async #dial(endpoint: Endpoint, signal: AbortSignal): Promise<void> {
    const { clock, net } = this.#ports;
    let isTold = false;
    const tell = (): void => {
      if (!isTold) this.onUnanswered?.(endpoint);
      isTold = true;
    };
    const cancel = clock.at(clock.now() + ANSWER_WAIT_MS, tell);
    const dial = this.chooseDial?.(endpoint) ?? ((to) => net.dial(to, signal));
    await this.#dialOver(dial, endpoint, signal, (error) => {
      if (error instanceof LocalFault && error.code === 'ADDRESS_GONE') {
        this.pool.spared(endpoint, clock.now());
        this.#pausedUntil = clock.now() + ADDRESS_RETRY_MS;
        return;
      }
      if (this.linkAt(endpoint) !== undefined) return; // it was punched meanwhile
      this.pool.failed(endpoint, clock.now());
      if (!signal.aborted) tell();
    });
    cancel();
  }

  async #dialOver(
    dial: Net['dial'],
    endpoint: Endpoint,
    signal: AbortSignal,
    onFailed: (error: unknown) => void,
  ): Promise<void> {
    const { clock } = this.#ports;
    try {
      const conn = await dial(endpoint, signal);
      this.pool.connected(endpoint);
      const dialled = { endpoint, greeting: this.#view.greeting() };
      const key = this.#connections.nextKey();
      const link = new PeerLink(key, conn, clock, this.#view.doorkeeper, dialled);
      link.source = this.pool.sourceOf(endpoint) ?? link.source;
      this.#greeting.add(link);
      if (this.#isClosed) link.close();
    } catch (error) {
      this.#connections.release();
      onFailed(error);
      if (!(error instanceof LocalFault)) throw error;
    } finally {
      this.#dialing -= 1;
      this.dialMore();
    }
  }
}
