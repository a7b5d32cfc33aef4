// Of a private torrent nothing is told to anyone but its tracker and the peers that the tracker gave (BEP 27), though
// the DHT, peer exchange and a local network are at hand: seen in a capture of all that leaves, beside a public one.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { eventOf, Place } from './command.ts';
import type { Command } from './command.ts';
import { Laboratory, noNamespaces } from './namespaces.ts';
import type { Packet } from './namespaces.ts';
import { peerTalk, tcpStreams, utpStreams } from './streams.ts';
import type { PeerTalk, Stream } from './streams.ts';
import { startTracker, TRACKER_PORT } from './tracker-command.ts';

const TRACKER_HOST = '10.93.1.1';
const LSD_PORT = 6_771;
const LSD_GROUPS = ['239.192.152.143', 'ff15::efc0:988f'];

/** Fetched at this rate it takes four seconds, in which whoever looks for peers elsewhere has found some. */
const LENGTH = 800_000;
const RATE = '200k';

const PUBLIC_EXTENSIONS = ['ut_pex', 'ut_holepunch'];

const skip = noNamespaces();

describe('of a private torrent the tracker and its peers alone hear', { skip }, () => {
  test('over TCP, with a tracker over HTTP', async () => {
    const tracker = `http://${TRACKER_HOST}:${TRACKER_PORT}/announce`;
    check(await swarmsOf({ version: '--v1', tracker, transport: 'tcp' }));
  });

  test('over uTP, as a hybrid, with a tracker over UDP', async () => {
    const tracker = `udp://${TRACKER_HOST}:${TRACKER_PORT}`;
    check(await swarmsOf({ version: '--hybrid', tracker, transport: 'utp' }));
  });

  test('as v2, whose info hash is cut to 20 bytes', async () => {
    const tracker = `http://${TRACKER_HOST}:${TRACKER_PORT}/announce`;
    check(await swarmsOf({ version: '--v2', tracker, transport: 'tcp' }));
  });
});

interface Kind {
  readonly version: string;
  readonly tracker: string;
  readonly transport: 'tcp' | 'utp';
}

interface Captured extends Kind {
  /** All that left the computers of three peers. */
  readonly packets: readonly Packet[];
  /** On the wire: one, or the two of a hybrid. */
  readonly privateHashes: readonly string[];
  readonly publicHashes: readonly string[];
  /** `ADDRESS:PORT` of peers that the tracker knows. */
  readonly trackerPeers: ReadonlySet<string>;
}

function check(captured: Captured): void {
  assert.deepEqual(leaksOf(captured.publicHashes, captured), EVERYWHERE, 'of the public one');
  assert.deepEqual(leaksOf(captured.privateHashes, captured), NOWHERE, 'of the private one');
  const { trackerPeers } = captured;
  for (const { from, fromPort, to, port } of talksOf(captured.privateHashes, captured)) {
    const isKnown = trackerPeers.has(`${from}:${fromPort}`) || trackerPeers.has(`${to}:${port}`);
    assert.ok(
      isKnown,
      `between ${from} ${fromPort} and ${to} ${port}, of which the tracker does not know`,
    );
  }
}

interface Leaks {
  readonly tracker: boolean;
  readonly peers: boolean;
  readonly dht: boolean;
  readonly lsd: boolean;
  readonly pexMessages: boolean;
  readonly portMessages: boolean;
  readonly publicExtensions: boolean;
  readonly dhtBit: boolean;
  /** What else has it. */
  readonly others: readonly string[];
}

const EVERYWHERE: Leaks = {
  tracker: true,
  peers: true,
  dht: true,
  lsd: true,
  pexMessages: true,
  portMessages: true,
  publicExtensions: true,
  dhtBit: true,
  others: [],
};

const NOWHERE: Leaks = {
  tracker: true,
  peers: true,
  dht: false,
  lsd: false,
  pexMessages: false,
  portMessages: false,
  publicExtensions: false,
  dhtBit: false,
  others: [],
};

/** Whom the info hashes of a torrent were told, and what was said to its peers. */
function leaksOf(infoHashes: readonly string[], captured: Captured): Leaks {
  const { packets } = captured;
  const tcp = tcpStreams(packets);
  const own = talksOf(infoHashes, captured);
  const datagrams = packets.filter(({ protocol }) => protocol !== 'tcp');
  const carriers = [
    ...tcp.map((stream) => ({ ...stream, protocol: 'tcp' })),
    ...datagrams.map((packet) => ({ ...packet, bytes: Buffer.from(packet.payload) })),
  ];
  const places = infoHashes.flatMap((infoHash) =>
    carriers.flatMap((carrier) => placeOf(carrier, infoHash, captured) ?? []),
  );
  const has = (place: string): boolean => places.includes(place);
  return {
    tracker: has('tracker'),
    peers: has('peer'),
    dht: has('dht'),
    lsd: has('lsd'),
    pexMessages: own.some((talk) => isSent('ut_pex', talk, own)),
    portMessages: own.some(({ portMessages }) => portMessages > 0),
    publicExtensions: own.some(({ extensions }) =>
      [...extensions.values()].some((name) => PUBLIC_EXTENSIONS.includes(name)),
    ),
    dhtBit: own.some(({ namesDht }) => namesDht),
    others: places.filter((place) => !['tracker', 'peer', 'dht', 'lsd'].includes(place)),
  };
}

function talksOf(infoHashes: readonly string[], { packets }: Captured): readonly PeerTalk[] {
  return [...tcpStreams(packets), ...utpStreams(packets)]
    .flatMap((stream) => peerTalk(stream) ?? [])
    .filter(({ infoHash }) => infoHashes.includes(infoHash));
}

/** Of bytes that have the info hash, as it is, in digits or escaped: whom they are for. */
function placeOf(
  { protocol, bytes, from, fromPort, to, port }: Stream & { readonly protocol: string },
  infoHash: string,
  { transport }: Captured,
): string | undefined {
  const hash = Buffer.from(infoHash, 'hex');
  const text = bytes.toString('latin1');
  const unescaped = Buffer.from(unescape(text), 'latin1');
  if (!bytes.includes(hash) && !unescaped.includes(hash) && !text.toLowerCase().includes(infoHash))
    return undefined;
  if (to === TRACKER_HOST && port === TRACKER_PORT) return 'tracker';
  if (port === LSD_PORT && LSD_GROUPS.includes(to)) return 'lsd';
  if (protocol === 'udp' && text.startsWith('d') && text.includes('1:y1:')) return 'dht';
  const isHandshake = bytes.includes('\u0013BitTorrent protocol');
  const isOnce = bytes.indexOf(hash) === bytes.lastIndexOf(hash);
  const isOfPeers = protocol === (transport === 'tcp' ? 'tcp' : 'udp') && isHandshake && isOnce;
  return isOfPeers ? 'peer' : `${protocol} ${from} ${fromPort} > ${to} ${port}`;
}

/** Whether there are messages of that extension, which go by the id that the other side gave it. */
function isSent(
  extension: string,
  { from, fromPort, to, port, sentIds }: PeerTalk,
  talks: readonly PeerTalk[],
): boolean {
  const answers = talks.filter(
    (other) =>
      other.from === to && other.fromPort === port && other.to === from && other.port === fromPort,
  );
  return answers.some(({ extensions }) =>
    [...sentIds].some((id) => extensions.get(id) === extension),
  );
}

/** Three peers share a private and a public torrent, each on its own computer, all in one local network. */
async function swarmsOf(kind: Kind): Promise<Captured> {
  await using place = await Place.make();
  await using lab = new Laboratory();
  const network = lab.addSwitch('switch');
  const [meeting, ...computers] = ['meeting', 'seed', 'third', 'get'].map((name, index) => {
    const host = lab.addHost(name);
    lab.plug(
      { host, name: 'lan', addresses: [`10.93.1.${index + 1}/24`, `fd93::${index + 1}/64`] },
      network,
    );
    lab.ip(host, 'route', 'add', 'default', 'dev', 'lan'); // groups go there, too
    return host;
  });
  assert.ok(meeting);
  await using tracker = await startTracker(place, meeting);
  await using node = await startNode(place, meeting);
  const captures = await Promise.all(computers.map((host) => lab.capture(host)));
  const swarm = async (isPrivate: boolean) =>
    await runSwarm({ ...kind, isPrivate, computers, node: node.contact }, place);
  const [privateHashes, publicHashes] = await Promise.all([swarm(true), swarm(false)]);
  const announced = (await tracker.stop('SIGKILL')).events.filter(
    ({ event }) => event === 'announced',
  );
  return {
    ...kind,
    packets: (await Promise.all(captures.map((capture) => capture.end()))).flat(),
    privateHashes,
    publicHashes,
    trackerPeers: new Set(announced.map(({ from, port }) => `${String(from)}:${Number(port)}`)),
  };
}

/** A node of the DHT, which shares something else. */
async function startNode(
  place: Place,
  host: string,
): Promise<AsyncDisposable & { readonly contact: string }> {
  await place.write('other.bin', 10_000);
  await place.run('create', 'other.bin');
  const flags = ['--json', '--lan-only', '--no-trackers'];
  const command = place.startIn(host, 'seed', 'other.bin.torrent', 'other.bin', ...flags);
  const { port } = await command.event('listening');
  return {
    contact: `${TRACKER_HOST}:${Number(port)}`,
    [Symbol.asyncDispose]: () => command[Symbol.asyncDispose](),
  };
}

interface SwarmPlan extends Kind {
  readonly isPrivate: boolean;
  /** Of the seed, and of two that fetch. */
  readonly computers: readonly string[];
  readonly node: string;
}

/** From the start until both that fetch have all. Returns the info hashes, as they are on the wire. */
async function runSwarm(plan: SwarmPlan, place: Place): Promise<readonly string[]> {
  const name = plan.isPrivate ? 'private' : 'public';
  await place.write(`out/${name}.bin`, LENGTH);
  const secrecy = plan.isPrivate ? ['--private'] : [];
  const made = await place.run(
    'create',
    `out/${name}.bin`,
    plan.version,
    '--tracker',
    plan.tracker,
    ...secrecy,
    '--json',
  );
  assert.equal(made.code, 0, made.stderr);
  const flags = [
    '--json',
    '--lan-only',
    '--dht-bootstrap',
    plan.node,
    '--transport',
    plan.transport,
  ];
  const [seedHost = '', ...others] = plan.computers;
  await using commands = new AsyncDisposableStack();
  const start = (host: string, ...args: readonly string[]): Command =>
    commands.use(place.startIn(host, ...args, ...flags));
  await start(seedHost, 'seed', `${name}.bin.torrent`, `out/${name}.bin`).event('listening');
  const fetching = others.map((host, index) =>
    start(
      host,
      'get',
      `${name}.bin.torrent`,
      '-o',
      `in${index}`,
      '--down-limit',
      RATE,
      '--seed-time',
      '1',
    ),
  );
  for (const each of fetching) await each.event('complete');
  const { infoHash, infoHashV2 } = eventOf(made, 'created');
  const hashes = [infoHash, infoHashV2].filter((hash) => typeof hash === 'string');
  return hashes.map((hash) => hash.slice(0, 40)); // of v2 so much is on the wire
}
