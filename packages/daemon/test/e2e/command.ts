/** Starts the real command as a process, reads its JSON lines, and ends it by its own number. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
/** The program that runs the tests. */
export const NODE = join(ROOT, 'node_modules/node/bin/node');
const BIN = join(ROOT, 'packages/daemon/bin/coequal.js');

export const COMMAND: readonly string[] = [NODE, BIN];

/** A command that runs longer hangs: it is killed, so that none outlives a test that gave up. */
const LIFETIME_MS = 90_000;

/** One JSON line. */
export type Event = { readonly event: string } & Readonly<Record<string, unknown>>;

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly events: readonly Event[];
}

/** A temporary folder that is also the command's home, current folder and temporary folder. */
export class Place implements AsyncDisposable {
  readonly path: string;
  readonly #bin: string;

  private constructor(path: string, bin: string) {
    this.path = path;
    this.#bin = bin;
  }

  /** `bin` is the command's file: the checkout's, unless another is given. */
  static async make(bin: string = BIN): Promise<Place> {
    return new Place(await mkdtemp(join(tmpdir(), 'coequal-e2e-')), bin);
  }

  at(...parts: readonly string[]): string {
    return join(this.path, ...parts);
  }

  /**
   * Bytes that are the same for the same seed, and look random. No other place has them, or commands of two
   * places would find each other (LSD).
   */
  async write(path: string, length: number, seed = path): Promise<Uint8Array> {
    const hash = createHash('shake256', { outputLength: length });
    const bytes = hash.update(`${this.path} ${seed}`).digest();
    await mkdir(dirname(this.at(path)), { recursive: true });
    await writeFile(this.at(path), bytes);
    return bytes;
  }

  async read(path: string): Promise<Uint8Array> {
    return await readFile(this.at(path));
  }

  start(...args: readonly string[]): Command {
    return this.startOther([NODE, this.#bin, ...args]);
  }

  /** Another program, or one that starts the command. */
  startOther(command: readonly string[], lifetimeMs = LIFETIME_MS): Command {
    return new Command(command, this.path, lifetimeMs);
  }

  /** In a network namespace. */
  startIn(namespace: string, ...args: readonly string[]): Command {
    return this.startOther(['ip', 'netns', 'exec', namespace, NODE, this.#bin, ...args]);
  }

  /** Runs to the end. */
  async run(...args: readonly string[]): Promise<Ended> {
    await using command = this.start(...args);
    return await command.ended;
  }

  /** Serves `content` in full, on loopback. */
  async seed(torrent: string, content: string, ...flags: readonly string[]): Promise<Seed> {
    const network = ['--json', '--offline', '--no-trackers'];
    const command = this.start('seed', torrent, content, ...network, ...flags);
    const { port } = await command.event('listening');
    return {
      command,
      peer: `127.0.0.1:${Number(port)}`,
      [Symbol.asyncDispose]: () => command[Symbol.asyncDispose](),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

export interface Seed extends AsyncDisposable {
  readonly command: Command;
  readonly peer: string;
}

export class Command implements AsyncDisposable {
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #events: Event[] = [];
  readonly #waiting = new Set<() => void>();
  #isOver = false;
  #stdout = '';
  #stderr = '';

  constructor([program = NODE, ...args]: readonly string[], place: string, lifetimeMs: number) {
    const env = { ...process.env, COEQUAL_HOME: join(place, 'home'), TMPDIR: place };
    this.#child = spawn(program, args, {
      cwd: place,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#onLine(line));
    const { promise, resolve } = Promise.withResolvers<Ended>();
    this.ended = promise;
    const overdue = setTimeout(() => this.#child.kill('SIGKILL'), lifetimeMs);
    this.#child.on('close', (code) => {
      clearTimeout(overdue);
      this.#isOver = true;
      for (const wake of this.#waiting) wake();
      resolve({ code, stdout: this.#stdout, stderr: this.#stderr, events: this.#events });
    });
  }

  /** The first event that was or will be printed under this name, and that `suits`. */
  async event(name: string, suits: (event: Event) => boolean = () => true): Promise<Event> {
    const find = (): Event | undefined =>
      this.#events.find((event) => event.event === name && suits(event));
    return await this.#until(find, `"${name}"`);
  }

  /** Until what was printed on stdout matches. */
  async line(pattern: RegExp): Promise<string> {
    return await this.#until(() => pattern.exec(this.#stdout)?.[0], String(pattern));
  }

  async #until<Found>(find: () => Found | undefined, what: string): Promise<Found> {
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      assert(!this.#isOver, `ended without ${what}: ${this.#stdout}${this.#stderr}`);
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.add(resolve);
      await promise;
      this.#waiting.delete(resolve);
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async stop(signal: NodeJS.Signals): Promise<Ended> {
    this.signal(signal);
    return await this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isOver) this.#child.kill('SIGKILL');
    await this.ended;
  }

  #onLine(line: string): void {
    this.#stdout += `${line}\n`;
    if (line.startsWith('{')) this.#events.push(JSON.parse(line));
    for (const wake of this.#waiting) wake();
  }
}

/** The event of that name that must be there. */
export function eventOf({ events, stdout, stderr }: Ended, name: string): Event {
  const found = events.find(({ event }) => event === name);
  assert(found, `no "${name}" in: ${stdout}${stderr}`);
  return found;
}
