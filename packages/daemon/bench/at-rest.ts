// What a peer takes that has ten finished transfers and nothing to do, page closed, DHT on: ours as it is installed and
// from sources, beside other programs with the same torrents, all at the same time. In a network namespace with
// loopback alone, where a crowd of our own is the DHT. Linux, with `unshare` and `ip`.
//   node_modules/.bin/node packages/daemon/bench/at-rest.ts
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { rootPath } from '@coequal/base';
import { openPorts } from '@coequal/base/node';
import { createTorrent } from '@coequal/bittorrent';
import { Client, RequestRefused } from '@coequal/contract';
import { readOwnerSecret } from '../src/peer/owner-secret.ts';
import { installPacked } from '../test/e2e/packed.ts';
import { openForeign } from './at-rest-foreign.ts';
import type { Resting, Share } from './at-rest-foreign.ts';
import { cpuSeconds, memoryCells } from './processes.ts';

const TRANSFERS = 10;
const LENGTH = 16_000_000;
/** Ours gives up memory half a minute after the last transfer. */
const REST_MS = 60_000;
/** Processor time is told in hundredths of a second: 0.05 % of this. */
const WATCHED_MS = 20_000;
/** The API takes a hundred calls a second. */
const LOOK_INTERVAL_MS = 300;
const NOT_YET = 'NOT_POSSIBLE_NOW';
const PORT = 6_881;
/** Each of another network, and public: DHTs ignore loopback, and take few nodes of one network. */
const addressOf = (number: number): string => `${50 + number}.15.77.1`;
const NODES = Array.from({ length: 12 }, (_, index) => addressOf(20 + index));
const [CONTACT = ''] = NODES;
const SOURCES = fileURLToPath(new URL('../bin/coequal.js', import.meta.url));
const CROWD = fileURLToPath(new URL('../test/e2e/dht-crowd.ts', import.meta.url));

async function measure(): Promise<void> {
  execFileSync('ip', ['link', 'set', 'lo', 'up']);
  for (const address of [...NODES, ...[1, 2, 3, 4, 5].map(addressOf)])
    execFileSync('ip', ['address', 'add', `${address}/32`, 'dev', 'lo']);
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'coequal-at-rest-'));
  await using resources = new AsyncDisposableStack();
  resources.defer(() => rmSync(folder, { recursive: true, force: true }));
  const { installed } = installPacked(join(folder, 'packed'));
  const command = join(installed, 'node_modules/coequal/bin/coequal.js');
  const share = await makeShare(join(folder, 'content'));
  const crowd = await startNode([CROWD, String(PORT), ...NODES], 'DHT');
  resources.use(crowd);
  for (const [index, bin] of [command, SOURCES].entries())
    await (await Ours.start(bin, 'once', join(folder, `once-${index}`), 1))[Symbol.asyncDispose]();

  const idle = resources.use(await startNode(['-e', 'console.log(); setInterval(() => {}, 1e6)']));
  const seed = resources.use(
    await Ours.start(command, 'coequal, shares what was here', join(folder, 'a'), 1),
  );
  const leech = resources.use(
    await Ours.start(command, 'coequal, fetched all', join(folder, 'b'), 2),
  );
  const sources = resources.use(
    await Ours.start(SOURCES, 'the same from sources', join(folder, 'c'), 3),
  );
  const isNew = memoryCells(leech.pid);
  await seed.share(share);
  for (const each of [leech, sources]) await each.fetchFrom(seed, share, join(each.home, 'in'));
  const places = { folder, addresses: [addressOf(4), addressOf(5)], nodes: NODES, port: PORT };
  const foreign = await openForeign(share, places);
  for (const each of foreign) resources.use(each);

  await setTimeout(REST_MS - WATCHED_MS);
  const all: readonly Resting[] = [idle, leech, seed, sources, ...foreign];
  const before = all.map(({ pid }) => cpuSeconds(pid));
  await setTimeout(WATCHED_MS);
  const cpuPercent = all.map(
    ({ pid }, index) => ((cpuSeconds(pid) - (before[index] ?? 0)) / WATCHED_MS) * 1e5,
  );
  console.log(
    `${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}; MB are 1,000,000 bytes\n`,
  );
  console.log('|  | resident MB | of its own | of files | threads | CPU, % of a core |');
  console.log('| --- | --- | --- | --- | --- | --- |');
  console.log(`| a new coequal, without transfers | ${isNew} | |`);
  for (const [index, { name, pid }] of all.entries())
    console.log(`| ${name} | ${memoryCells(pid)} | ${(cpuPercent[index] ?? 0).toFixed(2)} |`);
  for (const each of [leech, seed, sources]) console.log(await each.state());
}

async function makeShare(content: string): Promise<Share> {
  mkdirSync(content, { recursive: true });
  await using ports = openPorts();
  const torrents: string[] = [];
  for (let index = 0; index < TRANSFERS; index += 1) {
    const path = rootPath(join(content, `file-${index}`));
    writeFileSync(path, randomBytes(LENGTH));
    const { signal } = new AbortController();
    const bytes = await createTorrent({ path, version: 'v1', pieceLength: 2 ** 18 }, ports, signal);
    torrents.push(`${path}.torrent`);
    writeFileSync(`${path}.torrent`, bytes);
  }
  return { content, torrents };
}

/** Resolves with its first line. */
async function startNode(args: readonly string[], name = 'node -e setInterval') {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return {
    name,
    pid: child.pid ?? 0,
    line,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

class Ours implements Resting {
  readonly name: string;
  readonly home: string;
  readonly address: string;
  readonly #process: Awaited<ReturnType<typeof startNode>>;
  readonly #client: Client;

  private constructor(
    name: string,
    home: string,
    address: string,
    process: Awaited<ReturnType<typeof startNode>>,
  ) {
    this.name = name;
    this.home = home;
    this.address = address;
    this.#process = process;
    const { url } = JSON.parse(process.line) as { url: string };
    this.#client = new Client({ base: new URL(url).origin, secret: readOwnerSecret(home) });
  }

  static async start(bin: string, name: string, home: string, number: number): Promise<Ours> {
    const address = addressOf(number);
    const network = ['--bind', address, '--listen', String(PORT), '--no-port-mapping'];
    const dht = ['--dht-bootstrap', `${CONTACT}:${PORT}`];
    const page = ['--json', '--api-port', '0', '--home', home];
    return new Ours(name, home, address, await startNode([bin, 'up', ...page, ...network, ...dht]));
  }

  get pid(): number {
    return this.#process.pid;
  }

  async share({ content, torrents }: Share): Promise<void> {
    await this.#add(torrents, content);
    await this.#untilWhole();
  }

  async fetchFrom(seed: Ours, { torrents }: Share, directory: string): Promise<void> {
    mkdirSync(directory, { recursive: true });
    await this.#add(torrents, directory);
    await this.#untilWhole([`${seed.address}:${PORT}`]);
  }

  async state(): Promise<string> {
    const { transfers, dhtNodes } = await this.#client.call('showStatus', {});
    return `- ${this.name}: ${JSON.stringify(transfers)}, ${dhtNodes} nodes of the DHT known`;
  }

  async #add(torrents: readonly string[], directory: string): Promise<void> {
    await this.#client.call('setUp', { body: { hasConsented: true } });
    for (const path of torrents) {
      const torrent = readFileSync(path, 'base64');
      await this.#client.call('addTransfer', { body: { torrent, directory } });
    }
  }

  /** Those that are queued can be told of peers only when it is their turn. */
  async #untilWhole(peers: readonly string[] = []): Promise<void> {
    for (;;) {
      const { changed } = await this.#client.call('listTransfers', { query: {} });
      const missing = changed.filter(({ have, wanted }) => wanted === 0 || have < wanted);
      if (missing.length === 0) return;
      for (const { id, state } of missing)
        if (peers.length > 0 && state !== 'queued') await this.#name(id, peers);
      await setTimeout(LOOK_INTERVAL_MS);
    }
  }

  async #name(id: string, peers: readonly string[]): Promise<void> {
    try {
      await this.#client.call('addPeers', { params: { id }, body: { peers: [...peers] } });
    } catch (error) {
      const isEarly = error instanceof RequestRefused && error.explanation.code === NOT_YET;
      if (!isEarly) throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }
}

if (process.argv[2] === 'inside') await measure();
else {
  const { execPath } = process;
  const { status } = spawnSync(
    'unshare',
    ['--map-root-user', '--net', execPath, fileURLToPath(import.meta.url), 'inside'],
    { stdio: 'inherit' },
  );
  process.exitCode = status ?? 1;
}
