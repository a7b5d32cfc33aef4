/** A simulated swarm: a tracker, seeds and leechers with real engines, on virtual time from one seed. */
import assert from 'node:assert/strict';
import { equalBytes, joinPath, rootPath } from '@coequal/base';
import type { Ports } from '@coequal/base';
import { World } from '@coequal/simulator';
import type { SimHost, WorldOptions } from '@coequal/simulator';
import { encodeBencode } from '../../src/core/bencode.ts';
import { encodeCompactPeers } from '../../src/core/compact-peers.ts';
import { shuffle } from '../../src/core/swarm/random-choice.ts';
import { Engine } from '../../src/engine.ts';
import type { AddOptions } from '../../src/engine.ts';
import { createTorrent } from '../../src/io/create-torrent.ts';
import type { Torrent } from '../../src/torrent.ts';

const PORT = 6881;
const DOWNLOADS = rootPath('/downloads');
const NAME = 'content.bin';
export const TRACKER = 'http://tracker.test/announce';
const never = new AbortController().signal;

export interface SwarmWorldOptions extends WorldOptions {
  readonly length: number;
  readonly pieceLength: number;
  /** Addresses that an announce is answered with. */
  readonly peersPerAnnounce?: number;
}

export interface Member {
  readonly host: SimHost;
  engine: Engine | undefined;
  torrent: Torrent | undefined;
}

export class SwarmWorld {
  readonly world: World;
  readonly content: Uint8Array;
  readonly members: Member[] = [];
  #torrentFile: Uint8Array = new Uint8Array(0);

  private constructor(options: SwarmWorldOptions) {
    this.world = new World(options);
    this.content = this.world.random.bytes(options.length);
    this.#serveTracker(options.peersPerAnnounce ?? 20);
  }

  /** The world with its first member, a seed that has all. */
  static async open(options: SwarmWorldOptions): Promise<SwarmWorld> {
    const swarm = new SwarmWorld(options);
    const seed = swarm.world.host('seed');
    const path = joinPath(DOWNLOADS, NAME);
    seed.disk.put(path, swarm.content);
    const { pieceLength } = options;
    const create = (): Promise<Uint8Array> =>
      createTorrent(
        { path, version: 'hybrid', pieceLength, trackers: [[TRACKER]] },
        seed.ports,
        never,
      );
    swarm.#torrentFile = await swarm.world.run(create, 60_000);
    await swarm.join(seed, { trust: true });
    return swarm;
  }

  get torrentFile(): Uint8Array {
    return this.#torrentFile;
  }

  /** Adds leechers, which begin at once. */
  async addLeechers(count: number): Promise<readonly Member[]> {
    const added: Member[] = [];
    for (let index = 0; index < count; index++) {
      added.push(await this.join(this.world.host(`peer-${this.world.hosts.length}`)));
    }
    return added;
  }

  async join(host: SimHost, options: AddOptions = {}): Promise<Member> {
    const member: Member = { host, engine: undefined, torrent: undefined };
    this.members.push(member);
    await this.world.run(() => this.start(member, host.ports, options), 60_000);
    return member;
  }

  /** Starts the program of a member, for the first time or again. */
  async start(member: Member, ports: Ports, options: AddOptions = {}): Promise<void> {
    const { address } = member.host;
    const engine = await Engine.open(
      {
        downloadDirectory: DOWNLOADS,
        resumeDirectory: '/resume',
        port: PORT,
        addresses: [address],
      },
      ports,
    );
    member.engine = engine;
    member.torrent = await engine.add(this.#torrentFile, options);
  }

  /** Whether a member has every byte, as its own disk shows it. */
  isComplete(member: Member): boolean {
    return member.torrent?.state.type === 'seeding';
  }

  assertEqualBytes(member: Member): void {
    const bytes = member.host.disk.content(joinPath(DOWNLOADS, NAME));
    assert.ok(
      bytes !== undefined && equalBytes(bytes, this.content),
      `${member.host.name} differs`,
    );
  }

  async close(): Promise<void> {
    const running = this.members.filter(({ host }) => host.isRunning);
    const engines = running.flatMap(({ engine }) => engine ?? []);
    const dispose = async (): Promise<void> => {
      await Promise.all(engines.map((engine) => engine[Symbol.asyncDispose]()));
    };
    await this.world.run(dispose, 60_000);
  }

  #serveTracker(peersPerAnnounce: number): void {
    const known = new Set<string>();
    this.world.serveHttp('http://tracker.test', ({ url, from }) => {
      if (url.searchParams.get('event') === 'stopped') known.delete(from);
      else known.add(from);
      const others = [...known].filter((address) => address !== from);
      const chosen = shuffle(others, () => this.world.random.number()).slice(0, peersPerAnnounce);
      const peers = encodeCompactPeers(
        chosen.map((host) => ({ host, port: PORT })),
        4,
      );
      return { body: encodeBencode({ interval: 60, 'min interval': 5, peers }) };
    });
  }
}
