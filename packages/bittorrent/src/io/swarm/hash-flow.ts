/** Hash trees, from peers and to peers (BEP 52), over the links of a swarm that are of v2. */
import { LeanMap, PeerFault } from '@coequal/base';
import type { Cancel, Ports } from '@coequal/base';
import { HashBudget } from '../../core/hashes/hash-budget.ts';
import { HashFetch } from '../../core/hashes/hash-fetch.ts';
import type { HashFetchInput } from '../../core/hashes/hash-fetch.ts';
import { blockJobs } from '../../core/hashes/hash-range.ts';
import type { HashJob, PieceOfFile } from '../../core/hashes/hash-range.ts';
import { LayerAssembly } from '../../core/hashes/layer-assembly.ts';
import { HASH_LENGTH } from '../../core/metainfo/hash-tree.ts';
import type { Metainfo } from '../../core/metainfo/metainfo.ts';
import type { HashMessage, HashRange } from '../../core/wire/peer-wire.ts';
import { HashServe } from './hash-serve.ts';
import type { HashedMetainfo, LeafSource } from './hash-serve.ts';
import type { PeerLink } from './peer-link.ts';

/** Requests of one peer that wait for a piece to be read, or a tree to be folded. */
const ANSWERS_WAITING_MAX = 16;

/** How long a wrong piece waits for the hashes of its blocks, with the memory it takes. */
const BLOCK_HASHES_TIMEOUT_MS = 10_000;

type FlowPorts = Pick<Ports, 'clock' | 'hasher'>;

/** Who waits for a run. */
type Waiter = (nodes: Uint8Array | undefined) => void;

export class HashFlow {
  readonly #ports: FlowPorts;
  readonly #onLie: (link: PeerLink, fault: PeerFault) => void;
  readonly #machine: HashFetch<PeerLink>;
  readonly #waiters = new LeanMap<number, Waiter>();
  readonly #budgets = new WeakMap<PeerLink, HashBudget>();
  readonly #answering = new WeakMap<PeerLink, number>();
  /** Undefined while the piece layers are not known. */
  #serve: HashServe | undefined;
  #lastId = 0;
  #timer: Cancel | undefined;
  #isClosed = false;

  /** `onLie`: a peer sent hashes that are none of the tree. */
  constructor(onLie: (link: PeerLink, fault: PeerFault) => void, ports: FlowPorts) {
    this.#ports = ports;
    this.#onLie = onLie;
    this.#machine = new HashFetch<PeerLink>((bytes, kind) => ports.hasher.hash(bytes, kind));
  }

  /** The piece layers are known, from a file or from peers: from here on they are served. */
  provide(metainfo: HashedMetainfo, leaves: LeafSource): void {
    this.#serve = new HashServe(metainfo, leaves, this.#ports);
  }

  opened(link: PeerLink): void {
    if (link.isV2) this.#step({ type: 'peer-added', peer: link });
  }

  gone(link: PeerLink): void {
    if (link.isV2) this.#step({ type: 'peer-gone', peer: link });
  }

  /** Throws PeerFault `V2_NOT_AGREED`. */
  received(link: PeerLink, message: HashMessage): void {
    if (!link.isV2) throw new PeerFault('V2_NOT_AGREED', { type: message.type });
    if (message.type === 'hash-request') void this.#answer(link, copyRange(message));
    else if (message.type === 'hashes')
      this.#step({ type: 'hashes', peer: link, range: message, hashes: message.hashes });
    else this.#step({ type: 'reject', peer: link, range: message });
  }

  /** The piece layers of all files, once peers have sent them; undefined when the flow is closed before. */
  async fetchLayers(metainfo: Metainfo): Promise<Uint8Array | undefined> {
    const assembly = new LayerAssembly(metainfo);
    const runs = await this.#fetch(assembly.jobs, true, (job, nodes) => assembly.add(job, nodes));
    return runs ? assembly.pieceRoots : undefined;
  }

  /** Proven hashes of the piece's blocks; undefined when nobody here can tell them, or in time. */
  async blockHashes(piece: PieceOfFile, pieceLength: number): Promise<Uint8Array | undefined> {
    const jobs = blockJobs(piece, pieceLength);
    if (jobs.length === 0) return piece.root; // one block, which is the whole tree
    const first = jobs[0]?.range.index ?? 0;
    const last = jobs.at(-1)?.range;
    const leaves = new Uint8Array(((last?.index ?? 0) + (last?.length ?? 0) - first) * HASH_LENGTH);
    const isWhole = await this.#fetch(jobs, false, ({ range }, nodes) =>
      leaves.set(nodes, (range.index - first) * HASH_LENGTH),
    );
    return isWhole ? leaves : undefined;
  }

  dispose(): void {
    this.#isClosed = true;
    this.#timer?.();
    for (const waiter of this.#waiters.values()) waiter(undefined);
  }

  /** Resolves when all jobs are done, or one has failed, of which it says so. */
  async #fetch(
    jobs: readonly HashJob[],
    isPatient: boolean,
    onNodes: (job: HashJob, nodes: Uint8Array) => void,
  ): Promise<boolean> {
    if (this.#isClosed) return false;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const wanted = new Map<number, HashJob>();
    let left = jobs.length;
    for (const job of jobs) {
      this.#lastId += 1;
      wanted.set(this.#lastId, job);
      this.#waiters.set(this.#lastId, (nodes) => {
        if (nodes !== undefined) onNodes(job, nodes);
        left -= 1;
        if (nodes === undefined || left === 0) resolve(nodes !== undefined);
      });
    }
    if (left === 0) resolve(true);
    const { clock } = this.#ports;
    const stop = isPatient
      ? undefined
      : clock.at(clock.now() + BLOCK_HASHES_TIMEOUT_MS, () => resolve(false));
    this.#step({ type: 'want', jobs: wanted, isPatient });
    const isWhole = await promise;
    stop?.();
    for (const id of wanted.keys()) if (this.#waiters.delete(id)) this.#step({ type: 'drop', id });
    return isWhole;
  }

  #step(input: HashFetchInput<PeerLink> | { readonly type: 'timeout' }): void {
    if (this.#isClosed) return;
    const { clock } = this.#ports;
    for (const output of this.#machine.step(input, clock.now())) {
      switch (output.type) {
        case 'request':
          output.peer.send({ type: 'hash-request', ...output.range });
          break;
        case 'got':
          this.#settle(output.id, output.nodes);
          break;
        case 'failed':
          this.#settle(output.id, undefined);
          break;
        case 'fault':
          this.#onLie(output.peer, output.fault);
      }
    }
    this.#timer?.();
    const { deadline } = this.#machine;
    this.#timer =
      deadline === undefined
        ? undefined
        : clock.at(deadline, () => this.#step({ type: 'timeout' }));
  }

  #settle(id: number, nodes: Uint8Array | undefined): void {
    const waiter = this.#waiters.get(id);
    this.#waiters.delete(id);
    waiter?.(nodes);
  }

  async #answer(link: PeerLink, range: HashRange): Promise<void> {
    const waiting = this.#answering.get(link) ?? 0;
    const isServed = waiting < ANSWERS_WAITING_MAX && this.#mayAsk(link, range);
    this.#answering.set(link, waiting + 1);
    const hashes = isServed ? await this.#serve?.answer(range) : undefined;
    this.#answering.set(link, (this.#answering.get(link) ?? 1) - 1);
    if (hashes === undefined) link.send({ type: 'hash-reject', ...range });
    else link.send({ type: 'hashes', ...range, hashes });
  }

  #mayAsk(link: PeerLink, range: HashRange): boolean {
    if (this.#serve === undefined) return false;
    const now = this.#ports.clock.now();
    const budget = this.#budgets.get(link) ?? new HashBudget(this.#serve.hashCount, now);
    this.#budgets.set(link, budget);
    return budget.take(range.length, this.#serve.isWithinPiece(range), now);
  }
}

/** A message borrows from its frame, and the answer may take longer than that lives. */
function copyRange({ piecesRoot, baseLayer, index, length, proofLayers }: HashRange): HashRange {
  return { piecesRoot: piecesRoot.slice(), baseLayer, index, length, proofLayers };
}
