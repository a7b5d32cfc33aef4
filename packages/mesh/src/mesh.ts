/** A device in the mesh: its TCP port, its node of HyperDHT, the relays it uses and is, and the links over all of them. */
import type { Clock, DeviceKey, Ed25519, Endpoint, Net, Random } from '@coequal/base';
import type { TellableAddress } from './core/contacts/address-bytes.ts';
import type { HelperPlace } from './core/contacts/helper-places.ts';
import type { InvitationHelper } from './core/invite/invitation-helpers.ts';
import type { AddressBook } from './io/carrier.ts';
import type { Admission } from './io/links/link-limits.ts';
import { MeshLinks } from './io/links/mesh-links.ts';
import type { OpenTransport } from './io/links/mesh-links.ts';
import type { LanGroup } from './io/lan/lan-group.ts';
import { LanRendezvous } from './io/lan/lan-rendezvous.ts';
import { MeetingPlaces } from './io/people/meeting-places.ts';
import type { Rendezvous } from './io/people/rendezvous.ts';
import { HyperDhtTransport } from './io/transport/hyperdht-transport.ts';
import type { HyperDhtStats } from './io/transport/hyperdht-transport.ts';
import type { OwnKeys } from './io/transport/own-keys.ts';
import { RelayService } from './io/transport/relay-service.ts';
import { RelayTransport } from './io/transport/relay-transport.ts';
import { TcpDoor } from './io/transport/tcp-door.ts';
import { TcpTransport } from './io/transport/tcp-transport.ts';

/** Which contacts' devices pass on for others, the preferred first. */
export interface HelperBook {
  /** Where this device waits to be called. */
  ownHelpers(): readonly DeviceKey[];
  /** Where a device may wait. */
  helpersOf(device: DeviceKey): readonly HelperPlace[];
  /** Where this device waits is not as it was. */
  onWaiting?(): void;
}

export interface DhtPlace {
  /** IPv4: one address of this computer, or `0.0.0.0`. */
  readonly bindHost: string;
  /** An IPv4 address at which everybody can reach this device: then newcomers can begin here. */
  readonly publicHost?: string | undefined;
  readonly bootstrap: readonly Endpoint[];
  /** `nodes()` of last time. */
  readonly nodes: readonly Endpoint[];
}

export interface MeshOptions {
  readonly keys: OwnKeys;
  readonly admission: Admission;
  readonly book: AddressBook;
  readonly helpers: HelperBook;
  /** Whom this device relays for; undefined: nobody. */
  readonly relayHost?: Admission | undefined;
  /** Addresses to listen at. */
  readonly hosts: readonly string[];
  /** Of TCP, and of UDP if it is free there. 0: any free one. */
  readonly port: number;
  /** Undefined: no DHT, and no UDP at all. */
  readonly dht?: DhtPlace | undefined;
  /** The group of the local network, in which people meet who say a code; undefined: nobody is looked for near. */
  readonly near?: LanGroup | undefined;
  /** Devices that may come and are not there. */
  awaited?(): readonly DeviceKey[];
  /** Whether an address is of this computer or of a network around it. */
  isNear(host: string): boolean;
  /** Whether an address may be contacted at all; what goes over the port Net is held to that by who gave it. */
  mayReach(host: string): boolean;
}

export interface MeshPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly net: Net;
  readonly ed25519: Ed25519;
}

export interface MeshStats {
  /** Where others come in over TCP. */
  readonly tcp: readonly Endpoint[];
  readonly dht: HyperDhtStats | undefined;
  /** Helpers at which this device can be called. */
  readonly waitingAt: readonly DeviceKey[];
  /** Devices that can be called at this one. */
  readonly waiters: number;
}

export class Mesh implements AsyncDisposable {
  readonly links: MeshLinks;
  /** In the directory and in the local network, as far as there are any. */
  readonly rendezvous: Rendezvous;
  readonly port: number;
  readonly #door: TcpDoor;
  readonly #parts: Parts;
  readonly #resources: AsyncDisposableStack;

  /**
   * Rejects as `Net.listen`, or with LocalFault `LISTEN_FAILED`.
   * @param onFailure told of errors that nothing foresaw, in what runs in the background
   */
  static async open(
    options: MeshOptions,
    ports: MeshPorts,
    onFailure: (error: unknown) => void,
    signal: AbortSignal,
  ): Promise<Mesh> {
    await using resources = new AsyncDisposableStack();
    const { keys, hosts, port, admission, relayHost } = options;
    const { net, clock, random } = ports;
    const at = hosts.map((host) => ({ host, port }));
    const door = resources.use(await TcpDoor.open({ at, keys, net, clock }, signal));
    const parts: Parts = { dht: undefined, relays: undefined, service: undefined };
    if (relayHost !== undefined)
      parts.service = resources.use(new RelayService({ door, host: relayHost, clock, random }));
    const transports = transportsOf(options, ports, door, parts);
    const links = resources.use(
      await MeshLinks.open({ own: keys.device, transports, admission, onFailure }, ports, signal),
    );
    const near = options.near && resources.use(new LanRendezvous(options.near, hosts, ports));
    const places = [near, parts.dht?.meetingPlace()].filter((place) => place !== undefined);
    const rendezvous = new MeetingPlaces(places, ports);
    return new Mesh(links, rendezvous, door, parts, resources.move());
  }

  private constructor(
    links: MeshLinks,
    rendezvous: Rendezvous,
    door: TcpDoor,
    parts: Parts,
    resources: AsyncDisposableStack,
  ) {
    this.links = links;
    this.rendezvous = rendezvous;
    this.port = portOf(door);
    this.#door = door;
    this.#parts = parts;
    this.#resources = resources;
  }

  get stats(): MeshStats {
    const { dht, relays, service } = this.#parts;
    return {
      tcp: this.#door.locals,
      dht: dht?.stats,
      waitingAt: relays?.waitingAt ?? [],
      waiters: service?.waiterCount ?? 0,
    };
  }

  /** Of the DHT: to be given to the next `open`. */
  nodes(): readonly Endpoint[] {
    return this.#parts.dht?.nodes() ?? [];
  }

  /** Helpers by which that device can call this one, also while they are away for now. */
  placesFor(caller: DeviceKey): readonly HelperPlace[] {
    return this.#parts.relays?.placesFor(caller) ?? [];
  }

  /** The same by whoever has an invitation that ends then (seconds since 1970). */
  passesUntil(until: number): readonly InvitationHelper[] {
    return this.#parts.relays?.passesUntil(until) ?? [];
  }

  /** Addresses of a node that was heard of otherwise: those of UDP are asked. */
  addNodes(addresses: readonly TellableAddress[]): void {
    for (const { kind, host, port } of addresses)
      if (kind === 'udp') this.#parts.dht?.addNode({ host, port });
  }

  /** This computer has other addresses, came into another network, or woke up. */
  networkChanged(): void {
    this.#parts.dht?.networkChanged();
    this.#parts.relays?.refresh();
    this.links.networkChanged();
  }

  /** Who helps, or where, has changed. */
  helpersChanged(): void {
    this.#parts.relays?.refresh();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }
}

interface Parts {
  dht: HyperDhtTransport | undefined;
  relays: RelayTransport | undefined;
  service: RelayService | undefined;
}

function transportsOf(
  options: MeshOptions,
  { net, clock, random }: MeshPorts,
  door: TcpDoor,
  parts: Parts,
): OpenTransport[] {
  const { keys, book, helpers, dht } = options;
  const isNear = (host: string): boolean => options.isNear(host);
  const tcp: OpenTransport = async (host) =>
    new TcpTransport({ host, book, isNear, door, keys, net, clock });
  const hyperdht = (place: DhtPlace): OpenTransport => {
    const mayReach = (host: string): boolean => options.mayReach(host);
    const common = {
      ...place,
      keys,
      book,
      clock,
      isNear,
      mayReach,
      relays: () => helpers.ownHelpers(),
      awaited: () => options.awaited?.() ?? [],
    };
    return async (host, signal) =>
      (parts.dht = await HyperDhtTransport.open({ ...common, host, port: portOf(door) }, signal));
  };
  const relay: OpenTransport = async (host) => {
    const relays = (parts.relays = new RelayTransport({
      host,
      book,
      random,
      keys,
      net,
      clock,
      ownHelpers: () => helpers.ownHelpers(),
      helpersOf: (device) => helpers.helpersOf(device),
    }));
    relays.onWaiting = () => helpers.onWaiting?.();
    return relays;
  };
  return [tcp, ...(dht === undefined ? [] : [hyperdht(dht)]), relay];
}

function portOf({ locals }: TcpDoor): number {
  return locals[0]?.port ?? 0;
}
