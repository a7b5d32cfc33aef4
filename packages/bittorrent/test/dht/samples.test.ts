/** Walks that ask for samples of info hashes (BEP 51), in a network on virtual time. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Endpoint, Millis } from '@coequal/base';
import type { KrpcAnswer, NodeContact } from '../../src/core/dht/krpc-messages.ts';
import { nodeIdOf } from '../../src/core/dht/node-id.ts';
import { SampleCrawl } from '../../src/core/dht/sample-crawl.ts';
import type { SampleSpec } from '../../src/core/dht/sample-crawl.ts';
import { SampleTimes } from '../../src/core/dht/sample-times.ts';
import type { SearchQuery } from '../../src/core/dht/search.ts';
import { infoHashOf } from '../../src/core/ids.ts';
import type { InfoHash } from '../../src/core/ids.ts';
import { seededRandom } from '../core/seeded-random.ts';
import { DhtNetwork } from './dht-network.ts';
import type { SearchResult } from './dht-network.ts';

const SPEC: SampleSpec = { type: 'sample', nodesMax: 20_000, infoHashesMax: 100_000, rounds: 1 };

/** What every node here names (`SAMPLE_INTERVAL_SECONDS`). */
const INTERVAL_MS = 600_000;

function grown(count: number): DhtNetwork {
  const network = new DhtNetwork(7);
  network.grow(count, 5);
  network.run(20_000);
  return network;
}

function announce(network: DhtNetwork, count: number): Set<InfoHash> {
  const announced = new Set<InfoHash>();
  for (let i = 0; i < count; i++) {
    const infoHash = infoHashOf(network.bytes(20));
    announced.add(infoHash);
    void network.search(network.pickAlive(), {
      type: 'get-peers',
      infoHash,
      noSeeds: false,
      scrape: false,
      announce: { port: 1, impliedPort: true, isSeed: true },
    });
    network.run(200);
  }
  network.run(30_000);
  return announced;
}

async function walk(network: DhtNetwork, spec: SampleSpec, forMs: Millis): Promise<SearchResult> {
  const [node] = network.nodes;
  assert.ok(node);
  const result = network.search(node, spec);
  network.run(forMs);
  return await result;
}

function hashesOf({ samples }: SearchResult): InfoHash[] {
  return samples.flatMap(({ infoHashes }) => infoHashes);
}

describe('a walk', () => {
  test('sees all info hashes that were announced, each once, and asks each node once', async () => {
    const network = grown(120);
    const announced = announce(network, 60);
    const result = await walk(network, SPEC, 120_000);
    const seen = hashesOf(result);
    assert.equal(new Set(seen).size, seen.length);
    assert.deepEqual(new Set(seen), announced);
    const { queries, sampled } = result.summary;
    assert.ok(queries <= 119);
    assert.ok(sampled !== undefined && sampled.nodes >= 117 && sampled.givers >= 110);
  });

  test('asks a node for what else it has only after the interval that it named, and so do others', async () => {
    const network = grown(30);
    announce(network, 100); // each node has more than the 20 it gives
    const asked = new Map<string, Millis[]>();
    const send = network.send.bind(network);
    network.send = (bytes: Uint8Array, from: Endpoint, to: Endpoint) => {
      if (Buffer.from(bytes).includes('17:sample_infohashes'))
        asked.set(to.host, [...(asked.get(to.host) ?? []), network.now]);
      send(bytes, from, to);
    };
    await walk(network, SPEC, 60_000);
    const twice = hashesOf(await walk(network, { ...SPEC, rounds: 3 }, 3 * INTERVAL_MS));
    assert.equal(twice.length, 0); // at first none of them may be asked
    await walk(network, { ...SPEC, rounds: 3 }, 3 * INTERVAL_MS);
    const gaps = [...asked.values()].flatMap((times) =>
      times.slice(1).map((at, index) => at - (times[index] ?? 0)),
    );
    assert.ok(gaps.length >= 29, 'nodes were asked again');
    assert.ok(Math.min(...gaps) >= INTERVAL_MS, `${Math.min(...gaps)} ms`);
  });

  test('ends at its bounds', async () => {
    const network = grown(50);
    announce(network, 20);
    const few = await walk(network, { ...SPEC, nodesMax: 10 }, 60_000);
    assert.equal(few.summary.queries, 10);
    network.run(INTERVAL_MS);
    const short = await walk(network, { ...SPEC, infoHashesMax: 5 }, 60_000);
    assert.equal(hashesOf(short).length, 5);
  });
});

/** Of one node that is known, and whatever it answers. */
class OneNode {
  readonly crawl: SampleCrawl;
  readonly times = new SampleTimes();

  constructor(known: readonly NodeContact[], spec: Partial<SampleSpec> = {}) {
    const randomNumber = seededRandom(5);
    this.crawl = new SampleCrawl(
      { ...SPEC, ...spec },
      {
        own: [{ family: 4, id: nodeIdOf(new Uint8Array(20)), known }],
        times: this.times,
        randomBytes: (length) => Uint8Array.from({ length }, () => randomNumber() * 256),
        randomNumber,
        acceptsPrivate: false,
      },
    );
  }

  next(now: Millis = 0): SearchQuery[] {
    return this.crawl.next(now);
  }

  answer({ candidate }: SearchQuery, answer: KrpcAnswer, now: Millis = 0): void {
    assert.ok(candidate);
    this.crawl.answered(4, candidate, candidate.id, answer, now);
  }
}

function contact(host: string, port = 6881): NodeContact {
  const id = Uint8Array.from({ length: 20 }, (_, i) => (i * 7 + port) & 0xff);
  for (const [index, part] of host.split('.').entries()) id[index] = Number(part);
  return { id: nodeIdOf(id), host, port };
}

describe('of nodes that lie or know less', () => {
  test('one that knows no such query is asked for nodes, and not again', () => {
    const one = new OneNode([contact('20.0.0.1')]);
    const [first] = one.next();
    assert.equal(first?.query.method, 'sample_infohashes');
    assert.ok(first?.candidate);
    one.crawl.failed(4, first.candidate, true);
    const [second] = one.next();
    assert.equal(second?.query.method, 'find_node');
    assert.ok(second);
    one.answer(second, { nodes: [contact('20.0.1.1')] });
    assert.deepEqual(
      one.next().map(({ to }) => to.host),
      ['20.0.1.1'],
    );
  });

  test('one that does not answer leads nowhere, and is not asked again', () => {
    const one = new OneNode([contact('20.0.0.1')]);
    const [first] = one.next();
    assert.ok(first?.candidate);
    one.crawl.failed(4, first.candidate);
    assert.deepEqual(one.next(), []);
    assert.equal(one.crawl.isOver, true);
    assert.equal(one.times.mayAsk(first.to, 21_599_999), false);
    assert.equal(one.times.mayAsk(first.to, 21_600_000), true);
  });

  test('of thousands that are named at one address or in one network few are asked', () => {
    const one = new OneNode([contact('20.0.0.1')]);
    const [first] = one.next();
    assert.ok(first);
    const ports = Array.from({ length: 1_000 }, (_, i) => contact('20.0.1.1', i + 1));
    const hosts = Array.from({ length: 250 }, (_, i) => contact(`20.0.2.${i + 1}`));
    const nowhere = [contact('192.168.1.1'), contact('20.0.3.1', 0)];
    one.answer(first, { nodes: [...ports, ...hosts, ...nowhere] });
    const asked: string[] = [];
    for (let queries = one.next(); queries.length > 0; queries = one.next()) {
      asked.push(...queries.map(({ to }) => to.host));
      for (const query of queries) one.answer(query, {});
    }
    assert.equal(asked.filter((host) => host === '20.0.1.1').length, 1);
    assert.equal(asked.length, 1 + 8);
  });

  test('an interval of nothing is a minute, one of a year six hours, as is none', () => {
    const times = new SampleTimes();
    const node = contact('20.0.0.1');
    assert.equal(times.answered(node, 0, 0), 60_000);
    assert.equal(times.answered(node, 31_536_000, 0), 21_600_000);
    assert.equal(times.answered(node, undefined, 0), 21_600_000);
    assert.equal(times.answered(node, 600, 0), 600_000);
  });

  test('when too many are remembered, no other is asked until one of them may be', () => {
    const times = new SampleTimes();
    for (let i = 0; i < 50_000; i++) times.asked({ host: `20.${i >> 8}.${i & 255}.1`, port: 1 }, i);
    const other = contact('21.0.0.1');
    assert.equal(times.mayAsk(other, 21_599_999), false);
    assert.equal(times.mayAsk(other, 21_600_000), true);
  });
});
