/** Announcing to, and scraping, trackers of others: bittorrent-tracker (npm) and opentracker (Debian). */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { openClock, openHttp, openNet, openRandom } from '@coequal/base/node';
import Server from 'bittorrent-tracker/server';
import { infoHashOf, peerIdOf } from '../../src/core/ids.ts';
import { scrapeTorrent, TrackerSession } from '../../src/io/tracker-client.ts';

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
        listenPort: () => port,
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
  async function openTracker(httpHost: string): Promise<Server & AsyncDisposable> {
    const server = new Server({ ws: false, stats: false });
    server.listen(0, { http: httpHost, udp: '127.0.0.1', udp6: '::1' });
    await once(server, 'listening');
    return Object.assign(server, {
      [Symbol.asyncDispose]: (): Promise<void> => new Promise((resolve) => server.close(resolve)),
    });
  }

  function httpPort(server: Server): number {
    const address = server.http.address();
    assert.ok(address !== null && typeof address === 'object');
    return address.port;
  }

  test('two peers meet over HTTP', async () => {
    await using server = await openTracker('127.0.0.1');
    await meet(`http://127.0.0.1:${httpPort(server)}/announce`, { infoHash: ASCII_INFO_HASH });
  });

  test('two peers meet over HTTP and IPv6', async () => {
    await using server = await openTracker('::1');
    const url = `http://[::1]:${httpPort(server)}/announce`;
    await meet(url, { host: '::1', infoHash: ASCII_INFO_HASH });
  });

  test('two peers meet over UDP', async () => {
    await using server = await openTracker('127.0.0.1');
    await meet(`udp://127.0.0.1:${server.udp4.address().port}`);
  });

  test('URL data after an announce does no harm', async () => {
    await using server = await openTracker('127.0.0.1');
    const url = `udp://127.0.0.1:${server.udp4.address().port}/announce?passkey=${'x'.repeat(300)}`;
    await meet(url);
  });

  test('over UDP and IPv6 two peers are counted (this tracker gives no IPv6 peers there)', async () => {
    await using server = await openTracker('127.0.0.1');
    await meet(`udp://[::1]:${server.udp6.address().port}`, { host: '::1', givesPeers: false });
  });
});

const OPENTRACKER = '/usr/bin/opentracker';

describe(
  'opentracker',
  { skip: existsSync(OPENTRACKER) ? false : 'install the Debian package opentracker' },
  () => {
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
  },
);

/** Debian builds it to serve only what its list has. */
async function openOpentracker(
  listed: string,
): Promise<AsyncDisposable & { readonly port: number }> {
  const directory = await mkdtemp(join(tmpdir(), 'opentracker-'));
  await chmod(directory, 0o755); // started by root, it becomes `nobody`
  await writeFile(join(directory, 'list'), `${listed}\n`);
  const port = await freePort();
  const at = ['-i', '127.0.0.1', '-p', String(port), '-P', String(port)];
  const child = spawn(OPENTRACKER, [...at, '-d', directory, '-w', 'list'], {
    cwd: directory,
    stdio: 'ignore',
  });
  const ended = once(child, 'exit');
  await Promise.race([
    isServing(child, port, listed),
    ended.then(() => assert.fail('opentracker ended at once')),
  ]);
  return {
    port,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
      await rm(directory, { recursive: true });
    },
  };
}

/** Free for TCP and UDP: opentracker cannot tell which port it got. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on a port, not a path
  const socket = createSocket('udp4').bind(port, '127.0.0.1');
  await once(socket, 'listening');
  await Promise.all([
    new Promise<void>((done) => socket.close(done)),
    new Promise((done) => server.close(done)),
  ]);
  return port;
}

/** It prints nothing when it listens and has read its list, so there is only trying. */
async function isServing(child: ChildProcess, port: number, listed: string): Promise<void> {
  const infoHash = listed.replaceAll(/../g, '%$&');
  const query = `info_hash=${infoHash}&peer_id=${'x'.repeat(20)}&port=1&left=0&event=stopped`;
  while (child.exitCode === null) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}/announce?${query}`);
      if (!(await response.text()).includes('failure')) return;
    } catch (error) {
      assert.ok(error instanceof TypeError); // what fetch throws when it is refused
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
