/** A running peer whose page is open to "other devices": at an address of loopback that its first listener does not hear. */
import { request as requestPlain } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { request as requestSecure } from 'node:https';
import { text } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { TLSSocket } from 'node:tls';
import type { ApiError, RemotePage, Settings } from '@coequal/contract';
import { openPeer } from '../api/peer-in-test.ts';
import type { Asked, PeerChoices, PeerInTest } from '../api/peer-in-test.ts';

/** Of this process alone: at another, a port that is free for a moment may be somebody else's the next. */
export const ADDRESS = `127.${1 + ((process.pid >> 8) & 0x7f)}.${process.pid & 0xff}.2`;

export interface FarAsked extends Asked {
  /** SHA-256 of the certificate that was presented; undefined without TLS. */
  readonly fingerprint: string | undefined;
}

export interface FarRequest {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Another address of this computer. */
  readonly from?: string;
}

export interface RemotePeer extends AsyncDisposable {
  readonly opened: PeerInTest;
  readonly port: number;
  /** As a Host header has it. */
  readonly host: string;
  readonly origin: string;
  /** By the way that is open. */
  ask(request: FarRequest): Promise<FarAsked>;
  /** The headers of a browser that was paired. */
  pair(agent?: string): Promise<{ readonly cookie: string; readonly origin: string }>;
}

export async function openRemotePeer(
  values: Partial<Settings> = {},
  choices: PeerChoices = {},
): Promise<RemotePeer> {
  await using resources = new AsyncDisposableStack();
  const opened = resources.use(await openPeer({ reach: 'private', ...choices }));
  const wanted = { pageReach: 'https', pageAddress: ADDRESS, ...values } as const;
  opened.peer.settings.change({ values: wanted });
  const { port = 0 } = await settled(opened);
  const isSecure = wanted.pageReach === 'https';
  const host = `${ADDRESS}:${port}`;
  const origin = `${isSecure ? 'https' : 'http'}://${host}`;
  const ask = (request: FarRequest): Promise<FarAsked> => askAt(port, isSecure, request);
  const owned = resources.move();
  return {
    opened,
    port,
    host,
    origin,
    ask,
    async pair(agent = '') {
      const { links } = await opened.client.call('pairBrowser', {});
      const { pathname, search } = new URL(links[0]?.url ?? '');
      const headers = { 'user-agent': agent };
      const { headers: told } = await ask({ path: pathname + search, headers });
      const [cookie = ''] = told['set-cookie'] as readonly string[];
      return { cookie: cookie.split(';')[0] ?? '', origin };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Once it is open, or cannot be. */
export async function settled({ client, peer }: PeerInTest): Promise<RemotePage> {
  for (;;) {
    const page = await client.call('showRemotePage', {});
    if (page.state !== 'starting') return page;
    while (isStarting(peer)) await setImmediate(); // to ask so often is refused
  }
}

function isStarting({ supervisor, remotePage }: PeerInTest['peer']): boolean {
  const service = supervisor.report.find(({ name }) => name === remotePage.name);
  return service !== undefined && remotePage.report(service).state === 'starting';
}

export async function askAt(
  port: number,
  isSecure: boolean,
  { method = 'GET', path, headers = {}, body, from }: FarRequest,
): Promise<FarAsked> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const options = {
    host: ADDRESS,
    port,
    method,
    path,
    headers,
    agent: false,
    rejectUnauthorized: false, // as a person who goes on after the warning
    ...(from !== undefined && { localAddress: from }),
  } as const;
  const sent = (isSecure ? requestSecure : requestPlain)(options, resolve);
  sent.on('error', reject).end(body);
  const response = await promise;
  const { socket } = response;
  const fingerprint =
    socket instanceof TLSSocket ? socket.getPeerCertificate().fingerprint256 : undefined;
  const told = await text(response);
  const { statusCode: status = 0, headers: given } = response;
  return { status, headers: given, body: told, error: errorOf(told), fingerprint };
}

function errorOf(body: string): ApiError['error'] | undefined {
  try {
    return (JSON.parse(body) as Partial<ApiError>).error;
  } catch {
    return undefined; // no JSON
  }
}
