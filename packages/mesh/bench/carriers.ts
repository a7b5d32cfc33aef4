// How fast carriers connect and carry, beside the bare libraries, in turns: loopback, the two devices in processes of
// their own, which share the cores. A relay is a third one. Processor time is of the two devices together, for a GiB.
//
//   node packages/mesh/bench/carriers.ts [MIB] [RUNS]
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { cpus } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import SecretStream from '@hyperswarm/secret-stream';
import type { RawStream } from '@hyperswarm/secret-stream';
import HyperDHT from 'hyperdht';
import type { DeviceKey, Endpoint } from '@coequal/base';
import { deviceKeyBytes } from '@coequal/base';
import { openClock, openEd25519, openNet, openRandom } from '@coequal/base/node';
import {
  HyperDhtTransport,
  ownKeysOf,
  RelayService,
  RelayTransport,
  TcpDoor,
  TcpTransport,
} from '../src/index.ts';
import type { Carrier, KnownAddress, OwnKeys, Transport } from '../src/index.ts';

const MESSAGE_LENGTH = 65_536;
/** Of each way, in turns with the others, after as many as are not counted: those compile what all run. */
const CONNECTS = 300;
const CONNECTS_BEFORE = 50;
/** Before the next: what closes the last is not to be in its time. */
const PAUSE_MS = 5;
const WAYS = ['tcp', 'bare tcp', 'hyperdht', 'bare hyperdht', 'relay'] as const;
type Way = (typeof WAYS)[number];

/** One end of a connection, whatever it is made of. */
interface Wire {
  start(onMessage: (length: number) => void): void;
  /** Resolves when more may be sent. */
  send(message: Uint8Array): Promise<void> | undefined;
  close(): void;
}

type Places = Readonly<Record<'tcp' | 'bareTcp' | 'udp' | 'bareUdp', number>>;

const never = new AbortController().signal;
const net = openNet();
const clock = openClock();
const random = openRandom();
const ed25519 = openEd25519();
const HOST = '127.0.0.1';
const [mib = 256, runs = 5] = process.argv.slice(2).map(Number);
const total = mib * 2 ** 20;

/** Where this process listens. */
let ownPlaces = { tcp: 0, udp: 0 };

const role = process.env['CARRIERS_BENCH_ROLE'];
if (role === 'listener') await listen(Number(process.env['CARRIERS_BENCH_RELAY']));
else if (role === 'relay') await relay();
else await measure();

function keysOf(name: string): OwnKeys {
  return ownKeysOf(createHash('sha256').update(`bench ${name}`).digest(), ed25519);
}

async function measure(): Promise<void> {
  const relaying = start('relay', 0);
  const [relayPort] = (await once(relaying, 'message')) as [number];
  const listening = start('listener', relayPort);
  const [places] = (await once(listening, 'message')) as [Places];
  const dial = await diallers(places, relayPort);
  const rates = new Map<Way, number[]>();
  const connects = new Map<Way, number[]>();
  const costs = new Map<Way, number[]>();
  for (let run = 0; run < runs; run++)
    for (const way of WAYS) {
      const before = await cpuSeconds(listening);
      push(rates, way, await rateOf(dial[way]));
      push(costs, way, ((await cpuSeconds(listening)) - before) * (1_024 / mib));
    }
  for (let i = -CONNECTS_BEFORE; i < CONNECTS; i++)
    for (const way of WAYS) {
      const ms = await connectTime(dial[way]);
      if (i >= 0) push(connects, way, ms);
      await pause(PAUSE_MS);
    }
  console.log(`${cpus()[0]?.model}, ${cpus().length} cores, Node ${process.version}`);
  console.log(`${mib} MiB in messages of 64 KiB, median of ${runs} runs; connect of ${CONNECTS}\n`);
  console.log('| way | MiB/s | CPU s/GiB | connect ms |\n|---|---|---|---|');
  for (const way of WAYS) {
    const [rate, cost, time] = [rates, costs, connects].map((each) => median(each.get(way)));
    console.log(`| ${way} | ${rate?.toFixed(0)} | ${cost?.toFixed(2)} | ${time?.toFixed(1)} |`);
  }
  for (const way of ['tcp', 'hyperdht'] as const) {
    const speed = median(connects.get(`bare ${way}`)) / median(connects.get(way));
    console.log(`\n${way}: connects ${speed.toFixed(2)}x as fast as bare`);
    const cost = median(costs.get(`bare ${way}`)) / median(costs.get(way));
    console.log(`\n${way}: for the same processor time ${cost.toFixed(2)}x bare`);
    const ratios = (rates.get(way) ?? []).map(
      (rate, run) => rate / (rates.get(`bare ${way}`)?.[run] ?? rate),
    );
    console.log(
      `\n${way}: ${median(ratios).toFixed(2)}x bare (${ratios.map((r) => r.toFixed(2)).join(', ')})`,
    );
  }
  listening.kill();
  relaying.kill();
  process.exit(0);
}

function start(which: string, relayPort: number): ChildProcess {
  return fork(fileURLToPath(import.meta.url), process.argv.slice(2), {
    env: { ...process.env, CARRIERS_BENCH_ROLE: which, CARRIERS_BENCH_RELAY: String(relayPort) },
  });
}

/** Of this process and the listener's. */
async function cpuSeconds(listening: ChildProcess): Promise<number> {
  listening.send('cpu');
  const [theirs] = (await once(listening, 'message')) as [number];
  return theirs + ownCpuSeconds();
}

function ownCpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000_000;
}

async function rateOf(dial: () => Promise<Wire>): Promise<number> {
  const wire = await dial();
  const { promise: done, resolve } = Promise.withResolvers<void>();
  wire.start(() => resolve());
  const message = new Uint8Array(MESSAGE_LENGTH);
  const since = performance.now();
  for (let sent = 0; sent < total; sent += MESSAGE_LENGTH) {
    const full = wire.send(message);
    if (full !== undefined) await full;
  }
  await done;
  const rate = mib / ((performance.now() - since) / 1_000);
  wire.close();
  return rate;
}

/** To the answer to the first message. */
async function connectTime(dial: () => Promise<Wire>): Promise<number> {
  const since = performance.now();
  const wire = await dial();
  const { promise: answered, resolve } = Promise.withResolvers<void>();
  wire.start(() => resolve());
  void wire.send(Uint8Array.of(1));
  await answered;
  const ms = performance.now() - since;
  wire.close();
  return ms;
}

async function diallers(
  places: Places,
  relayPort: number,
): Promise<Record<Way, () => Promise<Wire>>> {
  const keys = keysOf('dialler');
  const to = keysOf('listener').device;
  const transports = await openAll(keys, relayPort, places);
  const bare = new HyperDHT({ bootstrap: [], keyPair: keys.pair, host: HOST, port: [0, 0] });
  const ours = (name: string) => async (): Promise<Wire> => {
    const transport = transports.find((each) => each.name === name);
    if (transport === undefined) throw new Error(name);
    return wireOf(await transport.dial(to, never));
  };
  return {
    tcp: ours('tcp'),
    hyperdht: ours('hyperdht'),
    relay: ours('relay'),
    'bare tcp': async () => {
      const socket = connect({ host: HOST, port: places.bareTcp, noDelay: true });
      const stream = new SecretStream(true, socket as unknown as RawStream, {
        pattern: 'IK',
        keyPair: keys.pair,
        remotePublicKey: deviceKeyBytes(to),
      });
      return await bareWireOf(stream);
    },
    'bare hyperdht': async () => {
      const relayAddresses = [{ host: HOST, port: places.bareUdp }];
      return await bareWireOf(
        bare.connect(deviceKeyBytes(keysOf('bare').device), { relayAddresses }),
      );
    },
  };
}

async function openAll(
  keys: OwnKeys,
  relayPort: number,
  places: Places | undefined,
): Promise<readonly Transport[]> {
  const [listener, helper] = [keysOf('listener').device, keysOf('relay').device];
  const known = (kind: 'tcp' | 'udp', port: number): KnownAddress[] => [
    { kind, host: HOST, port, source: 'told' },
  ];
  const addressesOf = (key: DeviceKey): readonly KnownAddress[] => {
    if (key === helper) return known('tcp', relayPort);
    if (key !== listener || places === undefined) return [];
    return [...known('tcp', places.tcp), ...known('udp', places.udp)];
  };
  const host = { admits: () => true, onCarrier: (carrier: Carrier) => count(wireOf(carrier)) };
  const at: readonly Endpoint[] = [{ host: HOST, port: 0 }];
  const common = { keys, net, clock, random, host, book: { addressesOf }, isNear: () => true };
  const door = await TcpDoor.open({ ...common, at }, never);
  const helpers = (): readonly DeviceKey[] => [helper];
  const dht = await HyperDhtTransport.open(
    {
      ...common,
      bindHost: HOST,
      port: 0,
      bootstrap: [],
      nodes: [],
      relays: () => [],
      mayReach: () => true,
    },
    never,
  );
  const relayed = new RelayTransport({
    ...common,
    ownHelpers: helpers,
    helpersOf: () => helpers().map((key) => ({ helper: key, token: undefined, addresses: [] })),
  });
  await new Promise<void>((resolve) => {
    relayed.onWaiting = resolve;
  });
  const tcp = new TcpTransport({ ...common, door });
  if (places === undefined) {
    const [local] = door.locals;
    ownPlaces = { tcp: local?.port ?? 0, udp: dht.stats.local?.port ?? 0 };
  }
  return [tcp, dht, relayed];
}

async function listen(relayPort: number): Promise<void> {
  const keys = keysOf('listener');
  await openAll(keys, relayPort, undefined);
  const server = createServer({ noDelay: true }, (socket) => {
    const raw = socket as unknown as RawStream;
    const stream = new SecretStream(false, raw, { pattern: 'IK', keyPair: keys.pair });
    void bareWireOf(stream).then(count);
  });
  await once(server.listen(0, HOST), 'listening');
  const address = server.address();
  const bareTcp = typeof address === 'object' && address !== null ? address.port : 0;
  const bareKeys = keysOf('bare').pair;
  const bare = new HyperDHT({
    bootstrap: [],
    keyPair: bareKeys,
    host: HOST,
    port: [0, 0],
    firewalled: false,
  });
  const bareServer = bare.createServer({
    firewall: () => false,
    createSecretStream: (isInitiator, raw, options) => new SecretStream(isInitiator, raw, options),
  });
  bareServer.on('connection', (stream) => void bareWireOf(stream).then(count));
  await bareServer.listen(bareKeys);
  const bareUdp = bare.io.serverSocket?.address().port ?? 0;
  process.on('message', () => process.send?.(ownCpuSeconds()));
  process.send?.({ ...ownPlaces, bareTcp, bareUdp } satisfies Places);
}

async function relay(): Promise<void> {
  const at = [{ host: HOST, port: 0 }];
  const door = await TcpDoor.open({ at, keys: keysOf('relay'), net, clock }, never);
  const host = { levelOf: () => 'contact' as const };
  const quotas = { bytesOfUser: 2 ** 50, bytesOfAll: 2 ** 50 };
  void new RelayService({ door, host, clock, random, quotas });
  process.send?.(door.locals[0]?.port);
}

/** Answers the first message if it is short, and else when all has come. */
function count(wire: Wire): void {
  let received = 0;
  wire.start((length) => {
    received += length;
    if (received === 1 || received >= total) void wire.send(Uint8Array.of(1));
  });
}

function wireOf(carrier: Carrier): Wire {
  return {
    start: (onMessage) =>
      carrier.start(
        (message) => onMessage(message.length),
        () => undefined,
      ),
    send(message) {
      if (carrier.send([message])) return undefined;
      return new Promise<void>((resolve) => {
        carrier.onDrain = resolve;
      });
    },
    close: () => carrier.close(),
  };
}

/** As its documentation says, by its Duplex. */
async function bareWireOf(stream: SecretStream): Promise<Wire> {
  const duplex = stream as unknown as NodeJS.ReadWriteStream & {
    readonly opened: Promise<boolean>;
  };
  duplex.on('error', () => undefined);
  if (!(await duplex.opened)) throw new Error('no bare connection');
  return {
    start: (onMessage) => void duplex.on('data', (data: Uint8Array) => onMessage(data.length)),
    send(message) {
      if (duplex.write(message)) return undefined;
      return new Promise<void>((resolve) => duplex.once('drain', resolve));
    },
    close: () => stream.destroy(),
  };
}

function push(into: Map<Way, number[]>, way: Way, value: number): void {
  into.set(way, [...(into.get(way) ?? []), value]);
}

function median(values: readonly number[] = []): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
