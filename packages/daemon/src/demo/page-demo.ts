/** The demo that the page offers: one at a time, on loopback, with a made-up folder that is gone afterwards. */
import { rm } from 'node:fs/promises';
import { isAbort, LocalFault, TaskGroup } from '@coequal/base';
import type { Ports } from '@coequal/base';
import { openHasher } from '@coequal/base/node';
import type { Demo } from '@coequal/contract';
import { explain } from '../peer/explain.ts';
import { openPortsWithin } from '../reach.ts';
import { runDemoSwarm } from './demo-swarm.ts';
import type { DemoPeer, DemoResult, DemoStep } from './demo-swarm.ts';

/** A few, so that each can be watched. */
const PEERS = 4;
/** Small, for any disk: with the copies five times as much. */
const SIZE = 16_000_000;
/** Time to read what happens. */
const SEED_SECONDS = 6;

const NOTHING: Demo = { state: 'off', size: SIZE, peers: [] };

export class PageDemo implements AsyncDisposable {
  readonly #folder: string;
  readonly #tasks: TaskGroup;
  #report: Demo = NOTHING;
  #run: { readonly stop: AbortController; readonly ended: Promise<void> } | undefined;

  /** `folder`: its own, removed when the demo ends, and by the next start after a crash. */
  constructor(folder: string, onBug: (error: unknown) => void) {
    this.#folder = folder;
    this.#tasks = new TaskGroup(onBug);
    this.#tasks.run(() => this.#clear()); // of one that was killed
  }

  get report(): Demo {
    return this.#report;
  }

  /** Throws LocalFault `NOT_POSSIBLE_NOW` while another runs. */
  begin(): Demo {
    if (this.#run !== undefined) throw new LocalFault('NOT_POSSIBLE_NOW', { what: 'demo' });
    this.#report = { ...NOTHING, state: 'making' };
    const stop = new AbortController();
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    this.#run = { stop, ended };
    this.#tasks.run(async (signal) => {
      try {
        await this.#work(AbortSignal.any([signal, stop.signal]));
      } finally {
        this.#run = undefined;
        resolve();
      }
    });
    return this.#report;
  }

  /** Resolves when nothing of it runs, and nothing is left. */
  async cancel(): Promise<Demo> {
    this.#run?.stop.abort(new DOMException('a person cancelled it', 'AbortError'));
    await this.#run?.ended;
    return this.#report;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tasks[Symbol.asyncDispose]();
  }

  async #work(signal: AbortSignal): Promise<void> {
    const folder = this.#folder;
    const plan = {
      folder,
      peers: PEERS,
      size: SIZE,
      seedSeconds: SEED_SECONDS,
      openPorts: openOwnPorts,
    };
    let end: Partial<Demo>;
    try {
      await this.#clear();
      end = endOf(await runDemoSwarm(plan, (step) => this.#tell(stateOf(step)), signal));
    } catch (error) {
      const isFault = error instanceof Error && ('code' in error || error instanceof LocalFault);
      if (isAbort(error, signal)) end = { state: 'cancelled' };
      else if (isFault) end = { state: 'failed', problem: explain(error) };
      else throw error;
    } finally {
      await this.#clear();
    }
    this.#tell(end); // nothing is left once it is told
  }

  #tell(changes: Partial<Demo>): void {
    this.#report = { ...this.#report, ...changes };
  }

  async #clear(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Each engine has memory of its own for what it hashes: to share the peer's would mix their pieces up. */
function openOwnPorts(): Ports & AsyncDisposable {
  const hasher = openHasher({ workers: 1 });
  const ports = openPortsWithin('loopback', { hasher });
  return {
    ...ports,
    async [Symbol.asyncDispose]() {
      await ports[Symbol.asyncDispose]();
      await hasher[Symbol.asyncDispose]();
    },
  };
}

function stateOf(step: DemoStep): Partial<Demo> {
  switch (step.type) {
    case 'making':
    case 'comparing':
      return { state: step.type };
    case 'begins':
      return { state: 'sharing', size: step.size };
    case 'sharing':
      return { peers: step.peers.map(reportOf) };
  }
}

function endOf({ peers, isEqual, seconds, passedOn }: DemoResult): Partial<Demo> {
  const done = { peers: peers.map(reportOf), seconds: Math.round(seconds * 10) / 10, passedOn };
  return { ...done, state: isEqual ? 'done' : 'failed' };
}

function reportOf({ stats }: DemoPeer, index: number): Demo['peers'][number] {
  return {
    isSeed: index === 0,
    have: stats.have,
    total: stats.total,
    taken: stats.downloaded,
    given: stats.uploaded,
    down: Math.round(stats.downRate),
    up: Math.round(stats.upRate),
  };
}
