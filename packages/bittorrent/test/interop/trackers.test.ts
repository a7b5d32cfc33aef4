/** Announcing to, and scraping, trackers of others: bittorrent-tracker (npm) and opentracker (Debian). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openClock, openHttp, openNet, openRandom } from '@coequal/base/node';
import { infoHashOf, peerIdOf } from '../../src/core/ids.ts';
import { scrapeTorrent } from '../../src/io/tracker/scrape.ts';
import { TrackerSession } from '../../src/io/tracker/tracker-client.ts';
import { openNpmTracker, openOpentracker, skipOpentracker } from './peers/trackers.ts';

const ports = { clock: openClock(), random: openRandom(), net: openNet(), http: openHttp() };
const never = new AbortController().signal;
const INFO_HASH = infoHashOf(Uint8Array.from({ length: 20 }, (_, i) => i * 13));

/** Bytes under 128: bittorrent-tracker 11 writes others wrong in its HTTP scrape, as if they were text. */
const ASCII_INFO_HASH = infoHashOf(Uint8Array.from({ length: 20 }, (_, i) => i * 6));

/** A peer that announces one torrent, and remembers who it was told of. */
class Announcer implements AsyncDisposable {
  readonly peers = new Set<string>();
  readonly #session: TrackerSession;
  #left = 1_000;
  #check: (() => void) | undefined;

  constructor(trackerUrl: string, port: number, infoHash = INFO_HASH) {
    this.#session = TrackerSession.open(
      {
        tiers: [[trackerUrl]],
        infoHashes: [infoHash],
        peerId: peerIdOf(new Uint8Array(20).fill(port & 0xff)),
        isPrivate: false,
        portFor: () => port,
        totals: () => ({ uploaded: 0, downloaded: 0, left: this.#left }),
        peersWanted: () => 50,
        onPeers: (given) => {
          for (const peer of given) this.peers.add(`${peer.host} ${peer.port}`);
        },
        onState: () => this.#check?.(),
      },
      ports,
      never,
    );
  }

  get state(): TrackerSession['states'][number] {
    const [state] = this.#session.states;
    assert.ok(state);
    return state;
  }

  complete(): void {
    this.#left = 0;
    this.#session.completed();
  }

  /** Rejects when the tracker fails. */
  async until(isReached: () => boolean): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#check = (): void => {
      const { lastError, state } = this.state;
      if (state === 'failed') reject(new Error(lastError?.text));
      else if (isReached()) resolve();
    };
    this.#check();
    await promise;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#session[Symbol.asyncDispose]();
  }
}

/** Two peers come, one of them completes, both go; the tracker counts them all the while. */
async function meet(
  url: string,
  { host = '127.0.0.1', givesPeers = true, infoHash = INFO_HASH } = {},
): Promise<void> {
  const scrape = async (): Promise<unknown> => {
    const [counts] = await scrapeTorrent(url, [infoHash], ports, never);
    return counts && [counts.seeds, counts.leechers];
  };
  {
    await using first = new Announcer(url, 7_001, infoHash);
    await first.until(() => first.state.state === 'working');
    {
      await using second = new Announcer(url, 7_002, infoHash);
      await second.until(() => second.state.state === 'working');
      assert.equal(second.peers.has(`${host} 7001`), givesPeers);
      assert.deepEqual([second.state.seeds, second.state.leechers], [0, 2]);
      first.complete();
      await first.until(() => first.state.seeds === 1);
      assert.equal(first.peers.has(`${host} 7002`), givesPeers);
      assert.equal(first.state.leechers, 1);
      assert.deepEqual(await scrape(), [1, 1]);
    }
    assert.deepEqual(await scrape(), [1, 0]);
  }
  assert.deepEqual(await scrape(), [0, 0]);
}

describe('bittorrent-tracker', () => {
  test('two peers meet over HTTP', async () => {
    await using server = await openNpmTracker('127.0.0.1');
    await meet(`http://127.0.0.1:${server.httpPort}/announce`, { infoHash: ASCII_INFO_HASH });
  });

  test('two peers meet over HTTP and IPv6', async () => {
    await using server = await openNpmTracker('::1');
    const url = `http://[::1]:${server.httpPort}/announce`;
    await meet(url, { host: '::1', infoHash: ASCII_INFO_HASH });
  });

  test('two peers meet over UDP', async () => {
    await using server = await openNpmTracker('127.0.0.1');
    await meet(`udp://127.0.0.1:${server.udp4.address().port}`);
  });

  test('URL data after an announce does no harm', async () => {
    await using server = await openNpmTracker('127.0.0.1');
    const url = `udp://127.0.0.1:${server.udp4.address().port}/announce?passkey=${'x'.repeat(300)}`;
    await meet(url);
  });

  test('over UDP and IPv6 two peers are counted (this tracker gives no IPv6 peers there)', async () => {
    await using server = await openNpmTracker('127.0.0.1');
    await meet(`udp://[::1]:${server.udp6.address().port}`, { host: '::1', givesPeers: false });
  });
});

describe('opentracker', { skip: skipOpentracker }, () => {
  test('two peers meet over HTTP', async () => {
    await using tracker = await openOpentracker(INFO_HASH);
    await meet(`http://127.0.0.1:${tracker.port}/announce`);
  });

  test('two peers meet over UDP', async () => {
    await using tracker = await openOpentracker(INFO_HASH);
    await meet(`udp://127.0.0.1:${tracker.port}/announce?passkey=x`);
  });

  test('a torrent that is not on its list is refused, and the reason passed on', async () => {
    await using tracker = await openOpentracker('ff'.repeat(20));
    await using announcer = new Announcer(`http://127.0.0.1:${tracker.port}/announce`, 7_001);
    await assert.rejects(
      announcer.until(() => false),
      /the tracker refused: Requested download is not authorized for use with this tracker/,
    );
  });
});
