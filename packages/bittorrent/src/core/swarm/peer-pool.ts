/**
 * Addresses of peers that may be dialled: where they are from, when to try them, whom not to. Bounded,
 * because anyone may send us addresses (trackers, peers, DHT nodes).
 */
import { assert, LeanMap, LeanSet } from '@coequal/base';
import type { Endpoint, Millis } from '@coequal/base';
import { GiverCounts } from './giver-counts.ts';
import { NetworkBans } from './network-bans.ts';
import { isDialable, networkOf } from './network.ts';
import { addBounded, OwnAddresses } from './own-addresses.ts';
import { isHearsay, isNamed, PEER_SOURCES, SourceCounts } from './peer-source.ts';
import type { PeerSource } from './peer-source.ts';

/** Addresses kept for a torrent: what a tracker gives ten times over. */
const PEERS_MAX = 2_000;

/** Connection attempts at once: half-open connections beyond that upset home routers. */
const DIALS_MAX = 16;

/** A peer that did not answer may only be starting: the first retry is soon, then they double. */
const RETRY_FIRST_MS = 5_000;
const RETRY_MS_START = 15_000;
const RETRY_MS_MAX = 30 * 60_000;
/** A peer that a person named is worth more tries: they may be starting it right now. */
const NAMED_RETRY_MS_MAX = 15_000;

/** Failures after which an address is forgotten: about an hour of trying. */
const FAILURES_MAX = 9;

/** A connection that worked and ended is not dialled again at once: the other side chose to close it. */
const RECONNECT_MS = 30_000;

/** Banned addresses kept; beyond it the oldest ban is lifted. */
const BANS_MAX = 2_000;

/** Failures after which an address that was only heard of is forgotten. */
const HEARSAY_FAILURES_MAX = 3;

type PeerState =
  | { readonly type: 'waiting'; readonly since: Millis; readonly until: Millis }
  | { readonly type: 'dialing' }
  | { readonly type: 'connected' };

interface Candidate {
  readonly endpoint: Endpoint;
  readonly source: PeerSource;
  readonly failures: number;
  readonly state: PeerState;
  /** The network of the peer that told of it; undefined for sources that are not bounded by it. */
  readonly giver: string | undefined;
  /** It has been a link, and is counted as one. */
  readonly hasLinked: boolean;
  readonly wasDialled: boolean;
  /** As of PeerPoolOptions. */
  readonly rank: number;
}

export interface PeerPoolOptions {
  /** Uniform in [0, 1): breaks ties, so that not all dial the first of a tracker's list. */
  random(): number;
  readonly dialsMax?: number;
  /** Lower goes first among candidates alike in failures and source (BEP 40). */
  rank?(endpoint: Endpoint): number;
}

export class PeerPool {
  readonly #options: PeerPoolOptions;
  readonly #dialsMax: number;
  readonly #candidates = new LeanMap<string, Candidate>();
  readonly #banned = new LeanSet<string>();
  readonly #networks = new NetworkBans();
  readonly #own = new OwnAddresses();
  readonly sources: SourceCounts = new SourceCounts();
  readonly #givers = new GiverCounts();
  #dialing = 0;
  #connected = 0;
  /** When the first waiting candidate is due; undefined: to be found out. */
  #firstDue: Millis | undefined;

  constructor(options: PeerPoolOptions) {
    this.#options = options;
    this.#dialsMax = options.dialsMax ?? DIALS_MAX;
  }

  get size(): number {
    return this.#candidates.size;
  }

  get dialing(): number {
    return this.#dialing;
  }

  get connectedCount(): number {
    return this.#connected;
  }

  /**
   * Returns whether it is new here. Known, banned and our own addresses are ignored, and where no peer can be.
   * `giver`: the host that told of it, for sources that anyone can be.
   */
  add(endpoint: Endpoint, source: PeerSource, now: Millis, giver?: string): boolean {
    const key = keyOf(endpoint);
    if (this.#candidates.has(key) || !isDialable(endpoint)) return false;
    if (this.#banned.has(key) || this.#own.has(key)) return false;
    if (this.#networks.refusesDials(networkOf(endpoint.host), now)) return false;
    const network = isHearsay(source) && giver !== undefined ? networkOf(giver) : undefined;
    if (network !== undefined && !this.#givers.mayGive(network)) return false;
    if (this.#candidates.size >= PEERS_MAX && !this.#evict(source)) return false;
    const notBefore = isNamed(source) ? now : (this.#own.notBefore(key) ?? now);
    const state: PeerState = { type: 'waiting', since: now, until: Math.max(now, notBefore) };
    const rank = this.#rankOf(endpoint);
    const rest = { failures: 0, giver: network, hasLinked: false, wasDialled: false, rank };
    this.#set({ endpoint, source, state, ...rest });
    this.sources.add(source, 'given');
    return true;
  }

  /** The next to dial, which counts as dialled: `connected` or `failed` is to follow. */
  next(now: Millis): Endpoint | undefined {
    if (this.#dialing >= this.#dialsMax || now < (this.deadline ?? Infinity)) return undefined;
    let best: Candidate | undefined;
    let bestLot = 0;
    for (const candidate of this.#candidates.values()) {
      if (candidate.state.type !== 'waiting' || candidate.state.until > now) continue;
      const lot = this.#options.random();
      const order = best ? this.#compare(candidate, best) : -1;
      if (order > 0 || (order === 0 && lot >= bestLot)) continue;
      best = candidate;
      bestLot = lot;
    }
    if (best) this.#set({ ...best, state: { type: 'dialing' }, wasDialled: true });
    if (best?.wasDialled === false) this.sources.add(best.source, 'dialled');
    return best?.endpoint;
  }

  /** When `next` may have one; undefined: not before something else happens. */
  get deadline(): Millis | undefined {
    if (this.#dialing >= this.#dialsMax) return undefined;
    if (this.#firstDue === undefined) {
      this.#firstDue = Infinity;
      for (const { state } of this.#candidates.values()) {
        if (state.type === 'waiting') this.#firstDue = Math.min(this.#firstDue, state.until);
      }
    }
    return this.#firstDue === Infinity ? undefined : this.#firstDue;
  }

  /**
   * A connection is open: dialled, or from a peer that says where it listens. Returns false for one
   * that is not welcome: banned, our own, or connected already.
   */
  connected(endpoint: Endpoint): boolean {
    const key = keyOf(endpoint);
    const known = this.#candidates.get(key);
    if (this.#banned.has(key) || this.#own.has(key) || known?.state.type === 'connected') {
      return false;
    }
    if (!known && this.#candidates.size >= PEERS_MAX && !this.#evict('incoming')) return true;
    const state: PeerState = { type: 'connected' };
    if (known) this.#set({ ...known, failures: 0, state });
    else {
      const rank = this.#rankOf(endpoint);
      const rest = { failures: 0, giver: undefined, hasLinked: true, wasDialled: false, rank };
      this.#set({ endpoint, source: 'incoming', state, ...rest });
    }
    return true;
  }

  /** The handshake is done. `dialled` is undefined when the peer dialled us. */
  opened(dialled: Endpoint | undefined): void {
    const known = dialled && this.#candidates.get(keyOf(dialled));
    if (dialled === undefined) {
      this.sources.add('incoming', 'given');
      this.sources.add('incoming', 'links');
    } else if (known?.hasLinked === false) {
      this.sources.add(known.source, 'links');
      this.#set({ ...known, hasLinked: true, giver: undefined }); // it was true
    }
  }

  /** The torrent is private (BEP 27): what was heard of elsewhere is not dialled. */
  forgetPublic(): void {
    for (const [key, { source, state }] of this.#candidates)
      if (state.type === 'waiting' && (isHearsay(source) || source === 'dht')) this.#delete(key);
  }

  /** `rank` says something else now. */
  rankAgain(): void {
    for (const candidate of this.#candidates.values())
      this.#set({ ...candidate, rank: this.#rankOf(candidate.endpoint) });
  }

  /** A dial failed, or the handshake after it. */
  failed(endpoint: Endpoint, now: Millis): void {
    const known = this.#candidates.get(keyOf(endpoint));
    if (!known || known.state.type === 'waiting') return;
    const isByName = isNamed(known.source);
    const failures = known.failures + 1;
    const failuresMax = isHearsay(known.source) ? HEARSAY_FAILURES_MAX : FAILURES_MAX;
    const isOver = failures >= failuresMax && !isByName;
    if (isOver || this.refusesTo(endpoint.host, now)) {
      this.#delete(keyOf(endpoint));
      return;
    }
    const state: PeerState = {
      type: 'waiting',
      since: now,
      until: now + retryMs(failures, isByName),
    };
    this.#set({ ...known, failures, state });
  }

  /** An open connection ended. `retryMs`: how long to leave the peer alone. */
  closed(endpoint: Endpoint, now: Millis, waitMs: number = RECONNECT_MS): void {
    const known = this.#candidates.get(keyOf(endpoint));
    if (known?.state.type !== 'connected') return;
    if (this.refusesTo(endpoint.host, now)) this.#delete(keyOf(endpoint));
    else this.#set({ ...known, state: { type: 'waiting', since: now, until: now + waitMs } });
  }

  /** The peer is not there any more, but somewhere else. */
  forget(endpoint: Endpoint): void {
    this.#delete(keyOf(endpoint));
  }

  /** All whose connection ended are due at once, those that failed are not: what we want has changed. */
  recall(now: Millis): void {
    for (const candidate of this.#candidates.values()) {
      const { state, failures } = candidate;
      if (state.type !== 'waiting' || failures > 0 || state.until <= now) continue;
      this.#set({ ...candidate, state: { ...state, until: now } });
    }
  }

  /** This computer has other addresses now: whoever waits is due at once, those that failed included. */
  networkChanged(now: Millis): void {
    for (const candidate of this.#candidates.values()) {
      const { state } = candidate;
      if (state.type !== 'waiting' || state.until <= now) continue;
      this.#set({ ...candidate, state: { ...state, until: now } });
    }
  }

  /** It was not dialled after all, and not for anything that it did: it is due again. */
  spared(endpoint: Endpoint, now: Millis): void {
    const known = this.#candidates.get(keyOf(endpoint));
    if (known?.state.type !== 'dialing') return;
    this.#set({ ...known, state: { type: 'waiting', since: now, until: now } });
  }

  /** Never dialled nor welcome again. Its connection, if there is one, is the caller's to close. */
  ban(endpoint: Endpoint): void {
    addBounded(this.#banned, keyOf(endpoint), BANS_MAX);
    this.#delete(keyOf(endpoint));
  }

  /** A peer there has lied: for a while nobody there may dial us, and after several nobody there is dialled. */
  strike(host: string, now: Millis): void {
    const network = networkOf(host);
    this.#networks.strike(network, now);
    if (!this.#networks.refusesDials(network, now)) return;
    for (const [key, { endpoint, state }] of this.#candidates) {
      if (state.type === 'waiting' && networkOf(endpoint.host) === network) this.#delete(key);
    }
  }

  /** Who dials us from there is turned away. */
  refusesFrom(host: string, now: Millis): boolean {
    return this.#networks.refuses(networkOf(host), now);
  }

  /** Neither are peers there dialled. */
  refusesTo(host: string, now: Millis): boolean {
    return this.#networks.refusesDials(networkOf(host), now);
  }

  isBanned(endpoint: Endpoint): boolean {
    return this.#banned.has(keyOf(endpoint));
  }

  /** Who told of it first; undefined for an address that is not known. */
  sourceOf(endpoint: Endpoint): PeerSource | undefined {
    return this.#candidates.get(keyOf(endpoint))?.source;
  }

  isOwn(endpoint: Endpoint): boolean {
    return this.#own.has(keyOf(endpoint));
  }

  /** An address of this node, as listening or as found by dialling ourselves. */
  addOwn(endpoint: Endpoint): void {
    this.#own.add(keyOf(endpoint));
    this.#delete(keyOf(endpoint));
  }

  /** Somebody else says that the address is ours. Said again, it does not wait any longer. */
  toldOwn(endpoint: Endpoint, now: Millis): void {
    const key = keyOf(endpoint);
    const until = this.#own.told(key, now);
    if (until === undefined) return;
    const known = this.#candidates.get(key);
    if (known?.state.type !== 'waiting' || isNamed(known.source)) return;
    this.#set({ ...known, state: { ...known.state, until: Math.max(known.state.until, until) } });
  }

  /** Below 0: `a` goes first. */
  #compare(a: Candidate, b: Candidate): number {
    return (
      a.failures - b.failures ||
      PEER_SOURCES.indexOf(a.source) - PEER_SOURCES.indexOf(b.source) ||
      a.rank - b.rank
    );
  }

  #rankOf(endpoint: Endpoint): number {
    return this.#options.rank?.(endpoint) ?? 0;
  }

  /**
   * Makes room for an address from that source: the waiting one that failed most goes, and of those
   * the least trusted, and of those the one not heard of for longest. Never for a less trusted one
   * if none failed.
   */
  #evict(source: PeerSource): boolean {
    let worst: Candidate | undefined;
    let worstSince = Infinity;
    for (const candidate of this.#candidates.values()) {
      if (candidate.state.type !== 'waiting') continue;
      const order = worst
        ? worst.failures - candidate.failures ||
          PEER_SOURCES.indexOf(worst.source) - PEER_SOURCES.indexOf(candidate.source)
        : -1;
      if (order > 0 || (order === 0 && candidate.state.since >= worstSince)) continue;
      worst = candidate;
      worstSince = candidate.state.since;
    }
    if (!worst) return false;
    const isMoreTrusted = PEER_SOURCES.indexOf(worst.source) < PEER_SOURCES.indexOf(source);
    if (worst.failures === 0 && isMoreTrusted) return false;
    this.#delete(keyOf(worst.endpoint));
    return true;
  }

  /** The one place where a candidate changes, and the counts with it. */
  #set(candidate: Candidate): void {
    const key = keyOf(candidate.endpoint);
    this.#uncount(this.#candidates.get(key));
    this.#candidates.set(key, candidate);
    this.#givers.count(candidate.giver, 1);
    if (candidate.state.type === 'dialing') this.#dialing += 1;
    if (candidate.state.type === 'connected') this.#connected += 1;
    if (candidate.state.type === 'waiting' && this.#firstDue !== undefined) {
      this.#firstDue = Math.min(this.#firstDue, candidate.state.until);
    }
  }

  #delete(key: string): void {
    this.#uncount(this.#candidates.get(key));
    this.#candidates.delete(key);
  }

  #uncount(candidate: Candidate | undefined): void {
    this.#givers.count(candidate?.giver, -1);
    switch (candidate?.state.type) {
      case undefined:
        break;
      case 'dialing':
        this.#dialing -= 1;
        break;
      case 'connected':
        this.#connected -= 1;
        break;
      case 'waiting':
        this.#firstDue = undefined;
        break;
    }
    assert(this.#dialing >= 0 && this.#connected >= 0, 'peers were counted wrongly');
  }
}

function retryMs(failures: number, isByName: boolean): number {
  if (failures === 1) return RETRY_FIRST_MS;
  return Math.min(
    isByName ? NAMED_RETRY_MS_MAX : RETRY_MS_MAX,
    RETRY_MS_START * 2 ** (failures - 2),
  );
}

function keyOf({ host, port }: Endpoint): string {
  return `${host} ${port}`;
}
