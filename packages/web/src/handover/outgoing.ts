/** Files on their way from the browser to its own peer, which sends them on: how far each go is, going on after a break. */
import { RequestRefused } from '@coequal/contract';
import type { Client } from '@coequal/contract';
import { sizeOf } from './dropped-files.ts';
import type { DroppedFile } from './dropped-files.ts';

/** Of one request: the peer takes what comes within half a minute, also over a slow Wi-Fi. */
const PART_LENGTH = 4 * 1_048_576;
/** Without an answer in between; the peer may be starting again. */
const TRIES_MAX = 8;
const RETRY_MS = 1_000;

/** What is done once all of it is there: a send, or keeping it as a gift. */
export type Finish = (id: string) => Promise<unknown>;

export interface Going {
  readonly key: number;
  readonly name: string;
  readonly size: number;
  readonly done: number;
  readonly state: 'copying' | 'failed';
  /** Why it failed. */
  readonly problem?: unknown;
}

interface Task {
  going: Going;
  readonly files: readonly DroppedFile[];
  readonly finish: Finish;
  ended: AbortController;
}

export class Outgoing {
  readonly #client: Client;
  readonly #pause: typeof wait;
  readonly #tasks = new Map<number, Task>();
  readonly #listeners = new Set<() => void>();
  #shown: readonly Going[] = [];
  #next = 1;

  constructor(client: Client, pause: typeof wait = wait) {
    this.#client = client;
    this.#pause = pause;
  }

  /** The same list until something changes. */
  readonly read = (): readonly Going[] => this.#shown;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** True: it is done. False: it failed, which it shows, or was cancelled. */
  start(name: string, files: readonly DroppedFile[], finish: Finish): Promise<boolean> {
    const key = this.#next;
    this.#next += 1;
    const going: Going = { key, name, size: sizeOf(files), done: 0, state: 'copying' };
    const task: Task = { going, files, finish, ended: new AbortController() };
    this.#tasks.set(key, task);
    return this.#run(task);
  }

  cancel(key: number): void {
    this.#tasks.get(key)?.ended.abort();
    this.#tasks.delete(key);
    this.#publish();
  }

  retry(key: number): void {
    const task = this.#tasks.get(key);
    if (task !== undefined) void this.#run(task);
  }

  async #run(task: Task): Promise<boolean> {
    const { key } = task.going;
    task.ended = new AbortController();
    const { signal } = task.ended;
    const { problem: _, ...before } = task.going;
    this.#show(task, { ...before, done: 0, state: 'copying' });
    let id: string | undefined;
    try {
      const files = task.files.map(({ path, file }) => ({ path, size: file.size }));
      ({ id } = await this.#client.call('beginStaging', { body: { files } }, signal));
      let copied = 0;
      for (const [index, { file }] of task.files.entries()) {
        const whole = copied;
        await this.#copy(id, index, file, signal, (done) =>
          this.#show(task, { ...task.going, done: whole + done }),
        );
        copied += file.size;
      }
      await task.finish(id);
      this.#tasks.delete(key);
      this.#publish();
      return true;
    } catch (problem) {
      if (id !== undefined) await this.#discard(id);
      if (this.#tasks.has(key)) this.#show(task, { ...task.going, state: 'failed', problem });
      return false;
    }
  }

  async #copy(
    id: string,
    index: number,
    file: File,
    signal: AbortSignal,
    onDone: (done: number) => void,
  ): Promise<void> {
    const params = { id, index: String(index) };
    let tries = 0;
    for (let offset = 0; offset < file.size; onDone(offset)) {
      const bytes = file.slice(offset, offset + PART_LENGTH);
      try {
        const request = { params, query: { offset }, bytes };
        ({ received: offset } = await this.#client.call('putStagedFile', request, signal));
        tries = 0;
      } catch (error) {
        signal.throwIfAborted();
        tries += 1;
        if (tries >= TRIES_MAX || !mayPass(error)) throw error;
        await this.#pause(RETRY_MS * tries, signal);
        // what came before the break is kept
        offset = (
          await this.#client.call('showStagedFile', { params }, signal).catch(() => ({
            received: offset,
          }))
        ).received;
      }
    }
  }

  /** What the peer no longer needs; it deletes it by itself, too, only later. */
  async #discard(id: string): Promise<void> {
    try {
      await this.#client.call('cancelStaging', { params: { id } });
    } catch {
      // it is sent already, or the peer is away: then it looks after it when it starts
    }
  }

  #show(task: Task, going: Going): void {
    task.going = going;
    this.#publish();
  }

  #publish(): void {
    this.#shown = [...this.#tasks.values()].map(({ going }) => going);
    for (const listener of this.#listeners) listener();
  }
}

/** Nobody answered, too much was asked, or the part before it is still being written. */
function mayPass(error: unknown): boolean {
  if (!(error instanceof RequestRefused)) return true;
  return ['TOO_MANY_REQUESTS', 'REQUEST_TIMEOUT', 'NOT_POSSIBLE_NOW', 'NO_PEER'].includes(
    error.code,
  );
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
