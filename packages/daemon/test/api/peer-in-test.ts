/** A running peer in this process, on loopback, and ways to ask it: as the owner, as nobody, byte by byte. */
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { Client } from '@coequal/contract';
import type { ApiError, Settings } from '@coequal/contract';
import type { ServerLimits } from '../../src/api/server.ts';
import type { GuestLimits } from '../../src/guest/guest-server.ts';
import { readOwnerSecret } from '../../src/peer/owner-secret.ts';
import { RunningPeer } from '../../src/peer/running-peer.ts';
import type { Reach } from '../../src/reach.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import type { TemporaryFolder } from '../temporary-folder.ts';

export interface Asked {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
  /** Of a refusal. */
  readonly error: ApiError['error'] | undefined;
}

export interface PeerInTest extends AsyncDisposable {
  readonly peer: RunningPeer;
  readonly folder: TemporaryFolder;
  readonly url: string;
  readonly port: number;
  readonly secret: string;
  /** The owner's. */
  readonly client: Client;
  /** Nothing is added to what is given but a Host. */
  ask(
    method: string,
    path: string,
    headers?: Readonly<Record<string, string>>,
    body?: string,
  ): Promise<Asked>;
  askAsOwner(method: string, path: string, body?: unknown): Promise<Asked>;
  /** All that the server says to these bytes until it closes. */
  sendRaw(...parts: readonly string[]): Promise<string>;
}

export interface PeerChoices {
  readonly serverLimits?: ServerLimits;
  readonly pageDirectory?: string;
  readonly guestLimits?: GuestLimits;
  /** `loopback` if absent. */
  readonly reach?: Reach;
  readonly flags?: Partial<Settings>;
  /** One that was open before, with what it holds; it stays its maker's. */
  readonly folder?: TemporaryFolder;
}

export async function openPeer(choices: PeerChoices = {}): Promise<PeerInTest> {
  const folder = choices.folder ?? temporaryFolder();
  const peer = await RunningPeer.open({
    home: folder.at('home'),
    downloadDirectory: folder.at('files'),
    reach: choices.reach ?? 'loopback',
    apiPort: 0,
    flags: { usesLsd: false, ...choices.flags },
    environment: {},
    pageDirectory: choices.pageDirectory,
    ...(choices.guestLimits !== undefined && { guestLimits: choices.guestLimits }),
    ...(choices.serverLimits !== undefined && { serverLimits: choices.serverLimits }),
  });
  const { url } = peer;
  const port = Number(new URL(url).port);
  const secret = readOwnerSecret(folder.at('home'));
  const ask: PeerInTest['ask'] = async (method, path, headers = {}, body) => {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const sent = request({ port, method, path, headers, agent: false }, resolve);
    sent.on('error', reject).end(body);
    const response = await promise;
    const told = await text(response);
    const { statusCode: status = 0, headers: given } = response;
    return { status, headers: given, body: told, error: errorOf(told) };
  };
  return {
    peer,
    folder,
    url,
    port,
    secret,
    client: new Client({ base: url, secret }),
    ask,
    askAsOwner: (method, path, body) =>
      ask(
        method,
        path,
        {
          authorization: `Bearer ${secret}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        body === undefined ? undefined : JSON.stringify(body),
      ),
    sendRaw: async (...parts) => {
      const socket = connect(port, '127.0.0.1');
      for (const part of parts) socket.write(part);
      return await text(socket).catch((error: unknown) => String(error));
    },
    async [Symbol.asyncDispose]() {
      await peer[Symbol.asyncDispose]();
      if (choices.folder === undefined) folder[Symbol.dispose]();
    },
  };
}

/**
 * What `look` gives, as soon as it gives something: it looks after each event of the peer, which refuses who asks without
 * a pause.
 */
export async function until<Found>(
  { peer }: Pick<PeerInTest, 'peer'>,
  look: () => Promise<Found | undefined>,
): Promise<Found> {
  let told = Promise.withResolvers<void>();
  const write = (): void => {
    told.resolve();
    told = Promise.withResolvers();
  };
  const leave = peer.hub.open('test', undefined, { waitingBytes: 0, write, end: () => undefined });
  try {
    for (;;) {
      const next = told.promise; // what happens while it looks is not missed
      const found = await look();
      if (found !== undefined) return found;
      await next;
    }
  } finally {
    leave();
  }
}

function errorOf(body: string): ApiError['error'] | undefined {
  try {
    return (JSON.parse(body) as Partial<ApiError>).error;
  } catch {
    return undefined; // no JSON
  }
}
