/**
 * One daemon owns a data directory. Who owns it is settled by a lock of the system on `daemon.lock`, which ends with
 * the process, however it ends; SQLite takes it, since Node cannot. Beside it `owner.json` says who that is, and where
 * it can be asked: for people and for commands, never to decide who owns.
 */
import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { LocalFault } from '@coequal/base';
import type { LockOwner } from '@coequal/bittorrent';

const LOCK_FILE = 'daemon.lock';
const OWNER_FILE = 'owner.json';
/** Of SQLite: another process has the file. */
const SQLITE_BUSY = 5;

/** Holds while the process lives, and until it is disposed of. */
export interface HomeLock extends Disposable {
  /** Says where the API can be asked: `http://127.0.0.1:PORT`. */
  announce(url: string): void;
}

export interface HomeOwner extends LockOwner {
  /** Undefined while it starts. */
  readonly url: string | undefined;
}

/** Throws LocalFault `HOME_IN_USE`, with the process that owns the directory, or `HOME_UNUSABLE`. */
export function lockHome(home: string, owner: LockOwner): HomeLock {
  const lock = takeLock(home);
  const tell = (url: string | undefined): void => writeOwner(home, { ...owner, url });
  try {
    tell(undefined);
  } catch (cause) {
    lock.close();
    throw unusable(home, cause);
  }
  return {
    announce: tell,
    [Symbol.dispose]() {
      // before the lock goes: afterwards the file may be another's
      rmSync(join(home, OWNER_FILE), { force: true });
      lock.close();
    },
  };
}

/** Undefined when nobody owns it, or the file cannot be read. The owner may be dead. */
export function readOwner(home: string): HomeOwner | undefined {
  try {
    const { pid, startedAt, url } = JSON.parse(
      readFileSync(join(home, OWNER_FILE), 'utf8'),
    ) as Record<string, unknown>;
    if (typeof pid !== 'number' || typeof startedAt !== 'number') return undefined;
    return { pid, startedAt, url: typeof url === 'string' ? url : undefined };
  } catch {
    return undefined; // not there, or not ours
  }
}

function takeLock(home: string): DatabaseSync {
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(join(home, LOCK_FILE), { timeout: 0 });
    // nothing is ever written: the file stays empty, and a full disk is no hindrance
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock?.close();
    const isBusy = error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
    if (!isBusy) throw unusable(home, error);
    const holder = readOwner(home);
    throw new LocalFault('HOME_IN_USE', { home, pid: holder?.pid, url: holder?.url });
  }
}

/** Whole or not at all: it is read at any moment. */
function writeOwner(home: string, owner: HomeOwner): void {
  const path = join(home, OWNER_FILE);
  const next = `${path}.${owner.pid}`;
  writeFileSync(next, JSON.stringify(owner), { mode: 0o600 });
  renameSync(next, path);
}

function unusable(home: string, cause: unknown): LocalFault {
  const errno = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
  if (errno === 'ENOSPC') return new LocalFault('DISK_FULL', { path: home }, { cause });
  return new LocalFault('HOME_UNUSABLE', { home, errno }, { cause });
}

/** Throws LocalFault `HOME_UNUSABLE`. */
export function makeHome(home: string): void {
  let first: string | undefined;
  try {
    first = mkdirSync(home, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw unusable(home, cause);
  }
  if (first !== undefined) keepFolders(resolve(first), resolve(home));
}

/** Has the names of new folders written: else a loss of power could take them, with all that was acknowledged in them. */
function keepFolders(first: string, last: string): void {
  if (process.platform === 'win32') return; // has no way to ask for it
  for (let folder = last; folder !== dirname(first);) {
    folder = dirname(folder);
    try {
      const opened = openSync(folder, 'r');
      try {
        fsyncSync(opened);
      } finally {
        closeSync(opened);
      }
    } catch {
      return; // it may not be read, or its disk knows no such thing: then the names are written when the system does it
    }
  }
}
