/** Links over whatever transports there are (docs/links.md): two lanes to each device, sessions that survive their paths. */
import { assert, EventLog, LocalFault, sleep, TaskGroup, PeerFault } from '@coequal/base';
import type {
  Cancel,
  DeviceKey,
  Endpoint,
  Lane,
  LinkPath,
  Links,
  LinkStream,
  Millis,
  Numbered,
  StreamRequest,
} from '@coequal/base';
import { decodeFrame, isProtocolName } from '../../core/session/frames.ts';
import { isBetterPath } from '../../core/session/path-choice.ts';
import type { Carrier, Transport, TransportHost } from '../carrier.ts';
import { CarrierPath } from './carrier-path.ts';
import type { PathOwner } from './carrier-path.ts';
import type { DialFailure } from './dialling.ts';
import { LaneLink } from './lane-link.ts';
import { NOBODY } from './lane-paths.ts';
import type { LaneHost, LanePorts } from './lane-link.ts';
import { unreachable } from './lane-streams.ts';
import type { Admission, AdmissionLevel } from './link-limits.ts';

/** Devices that are no contacts, linked at a time: those who were invited, and those who try. */
const STRANGERS_MAX = 16;

/** Carriers that have not said for which lane they are, of all devices. */
const UNGREETED_MAX = 64;
/** The same of one device: both lanes, over each transport. */
const UNGREETED_PER_DEVICE_MAX = 6;

/** Devices of which it is remembered why they were not reached. */
const FAILURES_KEPT_MAX = 512;

/** When all is closed, what is said last has so long to leave. */
const GOODBYE_MS: Millis = 500;
const GOODBYE_STEP_MS: Millis = 20;

/** The same of one link that is left. */
const FAREWELL_MS: Millis = 500;

type OnStream = (stream: LinkStream, from: DeviceKey) => void;

/** Brings about one way of carrying; `host` is told who comes. */
export type OpenTransport = (host: TransportHost, signal: AbortSignal) => Promise<Transport>;

export interface MeshLinksOptions {
  readonly own: DeviceKey;
  /** In the order in which they are tried. They are closed with the links. */
  readonly transports: readonly OpenTransport[];
  readonly admission: Admission;
  /** Told of errors that nothing foresaw, in what runs in the background. */
  readonly onFailure: (error: unknown) => void;
}

/** How it is with one device, for who shows it. */
export interface LinkStatus {
  readonly path: LinkPath;
  readonly lanes: Readonly<Record<Lane, LinkPath>>;
  readonly isDialling: boolean;
  /** Why it was not reached, the last of each transport, as long as it is not. */
  readonly failures: readonly DialFailure[];
}

export type LinkEvent = {
  readonly type: 'path';
  readonly device: DeviceKey;
  readonly lane: Lane;
  readonly path: LinkPath;
};

export class MeshLinks implements Links, LaneHost, PathOwner, AsyncDisposable {
  readonly #own: DeviceKey;
  readonly #admission: Admission;
  readonly #ports: LanePorts;
  readonly #transports: Transport[] = [];
  readonly #accepting = new Map<string, { onStream: OnStream; isForAnyone: boolean }>();
  readonly #lanes: Readonly<Record<Lane, Map<DeviceKey, LaneLink>>> = {
    talk: new Map(),
    bulk: new Map(),
  };
  /** They came in, and have not said hello. */
  readonly #ungreeted = new Set<CarrierPath>();
  readonly #failures = new Map<DeviceKey, readonly DialFailure[]>();
  readonly #events = new EventLog<LinkEvent>();
  readonly #tasks: TaskGroup;
  #resources: AsyncDisposableStack | undefined;
  #isClosed = false;

  static async open(
    options: MeshLinksOptions,
    ports: LanePorts,
    signal: AbortSignal,
  ): Promise<MeshLinks> {
    await using resources = new AsyncDisposableStack();
    const links = new MeshLinks(options, ports);
    const host: TransportHost = {
      admits: (key) => links.#admits(key),
      onCarrier: (carrier) => links.#onCarrier(carrier),
    };
    for (const openTransport of options.transports) {
      links.#transports.push(resources.use(await openTransport(host, signal)));
    }
    links.#resources = resources.move();
    return links;
  }

  private constructor(options: MeshLinksOptions, ports: LanePorts) {
    this.#own = options.own;
    this.#admission = options.admission;
    this.#ports = ports;
    this.#tasks = new TaskGroup(options.onFailure);
  }

  async open(to: DeviceKey, request: StreamRequest, signal: AbortSignal): Promise<LinkStream> {
    assert(isProtocolName(request.protocol), `${request.protocol} is no name of a protocol`);
    signal.throwIfAborted();
    const isReachable = !this.#isClosed && to !== this.#own && this.levelOf(to) !== 'refused';
    if (!isReachable) throw unreachable(to, undefined, 'REFUSED');
    return await this.#lane(to, request.lane).open(request.protocol, signal);
  }

  accept(protocol: string, onStream: OnStream, from: 'contacts' | 'anyone' = 'contacts'): Cancel {
    assert(isProtocolName(protocol), `${protocol} is no name of a protocol`);
    assert(!this.#accepting.has(protocol), `two listen for ${protocol}`);
    const entry = { onStream, isForAnyone: from === 'anyone' };
    this.#accepting.set(protocol, entry);
    return () => {
      if (this.#accepting.get(protocol) === entry) this.#accepting.delete(protocol);
    };
  }

  path(to: DeviceKey): LinkPath {
    const talk = this.#lanes.talk.get(to)?.path ?? NO_PATH;
    const bulk = this.#lanes.bulk.get(to)?.path ?? NO_PATH;
    return isBetterPath(bulk, talk) ? bulk : talk;
  }

  /** Where it is seen, over the path that is used; undefined when relayed, or not linked. */
  endpointOf(device: DeviceKey): Endpoint | undefined {
    const { talk, bulk } = this.#lanes;
    return talk.get(device)?.remoteEndpoint ?? bulk.get(device)?.remoteEndpoint;
  }

  status(device: DeviceKey): LinkStatus {
    const lanes = { talk: this.#lanes.talk.get(device), bulk: this.#lanes.bulk.get(device) };
    const live = [lanes.talk, lanes.bulk].filter((lane) => lane !== undefined);
    const path = this.path(device);
    const recent = live.flatMap((lane) => lane.failures);
    const failures = recent.length > 0 ? recent : (this.#failures.get(device) ?? []);
    return {
      path,
      lanes: { talk: lanes.talk?.path ?? NO_PATH, bulk: lanes.bulk?.path ?? NO_PATH },
      isDialling: live.some((lane) => lane.isDialling),
      failures: path.type === 'none' ? failures : [],
    };
  }

  /** Devices that are linked now, on either lane. */
  linked(): readonly DeviceKey[] {
    const all = [...this.#lanes.talk.values(), ...this.#lanes.bulk.values()];
    return [...new Set(all.filter(({ path }) => path.type !== 'none').map(({ remote }) => remote))];
  }

  /** Changes of paths, from this call on. */
  events(signal: AbortSignal): AsyncGenerator<Numbered<LinkEvent>, void, undefined> {
    return this.#events.read(signal);
  }

  /** To be called when this computer came into another network, has another address, or woke up. */
  networkChanged(): void {
    for (const lane of this.#all()) lane.networkChanged();
  }

  /** To be called when who a device is to us has changed: a contact, blocked, removed. */
  admissionChanged(device: DeviceKey): void {
    for (const lane of this.#all()) if (lane.remote === device) lane.admissionChanged();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#sayGoodbye();
    const why = new LocalFault('LINKS_CLOSED');
    for (const path of this.#ungreeted) path.close(why);
    for (const lane of this.#all()) lane.close(why);
    await this.#tasks[Symbol.asyncDispose]();
    await this.#resources?.disposeAsync();
    this.#events.close();
  }

  // As the lanes need it.

  levelOf(device: DeviceKey): AdmissionLevel {
    return this.#admission.levelOf(device);
  }

  listenerFor(protocol: string, level: AdmissionLevel): OnStream | undefined {
    const entry = this.#accepting.get(protocol);
    const isFor = level === 'contact' || (level === 'stranger' && entry?.isForAnyone === true);
    return isFor ? entry?.onStream : undefined;
  }

  isOtherRelayed({ lane, remote }: LaneLink): boolean {
    const other = this.#lanes[lane === 'bulk' ? 'talk' : 'bulk'].get(remote);
    return other?.path.type === 'relayed';
  }

  onPath(lane: LaneLink): void {
    if (lane.path.type !== 'none') this.#failures.delete(lane.remote);
    this.#events.publish({
      type: 'path',
      device: lane.remote,
      lane: lane.lane,
      path: lane.path,
    });
  }

  onUnused(lane: LaneLink): void {
    const lanes = this.#lanes[lane.lane];
    if (lanes.get(lane.remote) === lane) lanes.delete(lane.remote);
    if (lane.failures.length === 0) return;
    this.#failures.delete(lane.remote);
    this.#failures.set(lane.remote, lane.failures);
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > FAILURES_KEPT_MAX && oldest !== undefined) {
      this.#failures.delete(oldest);
    }
  }

  onLeft(path: CarrierPath): void {
    this.#tasks.run(async (signal) => {
      try {
        await sleep(this.#ports.clock, FAREWELL_MS, signal);
      } finally {
        path.close(new LocalFault('LINK_LEFT'));
      }
    });
  }

  // As those that came in and have not said hello need it.

  onMessage(path: CarrierPath, message: Uint8Array): void {
    this.#ungreeted.delete(path);
    try {
      const hello = decodeFrame(message);
      if (hello.type !== 'hello') throw new PeerFault('HELLO_EXPECTED', { type: hello.type });
      if (!this.#admits(path.remote)) throw new LocalFault('DEVICE_REFUSED');
      if (hello.lane === 'bulk' && this.levelOf(path.remote) !== 'contact') {
        throw new PeerFault('LANE_REFUSED');
      }
      this.#lane(path.remote, hello.lane).adopt(path, hello);
    } catch (error) {
      if (!(error instanceof PeerFault || error instanceof LocalFault)) throw error;
      path.close(error);
    }
  }

  onClosed(path: CarrierPath): void {
    this.#ungreeted.delete(path);
  }

  onRoom(): void {
    // nothing was sent
  }

  onChanged(): void {
    // it is not used
  }

  /** A stranger is let in as long as there is something for strangers, and not too many are. */
  #admits(device: DeviceKey): boolean {
    if (this.#isClosed || device === this.#own) return false;
    const level = this.levelOf(device);
    if (level !== 'stranger') return level === 'contact';
    if (this.#lanes.talk.has(device)) return true;
    const isAnyListening = [...this.#accepting.values()].some(({ isForAnyone }) => isForAnyone);
    const strangers = [...this.#lanes.talk.values()].filter((lane) => lane.level === 'stranger');
    return isAnyListening && strangers.length < STRANGERS_MAX;
  }

  #onCarrier(carrier: Carrier): void {
    const others = [...this.#ungreeted].filter(({ remote }) => remote === carrier.remote);
    const isTooMany =
      this.#ungreeted.size >= UNGREETED_MAX || others.length >= UNGREETED_PER_DEVICE_MAX;
    const isRefused = isTooMany || !this.#admits(carrier.remote);
    const path = new CarrierPath(carrier, isRefused ? NOBODY : this, this.#ports.clock);
    if (isRefused) path.close(new LocalFault('DEVICE_REFUSED'));
    // its hello may have come with what brought it, and then it is a lane's by now
    else if (path.owner === this && path.state.type === 'waiting') this.#ungreeted.add(path);
  }

  #lane(device: DeviceKey, lane: Lane): LaneLink {
    const lanes = this.#lanes[lane];
    const known = lanes.get(device);
    if (known !== undefined) return known;
    const made = new LaneLink(
      this.#own,
      device,
      lane,
      this.#transports,
      this,
      this.#ports,
      this.#tasks,
    );
    lanes.set(device, made);
    return made;
  }

  #all(): readonly LaneLink[] {
    return [...this.#lanes.talk.values(), ...this.#lanes.bulk.values()];
  }

  /** So that others need not find out: they are told, and what is said leaves before all is closed. */
  async #sayGoodbye(): Promise<void> {
    const { clock } = this.#ports;
    const until = clock.now() + GOODBYE_MS;
    const linked = this.#all().filter(({ path }) => path.type !== 'none');
    for (const lane of linked) lane.sayBye();
    const never = new AbortController().signal;
    do if (linked.length > 0) await sleep(clock, GOODBYE_STEP_MS, never);
    while (linked.some(({ queuedBytes }) => queuedBytes > 0) && clock.now() < until);
  }
}

const NO_PATH: LinkPath = { type: 'none' };
