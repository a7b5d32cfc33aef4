/** One daemon owns a data directory: a lock file names it, and where it can be asked. */
import { closeSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { LocalFault } from '@coequal/base';
import { isAlive, ownProcess } from '../process-lock.ts';

/** Holds while the process lives, and until it is disposed of. */
export interface HomeLock extends Disposable {
  /** Says where the API can be asked: `http://127.0.0.1:PORT`. */
  announce(url: string): void;
}

export interface HomeOwner {
  readonly pid: number;
  readonly startedAt: number;
  /** Undefined while it starts. */
  readonly url: string | undefined;
}

const LOCK_FILE = 'daemon.lock';

/** Throws LocalFault `HOME_IN_USE`, with the process that owns the directory. */
export function lockHome(home: string): HomeLock {
  const owner = ownProcess();
  const path = join(home, LOCK_FILE);
  const text = JSON.stringify(owner);
  // a dead owner's file is taken away by one of us alone: whoever creates it anew has it
  for (let tries = 0; !createExclusively(path, text); tries += 1) {
    const holder = readOwner(home);
    if (holder !== undefined && isAlive(holder))
      throw new LocalFault('HOME_IN_USE', { home, pid: holder.pid, url: holder.url });
    if (tries > 3) throw new LocalFault('HOME_IN_USE', { home });
    rmSync(path, { force: true });
  }
  return {
    announce(url) {
      const next = `${path}.${randomBytes(4).toString('hex')}`;
      createExclusively(next, JSON.stringify({ ...owner, url }));
      renameSync(next, path);
    },
    [Symbol.dispose]: () => rmSync(path, { force: true }),
  };
}

/** Undefined when nobody owns it, or the file cannot be read. The owner may be dead. */
export function readOwner(home: string): HomeOwner | undefined {
  try {
    const { pid, startedAt, url } = JSON.parse(
      readFileSync(join(home, LOCK_FILE), 'utf8'),
    ) as Record<string, unknown>;
    if (typeof pid !== 'number' || typeof startedAt !== 'number') return undefined;
    return { pid, startedAt, url: typeof url === 'string' ? url : undefined };
  } catch {
    return undefined; // not there, or torn: it was written by one that died at once
  }
}

/** False: it is there already. */
function createExclusively(path: string, text: string): boolean {
  let file;
  try {
    file = openSync(path, 'wx', 0o600);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
  writeSync(file, text);
  closeSync(file);
  return true;
}
