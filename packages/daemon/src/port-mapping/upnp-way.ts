/** Maps ports by UPnP: finds the router by multicast, then asks it over HTTP. */
import { request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { LocalFault, PeerFault } from '@coequal/base';
import type { Ports } from '@coequal/base';
import type { MapRequest } from './pcp.ts';
import {
  addPortMapping,
  deletePortMapping,
  encodeSearches,
  parseDescription,
  parseErrorCode,
  parseSearchAnswer,
  SSDP_GROUP,
} from './upnp.ts';
import type { UpnpCall, UpnpService } from './upnp.ts';
import { within } from './way.ts';
import type { Granted, Way, WayPorts } from './way.ts';

/** A device answers within the second that it is given; a search that was lost is sent again. */
const SEARCH_MS: readonly number[] = [1_500, 1_500];

/** For each question and its answer: routers are near, and slow. */
const UPNP_TIMEOUT_MS = 4_000;

/** Descriptions have ten or so; more is no router of a home. */
const ANSWER_LENGTH_MAX = 128 * 1_024;

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
  const { promise, resolve } = Promise.withResolvers<URL>();
  await using socket = await ports.net.udp(
    { host: local, port: 0 },
    (batch) => {
      for (const { bytes, from } of batch) {
        const location = parseSearchAnswer(bytes, from.host);
        if (location !== undefined) resolve(location);
      }
    },
    signal,
  );
  for (const ms of SEARCH_MS) {
    for (const search of encodeSearches()) socket.send(search, SSDP_GROUP);
    const location = await within(promise, ms, ports, signal);
    if (location === undefined) continue;
    const { text } = await ask(location, undefined, local, signal);
    const service = parseDescription(text, location);
    return service && new UpnpWay(service, local, ports.random);
  }
  return undefined;
}

class UpnpWay implements Way {
  readonly name = 'UPnP';
  readonly router: string;
  readonly #service: UpnpService;
  readonly #local: string;
  readonly #random: Ports['random'];

  constructor(service: UpnpService, local: string, random: Ports['random']) {
    this.router = service.control.hostname;
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
    const { status, text } = await ask(this.#service.control, call, this.#local, signal);
    return status === 200 ? undefined : (parseErrorCode(text) ?? status);
  }
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** One exchange over HTTP; follows no redirect. Rejects with a LocalFault `HTTP_FAILED`, or the signal's reason. */
async function ask(
  url: URL,
  call: UpnpCall | undefined,
  local: string,
  signal: AbortSignal,
): Promise<Answer> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(UPNP_TIMEOUT_MS)]);
  const outgoing = httpRequest(url, {
    agent: false,
    method: call === undefined ? 'GET' : 'POST',
    headers: call?.headers ?? {},
    localAddress: local,
    signal: limit,
  });
  try {
    const response = await responseTo(outgoing, call?.body);
    return { status: response.statusCode ?? 0, text: await readText(response) };
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof PeerFault) throw cause;
    throw new LocalFault('HTTP_FAILED', { router: url.hostname }, { cause });
  } finally {
    outgoing.destroy();
  }
}

function responseTo(outgoing: ClientRequest, body: string | undefined): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  outgoing.on('response', resolve);
  outgoing.on('error', reject);
  outgoing.end(body);
  return promise;
}

async function readText(response: IncomingMessage): Promise<string> {
  let text = '';
  response.setEncoding('latin1');
  for await (const part of response) {
    text += String(part);
    if (text.length > ANSWER_LENGTH_MAX) throw new PeerFault('HTTP_BODY_TOO_LONG');
  }
  return text;
}
