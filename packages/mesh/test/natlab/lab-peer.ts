/**
 * A device with all transports, in a process of its own, for tests in the laboratory. It is told what it is by its
 * argument, and what to do by lines on its input; each answer is a line of JSON. Whoever comes is admitted, and gets back
 * what it sends.
 */
import { createHash } from 'node:crypto';
import { createInterface } from 'node:readline';
import { LocalFault } from '@coequal/base';
import type { DeviceKey, Endpoint, LinkPath } from '@coequal/base';
import { openClock, openEd25519, openNet, openRandom, scopeOf } from '@coequal/base/node';
import {
  HyperDhtTransport,
  ownKeysOf,
  RelayService,
  RelayTransport,
  TcpDoor,
  TcpTransport,
} from '../../src/index.ts';
import type {
  AddressBook,
  Carrier,
  HyperDhtOptions,
  KnownAddress,
  OwnKeys,
  Transport,
} from '../../src/index.ts';

export interface LabPeerOptions {
  readonly name: string;
  /** 0: any. */
  readonly udpPort: number;
  /** None: nobody comes in by TCP. */
  readonly tcpPort?: number;
  /** Where everybody reaches it: it is a node from the beginning. */
  readonly publicHost?: string;
  readonly bootstrap: readonly Endpoint[];
  readonly nodes?: readonly Endpoint[];
  /** Relays over TCP for others. */
  readonly isRelay?: boolean;
  /** Relays by HyperDHT for others, so many bytes for each. */
  readonly relayedBytesMax?: number;
  /** That relay by HyperDHT. */
  readonly relays?: readonly string[];
  /** At which it waits. */
  readonly helpers: readonly string[];
  readonly book: readonly (KnownAddress & { readonly name: string })[];
}

export interface Outcome {
  readonly path: LinkPath['type'];
  /** From the dial to the answer to what was sent over it. */
  readonly ms: number;
  /** Who relays. */
  readonly by?: DeviceKey | undefined;
  readonly reason?: string;
}

export type LabEvent =
  | { readonly event: 'ready' }
  | { readonly event: 'waiting' }
  | { readonly event: 'online' }
  | { readonly event: 'nodes'; readonly nodes: readonly Endpoint[] }
  | { readonly event: 'exhausted'; readonly sent: number; readonly reason: string }
  | { readonly event: 'dialled'; readonly to: string; readonly outcomes: Outcomes };
export type Outcomes = Readonly<Partial<Record<string, Outcome>>>;

export type LabCommand =
  | { readonly type: 'dial'; readonly to: string; readonly by: readonly string[] }
  /** Sends by HyperDHT until it is told to stop. */
  | { readonly type: 'exhaust'; readonly to: string }
  | { readonly type: 'nodes' };

/** Longer than any way takes. */
const DIAL_MS = 25_000;

const ed25519 = openEd25519();
const clock = openClock();
const never = new AbortController().signal;

export function labKeys(name: string): OwnKeys {
  return ownKeysOf(createHash('sha256').update(`laboratory ${name}`).digest(), ed25519);
}

if (import.meta.main) await main(JSON.parse(process.argv[2] ?? '{}') as LabPeerOptions);

async function main(options: LabPeerOptions): Promise<void> {
  const transports = await openTransports(options);
  say({ event: 'ready' });
  for await (const line of createInterface({ input: process.stdin })) {
    const command = JSON.parse(line) as LabCommand;
    if (command.type === 'nodes') {
      const dht = transports.find((each) => each instanceof HyperDhtTransport);
      say({ event: 'nodes', nodes: dht?.nodes() ?? [] });
    } else if (command.type === 'exhaust') {
      void exhaust(transports, command.to);
    } else {
      const { to, by } = command;
      void dialAll(transports, to, by).then((outcomes) => say({ event: 'dialled', to, outcomes }));
    }
  }
  process.exit(0);
}

async function openTransports(options: LabPeerOptions): Promise<readonly Transport[]> {
  const keys = labKeys(options.name);
  const net = openNet();
  const random = openRandom();
  const book = bookOf(options);
  const host = { admits: () => true, onCarrier: echo };
  const isNear = (address: string): boolean => scopeOf(address) !== 'everyone';
  const common = { keys, net, clock, random, book, host, isNear };
  const at = { host: '0.0.0.0', port: options.tcpPort ?? 0 };
  const door =
    options.tcpPort === undefined ? undefined : await TcpDoor.open({ ...common, at: [at] }, never);
  const anybody = { levelOf: () => 'contact' as const };
  if (options.isRelay === true && door !== undefined)
    void new RelayService({ ...common, door, host: anybody });
  const helpers = options.helpers.map((name) => labKeys(name).device);
  const dht = await HyperDhtTransport.open(
    {
      ...common,
      mayReach: () => true,
      bindHost: '0.0.0.0',
      port: options.udpPort,
      publicHost: options.publicHost,
      bootstrap: options.bootstrap,
      nodes: options.nodes ?? [],
      relays: () => (options.relays ?? []).map((name) => labKeys(name).device),
      ...relayOf(options),
    },
    never,
  );
  const relay = new RelayTransport({
    ...common,
    ownHelpers: () => helpers,
    helpersOf: () => helpers.map((helper) => ({ helper, token: undefined, addresses: [] })),
  });
  relay.onWaiting = () => say({ event: 'waiting' });
  void dht.announced.then(() => say({ event: 'online' }));
  return [new TcpTransport({ ...common, door }), dht, relay];
}

function relayOf({ relayedBytesMax }: LabPeerOptions): Pick<HyperDhtOptions, 'relay'> {
  if (relayedBytesMax === undefined) return {};
  const quotas = { bytesOfUser: relayedBytesMax, bytesOfAll: relayedBytesMax * 100 };
  return { relay: { mayRelay: () => true, quotas } };
}

function bookOf({ book }: LabPeerOptions): AddressBook {
  const known = Map.groupBy(book, ({ name }) => labKeys(name).device);
  return { addressesOf: (key: DeviceKey) => known.get(key) ?? [] };
}

function echo(carrier: Carrier): void {
  carrier.start(
    (message) => void carrier.send([message]),
    () => undefined,
  );
}

async function dialAll(
  transports: readonly Transport[],
  to: string,
  by: readonly string[],
): Promise<Outcomes> {
  const chosen = transports.filter(({ name }) => by.includes(name));
  const dials = chosen.map(async (each) => [each.name, await dial(each, to)] as const);
  return Object.fromEntries(await Promise.all(dials));
}

async function dial(transport: Transport, to: string): Promise<Outcome> {
  const since = performance.now();
  const ms = (): number => Math.round(performance.now() - since);
  try {
    const carrier = await transport.dial(labKeys(to).device, AbortSignal.timeout(DIAL_MS));
    const { promise: answered, resolve, reject } = Promise.withResolvers<void>();
    carrier.start(
      () => resolve(),
      (why) => reject(why ?? new LocalFault('CLOSED')),
    );
    carrier.send([Uint8Array.of(1)]);
    await answered;
    const { path } = carrier;
    const by = path.type === 'relayed' ? path.by : undefined;
    const outcome = { path: path.type, ms: ms(), by };
    carrier.close();
    return outcome;
  } catch (error) {
    return { path: 'none', ms: ms(), reason: String(error) };
  }
}

async function exhaust(transports: readonly Transport[], to: string): Promise<void> {
  const dht = transports.find(({ name }) => name === 'hyperdht');
  const carrier = await dht?.dial(labKeys(to).device, AbortSignal.timeout(DIAL_MS));
  let sent = 0;
  const part = new Uint8Array(60_000);
  const pump = (): void => {
    while (carrier?.send([part]) === true && sent < 2 ** 30) sent += part.length;
  };
  carrier?.start(
    () => undefined,
    (why) => {
      sent = Math.min(sent, 2 ** 30);
      say({ event: 'exhausted', sent, reason: String(why) });
      sent = Number.POSITIVE_INFINITY;
    },
  );
  if (carrier !== undefined) carrier.onDrain = pump;
  pump();
}

function say(event: LabEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}
