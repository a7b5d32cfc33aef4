/** The daemon's SQLite file: opened, brought to the newest form, and durable once a write returns. */
import { DatabaseSync } from 'node:sqlite';
import { LocalFault } from '@coequal/base';
import { MIGRATIONS } from './migrations.ts';

/** Another process (a backup, a person with `sqlite3`) may hold it for a moment. */
const BUSY_TIMEOUT_MS = 5_000;

/**
 * `:memory:` for tests. Throws LocalFault `STATE_TOO_NEW` for a file that a later version wrote, `STATE_UNREADABLE`
 * when it is damaged or cannot be opened.
 */
export function openDatabase(path: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
    // WAL with FULL: what was committed is on disk, also when the power goes
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
    migrate(database, path);
    return database;
  } catch (error) {
    database?.close();
    if (error instanceof LocalFault) throw error;
    throw new LocalFault('STATE_UNREADABLE', { path }, { cause: error });
  }
}

/** Runs `work` in one transaction: all of it is kept, or nothing. */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

function migrate(database: DatabaseSync, path: string): void {
  const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
  if (version > MIGRATIONS.length) throw new LocalFault('STATE_TOO_NEW', { path, version });
  for (const [index, statements] of MIGRATIONS.entries()) {
    if (index < version) continue;
    inTransaction(database, () => {
      database.exec(statements);
      database.exec(`PRAGMA user_version = ${index + 1}`);
    });
  }
}
