/** Telling living processes from dead ones, for torrent locks. */
import { readFileSync } from 'node:fs';
import type { LockNeeds, LockOwner } from '@coequal/bittorrent';

/** Where `starttime` stands in /proc/PID/stat, counted from the state that follows the name (proc(5)). */
const START_TIME_FIELD = 19;

export function lockNeeds(): LockNeeds {
  return { owner: ownProcess(), isAlive };
}

export function ownProcess(): LockOwner {
  const startedAt = startTimeOf(process.pid) ?? Math.round(performance.timeOrigin);
  return { pid: process.pid, startedAt };
}

export function isAlive({ pid, startedAt }: LockOwner): boolean {
  if (!hasProcess(pid)) return false;
  const started = startTimeOf(pid);
  // where start times cannot be read, a process with that number counts as the owner
  return started === undefined || started === startedAt;
}

function hasProcess(pid: number): boolean {
  try {
    process.kill(pid, 0); // signal 0 asks only
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'; // another user's
  }
}

/** Ticks since the machine started; undefined where the system has no /proc. */
function startTimeOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // a name may hold anything
    const ticks = Number(fields[START_TIME_FIELD]);
    return Number.isSafeInteger(ticks) ? ticks : undefined;
  } catch {
    return undefined; // no /proc, or the process has just ended
  }
}
