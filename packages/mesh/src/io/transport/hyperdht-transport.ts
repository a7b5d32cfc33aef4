/**
 * Carriers by HyperDHT: to a device by its key alone, through the routers of both sides where they let that happen,
 * with nobody in between or through the peer of a third.
 */
import {
  assert,
  decodeUtf8,
  deviceKeyOf,
  isAbort,
  LocalFault,
  PeerFault,
  TaskGroup,
} from '@coequal/base';
import type { Clock, DeviceKey, Endpoint, LinkPath } from '@coequal/base';
import type { KeyPair } from '@hyperswarm/secret-stream';
import type { Server, UdxStream } from 'hyperdht';
import type { AddressBook, Carrier, Transport, TransportHost } from '../carrier.ts';
import { DhtRelay } from './dht-relay.ts';
import type { DhtRelayOptions } from './dht-relay.ts';
import { ChannelCarrier } from './channel-carrier.ts';
import type { MeetingPlace } from '../people/rendezvous.ts';
import { decodeGreeting, encodeGreeting } from './greeting.ts';
import { HyperDhtRendezvous } from './hyperdht-rendezvous.ts';
import { boundAt, openHyperDhtNode, stayingAt } from './hyperdht-node.ts';
import type { HyperDhtNode, NodePlace } from './hyperdht-node.ts';
import { HyperDhtWays } from './hyperdht-ways.ts';
import type { OwnKeys } from './own-keys.ts';
import { END_REASONS } from './relay-messages.ts';
import { CHANNEL_TIMING, SecretChannel } from './secret-channel.ts';
import type { Role } from './secret-channel.ts';
import type { MessageStream } from './secret-stream.ts';
import { OpenDoors } from './open-doors.ts';
import { streamConnected } from './stream-connected.ts';
import { dialFault } from './tcp-dial.ts';
import { UdxUnder } from './udx-under.ts';

/** Nodes kept for the next start: some of them will still be there. */
const NODES_KEPT_MAX = 100;

/** Who knows so many nodes takes no more of what contacts tell. */
const NODES_ENOUGH = 20;

/** Who comes in and has not proven its key, at a time. */
const HANDSHAKES_MAX = 128;

/** From one device at a time, as over TCP. */
const CARRIERS_OF_DEVICE_MAX = 8;

/** What users of a relay begin with: a control message of its protocol. Greetings begin with their version, 1. */
const RELAY_FIRST = 0;

/** How long a handshake that came in is remembered: as long as its repetitions may still come. */
const HANDSHAKE_KEPT_MS = 5_000;

/** For nodes to hear that this device is no more to be found; those that are there hear it at once. */
const FAREWELL_MS = 1_000;
const FORCED = { force: true } as const;

export interface HyperDhtOptions extends NodePlace {
  readonly keys: OwnKeys;
  readonly host: TransportHost;
  readonly book: AddressBook;
  readonly clock: Clock;
  isNear(host: string): boolean;
  /**
   * Whether an address may be contacted. The library has sockets of its own, beside the port Net: this keeps it from
   * those that it is told, and `bindHost` on loopback from all others. What other nodes name is asked all the same.
   */
  mayReach(host: string): boolean;
  /** Nodes to begin with; none: those that are known. Nobody is asked who is not named here or below. */
  readonly bootstrap: readonly Endpoint[];
  /** `nodes()` of last time. */
  readonly nodes: readonly Endpoint[];
  /** Devices that may relay, the preferred first. */
  relays(): readonly DeviceKey[];
  /** Devices that may come and are not there: for them the router is kept open while nobody could introduce them. */
  awaited?(): readonly DeviceKey[];
  /** What this device relays for others; without it nothing. */
  readonly relay?: DhtRelayOptions | undefined;
}

/** What is told of it to the person. */
export interface HyperDhtStats {
  readonly local: Endpoint | undefined;
  /** Where others see it, as far as they agree. */
  readonly seenAt: Endpoint | undefined;
  /** The same of the port that stays, if the router gives ports as they are. */
  readonly stayingAt: Endpoint | undefined;
  readonly nodes: number;
  readonly bootstrap: readonly Endpoint[];
  readonly isOnline: boolean;
  /** Others find this device by its key. */
  readonly isAnnounced: boolean;
  /** Whether it answers others' look-ups. */
  readonly isNode: boolean;
  readonly carriers: number;
  /** What this device relays: pairs now, and bytes today. */
  readonly relayedPairs: number;
  readonly relayedBytes: number;
}

export class HyperDhtTransport implements Transport {
  readonly name = 'hyperdht';
  /** Resolves when nodes that were there have been told where to reach this device, for the first time. */
  readonly announced: Promise<void>;
  readonly #options: HyperDhtOptions;
  readonly #node: HyperDhtNode;
  readonly #server: Server;
  readonly #relay: DhtRelay | undefined;
  readonly #ways: HyperDhtWays;
  readonly #doors: OpenDoors;
  readonly #carriers = new Set<ChannelCarrier>();
  /** Those of the carriers that others opened, and how many of each device. */
  readonly #counted = new Set<ChannelCarrier>();
  readonly #incoming = new Map<DeviceKey, number>();
  #handshakes = 0;
  #isAnnounced = false;
  readonly #tasks = new TaskGroup((error) => {
    throw error; // a bug: what others can cause is handled
  });

  /** Rejects with LocalFault `LISTEN_FAILED`. It joins the network afterwards. */
  static async open(options: HyperDhtOptions, signal: AbortSignal): Promise<HyperDhtTransport> {
    signal.throwIfAborted();
    const { bindHost: host, port, keys } = options;
    const bootstrap = options.bootstrap.filter((each) => options.mayReach(each.host));
    const nodes = options.nodes.filter((each) => options.mayReach(each.host));
    try {
      const node = await openHyperDhtNode(options, {
        bootstrap,
        nodes,
        keyPair: keys.pair,
        connectionKeepAlive: CHANNEL_TIMING.keepAliveMs,
      });
      return new HyperDhtTransport(options, node);
    } catch (cause) {
      throw new LocalFault('LISTEN_FAILED', { host, port }, { cause });
    }
  }

  private constructor(options: HyperDhtOptions, node: HyperDhtNode) {
    this.#options = options;
    this.#node = node;
    const { relay, clock } = options;
    this.#relay = relay === undefined ? undefined : new DhtRelay(node, relay, clock);
    node.onRelayMessage = (key, message) => this.#relayEnds(key, message);
    this.#server = node.listen((key) => !this.#admits(key), HANDSHAKE_KEPT_MS);
    this.#server.on('connection', (stream) => this.#welcome(stream as MessageStream));
    this.announced = this.#announce(options.keys.pair);
    this.#ways = new HyperDhtWays(node, options, (stream, signal) => this.#greet(stream, signal));
    this.#doors = new OpenDoors({
      clock,
      isLost: () => !node.online || this.#server.relayAddresses.length === 0,
      awaited: () => options.awaited?.() ?? [],
      addressesOf: (device) => this.#ways.doorsOf(device),
      knock: (at) => node.knock(at),
    });
  }

  get stats(): HyperDhtStats {
    const node = this.#node;
    return {
      local: boundAt(node),
      seenAt: node.host === null ? undefined : { host: node.host, port: node.port },
      stayingAt: stayingAt(node),
      nodes: node.nodes.length,
      bootstrap: node.bootstrapNodes.map(({ host, port }) => ({ host, port })),
      isOnline: node.online,
      isAnnounced: this.#isAnnounced && this.#server.relayAddresses.length > 0,
      isNode: !node.ephemeral,
      carriers: this.#carriers.size,
      relayedPairs: this.#relay?.pairCount ?? 0,
      relayedBytes: this.#relay?.usedBytes ?? 0,
    };
  }

  /** To be given to the next `open`: whom to ask when no bootstrap node is there. */
  nodes(): readonly Endpoint[] {
    return this.#node.toArray({ limit: NODES_KEPT_MAX });
  }

  /** Of a peer that was heard of otherwise, such as a contact's. */
  addNode(at: Endpoint): void {
    const options = this.#options;
    const isEnough = this.#node.nodes.length >= NODES_ENOUGH;
    if (isEnough || at.host.includes(':') || !options.mayReach(at.host)) return;
    // in another network that address is somebody else's
    if (options.isNear(at.host) && !options.bindHost.startsWith('127.')) return;
    if (this.#node.toArray().some(({ host, port }) => host === at.host && port === at.port)) return;
    this.#node.addNode(at);
    if (this.#server.relayAddresses.length > 0) return;
    this.#node.refresh();
    this.#server.refresh();
  }

  /** Where two meet who know a topic alone. */
  meetingPlace(): MeetingPlace {
    return new HyperDhtRendezvous(this.#node, this.#options.clock);
  }

  /** Addresses of this computer have come or gone: what goes another way now must be dialled anew, and announced. */
  networkChanged(): void {
    this.#node.refresh();
    this.#server.refresh();
  }

  async dial(to: DeviceKey, signal: AbortSignal): Promise<Carrier> {
    return await this.#ways.dial(to, AbortSignal.any([signal, this.#tasks.signal]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#doors[Symbol.dispose]();
    for (const carrier of this.#carriers) carrier.close();
    this.#relay?.[Symbol.dispose]();
    const tasks = this.#tasks[Symbol.asyncDispose]();
    // who never got to tell others of itself has nothing to take back
    const destroyed = this.#node.destroy({ force: !this.#isAnnounced });
    const { clock } = this.#options;
    const cancel = clock.at(clock.now() + FAREWELL_MS, () => void this.#node.destroy(FORCED));
    await destroyed;
    cancel();
    await Promise.all([tasks, this.announced]);
  }

  async #greet(stream: MessageStream, signal: AbortSignal): Promise<ChannelCarrier> {
    try {
      await streamConnected(stream, signal);
      const greeting = encodeGreeting({ type: 'link' });
      const role = { type: 'dialler', greeting, awaitsAnswer: true } as const;
      const carrier = await this.#open(stream, role, signal);
      assert(carrier !== undefined, 'who dials is no relay');
      return carrier;
    } catch (error) {
      stream.destroy();
      signal.throwIfAborted();
      throw dialFault(error, { host: '', port: 0 });
    }
  }

  #admits(key: DeviceKey): boolean {
    if (this.#handshakes >= HANDSHAKES_MAX) return false;
    return this.#admitsLink(key) || this.#relay?.admits(key) === true;
  }

  #admitsLink(key: DeviceKey): boolean {
    if ((this.#incoming.get(key) ?? 0) >= CARRIERS_OF_DEVICE_MAX) return false;
    return this.#options.host.admits(key);
  }

  #welcome(stream: MessageStream): void {
    stream.on('error', ignore); // one without a listener would end the process
    this.#handshakes += 1;
    this.#tasks.run(async (signal) => {
      try {
        await this.#welcomeGreeting(stream, signal);
      } catch (error) {
        stream.destroy();
        const isFault = error instanceof PeerFault || error instanceof LocalFault;
        if (!isAbort(error, signal) && !isFault) throw error;
      } finally {
        this.#handshakes -= 1;
      }
    });
  }

  async #welcomeGreeting(stream: MessageStream, signal: AbortSignal): Promise<void> {
    const role: Role = {
      type: 'listener',
      // asked again, when it has said what for
      admits: (key) => this.#admitsLink(key) || this.#relay?.admits(key) === true,
      answers: true,
      takes: (first) => first[0] === RELAY_FIRST,
    };
    const carrier = await this.#open(stream, role, signal);
    if (carrier === undefined) return;
    if (!this.#admitsLink(carrier.remote)) carrier.close(new PeerFault('NOT_ADMITTED'));
    else {
      this.#counted.add(carrier);
      this.#incoming.set(carrier.remote, (this.#incoming.get(carrier.remote) ?? 0) + 1);
      this.#options.host.onCarrier(carrier);
    }
  }

  /** Undefined: it was for the relay. */
  async #open(
    stream: MessageStream,
    role: Role,
    signal: AbortSignal,
  ): Promise<ChannelCarrier | undefined> {
    const raw = stream.rawStream as UdxStream; // it is connected
    const under = new UdxUnder(raw);
    const { clock } = this.#options;
    const opened = await SecretChannel.open(stream, under, role, clock, CHANNEL_TIMING, signal);
    if (opened === undefined) {
      this.#giveToRelay(stream);
      return undefined;
    }
    const { channel } = opened;
    if (decodeGreeting(opened.greeting).type !== 'link') throw new PeerFault('UNKNOWN_PURPOSE');
    const carrier = new ChannelCarrier(channel, this.#pathOf(raw));
    under.onPath = () => carrier.moveTo(this.#pathOf(raw));
    this.#carriers.add(carrier);
    channel.onEnd = () => this.#forget(carrier);
    return carrier;
  }

  #giveToRelay(stream: MessageStream): void {
    const user = stream.remotePublicKey;
    if (user === null || this.#relay?.admits(deviceKeyOf(user)) !== true) stream.destroy();
    else this.#relay.accept(stream, deviceKeyOf(user));
  }

  /** It has told why it does not go on: what it carries would fall silent. */
  #relayEnds(by: DeviceKey, message: Uint8Array): void {
    const reason = END_REASONS.find((each) => each === decodeUtf8(message));
    if (reason === undefined) return;
    for (const carrier of this.#carriers)
      if (carrier.path.type === 'relayed' && carrier.path.by === by)
        carrier.close(new LocalFault('RELAY_ENDED', { reason }));
  }

  #forget(carrier: ChannelCarrier): void {
    this.#carriers.delete(carrier);
    if (!this.#counted.delete(carrier)) return;
    const left = (this.#incoming.get(carrier.remote) ?? 1) - 1;
    if (left === 0) this.#incoming.delete(carrier.remote);
    else this.#incoming.set(carrier.remote, left);
  }

  #pathOf(raw: UdxStream): LinkPath {
    const by = this.#node.relayOf(raw);
    if (by !== undefined) return { type: 'relayed', by };
    const isNear = raw.remoteHost !== null && this.#options.isNear(raw.remoteHost);
    return { type: isNear ? 'lan' : 'direct' };
  }

  /** Goes on for as long as there is nobody who could be told. */
  async #announce(pair: KeyPair): Promise<void> {
    try {
      await this.#server.listen(pair);
      this.#isAnnounced = true;
    } catch (error) {
      if (!this.#tasks.signal.aborted) throw error;
    }
  }
}

const ignore = (): void => undefined;
