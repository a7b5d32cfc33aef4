// Everybody else of people-at-rest.ts: nodes of HyperDHT, people who become contacts and leave, and people who become
// contacts and stay. Orders come as lines of JSON, each is answered by one.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Endpoint } from '@coequal/base';
import { openPorts, openSlowHash } from '@coequal/base/node';
import { Mesh, ownKeysOf } from '@coequal/mesh';
import { LightPeer } from '../test/people/light-peer.ts';

export type Order =
  /** Nodes with which others begin. */
  | { readonly type: 'nodes'; readonly hosts: readonly string[]; readonly port: number }
  /** They come by a link one after another, tell where they are, and leave. */
  | {
      readonly type: 'leave';
      readonly links: readonly string[];
      readonly host: string;
      /** Of the persons. */
      readonly names: readonly string[];
    }
  | {
      readonly type: 'stay';
      readonly link: string;
      readonly hosts: readonly string[];
      readonly bootstrap: readonly Endpoint[];
    };

/** In touch at a time: fewer than strangers may be. */
const AT_ONCE = 8;

const folder = mkdtempSync(join(tmpdir(), 'coequal-others-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
await using stack = new AsyncDisposableStack();
const ports = { ...stack.use(openPorts({ workers: 1 })), slowHash: openSlowHash() };
const never = new AbortController().signal;

async function follow(order: Order): Promise<void> {
  switch (order.type) {
    case 'nodes':
      for (const host of order.hosts) await openNode(host, order);
      return;
    case 'leave': {
      const names = [...order.names.entries()];
      const live = async (): Promise<void> => {
        for (let next = names.shift(); next !== undefined; next = names.shift()) {
          const [index, name] = next;
          const link = order.links[index % order.links.length] ?? '';
          const { host } = order;
          const someone = await LightPeer.open({ name, host, folder }, ports);
          await someone.join(link);
          await someone[Symbol.asyncDispose]();
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, live));
      return;
    }
    case 'stay':
      await Promise.all(
        order.hosts.map(async (host, index) => {
          const name = `Here ${index}`;
          const { bootstrap } = order;
          const someone = await LightPeer.open({ name, host, folder, bootstrap }, ports);
          stack.use(someone);
          await someone.join(order.link);
        }),
      );
  }
}

async function openNode(
  host: string,
  { hosts, port }: Extract<Order, { type: 'nodes' }>,
): Promise<void> {
  const others = hosts.filter((each) => each !== host).map((each) => ({ host: each, port }));
  stack.use(
    await Mesh.open(
      {
        keys: ownKeysOf(ports.random.bytes(32), ports.ed25519),
        admission: { levelOf: () => 'refused' },
        book: { addressesOf: () => [] },
        helpers: { ownHelpers: () => [], helpersOf: () => [] },
        hosts: [host],
        port,
        dht: { bindHost: host, publicHost: host, bootstrap: others, nodes: [] },
        isNear: () => false,
        mayReach: () => true,
      },
      ports,
      fail,
      never,
    ),
  );
}

function fail(error: unknown): void {
  throw error;
}

const input = createInterface({ input: process.stdin });
// also when who orders was killed
input.once('close', () => process.exit());
process.once('SIGTERM', () => input.close());
console.log(JSON.stringify('ready'));
for await (const line of input) {
  await follow(JSON.parse(line) as Order); // of our own bench
  console.log(JSON.stringify('done'));
}
