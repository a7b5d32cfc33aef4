/** Starts the tracker of `tracker.ts` in a network namespace. */
import { fileURLToPath } from 'node:url';
import { NODE } from './command.ts';
import type { Command, Place } from './command.ts';

const PROGRAM = fileURLToPath(new URL('tracker.ts', import.meta.url));

/** Over HTTP and UDP: in a namespace of its own every port is free. */
export const TRACKER_PORT = 8_080;

/** `file` is what it gives away at `/file`. */
export async function startTracker(place: Place, host: string, file?: string): Promise<Command> {
  const own = [PROGRAM, `${TRACKER_PORT}`, ...(file === undefined ? [] : [file])];
  const command = place.startOther(['ip', 'netns', 'exec', host, NODE, ...own]);
  await command.event('listening');
  return command;
}
