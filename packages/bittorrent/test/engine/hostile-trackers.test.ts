import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { concatBytes, encodeUtf8 } from '@coequal/base';
import type { Endpoint } from '@coequal/base';
import type { ServedResponse } from '@coequal/simulator';
import { encodeBencode } from '../../src/core/bencode.ts';
import type { BencodeInput } from '../../src/core/bencode.ts';
import { encodeCompactPeers, parseAddress } from '../../src/core/compact-peers.ts';
import { noteDials } from '../wrapped-ports.ts';
import { Lab, PORT } from './lab.ts';

const LIAR = 'http://liar.test';
const HONEST = 'http://honest.test';
const OWN: Endpoint = { host: '10.9.0.1', port: PORT };
/** One that the leech has not got, on a host that is not there. */
const NOBODY: Endpoint = { host: '10.9.0.2', port: PORT };

function peersOf(...peers: readonly Endpoint[]): Uint8Array {
  return encodeCompactPeers(peers, 4);
}

function body(answer: BencodeInput): ServedResponse {
  return { body: encodeBencode(answer) };
}

interface Lie {
  readonly name: string;
  answer(seed: Endpoint): ServedResponse | undefined;
  /** Code of what is reported of the liar; undefined: its answer was taken. */
  readonly problem?: string;
  /** Hosts that are not to be dialled, whatever it says. */
  readonly notDialled?: readonly string[];
  /** Of the whole transfer, when a minute is too short. */
  readonly limitMs?: number;
  /** The seed is known, for it would take hours to find it among the others. */
  readonly isSeedNamed?: true;
}

/** Each alone in front of an honest tracker. */
const LIES: readonly Lie[] = [
  {
    name: 'sends us in circles',
    answer: () => ({ status: 302, headers: { location: `${LIAR}/announce` } }),
    problem: 'HTTP_TOO_MANY_REDIRECTS',
  },
  {
    name: 'sends us to a file',
    answer: () => ({ status: 302, headers: { location: 'file:///etc/passwd' } }),
    problem: 'HTTP_BAD_REDIRECT',
  },
  {
    name: 'never answers',
    answer: () => undefined,
    problem: 'HTTP_TIMEOUT',
  },
  {
    name: 'answers with two megabytes',
    answer: () => ({ body: new Uint8Array(2_000_000) }),
    problem: 'HTTP_BODY_TOO_LONG',
  },
  {
    name: 'answers with a bomb of zeros',
    answer: () => ({
      headers: { 'content-encoding': 'gzip' },
      body: gzipSync(new Uint8Array(100_000_000)),
    }),
    problem: 'HTTP_BODY_TOO_LONG',
  },
  {
    name: 'answers with lists in lists without end',
    answer: () => ({ body: encodeUtf8('l'.repeat(900_000)) }),
    problem: 'BENCODE_LIMIT',
  },
  {
    name: 'answers with a million digits',
    answer: () => ({ body: encodeUtf8(`d8:intervali${'9'.repeat(900_000)}ee`) }),
    problem: 'BENCODE_INVALID',
  },
  {
    name: 'claims that a string is longer than the internet',
    answer: () => ({ body: encodeUtf8('d5:peers9999999999:') }),
    problem: 'BENCODE_INVALID',
  },
  {
    name: 'answers with half an address',
    answer: () => body({ interval: 1_800, peers: new Uint8Array(7) }),
    problem: 'BAD_COMPACT_PEERS',
  },
  {
    name: 'names ourselves and nobody',
    answer: (seed) => body({ interval: 1_800, peers: peersOf(OWN, { ...NOBODY, port: 0 }, seed) }),
    notDialled: [NOBODY.host],
  },
  {
    name: 'names addresses at which no peer can be',
    answer: (seed) =>
      body({
        interval: 1_800,
        peers: peersOf(
          ...['0.0.0.0', '224.0.0.1', '239.255.255.250', '255.255.255.255', '127.0.0.1'].map(
            (host) => ({ host, port: PORT }),
          ),
          seed,
        ),
      }),
    notDialled: ['0.0.0.0', '224.0.0.1', '239.255.255.250', '255.255.255.255', '127.0.0.1'],
  },
  {
    name: 'knows a hundred thousand peers that are not there',
    answer: () =>
      body({
        interval: 1_800,
        peers: concatBytes(
          Array.from({ length: 100_000 }, (_, index) =>
            Uint8Array.of(11, index >> 16, (index >> 8) & 255, index & 255, 26, 225),
          ),
        ),
      }),
    isSeedNamed: true,
  },
  {
    name: 'knows nobody',
    answer: () => body({ interval: 1_800, peers: '' }),
  },
  {
    name: 'asks to be asked again at once',
    answer: (seed) => body({ interval: 0, 'min interval': -5, peers: peersOf(seed) }),
  },
  {
    name: 'asks to be asked again in a thousand years',
    answer: (seed) => body({ interval: 31_536_000_000, peers: peersOf(seed) }),
  },
  {
    name: 'says that the seed is us',
    answer: (seed) =>
      body({
        interval: 1_800,
        'external ip': parseAddress(seed.host),
        peers: peersOf(seed),
      }),
    limitMs: 11 * 60_000,
  },
];

for (const lie of LIES) {
  const { name, problem, notDialled = [], limitMs = 60_000, isSeedNamed = false } = lie;
  test(`a tracker that ${name} delays nobody for long`, async () => {
    await using lab = await Lab.open({ content: 200_000 });
    const seed = await lab.seed();
    let asked = 0;
    lab.world.serveHttp(HONEST, () => body({ interval: 1_800, peers: peersOf(seed.endpoint) }));
    lab.world.serveHttp(LIAR, () => {
      asked += 1;
      return lie.answer(seed.endpoint);
    });
    const dialled: Endpoint[] = [];
    const leech = await lab.leech('leech', [], {
      source: `magnet:?xt=urn:btih:${lab.infoHash}&tr=${LIAR}/announce&tr=${HONEST}/announce`,
      host: { address: OWN.host },
      add: { useTrackers: true, peers: isSeedNamed ? [seed.endpoint] : [] },
      wrap: (ports) => noteDials(ports, dialled),
    });
    await lab.until(() => leech.isSeeding, limitMs);
    lab.assertContent(leech);
    // with redirects, another try, and `completed`
    assert.ok(asked >= 1 && asked <= 12, `asked ${asked} times`);
    const hosts = new Set(dialled.map(({ host }) => host));
    for (const host of notDialled) assert.ok(!hosts.has(host), `${host} is not dialled`);
    assert.ok(leech.torrent.swarm.dialer.pool.size <= 1_001); // of one answer, and the seed
    await lab.world.pass(20_000);
    const report = leech.torrent.trackers.find(({ url }) => url.startsWith(LIAR));
    assert.equal(report?.lastError?.code, problem);
    const waits = (report?.nextAnnounceAt ?? 0) - leech.host.ports.clock.now();
    assert.ok(waits <= 86_400_000, `it is asked again after ${waits} ms`);
  });
}
