/** Clock over the timers of this process. A pending timer keeps the process alive: someone waits. */
import type { Cancel, Clock, Millis } from '../ports.ts';

/** Longest delay that setTimeout takes (it would run a longer one at once): 24.8 days. */
const DELAY_MAX_MS = 2 ** 31 - 1;

/** Monotonic time of this process, and its timers. */
export function openClock(): Clock {
  return {
    now: () => performance.now(),
    epochNow: () => Date.now(),
    at: runAt,
  };
}

function runAt(when: Millis, run: () => void): Cancel {
  let timer: NodeJS.Timeout;
  const wait = (): void => {
    // rounded up, and asked again at the end: timers cut fractions off and count in whole steps
    const delay = Math.min(Math.max(Math.ceil(when - performance.now()), 0), DELAY_MAX_MS);
    timer = setTimeout(() => (performance.now() < when ? wait() : run()), delay);
  };
  wait();
  return () => clearTimeout(timer);
}
