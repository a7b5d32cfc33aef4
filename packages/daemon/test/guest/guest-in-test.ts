/** A running peer with a link for guests, on loopback, and ways to ask it as a guest does. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import type { CreateGuestLink, GuestLink } from '@coequal/contract';
import { openPeer } from '../api/peer-in-test.ts';
import type { PeerChoices, PeerInTest } from '../api/peer-in-test.ts';

export interface GuestAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly bytes: Buffer;
  readonly text: string;
}

export interface GuestRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Another address of this computer. */
  readonly from?: string;
}

export interface GuestPeer extends AsyncDisposable {
  readonly opened: PeerInTest;
  readonly port: number;
  /** `/SECRET/`. */
  readonly at: string;
  /** The whole address. */
  readonly url: string;
  readonly link: GuestLink;
  /** As it is now, a turn later: what waits for a change lets others do something. */
  now(): Promise<GuestLink>;
  /** `path`: below the link, or from the root. */
  ask(path: string, request?: GuestRequest): Promise<GuestAnswer>;
}

/** With three files in two folders, of which one name is no name for Windows. */
export function writeHoliday(folder: string): string {
  const holiday = join(folder, 'Holiday 2026');
  mkdirSync(join(holiday, 'Süden'), { recursive: true });
  writeFileSync(join(holiday, 'lake at dawn.jpg'), 'lake'.repeat(50_000));
  writeFileSync(join(holiday, 'Süden', 'what: a <day>.txt'), 'sun\n');
  writeFileSync(join(holiday, 'empty.txt'), '');
  return holiday;
}

export async function openGuestPeer(
  request: Partial<CreateGuestLink> = {},
  paths: (folder: string) => readonly string[] = (folder) => [writeHoliday(folder)],
  choices: PeerChoices = {},
): Promise<GuestPeer> {
  await using resources = new AsyncDisposableStack();
  const opened = resources.use(await openPeer(choices));
  const body = { paths: [...paths(opened.folder.path)], ...request };
  const link = await opened.client.call('createGuestLink', { body });
  const { port, pathname, href } = new URL(link.addresses[0]?.url ?? 'http://none');
  const owned = resources.move();
  return {
    opened,
    port: Number(port),
    at: pathname,
    url: href,
    link,
    async now() {
      await setImmediate();
      return opened.peer.guestLinks.list().find(({ id }) => id === link.id) ?? link;
    },
    ask: (path, asked = {}) =>
      askGuest(Number(port), path.startsWith('/') ? path : pathname + path, asked),
    async [Symbol.asyncDispose]() {
      const told = opened.peer.journal.read(0, undefined).map(({ what }) => what);
      await owned.disposeAsync();
      // whatever a guest did, nothing of it is a bug
      assert.deepEqual(
        told.filter(({ code }) => code === 'BUG'),
        [],
      );
    },
  };
}

export async function askGuest(
  port: number,
  path: string,
  { method = 'GET', headers = {}, body, from }: GuestRequest = {},
): Promise<GuestAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const options = {
    host: '127.0.0.1',
    port,
    method,
    path,
    headers,
    agent: false,
    ...(from !== undefined && { localAddress: from }),
  } as const;
  const sent = request(options, resolve);
  sent.on('error', reject).end(body);
  const response = await promise;
  const bytes = await buffer(response);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    bytes,
    text: bytes.toString(),
  };
}

/** Its exit code, and what it printed. */
export async function run(
  command: string,
  ...parameters: readonly string[]
): Promise<{ readonly code: number; readonly out: string }> {
  const { promise, resolve } = Promise.withResolvers<{ code: number; out: string }>();
  execFile(command, parameters, { timeout: 60_000 }, (error, out) =>
    resolve({ code: Number(error?.code ?? 0), out }),
  );
  return await promise;
}
