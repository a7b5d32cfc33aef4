/** Engines on hosts of a simulated world, and one torrent that they share: the frame of the engine tests. */
import assert from 'node:assert/strict';
import { equalBytes, joinPath, rootPath } from '@coequal/base';
import type { Endpoint, Ports, SafePath } from '@coequal/base';
import { World } from '@coequal/simulator';
import type { HostOptions, SimHost, WorldOptions } from '@coequal/simulator';
import { createHash } from 'node:crypto';
import type { BlockRequest } from '../../src/core/blocks.ts';
import type { InfoHash } from '../../src/core/ids.ts';
import { wireHashes } from '../../src/core/ids.ts';
import { parseMetainfo } from '../../src/core/metainfo/metainfo-parse.ts';
import type { Metainfo } from '../../src/core/metainfo/metainfo.ts';
import type { PeerMessage } from '../../src/core/wire/peer-wire.ts';
import { Engine } from '../../src/engine.ts';
import type { AddOptions, EngineOptions } from '../../src/engine.ts';
import { createTorrent } from '../../src/io/create-torrent.ts';
import type { TorrentEvent } from '../../src/torrent-types.ts';
import type { Torrent } from '../../src/torrent.ts';

export const PORT = 6881;
export const DOWNLOADS: SafePath = rootPath('/downloads');
export const NEVER: AbortSignal = new AbortController().signal;
/** Virtual time in which everything here is done. */
export const LIMIT_MS = 10 * 60_000;
const NAME = 'content';

export interface LabOptions extends Partial<WorldOptions> {
  /** Length of the one file, or of each by its path. */
  readonly content: number | Readonly<Record<string, number>>;
  readonly pieceLength?: number;
  readonly version?: Metainfo['version'];
  readonly isPrivate?: boolean;
}

export interface NodeOptions {
  readonly host?: HostOptions;
  readonly engine?: Partial<EngineOptions>;
  readonly add?: AddOptions;
  /** What the engine gets instead of the host's ports. */
  readonly wrap?: (ports: Ports) => Ports;
  /** Instead of the lab's torrent. */
  readonly source?: string | Uint8Array;
}

/** One engine with one torrent. */
export class LabNode {
  readonly host: SimHost;
  readonly events: TorrentEvent[] = [];
  readonly #options: NodeOptions;
  #running: { readonly engine: Engine; readonly torrent: Torrent } | undefined;

  constructor(host: SimHost, options: NodeOptions) {
    this.host = host;
    this.#options = options;
  }

  get engine(): Engine {
    assert.ok(this.#running, `${this.host.name} runs`);
    return this.#running.engine;
  }

  get torrent(): Torrent {
    assert.ok(this.#running, `${this.host.name} runs`);
    return this.#running.torrent;
  }

  get endpoint(): Endpoint {
    return { host: this.host.address, port: PORT };
  }

  get isSeeding(): boolean {
    return this.#running?.torrent.state.type === 'seeding';
  }

  /** Codes for which links were closed, by us or by the network; undefined: by the other side. */
  get closings(): readonly (string | undefined)[] {
    return this.events.flatMap((event) =>
      event.type === 'peer-closed' ? [event.why?.split(' ')[0]] : [],
    );
  }

  async start(source: string | Uint8Array, ports: Ports = this.host.ports): Promise<void> {
    const engine = await Engine.open(
      {
        downloadDirectory: DOWNLOADS,
        resumeDirectory: '/resume',
        port: PORT,
        addresses: [this.host.address],
        discovery: false, // who finds whom is up to each test
        ...this.#options.engine,
      },
      this.#options.wrap?.(ports) ?? ports,
    );
    const add = { useTrackers: false, ...this.#options.add };
    const torrent = await engine.add(this.#options.source ?? source, add);
    this.#running = { engine, torrent };
    void this.#watch(torrent);
  }

  async dispose(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    await running?.engine[Symbol.asyncDispose]();
  }

  async #watch(torrent: Torrent): Promise<void> {
    for await (const event of torrent.events(NEVER)) {
      assert.ok(event.type !== 'lagged');
      this.events.push(event);
    }
  }
}

export class Lab {
  readonly world: World;
  readonly torrentFile: Uint8Array;
  readonly metainfo: Metainfo;
  /** By path on the disk of whoever has it. */
  readonly content: ReadonlyMap<SafePath, Uint8Array>;
  readonly nodes: LabNode[] = [];

  private constructor(
    world: World,
    torrentFile: Uint8Array,
    content: ReadonlyMap<SafePath, Uint8Array>,
  ) {
    this.world = world;
    this.torrentFile = torrentFile;
    this.metainfo = parseMetainfo(torrentFile, (bytes, kind) =>
      createHash(kind).update(bytes).digest(),
    );
    this.content = content;
  }

  static async open(options: LabOptions): Promise<Lab> {
    const { content: lengths, pieceLength = 32_768, version = 'v1', isPrivate, ...rest } = options;
    const world = new World({ seed: 1, latencyMs: [10, 60], ...rest });
    const path = joinPath(DOWNLOADS, NAME);
    const content = new Map<SafePath, Uint8Array>();
    if (typeof lengths === 'number') content.set(path, world.random.bytes(lengths));
    else {
      for (const [name, length] of Object.entries(lengths))
        content.set(joinPath(path, ...name.split('/')), world.random.bytes(length));
    }
    const maker = world.host('maker');
    for (const [file, bytes] of content) maker.disk.put(file, bytes);
    const create = (): Promise<Uint8Array> =>
      createTorrent(
        { path, version, pieceLength, isPrivate: isPrivate === true },
        maker.ports,
        NEVER,
      );
    const torrentFile = await world.run(create, LIMIT_MS);
    maker.stop();
    return new Lab(world, torrentFile, content);
  }

  get infoHash(): InfoHash {
    const [infoHash] = wireHashes(this.metainfo);
    assert.ok(infoHash);
    return infoHash;
  }

  get length(): number {
    return this.metainfo.length;
  }

  /** A node that has all and trusts it. */
  seed(name = 'seed', options: NodeOptions = {}): Promise<LabNode> {
    const host = this.world.host({ name, ...options.host });
    for (const [path, bytes] of this.content) host.disk.put(path, bytes);
    return this.#start(host, { ...options, add: { trust: true, ...options.add } });
  }

  /** A node that has nothing, and knows those peers. */
  leech(
    name: string,
    peers: readonly (LabNode | Endpoint)[] = [],
    options: NodeOptions = {},
  ): Promise<LabNode> {
    const host = this.world.host({ name, ...options.host });
    const endpoints = peers.map((peer) => (peer instanceof LabNode ? peer.endpoint : peer));
    return this.#start(host, { ...options, add: { peers: endpoints, ...options.add } });
  }

  /** The node's program begins anew, after it was disposed of or its host went down. */
  async restart(node: LabNode): Promise<void> {
    const ports = node.host.isRunning ? node.host.ports : node.host.restart();
    await this.world.run(() => node.start(this.torrentFile, ports), LIMIT_MS);
  }

  async untilSeeding(...nodes: readonly LabNode[]): Promise<void> {
    await this.until(() => nodes.every((node) => node.isSeeding));
    for (const node of nodes) this.assertContent(node);
  }

  until(goal: () => boolean, limitMs: number = LIMIT_MS): Promise<void> {
    return this.world.run(goal, limitMs);
  }

  run<Value>(work: () => Promise<Value>): Promise<Value> {
    return this.world.run(work, LIMIT_MS);
  }

  /** The disk of the node shows every byte. */
  assertContent(node: LabNode): void {
    for (const [path, bytes] of this.content) this.assertFile(node, path, bytes);
  }

  assertFile(node: LabNode, path: SafePath, bytes = this.content.get(path)): void {
    const found = node.host.disk.content(path);
    assert.ok(found !== undefined, `${node.host.name} has ${path}`);
    assert.ok(
      bytes !== undefined && equalBytes(found, bytes),
      `${node.host.name}: ${path} differs`,
    );
  }

  /** What an honest peer answers to a request; for content of one file. */
  blockOf({ piece, begin, length }: BlockRequest): PeerMessage {
    const [bytes] = this.content.values();
    assert.ok(bytes !== undefined && this.content.size === 1);
    const at = piece * this.metainfo.pieceLength + begin;
    return { type: 'piece', piece, begin, block: bytes.subarray(at, at + length) };
  }

  /** Of a file of the content, or of the content itself. */
  pathOf(name?: string): SafePath {
    return joinPath(DOWNLOADS, NAME, ...(name?.split('/') ?? []));
  }

  /** Ends all engines, and sees that they let go of everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    const running = this.nodes.filter(({ host }) => host.isRunning);
    await this.run(async () => {
      await Promise.all(running.map((node) => node.dispose()));
    });
    await this.world.pass(1_000);
    for (const { host } of running) {
      assert.equal(host.openConns, 0, `${host.name} closed its connections`);
      assert.equal(host.openFiles, 0, `${host.name} closed its files`);
    }
  }

  async #start(host: SimHost, options: NodeOptions): Promise<LabNode> {
    const node = new LabNode(host, options);
    this.nodes.push(node);
    await this.run(() => node.start(this.torrentFile));
    return node;
  }
}
