/** Has a router let peers in over IPv6: by PCP, or by UPnP where it does not speak that. */
import { LocalFault, PeerFault } from '@coequal/base';
import type { MappedProtocol, MapRequest } from './pcp.ts';
import {
  addPinhole,
  deletePinhole,
  hostOf,
  parsePinholeId,
  PINHOLES,
  updatePinhole,
} from './upnp.ts';
import type { UpnpCall, UpnpService } from './upnp.ts';
import { askUpnp, findUpnpService } from './upnp-ask.ts';
import type { UpnpAnswer, UpnpSide } from './upnp-ask.ts';
import type { Granted, Way, WayPorts } from './way.ts';

/** The first that does it, and the other when that fails. */
export class PinholeWay implements Way {
  readonly #ways: readonly Way[];
  /** That which worked last. */
  #way: Way;

  constructor(first: Way, ...others: readonly Way[]) {
    this.#ways = [first, ...others];
    this.#way = first;
  }

  get name(): Way['name'] {
    return this.#way.name;
  }

  get router(): string {
    return this.#way.router;
  }

  async map(request: MapRequest, signal: AbortSignal): Promise<Granted> {
    const problems: unknown[] = [];
    for (const way of new Set([this.#way, ...this.#ways])) {
      try {
        const granted = await way.map(request, signal);
        this.#way = way;
        return granted;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof LocalFault || error instanceof PeerFault)) throw error;
        problems.push(error);
      }
    }
    // who refuses is to be named, rather than who says nothing
    throw problems.find((problem) => problem instanceof PeerFault) ?? problems[0];
  }

  async remove(request: MapRequest, signal: AbortSignal): Promise<void> {
    await this.#way.remove(request, signal);
  }
}

/** By UPnP, from one of our addresses; the router is looked for when it is first asked, and again when it is gone. */
export class UpnpPinholes implements Way {
  readonly name = 'UPnP';
  readonly #side: UpnpSide;
  readonly #ports: WayPorts;
  #service: UpnpService | undefined;
  /** Holes by what they are for. */
  readonly #ids = new Map<MappedProtocol, number>();

  constructor(side: UpnpSide, ports: WayPorts) {
    this.#side = side;
    this.#ports = ports;
  }

  get router(): string {
    const { url, zone } = this.#service?.control ?? {};
    const host = url === undefined ? '' : hostOf(url);
    return zone === undefined ? host : `${host}%${zone}`;
  }

  async map(
    { protocol, port, lifetimeSeconds }: MapRequest,
    signal: AbortSignal,
  ): Promise<Granted> {
    const granted = { externalPort: port, lifetimeSeconds };
    const id = this.#ids.get(protocol);
    try {
      this.#service ??= await findUpnpService(this.#side, PINHOLES, this.#ports, signal);
      if (this.#service === undefined) throw new LocalFault('ROUTER_SILENT');
      const { type } = this.#service;
      if (id !== undefined) {
        const kept = await this.#call(updatePinhole(type, id, lifetimeSeconds), signal);
        if (kept.error === undefined) return granted;
        this.#ids.delete(protocol); // the router was restarted, and knows it no longer
      }
      const client = this.#side.local;
      const wanted = { protocol, port, client, leaseSeconds: lifetimeSeconds };
      const { error, text } = await this.#call(addPinhole(type, wanted), signal);
      const given = parsePinholeId(text);
      if (error !== undefined || given === undefined)
        throw new PeerFault('PORT_MAPPING_REFUSED', { router: this.router, result: error });
      this.#ids.set(protocol, given);
      return granted;
    } catch (error) {
      if (error instanceof LocalFault) this.#service = undefined;
      throw error;
    }
  }

  async remove({ protocol }: MapRequest, signal: AbortSignal): Promise<void> {
    const id = this.#ids.get(protocol);
    if (id === undefined || this.#service === undefined) return;
    this.#ids.delete(protocol);
    await this.#call(deletePinhole(this.#service.type, id), signal);
  }

  async #call(call: UpnpCall, signal: AbortSignal): Promise<UpnpAnswer> {
    const service = this.#service;
    if (service === undefined) throw new LocalFault('ROUTER_SILENT');
    return await askUpnp(service, call, this.#side.local, signal);
  }
}
