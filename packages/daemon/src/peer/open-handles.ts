/** How many files and sockets this process has open, and how many the system lets it have. */
import { readdir, readFile } from 'node:fs/promises';

export interface Handles {
  /** Undefined where the system does not tell. */
  readonly open: number | undefined;
  readonly limit: number | undefined;
}

export async function readHandles(): Promise<Handles> {
  return { open: await countOpen(), limit: await readLimit() };
}

/** Linux and macOS list them. Reading the list opens one more, which is not ours to keep. */
async function countOpen(): Promise<number | undefined> {
  for (const folder of ['/proc/self/fd', '/dev/fd']) {
    try {
      return (await readdir(folder)).length - 1;
    } catch {
      continue; // another system
    }
  }
  return undefined;
}

async function readLimit(): Promise<number | undefined> {
  try {
    return parseLimit(await readFile('/proc/self/limits', 'utf8'));
  } catch {
    return undefined; // another system
  }
}

/** The soft limit; undefined when there is none. */
export function parseLimit(limits: string): number | undefined {
  const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  return soft === undefined ? undefined : Number(soft);
}
