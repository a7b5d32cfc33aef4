/** Maps ports by UPnP: finds the router by multicast, then asks it over HTTP. */
import { PeerFault } from '@coequal/base';
import type { Ports } from '@coequal/base';
import type { MapRequest } from './pcp.ts';
import { addPortMapping, deletePortMapping, externalAddress, MAPPING } from './upnp.ts';
import { parseExternalAddress } from './upnp.ts';
import type { UpnpCall, UpnpService } from './upnp.ts';
import { askUpnp, findUpnpService } from './upnp-ask.ts';
import type { Granted, Way, WayPorts } from './way.ts';

const ERROR_TAKEN = 718;
const ERROR_PERMANENT_ONLY = 725;

/** When another computer has the port outside: any of the dynamic ones (RFC 6335). */
const OTHER_PORT_MIN = 49_152;
const OTHER_PORT_COUNT = 16_384;

/** Undefined when no router answers a search from `local`. Rejects with the signal's reason. */
export async function findUpnpWay(
  local: string,
  ports: WayPorts,
  signal: AbortSignal,
): Promise<UpnpWay | undefined> {
  const service = await findUpnpService({ local, zone: undefined }, MAPPING, ports, signal);
  return service && new UpnpWay(service, local, ports.random);
}

class UpnpWay implements Way {
  readonly name = 'UPnP';
  readonly router: string;
  readonly #service: UpnpService;
  readonly #local: string;
  readonly #random: Ports['random'];

  constructor(service: UpnpService, local: string, random: Ports['random']) {
    this.router = service.control.url.hostname;
    this.#service = service;
    this.#local = local;
    this.#random = random;
  }

  async map(request: MapRequest, signal: AbortSignal): Promise<Granted> {
    const { lifetimeSeconds } = request;
    let wanted = request;
    let error = await this.#add(wanted, signal);
    if (error === ERROR_TAKEN) {
      const externalPort = OTHER_PORT_MIN + Math.floor(this.#random.number() * OTHER_PORT_COUNT);
      wanted = { ...wanted, externalPort };
      error = await this.#add(wanted, signal);
    }
    if (error === ERROR_PERMANENT_ONLY) {
      error = await this.#add({ ...wanted, lifetimeSeconds: 0 }, signal);
    }
    if (error !== undefined) {
      throw new PeerFault('PORT_MAPPING_REFUSED', { router: this.router, result: error });
    }
    return { externalPort: wanted.externalPort, lifetimeSeconds };
  }

  async outsideHost(signal: AbortSignal): Promise<string | undefined> {
    const call = externalAddress(this.#service.type);
    return parseExternalAddress((await askUpnp(this.#service, call, this.#local, signal)).text);
  }

  async remove({ protocol, externalPort }: MapRequest, signal: AbortSignal): Promise<void> {
    const { type } = this.#service;
    await this.#call(deletePortMapping(type, { protocol, externalPort }), signal);
  }

  #add(
    { protocol, port, externalPort, lifetimeSeconds }: MapRequest,
    signal: AbortSignal,
  ): Promise<number | undefined> {
    const mapping = { protocol, port, externalPort, client: this.#local };
    const leaseSeconds = lifetimeSeconds;
    const call = addPortMapping(this.#service.type, { ...mapping, leaseSeconds });
    return this.#call(call, signal);
  }

  /** What the router has against it. */
  async #call(call: UpnpCall, signal: AbortSignal): Promise<number | undefined> {
    const { error } = await askUpnp(this.#service, call, this.#local, signal);
    return error;
  }
}
