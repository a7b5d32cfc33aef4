/** A peer that runs as a process of its own: in an empty home, on loopback, ended by its id. */
import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/** Enough of what a failing program says to see why. */
const SAID_LENGTH_MAX = 8_192;

/** A line of output in the form of `coequal --json`, which our helper programs speak, too. */
export interface PeerEvent {
  readonly event: string;
  readonly [field: string]: unknown;
}

export interface StartOptions {
  readonly command: string;
  /** Gets the process's own home folder. */
  readonly args: (home: string) => readonly string[] | Promise<readonly string[]>;
  readonly env?: Readonly<Record<string, string>>;
}

interface Waiter {
  /** Whether the line was what it waits for. */
  take(line: string): boolean;
  fail(why: Error): void;
}

export class PeerProcess implements AsyncDisposable {
  readonly home: string;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #ended: Promise<void>;
  readonly #lines: string[] = [];
  readonly #waiters = new Set<Waiter>();
  #said = '';
  #end: string | undefined;

  private constructor(
    home: string,
    child: ChildProcessByStdio<Writable, Readable, Readable>,
    signal: AbortSignal,
  ) {
    this.home = home;
    this.#child = child;
    this.#ended = endOf(child).then((end) => {
      this.#end = end;
      this.#fail(`it ended with ${end}`);
    });
    createInterface({ input: child.stdout }).on('line', (line) => this.#onLine(line));
    child.stderr.setEncoding('utf8').on('data', (text: string) => this.#hear(text));
    child.stdin.on('error', () => undefined); // it has ended, which is told by `close`
    signal.addEventListener('abort', () => this.#fail('waiting for it was given up'), {
      once: true,
    });
  }

  /** Nothing is waited for beyond `signal`. */
  static async start(options: StartOptions, signal: AbortSignal): Promise<PeerProcess> {
    const home = await mkdtemp(join(tmpdir(), 'coequal-peer-'));
    const child = spawn(options.command, await options.args(home), {
      cwd: home,
      env: { ...process.env, ...options.env, HOME: home, COEQUAL_HOME: join(home, 'coequal') },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    return new PeerProcess(home, child, signal);
  }

  get pid(): number {
    const { pid } = this.#child;
    if (pid === undefined) throw this.#failure('it did not start');
    return pid;
  }

  /** The first line that matches, said already or to come. Rejects when the process ends without it. */
  whenLine(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#when((line) => pattern.exec(line) ?? undefined);
  }

  /** The first event of that name for which `isWanted`, told already or to come. */
  whenEvent(
    name: string,
    isWanted: (event: PeerEvent) => boolean = () => true,
  ): Promise<PeerEvent> {
    return this.#when((line) => {
      const event = parseEvent(line);
      return event?.event === name && isWanted(event) ? event : undefined;
    });
  }

  /** A line for those that are told what to do. */
  send(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }

  /** Resolves when it ends with exit code 0. */
  async whenDone(): Promise<void> {
    await this.#ended;
    if (this.#end !== '0') throw this.#failure(`it ended with ${this.#end}`);
  }

  /** Asks it to end, and resolves when it has. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.#ended;
  }

  /** Ends it with no chance to save anything. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await rm(this.home, { recursive: true, force: true });
  }

  async #when<T>(match: (line: string) => T | undefined): Promise<T> {
    for (const line of this.#lines) {
      const found = match(line);
      if (found !== undefined) return found;
    }
    if (this.#end !== undefined) throw this.#failure(`it ended with ${this.#end}`);
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const waiter: Waiter = {
      take(line) {
        const found = match(line);
        if (found !== undefined) resolve(found);
        return found !== undefined;
      },
      fail: reject,
    };
    this.#waiters.add(waiter);
    return await promise;
  }

  #onLine(line: string): void {
    this.#lines.push(line);
    this.#hear(`${line}\n`);
    for (const waiter of this.#waiters) if (waiter.take(line)) this.#waiters.delete(waiter);
  }

  #hear(text: string): void {
    this.#said = (this.#said + text).slice(-SAID_LENGTH_MAX);
  }

  #fail(why: string): void {
    for (const waiter of this.#waiters) waiter.fail(this.#failure(why));
    this.#waiters.clear();
  }

  #failure(why: string): Error {
    return new Error(`${this.#child.spawnargs.join(' ')}: ${why}. It said:\n${this.#said}`);
  }
}

/** The exit code, the name of a signal, or why it could not be started. */
async function endOf(child: ChildProcessByStdio<Writable, Readable, Readable>): Promise<string> {
  try {
    const [code, endedBy]: unknown[] = await once(child, 'close');
    return String(code ?? endedBy);
  } catch (error) {
    return String(error);
  }
}

function parseEvent(line: string): PeerEvent | undefined {
  if (!line.startsWith('{')) return undefined;
  const event: PeerEvent = JSON.parse(line);
  return event;
}

export function numberIn(event: PeerEvent, field: string): number {
  const value = event[field];
  if (typeof value !== 'number') throw new Error(`${event.event} has no number ${field}`);
  return value;
}
