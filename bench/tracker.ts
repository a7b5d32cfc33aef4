/** An HTTP tracker (BEP 3, 23) for one swarm on loopback, which never forgets a peer. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';

/** Between a seed's first announce and its first peer; libtorrent is slower when met at once. */
export const SETTLE_MS = 500;

export interface Tracker extends AsyncDisposable {
  readonly url: string;
  /** Resolves when whoever listens on that port has announced itself. */
  whenAnnounced(port: number): Promise<void>;
  /** When it first did, as `performance.now()` has it. */
  announcedAt(port: number): number | undefined;
}

export async function openTracker(): Promise<Tracker> {
  const announced = new Map<number, number>();
  const waiting = new Map<number, () => void>();
  const server = createServer((request, response) => {
    const now = performance.now();
    const query = new URLSearchParams(request.url?.split('?')[1]);
    const port = Number(query.get('port'));
    if (!announced.has(port)) announced.set(port, now);
    waiting.get(port)?.();
    response.end(peersReply([...announced.keys()].filter((other) => other !== port)));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert(address !== null && typeof address === 'object', 'it listens on a port');
  return {
    url: `http://127.0.0.1:${address.port}/announce`,
    whenAnnounced: (port) =>
      new Promise((resolve) => {
        waiting.set(port, resolve);
        if (announced.has(port)) resolve();
      }),
    announcedAt: (port) => announced.get(port),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function peersReply(ports: readonly number[]): Uint8Array {
  const peers = ports.map((port) => Buffer.from([127, 0, 0, 1, port >> 8, port & 0xff]));
  const list = Buffer.concat(peers);
  return Buffer.concat([
    Buffer.from(`d8:intervali600e5:peers${list.length}:`),
    list,
    Buffer.from('e'),
  ]);
}
