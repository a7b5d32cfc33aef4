/** Running peers on virtual time: transfers and their store over real engines in a simulated network. */
import { join } from 'node:path';
import { joinPath, rootPath } from '@coequal/base';
import type { Disk } from '@coequal/base';
import { createTorrent, Engine, relocateContent } from '@coequal/bittorrent';
import { SETTING_DEFAULTS } from '@coequal/contract';
import type { AddTransfer, Category, Settings, Transfer } from '@coequal/contract';
import type { SimHost, World } from '@coequal/simulator';
import { Transfers } from '../../src/files/transfers.ts';
import { Journal } from '../../src/peer/journal.ts';
import { openStore } from '../../src/store/store.ts';
import type { Store } from '../../src/store/store.ts';
import { TransferRecords } from '../../src/store/transfer-records.ts';

const DOWNLOADS = '/downloads';
const PORT = 6881;
const never = new AbortController().signal;

export class SimPeer {
  readonly host: SimHost;
  readonly world: World;
  readonly store: Store;
  settings: Settings = { downloadDirectory: DOWNLOADS, ...SETTING_DEFAULTS, activeSeedsMax: 5 };
  readonly categories = new Map<string, Category>();
  readonly told: string[] = [];
  readonly deleted: string[] = [];
  free: number | undefined;
  /** What its transfers see of the disk while they rest; the engine has the real one. */
  restingDisk: Disk | undefined;
  transfers: Transfers;
  engine: Engine | undefined;

  constructor(world: World, name: string) {
    this.world = world;
    this.host = world.host(name);
    this.store = openStore(':memory:');
    this.transfers = this.#openTransfers();
  }

  /** The engine, and a tick a second from then on. */
  async start(): Promise<void> {
    const { ports } = this.host;
    this.engine = await Engine.open(
      {
        downloadDirectory: DOWNLOADS,
        resumeDirectory: '/resume',
        port: PORT,
        discovery: false,
        transport: 'tcp',
      },
      ports,
    );
    this.transfers.runner.attach(this.engine, () =>
      Engine.open(
        {
          downloadDirectory: DOWNLOADS,
          resumeDirectory: '/resume',
          port: false,
          discovery: false,
        },
        ports,
      ),
    );
    this.#tick(this.engine);
  }

  async stop(): Promise<void> {
    const { engine } = this;
    this.engine = undefined;
    await this.transfers.runner.detach();
    await engine?.[Symbol.asyncDispose]();
  }

  /** As after a restart of the process: all that is left is what is stored. */
  reopen(): void {
    this.transfers = this.#openTransfers();
  }

  add(request: AddTransfer): Promise<Transfer> {
    return this.transfers.add(request, never);
  }

  rows(): readonly Transfer[] {
    return this.transfers.since(undefined).changed;
  }

  row(id: string): Transfer | undefined {
    return this.rows().find((each) => each.id === id);
  }

  connect(id: string, other: SimPeer): void {
    this.transfers.get(id).torrent?.addPeers([{ host: other.host.address, port: PORT }]);
  }

  /** A file of this host's, shared: its .torrent in base64. */
  async share(name: string, length: number): Promise<string> {
    const path = joinPath(rootPath(DOWNLOADS), name);
    this.host.disk.put(path, this.world.random.bytes(length));
    const bytes = await createTorrent(
      { path, version: 'hybrid', pieceLength: 16_384 },
      this.host.ports,
      never,
    );
    return Buffer.from(bytes).toString('base64');
  }

  content(name: string): Uint8Array | undefined {
    return this.host.disk.content(rootPath(join(DOWNLOADS, name)));
  }

  #openTransfers(): Transfers {
    const { ports } = this.host;
    return new Transfers(
      new TransferRecords(this.store),
      { settings: () => this.settings, category: (name) => this.categories.get(name) },
      new Journal(ports.clock, ({ what }) => void this.told.push(what.code)),
      ports,
      {
        freeBytes: async () => this.free,
        deleteContent: async (_metainfo, path) => {
          this.deleted.push(path);
          return 0;
        },
        relocate: (content, change, signal, onProgress) =>
          relocateContent(
            { ...content, resumeDirectory: '/resume' },
            change,
            { ...ports, disk: this.restingDisk ?? ports.disk },
            signal,
            onProgress,
          ),
      },
      (bug) =>
        queueMicrotask(() => {
          throw bug;
        }),
    );
  }

  #tick(engine: Engine): void {
    const { clock } = this.host.ports;
    clock.at(clock.now() + 1_000, () => {
      if (this.engine !== engine) return;
      this.transfers.runner.tick();
      this.#tick(engine);
    });
  }
}
