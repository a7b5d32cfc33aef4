/** An SQLite file: opened, brought to the newest form, and durable once a write returns. */
import { DatabaseSync } from 'node:sqlite';
import type { SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';
import { LocalFault } from '../fault.ts';

/** Another process (a person with `sqlite3`) may hold it for a moment. */
const BUSY_TIMEOUT_MS = 5_000;
/** Of SQLite (sqlite.org/rescode.html), where what went wrong has a code of ours. */
const FAULT_BY_RESULT: Readonly<Record<number, string>> = {
  3: 'NOT_PERMITTED',
  8: 'READ_ONLY_DISK',
  10: 'DISK_FAILED',
  13: 'DISK_FULL',
};

export type Row = Readonly<Record<string, SQLOutputValue>>;

export class Database implements Disposable {
  readonly path: string;
  readonly #database: DatabaseSync;
  /** Each text is a constant of ours: there are as many as there are in the sources. */
  readonly #statements = new Map<string, StatementSync>();

  /**
   * `migrations` has each form of the file, as the step from the one before. `:memory:` for tests. Throws LocalFault `STATE_TOO_NEW` for a file that a later version wrote, `STATE_UNREADABLE`
   * when it is damaged or cannot be opened, `DISK_FULL` and the like.
   */
  static open(path: string, migrations: readonly string[]): Database {
    let database: DatabaseSync | undefined;
    try {
      database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
      const opened = new Database(database, path);
      const version = opened.#version(migrations.length); // before anything is written
      // WAL with FULL: what was committed is on disk, also when the power goes
      database.exec(
        'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON',
      );
      opened.#migrate(migrations, version);
      return opened;
    } catch (error) {
      database?.close();
      const fault = databaseFault(error, path);
      if (fault instanceof LocalFault) throw fault;
      throw new LocalFault('STATE_UNREADABLE', { path }, { cause: error });
    }
  }

  private constructor(database: DatabaseSync, path: string) {
    this.#database = database;
    this.path = path;
  }

  all(sql: string, ...values: readonly SQLInputValue[]): Row[] {
    return this.#guarded(() => this.#statement(sql).all(...values));
  }

  get(sql: string, ...values: readonly SQLInputValue[]): Row | undefined {
    return this.#guarded(() => this.#statement(sql).get(...values));
  }

  /** How many rows it changed. */
  run(sql: string, ...values: readonly SQLInputValue[]): number {
    return this.#guarded(() => Number(this.#statement(sql).run(...values).changes));
  }

  /** Runs `work` in one transaction: all of it is kept, or nothing. */
  transaction<T>(work: () => T): T {
    this.#exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#exec('COMMIT');
      return result;
    } catch (error) {
      // a full disk has ended the transaction already
      if (this.#database.isTransaction) this.#exec('ROLLBACK');
      throw error;
    }
  }

  /** Writes all that is here now into a new file, which has the same form. */
  copyTo(path: string): void {
    this.run('VACUUM INTO ?', path);
  }

  [Symbol.dispose](): void {
    this.#statements.clear();
    this.#database.close();
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #exec(sql: string): void {
    this.#guarded(() => this.#database.exec(sql));
  }

  #guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw databaseFault(error, this.path);
    }
  }

  #version(newest: number): number {
    const version = Number(this.get('PRAGMA user_version')?.['user_version']);
    if (version > newest) throw new LocalFault('STATE_TOO_NEW', { path: this.path, version });
    return version;
  }

  #migrate(migrations: readonly string[], version: number): void {
    for (const [index, statements] of migrations.entries()) {
      if (index < version) continue;
      this.transaction(() => {
        this.#exec(statements);
        this.#exec(`PRAGMA user_version = ${index + 1}`);
      });
    }
  }
}

/** What SQLite cannot do because of the disk is ours to bear; all else is a bug, and stays as it is. */
function databaseFault(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || !('errcode' in error)) return error;
  const code = FAULT_BY_RESULT[Number(error.errcode) & 0xff];
  return code === undefined ? error : new LocalFault(code, { path }, { cause: error });
}
