/** Exchanges with routers that speak UPnP: the search by multicast, and what they are asked over HTTP. */
import { request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { LocalFault, PeerFault } from '@coequal/base';
import {
  encodeSearches,
  hostOf,
  parseDescription,
  parseErrorCode,
  parseSearchAnswer,
  searchGroup,
} from './upnp.ts';
import type { UpnpCall, UpnpKind, UpnpPlace, UpnpService } from './upnp.ts';
import { within } from './way.ts';
import type { WayPorts } from './way.ts';

/** A device answers within the second that it is given; a search that was lost is sent again. */
const SEARCH_MS: readonly number[] = [1_500, 1_500];

/** For each question and its answer: routers are near, and slow. */
const UPNP_TIMEOUT_MS = 4_000;

/** Descriptions have ten or so; more is no router of a home. */
const ANSWER_LENGTH_MAX = 128 * 1_024;

/** The interface on which a router is looked for, by our address there; IPv6 needs its name, too. */
export interface UpnpSide {
  readonly local: string;
  readonly zone: string | undefined;
}

/** Undefined when no router there has that service. Rejects with a LocalFault, PeerFault, or the signal's reason. */
export async function findUpnpService(
  { local, zone }: UpnpSide,
  kind: UpnpKind,
  ports: WayPorts,
  signal: AbortSignal,
): Promise<UpnpService | undefined> {
  const { promise, resolve } = Promise.withResolvers<UpnpPlace>();
  await using socket = await ports.net.udp(
    { host: local, port: 0 },
    (batch) => {
      for (const { bytes, from } of batch) {
        const place = parseSearchAnswer(bytes, from.host);
        if (place !== undefined) resolve(place);
      }
    },
    signal,
  );
  for (const ms of SEARCH_MS) {
    for (const search of encodeSearches(kind)) socket.send(search, searchGroup(kind, zone));
    const place = await within(promise, ms, ports, signal);
    if (place === undefined) continue;
    const { text } = await ask(place, undefined, local, signal);
    return parseDescription(text, place, kind);
  }
  return undefined;
}

export interface UpnpAnswer {
  /** What the router has against it. */
  readonly error: number | undefined;
  readonly text: string;
}

/** Rejects with a LocalFault `HTTP_FAILED`, PeerFault `HTTP_BODY_TOO_LONG`, or the signal's reason. */
export async function askUpnp(
  { control }: UpnpService,
  call: UpnpCall,
  local: string,
  signal: AbortSignal,
): Promise<UpnpAnswer> {
  const { status, text } = await ask(control, call, local, signal);
  return { error: status === 200 ? undefined : (parseErrorCode(text) ?? status), text };
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** One exchange over HTTP; follows no redirect. Rejects with a LocalFault `HTTP_FAILED`, or the signal's reason. */
async function ask(
  { url, zone }: UpnpPlace,
  call: UpnpCall | undefined,
  local: string,
  signal: AbortSignal,
): Promise<Answer> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(UPNP_TIMEOUT_MS)]);
  const outgoing = httpRequest(url, {
    agent: false,
    method: call === undefined ? 'GET' : 'POST',
    headers: { ...call?.headers, host: url.host },
    ...(zone !== undefined && { hostname: `${hostOf(url)}%${zone}` }),
    localAddress: local,
    signal: limit,
  });
  try {
    const response = await responseTo(outgoing, call?.body);
    return { status: response.statusCode ?? 0, text: await readText(response) };
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof PeerFault) throw cause;
    throw new LocalFault('HTTP_FAILED', { router: hostOf(url) }, { cause });
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
