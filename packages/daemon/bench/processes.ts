/** What a process takes, of the kernel's files about it (proc(5)). */
import { readFileSync } from 'node:fs';

/** A hundred ticks a second, as Linux has them everywhere. */
const TICKS_PER_SECOND = 100;

/** Cells of a table: resident, of its own and of files, in MB of 1,000,000 bytes; threads. */
export function memoryCells(pid: number): string {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
  const megabytes = ['VmRSS', 'RssAnon', 'RssFile'].map((name) =>
    ((field(name) * 1_024) / 1e6).toFixed(1),
  );
  return [...megabytes, field('Threads')].join(' | ');
}

export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13);
  return (Number(user) + Number(system)) / TICKS_PER_SECOND;
}

/** Of all cores, but for that process: how busy the machine was with something else. */
export function othersSeconds(pid: number): number {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
  const [user = 0, nice = 0, system = 0, , , interrupts = 0, soft = 0] = line
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user + nice + system + interrupts + soft) / TICKS_PER_SECOND - cpuSeconds(pid);
}
