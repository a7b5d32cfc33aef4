/** What a process has used, by Linux's /proc. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** A peak between two looks is missed. */
const LOOK_INTERVAL_MS = 25;

/** Fields of /proc/PID/stat behind the command's name, from 0 (man proc_pid_stat). */
const USER_TICKS = 11;
const SYSTEM_TICKS = 12;
const CHILDREN_USER_TICKS = 13;
const CHILDREN_SYSTEM_TICKS = 14;

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** User and system time of all its threads until now, in seconds. */
export function cpuSeconds(pid: number): number {
  return secondsIn(pid, USER_TICKS, SYSTEM_TICKS);
}

/** As `cpuSeconds`, of all children of this process that have ended. */
export function endedCpuSeconds(): number {
  return secondsIn('self', CHILDREN_USER_TICKS, CHILDREN_SYSTEM_TICKS);
}

function secondsIn(process: number | 'self', ...wanted: readonly number[]): number {
  const stat = readFileSync(`/proc/${process}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = wanted.map((index) => Number(fields[index]));
  return ticks.reduce((sum, each) => sum + each, 0) / TICKS_PER_SECOND;
}

/** User and system time of everything on this machine until now, in seconds. */
export function machineCpuSeconds(): number {
  const times = cpus().map(({ times: { user, nice, sys, irq } }) => user + nice + sys + irq);
  return times.reduce((sum, milliseconds) => sum + milliseconds, 0) / 1_000;
}

/** Watches the memory of a process that is its own: what it maps of files is not counted. */
export class MemoryMeter implements Disposable {
  readonly #pid: number;
  readonly #timer: NodeJS.Timeout;
  #peakKib = 0;

  constructor(pid: number) {
    this.#pid = pid;
    this.#timer = setInterval(() => this.#look(), LOOK_INTERVAL_MS);
  }

  /** The most it had, in MiB. */
  stop(): number {
    this.#look();
    clearInterval(this.#timer);
    return this.#peakKib / 1_024;
  }

  #look(): void {
    const status = readFileSync(`/proc/${this.#pid}/status`, 'utf8');
    const anonymous = Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
    this.#peakKib = Math.max(this.#peakKib, anonymous);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
