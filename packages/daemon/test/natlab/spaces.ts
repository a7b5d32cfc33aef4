/**
 * Network namespaces of this process, by names that have its number. They are removed also when it is stopped by a
 * signal, and whoever comes next removes those of a process that was killed.
 */
import { execFileSync } from 'node:child_process';

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export class Spaces implements Disposable {
  /** What all names begin with. */
  readonly prefix = `nat${process.pid}`;
  readonly #names: string[] = [];
  readonly #onSignal = (signal: NodeJS.Signals): void => {
    this[Symbol.dispose]();
    process.kill(process.pid, signal);
  };

  constructor() {
    removeLeftovers();
    for (const signal of STOP_SIGNALS) process.once(signal, this.#onSignal);
  }

  /** From now on it is removed at the end, whether it has come to be or not. */
  name(short: string): string {
    const name = `${this.prefix}-${short}`;
    this.#names.push(name);
    return name;
  }

  /** Whatever runs in them ends as well. */
  [Symbol.dispose](): void {
    for (const signal of STOP_SIGNALS) process.off(signal, this.#onSignal);
    const existing = new Set(listSpaces());
    for (const name of this.#names.splice(0)) if (existing.has(name)) removeSpace(name);
  }
}

/** Of processes that are no more. */
function removeLeftovers(): void {
  for (const name of listSpaces()) {
    const [, pid] = /^nat(\d+)-/.exec(name) ?? [];
    if (pid !== undefined && !isAlive(Number(pid))) removeSpace(name);
  }
}

function listSpaces(): readonly string[] {
  const list = execFileSync('ip', ['netns', 'list']).toString();
  return list.split('\n').flatMap((line) => line.split(' ')[0] || []);
}

function removeSpace(name: string): void {
  for (const pid of execFileSync('ip', ['netns', 'pids', name]).toString().split('\n'))
    if (pid !== '') killIfAlive(Number(pid));
  execFileSync('ip', ['netns', 'del', name]);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: somebody else's, but alive
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}

function killIfAlive(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
