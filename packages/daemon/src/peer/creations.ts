/** Torrents that are being made of files here, each until it is fetched or long over. */
import { randomBytes } from 'node:crypto';
import { basename } from 'node:path';
import { isAbort, LocalFault, rootPath, TaskGroup } from '@coequal/base';
import type { Ports } from '@coequal/base';
import { createTorrent } from '@coequal/bittorrent';
import type { CreateTorrent, Creation } from '@coequal/contract';
import { magnetOf } from '../files/magnet-of.ts';
import { parseFile, transferIdOf } from '../files/transfer-source.ts';
import { explain } from './explain.ts';

/** Of those that ended: the oldest is forgotten. */
const CREATIONS_MAX = 50;
/** Each reads a disk as fast as it can. */
const WORKING_MAX = 2;

interface Made {
  report: Creation;
  readonly abort: AbortController;
  bytes: Uint8Array | undefined;
  readonly name: string;
}

export interface CreationsView {
  /** Shares what was made: its content is there already. */
  share(torrent: Uint8Array, path: string): Promise<void>;
  onChange(creation: Creation): void;
}

export class Creations implements AsyncDisposable {
  readonly #ports: Ports;
  readonly #view: CreationsView;
  readonly #made = new Map<string, Made>();
  readonly #tasks: TaskGroup;

  constructor(ports: Ports, view: CreationsView, onBug: (error: unknown) => void) {
    this.#ports = ports;
    this.#view = view;
    this.#tasks = new TaskGroup(onBug);
  }

  /** Throws LocalFault `NOT_POSSIBLE_NOW` when others are still being made. */
  begin(request: CreateTorrent): Creation {
    const working = [...this.#made.values()].filter(({ report }) => report.state === 'working');
    if (working.length >= WORKING_MAX)
      throw new LocalFault('NOT_POSSIBLE_NOW', { what: 'creations', max: WORKING_MAX });
    const id = randomBytes(8).toString('hex');
    const made: Made = {
      report: { id, state: 'working', done: 0, total: 0 },
      abort: new AbortController(),
      bytes: undefined,
      name: basename(request.path),
    };
    this.#made.set(id, made);
    const [oldest] = this.#made.keys();
    if (this.#made.size > CREATIONS_MAX && oldest !== undefined) this.#made.delete(oldest);
    this.#tasks.run((signal) =>
      this.#work(made, request, AbortSignal.any([signal, made.abort.signal])),
    );
    return made.report;
  }

  /** Throws LocalFault `NO_SUCH_CREATION`. */
  report(id: string): Creation {
    return this.#get(id).report;
  }

  cancel(id: string): Creation {
    const made = this.#get(id);
    made.abort.abort(new DOMException('cancelled', 'AbortError'));
    if (made.report.state === 'working') this.#tell(made, { state: 'cancelled' });
    return made.report;
  }

  torrent(id: string): { readonly fileName: string; readonly bytes: Uint8Array } {
    const { bytes, name } = this.#get(id);
    if (bytes === undefined) throw new LocalFault('NOT_POSSIBLE_NOW', { what: 'export' });
    return { fileName: `${name}.torrent`, bytes };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tasks[Symbol.asyncDispose]();
  }

  async #work(made: Made, request: CreateTorrent, signal: AbortSignal): Promise<void> {
    const { path, version = 'hybrid', trackers = [], webSeeds = [], isPrivate = false } = request;
    try {
      const bytes = await createTorrent(
        {
          path: rootPath(path),
          version,
          createdAt: Math.floor(this.#ports.clock.epochNow() / 1_000),
          ...(trackers.length > 0 && { trackers: trackers.map((url) => [url]) }),
          ...(webSeeds.length > 0 && { webSeeds }),
          ...(isPrivate && { isPrivate }),
          ...(request.pieceLength !== undefined && { pieceLength: request.pieceLength }),
          ...(request.comment !== undefined && { comment: request.comment }),
        },
        this.#ports,
        signal,
        ({ hashedBytes, totalBytes }) => this.#tell(made, { done: hashedBytes, total: totalBytes }),
      );
      made.bytes = bytes;
      const parsed = parseFile(bytes, this.#ports);
      if (request.isShared === true) await this.#view.share(bytes, path);
      this.#tell(made, {
        state: 'done',
        done: made.report.total,
        transfer: transferIdOf(parsed),
        magnet: magnetOf(parsed.metainfo),
      });
    } catch (error) {
      if (isAbort(error, signal)) return;
      this.#tell(made, { state: 'failed', problem: explain(error) });
    }
  }

  #get(id: string): Made {
    const made = this.#made.get(id);
    if (made === undefined) throw new LocalFault('NO_SUCH_CREATION', { id });
    return made;
  }

  #tell(made: Made, changes: Partial<Creation>): void {
    made.report = { ...made.report, ...changes };
    this.#view.onChange(made.report);
  }
}
