/** A simulated swarm: a tracker, seeds and leechers with real engines, on virtual time from one seed. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { joinPath, rootPath } from '@coequal/base';
import type { Ports } from '@coequal/base';
import { World } from '@coequal/simulator';
import type { HostOptions, SimHost, WorldOptions } from '@coequal/simulator';
import { encodeBencode } from '../../src/core/bencode.ts';
import { encodeCompactPeers } from '../../src/core/compact-peers.ts';
import { shuffle } from '../../src/core/swarm/random-choice.ts';
import { parseMetainfo } from '../../src/core/metainfo/metainfo-parse.ts';
import type { Metainfo } from '../../src/core/metainfo/metainfo.ts';
import { Engine } from '../../src/engine.ts';
import type { AddOptions, EngineOptions } from '../../src/engine.ts';
import { createTorrent } from '../../src/io/create-torrent.ts';
import type { Torrent } from '../../src/torrent.ts';

export const PORT = 6881;
const DOWNLOADS = rootPath('/downloads');
const NAME = 'content.bin';
export const TRACKER = 'http://tracker.test/announce';
const never = new AbortController().signal;

export interface SwarmWorldOptions extends WorldOptions {
  readonly length: number;
  readonly pieceLength: number;
  /** Addresses that an announce is answered with. */
  readonly peersPerAnnounce?: number;
  /** After which peers may ask for more. */
  readonly announceSeconds?: number;
  /** Peers tell each other of peers, too (PEX). */
  readonly discovery?: boolean;
  readonly seedHost?: HostOptions;
  readonly seedOptions?: MemberOptions;
}

export interface MemberOptions {
  readonly add?: AddOptions;
  readonly engine?: Partial<EngineOptions>;
  /** Joins by a magnet link, which names the tracker. */
  readonly isMagnet?: boolean;
  /** What the engine gets instead of the host's ports. */
  readonly wrap?: (ports: Ports) => Ports;
}

export interface Member {
  readonly host: SimHost;
  readonly options: MemberOptions;
  engine: Engine | undefined;
  torrent: Torrent | undefined;
}

export class SwarmWorld {
  readonly world: World;
  readonly content: Uint8Array;
  readonly members: Member[] = [];
  readonly #discovery: boolean;
  #torrentFile: Uint8Array = new Uint8Array(0);

  private constructor(options: SwarmWorldOptions) {
    this.world = new World(options);
    this.#discovery = options.discovery === true;
    this.content = this.world.random.bytes(options.length);
    this.#serveTracker(options.peersPerAnnounce ?? 20, options.announceSeconds ?? 5);
  }

  /** The world with its first member, a seed that has all. */
  static async open(options: SwarmWorldOptions): Promise<SwarmWorld> {
    const swarm = new SwarmWorld(options);
    const seed = swarm.world.host({ name: 'seed', ...options.seedHost });
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
    const { add, ...others } = options.seedOptions ?? {};
    await swarm.join(seed, { ...others, add: { trust: true, ...add } });
    return swarm;
  }

  get metainfo(): Metainfo {
    return parseMetainfo(this.#torrentFile, (bytes, kind) =>
      createHash(kind).update(bytes).digest(),
    );
  }

  /** Adds leechers, which begin at once. */
  async addLeechers(count: number): Promise<readonly Member[]> {
    const added: Member[] = [];
    for (let index = 0; index < count; index++) {
      added.push(await this.join(this.world.host(`peer-${this.world.hosts.length}`)));
    }
    return added;
  }

  async join(host: SimHost, options: MemberOptions = {}): Promise<Member> {
    const member: Member = { host, options, engine: undefined, torrent: undefined };
    this.members.push(member);
    await this.world.run(() => this.start(member, host.ports), 60_000);
    return member;
  }

  /** Starts the program of a member, for the first time or again. */
  async start(member: Member, ports: Ports): Promise<void> {
    const { options, host } = member;
    const engine = await Engine.open(
      {
        downloadDirectory: DOWNLOADS,
        resumeDirectory: '/resume',
        port: PORT,
        addresses: [host.address],
        transport: 'tcp',
        discovery: this.#discovery,
        ...options.engine,
      },
      options.wrap?.(ports) ?? ports,
    );
    member.engine = engine;
    const source = options.isMagnet === true ? this.#magnet() : this.#torrentFile;
    member.torrent = await engine.add(source, options.add);
  }

  #magnet(): string {
    return `magnet:?xt=urn:btih:${this.metainfo.infoHash}&tr=${encodeURIComponent(TRACKER)}`;
  }

  /** Whether a member has every byte, as its own disk shows it. */
  isComplete(member: Member): boolean {
    return member.torrent?.state.type === 'seeding';
  }

  assertEqualBytes(member: Member): void {
    const bytes = member.host.disk.content(joinPath(DOWNLOADS, NAME));
    assert.ok(
      bytes !== undefined && Buffer.compare(bytes, this.content) === 0,
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

  #serveTracker(peersPerAnnounce: number, announceSeconds: number): void {
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
      const answer = { interval: 60, 'min interval': announceSeconds, peers };
      return { body: encodeBencode(answer) };
    });
  }
}
