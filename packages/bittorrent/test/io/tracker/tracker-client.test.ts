import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatBytes, encodeUtf8, formatHex, LocalFault } from '@coequal/base';
import type { Endpoint } from '@coequal/base';
import { World } from '@coequal/simulator';
import type { ServedRequest, ServedResponse, SimHost } from '@coequal/simulator';
import { encodeBencode } from '../../../src/core/bencode.ts';
import type { BencodeInput } from '../../../src/core/bencode.ts';
import { encodeCompactPeers } from '../../../src/core/compact-peers.ts';
import { infoHashOf, peerIdOf } from '../../../src/core/ids.ts';
import { scrapeTorrent } from '../../../src/io/tracker/scrape.ts';
import { TrackerSession } from '../../../src/io/tracker/tracker-client.ts';
import { UdpTrackers } from '../../../src/io/tracker/tracker-udp.ts';
import { withNet } from '../../wrapped-ports.ts';
import type { TrackerSessionOptions } from '../../../src/io/tracker/tracker-client.ts';

const HOUR_MS = 3_600_000;
const V1 = infoHashOf(new Uint8Array(20).fill(1));
const V2 = infoHashOf(new Uint8Array(20).fill(2));
const PEER: Endpoint = { host: '192.0.2.7', port: 7_000 };
const PEER6: Endpoint = { host: '2001:db8::7', port: 7_000 };

const never = new AbortController().signal;

interface Seen {
  readonly options: TrackerSessionOptions;
  readonly peers: string[];
  readonly addresses: string[];
}

/** Options of a session that writes down what it is given. */
function watch(
  tiers: readonly (readonly string[])[],
  more: Partial<TrackerSessionOptions> = {},
): Seen {
  const peers: string[] = [];
  const addresses: string[] = [];
  const options: TrackerSessionOptions = {
    tiers,
    infoHashes: [V1],
    peerId: peerIdOf(new Uint8Array(20).fill(9)),
    isPrivate: false,
    portFor: () => 6_881,
    totals: () => ({ uploaded: 10, downloaded: 20, left: 30 }),
    peersWanted: () => 50,
    onPeers: (given, url) => void peers.push(...given.map(({ host }) => `${host} of ${url}`)),
    onExternalAddress: (host) => void addresses.push(host),
    ...more,
  };
  return { options, peers, addresses };
}

/** An HTTP tracker with one peer; `log` gets the event and the first byte of the info hash. */
function serveTracker(
  world: World,
  origin: string,
  log: string[],
  answer: BencodeInput = {},
): () => void {
  return world.serveHttp(origin, ({ url }: ServedRequest): ServedResponse => {
    const query = url.search;
    const event = url.searchParams.get('event') ?? '-';
    log.push(`${event} ${/info_hash=%(..)/.exec(query)?.[1]}`);
    const usual = {
      interval: 1_800,
      peers: encodeCompactPeers([PEER], 4),
      complete: 1,
      incomplete: 2,
    };
    return { body: encodeBencode({ ...usual, ...Object(answer) }) };
  });
}

function word(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** A UDP tracker with one peer; `log` gets the event number (or what else) and any URL data. */
async function serveUdpTracker(host: SimHost, peer: Endpoint, log: string[]): Promise<void> {
  const family = peer.host.includes(':') ? 6 : 4;
  const socket = await host.ports.net.udp(
    { host: host.address, port: 6_969 },
    (batch) => {
      for (const { bytes, from } of batch) {
        const transaction = bytes.slice(12, 16);
        const action = bytes[11];
        const head = concatBytes([word(action ?? 0), transaction]);
        const counts = [word(1_800), word(4), word(5)];
        if (action === 0) {
          log.push('connect');
          socket.send(concatBytes([head, encodeUtf8('12345678')]), from);
        } else if (action === 1) {
          assert.equal(formatHex(bytes.subarray(0, 8)), formatHex(encodeUtf8('12345678')));
          log.push(
            `event ${bytes[83]}${bytes.length > 98 ? ` ${String.fromCharCode(...bytes.subarray(100))}` : ''}`,
          );
          socket.send(concatBytes([head, ...counts, encodeCompactPeers([peer], family)]), from);
        } else {
          log.push('scrape');
          socket.send(concatBytes([head, word(1), word(2), word(3)]), from);
        }
      }
    },
    never,
  );
}

test('a session says started at once, keeps the interval, and says completed and stopped', async () => {
  const world = new World({ seed: 1 });
  const log: string[] = [];
  serveTracker(world, 'http://tracker.test', log, { 'external ip': Uint8Array.of(203, 0, 113, 5) });
  const { ports } = world.host();
  const { options, peers, addresses } = watch([['http://tracker.test/announce']]);
  const session = TrackerSession.open(options, ports, never);
  await world.pass(HOUR_MS + 10_000);
  assert.deepEqual(log, ['started 01', '- 01', '- 01']);
  assert.deepEqual(new Set(peers), new Set(['192.0.2.7 of http://tracker.test/announce']));
  assert.equal(addresses[0], '203.0.113.5');
  session.completed();
  await world.pass(10_000);
  await world.run(() => session[Symbol.asyncDispose](), 10_000);
  assert.deepEqual(log.slice(3), ['completed 01', 'stopped 01']);
  assert.equal(peers.length, 4); // what comes with `stopped` is not passed on
});

test('both info hashes of a hybrid torrent are announced, v1 first', async () => {
  const world = new World({ seed: 2, latencyMs: [20, 20] });
  const log: string[] = [];
  serveTracker(world, 'http://tracker.test', log);
  const { options } = watch([['http://tracker.test/announce']], { infoHashes: [V1, V2] });
  const session = TrackerSession.open(options, world.host().ports, never);
  await world.pass(10_000);
  await world.run(() => session[Symbol.asyncDispose](), 10_000);
  assert.deepEqual(log, ['started 01', 'started 02', 'stopped 01', 'stopped 02']);
});

test('a peer that takes no connections announces port 1', async () => {
  const world = new World({ seed: 21 });
  const announced: (string | null)[] = [];
  world.serveHttp('http://tracker.test', ({ url }) => {
    announced.push(url.searchParams.get('port'));
    return { body: encodeBencode({ interval: 1_800 }) };
  });
  const { options } = watch([['http://tracker.test/announce']], { portFor: () => 0 });
  const session = TrackerSession.open(options, world.host().ports, never);
  await world.pass(10_000);
  assert.deepEqual(announced, ['1']);
  await world.run(() => session[Symbol.asyncDispose](), 10_000);
});

test('the tracker id is sent back', async () => {
  const world = new World({ seed: 3 });
  const queries: string[] = [];
  world.serveHttp('http://tracker.test', ({ url }) => {
    queries.push(url.searchParams.get('trackerid') ?? 'none');
    return { body: encodeBencode({ interval: 1_800, 'tracker id': 'blue' }) };
  });
  const { options } = watch([['http://tracker.test/announce']]);
  const session = TrackerSession.open(options, world.host().ports, never);
  await world.pass(HOUR_MS);
  await world.run(() => session[Symbol.asyncDispose](), 10_000);
  assert.deepEqual(queries, ['none', 'blue', 'blue']);
});

test('trackers that fail are passed by, reported in words, and not told stopped', async () => {
  const world = new World({ seed: 4 });
  const log: string[] = [];
  const refused: string[] = [];
  serveTracker(world, 'http://works.test', log);
  serveTracker(world, 'http://refuses.test', refused, { 'failure reason': 'not here' });
  world.serveHttp('http://page.test', () => ({ status: 404, body: encodeUtf8('<html>') }));
  world.serveHttp('http://silent.test', () => undefined);
  const tiers = [
    ['http://gone.test/announce'],
    ['udp://nowhere.test:6969'],
    ['http://refuses.test/announce'],
    ['http://page.test/announce'],
    ['http://silent.test/announce'],
    ['ws://tracker.test'],
    ['http://works.test/announce'],
  ];
  const { options, peers } = watch(tiers);
  const session = TrackerSession.open(options, world.host().ports, never);
  await world.pass(60_000);
  assert.deepEqual(
    session.states.map(({ state, lastError }) => [state, lastError?.text]),
    [
      ['failed', 'the tracker cannot be reached: connection refused'],
      ['failed', 'the name of the tracker was not found'],
      ['failed', 'the tracker refused: not here'],
      ['failed', 'the tracker answered with HTTP status 404'],
      ['failed', 'the tracker did not answer'],
      ['failed', 'this kind of tracker is not supported: WebTorrent trackers come later'],
      ['working', undefined],
    ],
  );
  assert.equal(peers.length, 1);
  await world.run(() => session[Symbol.asyncDispose](), 10_000);
  assert.deepEqual(log, ['started 01', 'stopped 01']);
  assert.deepEqual(refused, ['started 01']);
});

test('a UDP tracker is asked in every address family, and told its path', async () => {
  const world = new World({ seed: 5 });
  const log: string[] = [];
  const log6: string[] = [];
  const four = world.host();
  const six = world.host({ address: 'fd00::6' });
  world.names.set('tracker.test', [four.address, six.address]);
  await world.run(() => serveUdpTracker(four, PEER, log), 1_000);
  await world.run(() => serveUdpTracker(six, PEER6, log6), 1_000);
  const { options, peers } = watch([['udp://tracker.test:6969/announce?k=1']]);
  const session = TrackerSession.open(options, world.host().ports, never);
  await world.pass(1_000);
  const url = 'udp://tracker.test:6969/announce?k=1';
  assert.deepEqual(peers.toSorted(), [`192.0.2.7 of ${url}`, `2001:db8::7 of ${url}`]);
  assert.equal(session.states[0]?.peersGiven, 2);
  assert.equal(session.states[0]?.leechers, 4);
  assert.equal(session.states[0]?.seeds, 5);
  await world.run(() => session[Symbol.asyncDispose](), 10_000);
  // within a minute the connection id is good for the goodbye too
  assert.deepEqual(log, ['connect', 'event 2 /announce?k=1', 'event 3 /announce?k=1']);
  assert.deepEqual(log6, log);
});

test('a UDP tracker is reached although half of the packets are lost', async () => {
  for (const seed of [10, 11, 12, 13, 14]) {
    const world = new World({ seed, loss: 0.5, duplication: 0.1, reordering: 0.1 });
    const tracker = world.host();
    await world.run(() => serveUdpTracker(tracker, PEER, []), 1_000);
    const { options, peers } = watch([[`udp://${tracker.address}:6969`]]);
    const session = TrackerSession.open(options, world.host().ports, never);
    await world.run(() => peers.length > 0, 4 * HOUR_MS);
    await world.run(() => session[Symbol.asyncDispose](), 10_000);
  }
});

test('a dead UDP tracker does not hold up the next one, and is reported dead', async () => {
  const world = new World({ seed: 6 });
  const log: string[] = [];
  serveTracker(world, 'http://works.test', log);
  const dead = world.host();
  const { options, peers } = watch([
    [`udp://${dead.address}:6969`],
    ['http://works.test/announce'],
  ]);
  const session = TrackerSession.open(options, world.host().ports, never);
  await world.run(() => peers.length > 0, 10_000);
  assert.equal(session.states[0]?.state, 'announcing');
  await world.pass(230_000);
  assert.deepEqual(session.states[0]?.lastError, {
    code: 'TRACKER_TIMEOUT',
    details: {},
    text: 'the tracker did not answer',
  });
  await world.run(() => session[Symbol.asyncDispose](), 10_000);
});

test('saying goodbye takes two seconds at most', async () => {
  const world = new World({ seed: 7 });
  const log: string[] = [];
  const shutDown = serveTracker(world, 'http://tracker.test', log);
  const { options } = watch([['http://tracker.test/announce']]);
  const session = TrackerSession.open(options, world.host().ports, never);
  await world.run(() => session.states[0]?.state === 'working', 10_000);
  shutDown();
  world.serveHttp('http://tracker.test', () => undefined);
  const begin = world.now;
  await world.run(() => session[Symbol.asyncDispose](), 60_000);
  assert.equal(world.now - begin, 2_000);
});

test('after its signal is aborted a session is silent until it is disposed', async () => {
  const world = new World({ seed: 8 });
  const log: string[] = [];
  serveTracker(world, 'http://tracker.test', log);
  const abort = new AbortController();
  const { options } = watch([['http://tracker.test/announce']]);
  const session = TrackerSession.open(options, world.host().ports, abort.signal);
  await world.pass(10_000);
  abort.abort();
  session.announceNow();
  session.completed();
  await world.pass(HOUR_MS);
  assert.deepEqual(log, ['started 01']);
  await world.run(() => session[Symbol.asyncDispose](), 10_000);
  assert.deepEqual(log, ['started 01', 'stopped 01']);
});

test('trackers that are set anew are told, and what they were asked before is of no use any more', async () => {
  const world = new World({ seed: 12, latencyMs: [1, 1] });
  const logs: Record<string, string[]> = { a: [], b: [], slow: [] };
  for (const [name, log] of Object.entries(logs))
    serveTracker(world, `http://${name}.test`, log, {});
  const udp = world.host();
  const udpLog: string[] = [];
  await world.run(() => serveUdpTracker(udp, PEER, udpLog), 1_000);
  const { options, peers } = watch([[`udp://${udp.address}:6969`]]);
  const session = TrackerSession.open(options, world.host().ports, never);
  await world.pass(10_000);
  session.setTiers([['http://slow.test/announce']]);
  session.setTiers([['http://a.test/announce'], ['http://b.test/announce']]);
  await world.pass(10_000);
  assert.deepEqual(udpLog, ['connect', 'event 2', 'event 3']);
  assert.deepEqual(logs['a'], ['started 01']);
  assert.deepEqual(logs['b'], [], 'it is needed once the first fails');
  assert.ok(!peers.some((peer) => peer.includes('slow')), peers.join(' '));
  assert.deepEqual(
    session.states.map(({ url, state, peersGiven }) => [url, state, peersGiven]),
    [
      ['http://a.test/announce', 'working', 1],
      ['http://b.test/announce', 'idle', 0],
    ],
  );
  await world.run(() => session[Symbol.asyncDispose](), 10_000);
  assert.deepEqual(logs['a'], ['started 01', 'stopped 01']);
});

test('wanting peers announces when the min interval has passed', async () => {
  const world = new World({ seed: 9, latencyMs: [1, 1] });
  const times: number[] = [];
  world.serveHttp('http://tracker.test', () => {
    times.push(Math.floor(world.now / 1_000));
    return { body: encodeBencode({ interval: 1_800, 'min interval': 120 }) };
  });
  const { options } = watch([['http://tracker.test/announce']]);
  const session = TrackerSession.open(options, world.host().ports, never);
  await world.pass(10_000);
  session.announceNow();
  await world.pass(600_000);
  assert.deepEqual(times, [0, 120]);
  await world.run(() => session[Symbol.asyncDispose](), 10_000);
});

test('trackers of all kinds are scraped', async () => {
  const world = new World({ seed: 20 });
  const tracker = world.host();
  const log: string[] = [];
  await world.run(() => serveUdpTracker(tracker, PEER, log), 1_000);
  world.serveHttp('http://tracker.test', ({ url }) => {
    assert.equal(url.pathname, '/scrape');
    const key = String.fromCharCode(...new Uint8Array(20).fill(1));
    return {
      body: encodeBencode({ files: { [key]: { complete: 1, incomplete: 3, downloaded: 2 } } }),
    };
  });
  const { ports } = world.host();
  const counts = { seeds: 1, downloadedCount: 2, leechers: 3 };
  const scrape = (url: string): ReturnType<typeof scrapeTorrent> =>
    world.run(() => scrapeTorrent(url, [V1], ports, never), HOUR_MS);
  assert.deepEqual(await scrape('http://tracker.test/announce'), [counts]);
  assert.deepEqual(await scrape(`udp://${tracker.address}:6969/announce`), [counts]);
  assert.deepEqual(log, ['connect', 'scrape']);
  await assert.rejects(scrape('http://tracker.test/x'), { code: 'NO_SCRAPE' });
  await assert.rejects(scrape('wss://tracker.test'), { code: 'TRACKER_NOT_SUPPORTED' });
  await assert.rejects(scrape('udp://10.9.9.9:1'), { code: 'TRACKER_TIMEOUT' });
});

test('from an address that is gone a UDP tracker is not asked in vain: it fails at once, and says why', async () => {
  const world = new World({ seed: 1 });
  const { ports } = world.host();
  const gone = new LocalFault('ADDRESS_GONE', { host: '192.0.2.1' });
  const mute = withNet(ports, (net) => ({
    async udp(at, onDatagrams, signal) {
      const socket = await net.udp(at, onDatagrams, signal);
      return {
        local: socket.local,
        problem: gone,
        send: () => {},
        [Symbol.asyncDispose]: () => socket[Symbol.asyncDispose](),
      };
    },
  }));
  await using trackers = new UdpTrackers(mute);
  const query = { type: 'scrape', infoHashes: [V1] } as const;
  const asked = trackers.ask({ host: '198.51.100.1', port: 6_969 }, query, never);
  await assert.rejects(
    world.run(() => asked, 1_000),
    { code: 'ADDRESS_GONE' },
  );
});
