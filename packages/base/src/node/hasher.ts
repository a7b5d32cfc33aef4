/** Hasher over a few worker threads, which are started when there is work for them. */
import { hash } from 'node:crypto';
import { createRequire, getCompileCacheDir } from 'node:module';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { assert, LocalFault } from '../fault.ts';
import { untilAborted } from '../lifetime.ts';
import type { Digests, Hasher, HashKind, ReadPlan, WriteOutcome, WritePlan } from '../ports.ts';
import type { SafePath } from '../safe-path.ts';
import type { Command, Reply, Result, WorkerData } from './hash-messages.ts';

/** Whole blocks, and a write worth its call: 256 KiB reach the speed of 1 MiB. */
const SLOT_LENGTH = 256 * 1_024;

/** 64 MiB of pieces under way: 30 ms at 2 GB/s. Memory is taken when a slot is first used. */
const SLOT_COUNT = 256;

/** More threads than this wait for the disk or the network, not for each other. */
const WORKERS_MAX = 4;

/** Jobs a worker has at a time: enough that it need not wait for the next, few enough to abort the rest. */
const JOBS_PER_WORKER = 4;

/** Jobs that wait for a worker. Pieces being written are bounded by the slots; more reads are a bug. */
const QUEUE_MAX = 4_096;

/** A worker's own heap holds plans and descriptors; pieces are outside it. */
const HEAP_LIMITS = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 };

export interface HasherOptions {
  /** Threads at most; as many as there are cores, up to four, when not given. */
  readonly workers?: number | undefined;
  /**
   * Threads that are started at once; the others when there is work. The first for who is about to fetch: it
   * takes 0.1 s, in which a fast peer fills all slots. All for who will hash as soon as the rest is loaded.
   */
  readonly startsAtOnce?: 'first' | 'all' | undefined;
  /** 256 when not given. More for who deals them out to several engines. */
  readonly slotCount?: number | undefined;
}

interface Job {
  readonly command: Exclude<Command, { type: 'end' }>;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/** A worker that dies fails its jobs with LocalFault `HASH_WORKER_FAILED`. */
export function openHasher({ workers, startsAtOnce, slotCount }: HasherOptions = {}): Hasher {
  const cores = availableParallelism();
  const count = workers ?? Math.min(cores, WORKERS_MAX);
  // the main thread feeds the writers: it needs a core of its own
  const writers = Math.min(count, Math.max(1, cores - 1));
  const eager = { first: Math.min(count, 1), all: count, none: 0 }[startsAtOnce ?? 'none'];
  return new HashPool(count, writers, eager, slotCount ?? SLOT_COUNT);
}

class HashPool implements Hasher {
  readonly slotLength = SLOT_LENGTH;
  readonly slotCount: number;
  /** Made when it is needed, and given up at rest: pages that were used once stay with the process. */
  #memory: SharedArrayBuffer | undefined;
  /** One place for each worker; empty before its first job and after its death. */
  readonly #places: (WorkerPlace | undefined)[];
  readonly #writers: number;
  readonly #queue: Job[] = [];
  /** Workers that were told to go. */
  readonly #ending = new Set<Promise<void>>();
  #lastId = 0;
  #closed: Promise<void> | undefined;

  constructor(count: number, writers: number, eager: number, slotCount: number) {
    this.slotCount = slotCount;
    this.#places = Array.from({ length: count }, () => undefined);
    this.#writers = writers;
    for (let index = 0; index < eager; index++) this.#places[index] = this.#start(index);
  }

  hash(bytes: Uint8Array, kind: HashKind): Uint8Array {
    return Uint8Array.from(hash(kind, bytes, 'buffer'));
  }

  slot(index: number): Uint8Array {
    assert(index >= 0 && index < this.slotCount, `slot ${index} does not exist`);
    return new Uint8Array(this.#allSlots(), index * SLOT_LENGTH, SLOT_LENGTH);
  }

  async hashAndWrite(plan: WritePlan): Promise<WriteOutcome> {
    const result = await this.#run({ type: 'write', id: this.#nextId(), plan: copyPlan(plan) });
    assert(result.type === 'written', 'a write has its own answer');
    const { isWritten, leaves } = result;
    return { isWritten, ...(leaves && { leaves }) };
  }

  async readAndHash(plan: ReadPlan, signal: AbortSignal): Promise<Digests | undefined> {
    signal.throwIfAborted();
    const { spans, digests } = plan;
    const command: Command = { type: 'read', id: this.#nextId(), spans, digests };
    const onAbort = (): void => {
      const at = this.#queue.findIndex((job) => job.command.id === command.id);
      if (at >= 0) this.#queue.splice(at, 1);
    };
    signal.addEventListener('abort', onAbort);
    try {
      const result = await untilAborted(this.#run(command), signal);
      assert(result.type === 'read', 'a read has its own answer');
      return result.digests;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  async release(path: SafePath): Promise<void> {
    const places = this.#places.filter((place) => place !== undefined);
    await Promise.all([
      ...this.#ending,
      ...places.map(async (place) => {
        const { promise, resolve, reject } = Promise.withResolvers<Result>();
        place.give({ command: { type: 'release', id: this.#nextId(), path }, resolve, reject });
        await promise;
      }),
    ]);
  }

  async rest(): Promise<void> {
    const places = this.#places.filter((place) => place !== undefined);
    if (this.#queue.length > 0 || places.some(({ load }) => load > 0)) return;
    this.#places.fill(undefined);
    this.#memory = undefined;
    const ending = Promise.all(places.map((place) => place.end())).then(() => undefined);
    this.#ending.add(ending);
    await ending;
    this.#ending.delete(ending);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    for (const job of this.#queue.splice(0)) job.reject(new LocalFault('HASHER_CLOSED'));
    const places = this.#places.filter((place) => place !== undefined);
    await Promise.all([...this.#ending, ...places.map((place) => place.end())]);
  }

  #allSlots(): SharedArrayBuffer {
    return (this.#memory ??= new SharedArrayBuffer(SLOT_LENGTH * this.slotCount));
  }

  #nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  async #run(command: Job['command']): Promise<Result> {
    if (this.#closed !== undefined) throw new LocalFault('HASHER_CLOSED');
    assert(this.#queue.length < QUEUE_MAX, 'too many jobs for the hasher');
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    this.#queue.push({ command, resolve, reject });
    this.#dispatch();
    return promise;
  }

  /** Gives jobs to workers, in order of arrival, as long as one may take the first. */
  #dispatch(): void {
    for (let job = this.#queue[0]; job !== undefined; job = this.#queue[0]) {
      const index = this.#pick(job.command.type === 'write' ? this.#writers : this.#places.length);
      if (index === undefined) return;
      const place = (this.#places[index] ??= this.#start(index));
      this.#queue.shift();
      place.give(job);
    }
  }

  /** The place with the fewest jobs among the first `count`, if it has room for one more. */
  #pick(count: number): number | undefined {
    let best: number | undefined;
    let bestLoad = JOBS_PER_WORKER;
    for (let i = 0; i < count; i++) {
      const load = this.#places[i]?.load ?? 0;
      if (load < bestLoad) {
        best = i;
        bestLoad = load;
      }
    }
    return best;
  }

  #start(index: number): WorkerPlace {
    const place: WorkerPlace = new WorkerPlace(
      { memory: this.#allSlots(), slotLength: SLOT_LENGTH },
      () => this.#dispatch(),
      () => {
        if (this.#places[index] === place) this.#places[index] = undefined;
        this.#dispatch();
      },
    );
    return place;
  }
}

/** One worker, with the jobs that it has. */
class WorkerPlace {
  readonly #worker: Worker;
  readonly #jobs = new Map<number, Job>();
  readonly #onDone: () => void;
  readonly #exited = Promise.withResolvers<void>();
  #error: unknown;

  constructor(data: WorkerData, onDone: () => void, onExit: () => void) {
    this.#onDone = onDone;
    // not by `import.meta.resolve`, which the packed command has not: it is CommonJS
    this.#worker = new Worker(createRequire(import.meta.url).resolve('#hash-worker'), {
      name: 'coequal-hash',
      workerData: data,
      execArgv: [], // what was preloaded into the main thread is not for this one
      env: workerEnvironment(),
      resourceLimits: HEAP_LIMITS,
    });
    this.#worker.unref(); // an idle worker keeps no process alive
    this.#worker.on('message', (reply: Reply) => this.#take(reply));
    this.#worker.on('error', (error) => (this.#error = error));
    this.#worker.on('exit', (exitCode) => {
      const fault = new LocalFault('HASH_WORKER_FAILED', { exitCode }, { cause: this.#error });
      for (const job of this.#jobs.values()) job.reject(fault);
      this.#jobs.clear();
      this.#exited.resolve();
      onExit();
    });
  }

  get load(): number {
    return this.#jobs.size;
  }

  give(job: Job): void {
    if (this.#jobs.size === 0) this.#worker.ref();
    this.#jobs.set(job.command.id, job);
    this.#send(job.command);
  }

  /** Resolves when the worker has done what it has, closed its files and gone. */
  async end(): Promise<void> {
    this.#worker.ref();
    this.#send({ type: 'end' });
    await this.#exited.promise;
  }

  #send(command: Command): void {
    this.#worker.postMessage(command);
  }

  #take({ id, result }: Reply): void {
    const job = this.#jobs.get(id);
    assert(job !== undefined, `a worker answered job ${id}, which it has not`);
    this.#jobs.delete(id);
    if (this.#jobs.size === 0) this.#worker.unref();
    if (result.type === 'failed') job.reject(new LocalFault(result.code, result.details));
    else job.resolve(result);
    this.#onDone();
  }
}

/** Digests are often views of long tables, and what is posted is copied with all that is behind it. */
function copyPlan({ slots, length, spans, digests, expected }: WritePlan): WritePlan {
  const { sha1, root } = expected;
  return {
    slots,
    length,
    spans,
    digests,
    expected: {
      ...(sha1 && { sha1: Uint8Array.from(sha1) }),
      ...(root && { root: Uint8Array.from(root) }),
    },
  };
}

/** A worker does not get the compile cache of its process, and would compile anew each time (60 ms). */
function workerEnvironment(): NodeJS.ProcessEnv {
  const cache = getCompileCacheDir();
  return cache === undefined ? process.env : { ...process.env, NODE_COMPILE_CACHE: cache };
}
