/** What is handed over leaves from here: the files are read for their hashes, and given while somebody fetches them. */
import { formatHex, isAbort, LocalFault, PeerFault, TaskGroup } from '@coequal/base';
import type { DeviceKey } from '@coequal/base';
import { parseMetainfo } from '@coequal/bittorrent';
import type { Torrent } from '@coequal/bittorrent';
import type { Gathered } from './gathered.ts';
import type { OutboxBook } from './outbox-book.ts';
import { fingerprintOf, placeOf, prepare } from './prepare.ts';
import type { Prepared } from './prepare.ts';
import type { SendRecord } from './send-records.ts';
import type { Swarms } from './swarms.ts';

export interface DeparturesView {
  readonly book: OutboxBook;
  readonly swarms: Swarms;
  readonly gathered: Gathered;
  /** `hash`: of the list of files. */
  prepared(id: string, made: Prepared, hash: string): void;
  failed(id: string, error: unknown): void;
  isShutOut(id: string, device: DeviceKey): boolean;
  bug(error: unknown): void;
  onChange(): void;
}

export class Departures implements AsyncDisposable {
  readonly #view: DeparturesView;
  readonly #tasks: TaskGroup;
  /** Swarms that are about to begin. */
  readonly #starting = new Set<string>();
  /** Bytes read of what is being prepared. */
  readonly #read = new Map<string, number>();
  /** One send is read after another. */
  #reading: Promise<void> = Promise.resolve();

  constructor(view: DeparturesView) {
    this.#view = view;
    this.#tasks = new TaskGroup((error) => view.bug(error));
  }

  torrentOf(id: string): Torrent | undefined {
    return this.#view.swarms.torrent(keyOf(id));
  }

  /** Bytes; undefined when it is not being read. */
  readOf(id: string): number | undefined {
    return this.#read.get(id);
  }

  /** In its turn. */
  prepare(send: SendRecord): void {
    const before = this.#reading;
    this.#read.set(send.id, 0);
    this.#tasks.run((signal) => {
      const run = before.then(() => this.#prepare(send, signal));
      this.#reading = run.catch(() => undefined); // its own task has it
      return run;
    });
  }

  /** It is in a swarm as long as somebody fetches it. */
  swarmChanged(send: SendRecord): void {
    const { swarms } = this.#view;
    const key = keyOf(send.id);
    const takers = send.receivers.flatMap(({ state, device }) =>
      state === 'receiving' && device !== undefined ? [device] : [],
    );
    const running = swarms.torrent(key);
    if (takers.length === 0) {
      if (running !== undefined || this.#starting.has(key)) this.#tasks.run(() => swarms.stop(key));
      return;
    }
    if (running !== undefined) swarms.name(key, takers);
    else if (!this.#starting.has(key)) this.#start(send, key);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tasks[Symbol.asyncDispose]();
  }

  async #prepare(send: SendRecord, signal: AbortSignal): Promise<void> {
    const { id, name, paths } = send;
    const { book, gathered } = this.#view;
    const stop = new AbortController();
    const both = AbortSignal.any([signal, stop.signal]);
    try {
      const place = placeOf(id, name, paths, gathered);
      const made = await prepare(send, place, gathered, both, (read) => {
        // taken back meanwhile
        if (book.get(id)?.state !== 'preparing') stop.abort();
        this.#read.set(id, read);
        this.#view.onChange();
      });
      this.#view.prepared(id, made, formatHex(gathered.hasher.hash(made.metainfo, 'sha256')));
    } catch (error) {
      if (isAbort(error, both)) return;
      if (!(error instanceof LocalFault || error instanceof PeerFault)) throw error;
      this.#view.failed(id, error);
    } finally {
      this.#read.delete(id);
    }
  }

  #start(send: SendRecord, key: string): void {
    const { book, swarms } = this.#view;
    this.#starting.add(key);
    this.#tasks.run(async () => {
      try {
        await this.#give(send, key);
      } catch (error) {
        if (!(error instanceof LocalFault || error instanceof PeerFault)) throw error;
        this.#view.failed(send.id, error);
      } finally {
        this.#starting.delete(key);
      }
      const now = book.get(send.id);
      if (now !== undefined && swarms.torrent(key) !== undefined) this.swarmChanged(now);
    });
  }

  async #give({ id, name, paths, ticket, fingerprint }: SendRecord, key: string): Promise<void> {
    const { book, gathered, swarms } = this.#view;
    const metainfo = book.metainfo(id);
    if (metainfo === undefined) return;
    const { disk, hasher } = gathered;
    const place = placeOf(id, name, paths, gathered);
    const parsed = parseMetainfo(metainfo, (bytes, kind) => hasher.hash(bytes, kind));
    if ((await fingerprintOf(parsed, place, disk, hasher)) !== fingerprint)
      throw new LocalFault('SEND_CHANGED', { path: paths[0] });
    const isShutOut = (device: DeviceKey): boolean => this.#view.isShutOut(id, device);
    const share = { key, metainfo, ticket, ...place, role: 'give', isShutOut } as const;
    await swarms.start(share, []);
  }
}

function keyOf(id: string): string {
  return `send-${id}`;
}
