/** A torrent's dealings with its trackers, over HTTP and UDP: announces and events. */
import { assert, isAbort, LeanMap, LocalFault, PeerFault, TaskGroup } from '@coequal/base';
import type { Cancel, Endpoint, Ports } from '@coequal/base';
import { addressFamily } from '../../core/compact-peers.ts';
import type { AddressFamily } from '../../core/compact-peers.ts';
import type { InfoHash, PeerId } from '../../core/ids.ts';
import { mergeAnswers, peersBeyond } from '../../core/tracker/announce.ts';
import type {
  AnnounceAnswer,
  AnnounceEvent,
  AnnounceRequest,
} from '../../core/tracker/announce.ts';
import { describeTrackerFault } from '../../core/tracker/tracker-fault.ts';
import type { TrackerReport } from '../../core/tracker/tracker-report.ts';
import { TrackerTiers } from '../../core/tracker/tracker-tiers.ts';
import type { TrackerAnnounce, TrackerTiersInput } from '../../core/tracker/tracker-tiers.ts';
import { formatTrackerUrl } from '../../core/tracker/tracker-url.ts';
import type { TrackerUrl } from '../../core/tracker/tracker-url.ts';
import { announceOverHttp } from './tracker-http.ts';
import { randomWord, UdpTrackers } from './tracker-udp.ts';

/** Trackers forget peers by themselves, so saying goodbye may not hold up the end of the program. */
const GOODBYE_MS = 2_000;

/**
 * After an answer, peers are given this long to be of use. If they are not, another tracker is asked as
 * well: one that lies, or knows of nobody, works as well as any other as far as the protocol goes.
 */
const STARVING_MS = 30_000;

/** Announced by a peer that takes no connections: many trackers refuse port 0. */
const PORT_OF_NOBODY = 1;

type TrackerPorts = Pick<Ports, 'clock' | 'random' | 'net' | 'http'>;

export interface TrackerSessionOptions {
  /** Addresses as the torrent has them: anything. */
  readonly tiers: readonly (readonly string[])[];
  /** A hybrid torrent has two, v1 first: both are announced. */
  readonly infoHashes: readonly InfoHash[];
  readonly peerId: PeerId;
  readonly isPrivate: boolean;
  /** Where peers can dial us, as a tracker at `host` is to tell them; 0 when no connections are taken. */
  portFor(host: string): number;
  totals(): { readonly uploaded: number; readonly downloaded: number; readonly left: number };
  /** How many to ask for; 0 for none. */
  peersWanted(): number;
  /** Nothing is being fetched that is wanted, and it is not the disk's fault. */
  isStarving?(): boolean;
  /** Addresses of this peer that a tracker may pass on beside the one it sees (BEP 7). */
  ownAddresses?(): { readonly ipv4?: string; readonly ipv6?: string };
  onPeers(peers: readonly Endpoint[], trackerUrl: string): void;
  onExternalAddress?(host: string): void;
  /** `states` has changed. */
  onState?(): void;
  /** Sockets to share between torrents; without it the session opens its own. */
  readonly udpTrackers?: UdpTrackers;
}

/** From `started` to `stopped`. Trackers that fail are in `states`; nothing here throws for them. */
export class TrackerSession implements AsyncDisposable {
  readonly #options: TrackerSessionOptions;
  readonly #ports: TrackerPorts;
  readonly #signal: AbortSignal;
  readonly #tiers: TrackerTiers;
  readonly #udp: UdpTrackers;
  readonly #tasks = new TaskGroup((error) => {
    throw error; // a bug: faults were handled
  });
  /** Of the latest announce to each tracker: the next one takes its place. */
  readonly #latest = new LeanMap<number, AbortController>();
  readonly #trackerIds = new LeanMap<number, Uint8Array>();
  /** Where trackers have answered, the latest of each family: there `stopped` goes, without waiting for others. */
  readonly #answeredAt = new LeanMap<number, Map<AddressFamily | undefined, Endpoint>>();
  readonly #key: number;
  #cancelTimer: Cancel = () => {};
  #cancelCheck: Cancel = () => {};
  #closing: Promise<void> | undefined;

  private constructor(options: TrackerSessionOptions, ports: TrackerPorts, signal: AbortSignal) {
    this.#options = options;
    this.#ports = ports;
    this.#signal = signal;
    this.#udp = options.udpTrackers ?? new UdpTrackers(ports);
    this.#key = randomWord(ports);
    this.#tiers = new TrackerTiers({
      tiers: options.tiers,
      random: () => ports.random.number(),
      isPrivate: options.isPrivate,
    });
  }

  /** Sends the first announce at once. When `signal` is aborted no more follow, but `stopped` on disposing. */
  static open(
    options: TrackerSessionOptions,
    ports: TrackerPorts,
    signal: AbortSignal,
  ): TrackerSession {
    const session = new TrackerSession(options, ports, signal);
    session.#step({ type: 'start' });
    return session;
  }

  get states(): readonly TrackerReport[] {
    return this.#tiers.reports;
  }

  /** The last byte was fetched in this session. */
  completed(): void {
    this.#step({ type: 'completed' });
  }

  /** `portFor` says something else now: the trackers that told of us are told so at once. */
  portChanged(): void {
    this.#step({ type: 'port-changed' });
  }

  /** More peers are wanted: announces as soon as the tracker's `min interval` allows. */
  announceNow(): void {
    this.#step({ type: 'announce-now' });
  }

  /** Other trackers from now on: those that are gone are told `stopped`, one that is new is announced to. */
  setTiers(tiers: TrackerSessionOptions['tiers']): void {
    this.#step({ type: 'set-tiers', tiers });
  }

  /** Trackers that could not be reached may be, and all should know the address that we have now. */
  networkChanged(): void {
    this.#step({ type: 'network-changed' });
  }

  /** Says `stopped` to the trackers that work, for two seconds at most. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #step(input: TrackerTiersInput | { readonly type: 'timeout' }): void {
    if (this.#closing !== undefined || this.#signal.aborted) return;
    const { clock } = this.#ports;
    const announces = this.#tiers.step(input, clock.now());
    if (input.type === 'set-tiers') this.#leaveGone();
    for (const announce of announces) {
      this.#tasks.run((signal) =>
        announce.event === 'stopped'
          ? this.#leave(announce, signal)
          : this.#announce(announce, signal),
      );
    }
    this.#cancelTimer();
    const { deadline } = this.#tiers;
    if (deadline !== undefined) {
      this.#cancelTimer = clock.at(deadline, () => this.#step({ type: 'timeout' }));
    }
    this.#options.onState?.();
  }

  async #announce({ tracker, target, event }: TrackerAnnounce, owner: AbortSignal): Promise<void> {
    this.#latest.get(tracker)?.abort();
    const latest = new AbortController();
    this.#latest.set(tracker, latest);
    const signal = AbortSignal.any([owner, this.#signal, latest.signal]);
    let merged: AnnounceAnswer | undefined;
    const onAnswer = (given: AnnounceAnswer): void => {
      signal.throwIfAborted();
      const answer = { ...given, peers: peersBeyond(hostOf(target), given.peers) };
      merged = merged === undefined ? answer : mergeAnswers(merged, answer);
      this.#take(tracker, target, answer);
      this.#step({ type: 'answered', tracker, answer: merged });
      this.#checkLater();
    };
    try {
      await this.#exchangeAll({ tracker, target, event }, onAnswer, signal);
    } catch (error) {
      if (isAbort(error, signal)) return;
      if (!(error instanceof PeerFault || error instanceof LocalFault)) throw error;
      this.#step({ type: 'failed', tracker, problem: describeTrackerFault(error) });
    }
  }

  #checkLater(): void {
    const { clock } = this.#ports;
    this.#cancelCheck();
    if (this.#closing !== undefined) return;
    this.#cancelCheck = clock.at(clock.now() + STARVING_MS, () => {
      if (this.#options.isStarving?.() === true) this.#step({ type: 'want-others' });
    });
  }

  #take(tracker: number, target: TrackerUrl, answer: AnnounceAnswer): void {
    if (answer.trackerId !== undefined) this.#trackerIds.set(tracker, answer.trackerId);
    if (answer.externalAddress !== undefined) {
      this.#options.onExternalAddress?.(answer.externalAddress);
    }
    if (answer.peers.length > 0) this.#options.onPeers(answer.peers, formatTrackerUrl(target));
  }

  /**
   * Every info hash to every address family of the tracker, side by side. One answer is enough to
   * be on the list; throws the first failure if there is none.
   */
  async #exchangeAll(
    { tracker, target, event }: Omit<TrackerAnnounce, 'type'>,
    onAnswer: (answer: AnnounceAnswer) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const endpoints = await this.#endpoints(tracker, target, event, signal);
    const exchanges = this.#options.infoHashes.flatMap((infoHash) =>
      endpoints.map(async (to) => {
        const request = this.#request(infoHash, tracker, event, to.host);
        const answer =
          target.type === 'http'
            ? await announceOverHttp(target.url, to.host, request, this.#ports, signal)
            : await this.#announceOverUdp(to, request, target.urlData, signal);
        this.#answered(tracker, to);
        onAnswer(answer);
      }),
    );
    const results = await Promise.allSettled(exchanges);
    const failures = results.flatMap((result) =>
      result.status === 'rejected' ? [result.reason] : [],
    );
    const bug = failures.find((why) => !(why instanceof PeerFault || why instanceof LocalFault));
    if (bug !== undefined) throw bug; // or an abort
    if (failures.length === results.length) throw failures[0];
  }

  #answered(tracker: number, by: Endpoint): void {
    const places = this.#answeredAt.get(tracker) ?? new Map<AddressFamily | undefined, Endpoint>();
    this.#answeredAt.set(tracker, places.set(addressFamily(by.host), by));
  }

  /** One in each family: a tracker tells of us at the address that it sees, and where peers can dial us there. */
  async #endpoints(
    tracker: number,
    target: TrackerUrl,
    event: AnnounceEvent | undefined,
    signal: AbortSignal,
  ): Promise<readonly Endpoint[]> {
    if (event === 'stopped') return [...(this.#answeredAt.get(tracker)?.values() ?? [])];
    if (target.type === 'udp') return await this.#udp.resolve(target, signal);
    const unresolved = { host: hostOf(target), port: 0 }; // HTTP knows the port itself
    try {
      return await this.#udp.resolve(unresolved, signal);
    } catch (error) {
      if (!(error instanceof LocalFault)) throw error;
      return [unresolved]; // and whether it can be reached
    }
  }

  async #announceOverUdp(
    to: Endpoint,
    announce: AnnounceRequest,
    urlData: string,
    signal: AbortSignal,
  ): Promise<AnnounceAnswer> {
    const reply = await this.#udp.ask(to, { type: 'announce', announce, urlData }, signal);
    assert(reply.type === 'announced', 'an announce is answered with peers');
    return reply.answer;
  }

  #request(
    infoHash: InfoHash,
    tracker: number,
    event: AnnounceEvent | undefined,
    host: string,
  ): AnnounceRequest {
    const { peerId } = this.#options;
    return {
      infoHash,
      peerId,
      port: this.#options.portFor(host) || PORT_OF_NOBODY,
      ...this.#options.totals(),
      event,
      peersWanted: event === 'stopped' ? 0 : this.#options.peersWanted(),
      key: this.#key,
      trackerId: this.#trackerIds.get(tracker),
      ...this.#options.ownAddresses?.(),
    };
  }

  async #close(): Promise<void> {
    const { clock } = this.#ports;
    this.#cancelTimer();
    this.#cancelCheck();
    const goodbyes = this.#tiers.step({ type: 'stop' }, clock.now());
    await this.#tasks[Symbol.asyncDispose]();
    try {
      await this.#sayGoodbye(goodbyes, []);
    } finally {
      if (this.#options.udpTrackers === undefined) await this.#udp[Symbol.asyncDispose]();
    }
  }

  /** What was asked of trackers that are gone by now is of no use. */
  #leaveGone(): void {
    for (const tracker of this.#latest.keys()) {
      if (this.#tiers.has(tracker)) continue;
      this.#latest.get(tracker)?.abort();
      this.#latest.delete(tracker);
    }
  }

  /** A tracker that is gone hears so, and nothing more is known of it. */
  async #leave(goodbye: TrackerAnnounce, signal: AbortSignal): Promise<void> {
    await this.#sayGoodbye([goodbye], [signal, this.#signal]);
    this.#trackerIds.delete(goodbye.tracker);
    this.#answeredAt.delete(goodbye.tracker);
  }

  async #sayGoodbye(
    goodbyes: readonly TrackerAnnounce[],
    signals: readonly AbortSignal[],
  ): Promise<void> {
    const { clock } = this.#ports;
    const timeout = new AbortController();
    const cancel = clock.at(clock.now() + GOODBYE_MS, () => timeout.abort());
    const signal = AbortSignal.any([timeout.signal, ...signals]);
    try {
      await Promise.all(goodbyes.map((goodbye) => this.#sayStopped(goodbye, signal)));
    } finally {
      cancel();
    }
  }

  /** Whether it arrives is the tracker's business: it will notice our absence in any case. */
  async #sayStopped(goodbye: TrackerAnnounce, signal: AbortSignal): Promise<void> {
    try {
      await this.#exchangeAll(goodbye, () => {}, signal);
    } catch (error) {
      const isFault = error instanceof PeerFault || error instanceof LocalFault;
      if (!isFault && !isAbort(error, signal)) throw error;
    }
  }
}

/** An IPv6 address without its brackets. */
function hostOf(target: TrackerUrl): string {
  return target.type === 'udp'
    ? target.host
    : new URL(target.url).hostname.replace(/^\[(.*)\]$/, '$1');
}
