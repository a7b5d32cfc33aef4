/** One lane with one device: its streams, the paths that they can go over, and the dialling of more. */
import { LocalFault } from '@coequal/base';
import type {
  Cancel,
  Clock,
  DeviceKey,
  Endpoint,
  Lane,
  LinkPath,
  LinkStream,
  Millis,
  PeerFault,
  Random,
  TaskGroup,
} from '@coequal/base';
import type { Greeting, StreamFrame } from '../../core/session/frames.ts';
import { SessionIdentity } from '../../core/session/session-identity.ts';
import type { SessionLimits } from '../../core/session/session.ts';
import type { Carrier, Transport } from '../carrier.ts';
import type { CarrierPath } from './carrier-path.ts';
import { Dialling, YIELD_MS } from './dialling.ts';
import type { DialFailure, DialHost } from './dialling.ts';
import { FrameMeter } from './frame-meter.ts';
import { isSamePath, LanePaths } from './lane-paths.ts';
import type { PathsHost } from './lane-paths.ts';
import { LaneStreams, unreachable } from './lane-streams.ts';
import type { StreamsHost } from './lane-streams.ts';
import { framesPerSecondMax, idleMs, sessionLimits } from './link-limits.ts';
import type { AdmissionLevel } from './link-limits.ts';
import { UpgradePlan } from './upgrade-plan.ts';
import { randomSessionId } from './random-session-id.ts';

/** What was open goes on when the way is back after so long: a computer that was moved, a router that starts. */
const KEEP_MS: Millis = 600_000;

/** All links, as one lane needs them. */
export interface LaneHost {
  levelOf(device: DeviceKey): AdmissionLevel;
  listenerFor(
    protocol: string,
    level: AdmissionLevel,
  ): ((stream: LinkStream, from: DeviceKey) => void) | undefined;
  /** Whether the other lane with that device goes through a relay. */
  isOtherRelayed(lane: LaneLink): boolean;
  /** `path` of this lane is another. */
  onPath(lane: LaneLink): void;
  /** Nothing of it is left that would have to be kept. */
  onUnused(lane: LaneLink): void;
  /** It is to be closed when what was said last has left. */
  onLeft(path: CarrierPath): void;
}

export interface LanePorts {
  readonly clock: Clock;
  readonly random: Random;
}

export class LaneLink implements PathsHost, StreamsHost, DialHost {
  readonly lane: Lane;
  readonly remote: DeviceKey;
  readonly isLower: boolean;
  readonly #host: LaneHost;
  readonly #clock: Clock;
  readonly #identity: SessionIdentity;
  readonly #paths: LanePaths;
  readonly #streams: LaneStreams;
  readonly #dialling: Dialling;
  readonly #meter: FrameMeter;
  /** Asked anew for each stream that comes. */
  #level: AdmissionLevel;
  #path: LinkPath = NO_PATH;
  #pathlessSince: Millis;
  #idleSince: Millis;
  readonly #upgrade = new UpgradePlan();
  /** Nothing is read from it until then. */
  #resumeAt: Millis | undefined;
  /** The other side knows of this session: as long as it may come back to it, it is kept. */
  #isLinked = false;
  #isInTurn = false;
  #timer: { readonly at: Millis; readonly cancel: Cancel } | undefined;
  #isClosed = false;

  constructor(
    own: DeviceKey,
    remote: DeviceKey,
    lane: Lane,
    transports: readonly Transport[],
    host: LaneHost,
    ports: LanePorts,
    tasks: TaskGroup,
  ) {
    this.lane = lane;
    this.remote = remote;
    this.isLower = own < remote;
    this.#host = host;
    this.#clock = ports.clock;
    this.#level = host.levelOf(remote);
    const now = ports.clock.now();
    this.#pathlessSince = now;
    this.#idleSince = now;
    this.#meter = new FrameMeter(framesPerSecondMax(this.#level), now);
    this.#identity = new SessionIdentity(() => randomSessionId(ports.random));
    this.#paths = new LanePaths(this, this.#identity, this.isLower, ports.clock);
    this.#streams = new LaneStreams(this, ports.clock);
    this.#dialling = new Dialling(remote, transports, this, ports, tasks);
  }

  /** How the device is reached now. */
  get remoteEndpoint(): Endpoint | undefined {
    return this.#paths.active?.remoteEndpoint;
  }

  get path(): LinkPath {
    return this.#path;
  }

  get level(): AdmissionLevel {
    return this.#level;
  }

  get isDialling(): boolean {
    return this.#dialling.isRunning;
  }

  get failures(): readonly DialFailure[] {
    return [...this.#dialling.failures.values()];
  }

  async open(protocol: string, signal: AbortSignal): Promise<LinkStream> {
    return await this.#streams.open(protocol, signal);
  }

  /** A carrier of the other side, which has said hello for this lane. */
  adopt(path: CarrierPath, hello: Greeting): void {
    this.#paths.adopt(path, hello);
    this.#arm();
  }

  /** The network is another, or may be. */
  networkChanged(): void {
    this.#paths.doubt();
    this.#upgrade.beginAnew();
    if (this.#streams.isIdle && this.#paths.size === 0) return;
    this.#dialling.stop();
    this.#dial(0);
    this.#arm();
  }

  /** Who it is to us may be another now. */
  admissionChanged(): void {
    this.#level = this.#host.levelOf(this.remote);
    if (this.#level === 'refused') this.#leave(new LocalFault('DEVICE_REFUSED'));
  }

  /** Before `close`, so that the other side need not find out. */
  sayBye(): void {
    this.#paths.sayBye();
  }

  get queuedBytes(): number {
    return this.#paths.active?.queuedBytes ?? 0;
  }

  close(why: Error): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#dialling.stop();
    this.#streams.replace(
      new LocalFault('LINK_LOST', { device: this.remote }, { cause: why }),
      false,
    );
    this.#paths.closeAll(why);
    this.#host.onUnused(this);
  }

  // As the streams need it.

  limits(): SessionLimits {
    return sessionLimits(this.#level, this.lane);
  }

  listenerFor(protocol: string): ((stream: LinkStream, from: DeviceKey) => void) | undefined {
    this.#level = this.#host.levelOf(this.remote);
    return this.#host.listenerFor(protocol, this.#level);
  }

  onWork(): void {
    if (this.#isInTurn || this.#isClosed) return;
    this.#pump();
    if (this.#paths.active === undefined && !this.#streams.isIdle) this.#dial(0);
    this.#arm();
  }

  // As the paths need it.

  get position(): number {
    return this.#streams.session.position;
  }

  get isAwaitingAck(): boolean {
    return this.#streams.session.isAwaitingAck;
  }

  onStreamFrame(frame: StreamFrame): void {
    this.#streams.onStreamFrame(frame);
  }

  onAcknowledged(position: number, delayMs: Millis | undefined): void {
    this.#streams.onAcknowledged(position, delayMs);
  }

  onLength(length: number): void {
    this.#isInTurn = true;
    const now = this.#clock.now();
    const waitMs = this.#meter.take(length, framesPerSecondMax(this.#level), now);
    if (waitMs === 0 || this.#resumeAt !== undefined) return;
    this.#resumeAt = now + waitMs;
    this.#paths.pause();
  }

  onTurnOver(): void {
    this.#isInTurn = false;
    if (this.#isClosed) return;
    this.#pump();
    this.#arm();
  }

  onReplaced(): void {
    this.#streams.replace(new LocalFault('LINK_LOST', { device: this.remote }), true);
  }

  onUse(path: CarrierPath | undefined): void {
    const now = this.#clock.now();
    if (path !== undefined) {
      this.#isLinked = true;
      this.#streams.session.usePath(path.roundTripMs, now);
    } else if (!this.#isClosed) {
      this.#pathlessSince = now;
      if (!this.#streams.isIdle) this.#dial(this.#yieldMs);
    }
    this.#tellPath(path);
  }

  onOtherWay(): void {
    this.#streams.session.window.reset();
    this.#tellPath(this.#paths.active);
  }

  onDoubt(): void {
    if (!this.#streams.isIdle) this.#dial(this.#yieldMs);
  }

  onTrusted(): void {
    const { active } = this.#paths;
    if (active !== undefined && this.isEnough(active.path)) this.#dialling.stop();
  }

  onDiallingOver(): void {
    this.#arm();
  }

  #tellPath(path: CarrierPath | undefined): void {
    const isRelayed = path?.path.type === 'relayed';
    this.#upgrade.pathChanged(isRelayed, this.#clock.now());
    if (path !== undefined && !isRelayed) this.#dialling.stop();
    const way = path?.path ?? NO_PATH;
    if (isSamePath(way, this.#path)) return;
    this.#path = way;
    this.#host.onPath(this);
  }

  onBye(): void {
    this.#endSession(new LocalFault('LINK_LOST', { device: this.remote }), true);
  }

  onFault(fault: PeerFault): void {
    const why = new LocalFault('LINK_LOST', { device: this.remote }, { cause: fault });
    this.#endSession(why, false);
  }

  // As the dialling needs it.

  onDialled(carrier: Carrier): CarrierPath {
    const path = this.#paths.greet(carrier);
    this.#arm();
    return path;
  }

  onAllFailed(): void {
    if (this.#paths.active !== undefined) return;
    this.#streams.failOpenings(unreachable(this.remote, undefined, this.#dialling.reasons));
    this.#arm();
  }

  isEnough(path: LinkPath): boolean {
    return path.type === 'lan' || path.type === 'direct';
  }

  /** Both sides dial, the one with the higher key a little later. */
  get #yieldMs(): Millis {
    return this.isLower ? 0 : YIELD_MS;
  }

  /** The other side is told, so that it need not find out. */
  #leave(why: LocalFault): void {
    this.sayBye();
    for (const path of this.#paths.letGo()) this.#host.onLeft(path);
    this.close(why);
  }

  #pump(): void {
    const path = this.#paths.active;
    if (path !== undefined) this.#streams.pump(path);
  }

  #dial(delayMs: Millis): void {
    if (this.#isClosed || this.#level === 'refused') return;
    const isPersistent = this.#streams.hasStreams;
    const relaysAtOnce = this.#host.isOtherRelayed(this);
    this.#dialling.start({ delayMs, isPersistent, relaysAtOnce });
  }

  /** The session is over: streams end, and what comes next is another one. */
  #endSession(why: LocalFault, isReopened: boolean): void {
    this.#isLinked = false;
    this.#identity.reset();
    this.#streams.replace(why, isReopened);
    this.#paths.closeAll(why);
    this.#dialling.stop(); // what it has found may just have been closed
    if (!this.#streams.isIdle) this.#dial(0);
  }

  readonly #onTimer = (): void => {
    this.#timer = undefined;
    const now = this.#clock.now();
    if (this.#resumeAt !== undefined && now >= this.#resumeAt) {
      this.#resumeAt = undefined;
      this.#paths.resume();
    }
    this.#paths.timeout(now);
    if (now >= this.#upgrade.at) {
      this.#upgrade.next(now);
      this.#dialling.start({ delayMs: 0, isPersistent: false, isUpgrade: true });
    }
    if (now >= this.#lostAt) {
      this.#dialling.stop();
      this.#endSession(new LocalFault('LINK_LOST', { device: this.remote }), false);
    }
    if (now >= this.#unusedAt(now)) {
      this.#leave(new LocalFault('LINK_IDLE'));
      return;
    }
    this.#pump();
    this.#arm();
  };

  /** The one timer, for whatever is due next. An early one is left: it asks again. */
  #arm(): void {
    if (this.#isClosed) return;
    const now = this.#clock.now();
    if (!this.#streams.isIdle) this.#idleSince = now;
    const due = Math.min(
      this.#paths.active?.isBlocked === false
        ? (this.#streams.session.deadline ?? Infinity)
        : Infinity,
      this.#paths.deadline ?? Infinity,
      this.#resumeAt ?? Infinity,
      this.#upgrade.at,
      this.#lostAt,
      this.#unusedAt(now),
    );
    if (this.#timer !== undefined && this.#timer.at <= due) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (due < Infinity) this.#timer = { at: due, cancel: this.#clock.at(due, this.#onTimer) };
  }

  /** When streams that have no path are given up. */
  get #lostAt(): Millis {
    const isWaiting = this.#paths.active === undefined && !this.#streams.isIdle;
    return isWaiting ? this.#pathlessSince + KEEP_MS : Infinity;
  }

  /**
   * When nothing of it is needed any more. Without a path not at once: the other side may not know of our last words,
   * and ask for them on another one.
   */
  #unusedAt(now: Millis): Millis {
    if (!this.#streams.isIdle) return Infinity;
    const isGone = this.#paths.size === 0 && !this.#dialling.isRunning;
    if (isGone && !this.#isLinked) return now;
    const keepMs = this.#level === 'contact' ? KEEP_MS : idleMs(this.#level, this.lane);
    if (isGone) return this.#pathlessSince + keepMs;
    if (!this.#streams.session.isSettled) return this.#idleSince + keepMs;
    return this.#idleSince + idleMs(this.#level, this.lane);
  }
}

const NO_PATH: LinkPath = { type: 'none' };
