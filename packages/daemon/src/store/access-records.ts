/** Who may use the API: keys of other programs, and sessions of browsers. Of secrets only hashes are kept. */
import type { DatabaseSync } from 'node:sqlite';
import type { ApiKey, Scope } from '@coequal/contract';

export class AccessRecords {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  keys(): ApiKey[] {
    const rows = this.#database
      .prepare('SELECT id, name, scope, created_at, used_at FROM api_keys ORDER BY created_at')
      .all();
    return rows.map((row) => ({
      id: String(row['id']),
      name: String(row['name']),
      scope: row['scope'] as Scope,
      createdAt: Number(row['created_at']),
      ...(row['used_at'] !== null && { usedAt: Number(row['used_at']) }),
    }));
  }

  addKey({ id, name, scope, createdAt }: ApiKey, secretHash: Uint8Array): void {
    this.#database
      .prepare(
        'INSERT INTO api_keys (id, name, scope, secret_hash, created_at) VALUES (?, ?, ?, ?, ?)',
      )
      .run(id, name, scope, secretHash, createdAt);
  }

  /** False: there is none of that id. */
  deleteKey(id: string): boolean {
    return this.#database.prepare('DELETE FROM api_keys WHERE id = ?').run(id).changes > 0;
  }

  /** The scope of the key with this secret, which counts as used. */
  useKey(secretHash: Uint8Array, now: number): Scope | undefined {
    const row = this.#database
      .prepare('SELECT id, scope, used_at FROM api_keys WHERE secret_hash = ?')
      .get(secretHash);
    if (row === undefined) return undefined;
    if (isStale(row['used_at'], now))
      this.#database
        .prepare('UPDATE api_keys SET used_at = ? WHERE id = ?')
        .run(now, String(row['id']));
    return row['scope'] as Scope;
  }

  addSession(secretHash: Uint8Array, now: number): void {
    this.#database
      .prepare('INSERT INTO sessions (secret_hash, created_at, used_at) VALUES (?, ?, ?)')
      .run(secretHash, now, now);
  }

  /** Whether there is one that was used after `oldest`; it counts as used. */
  useSession(secretHash: Uint8Array, now: number, oldest: number): boolean {
    const row = this.#database
      .prepare('SELECT used_at FROM sessions WHERE secret_hash = ? AND used_at > ?')
      .get(secretHash, oldest);
    if (row === undefined) return false;
    if (isStale(row['used_at'], now))
      this.#database
        .prepare('UPDATE sessions SET used_at = ? WHERE secret_hash = ?')
        .run(now, secretHash);
    return true;
  }

  deleteSession(secretHash: Uint8Array): void {
    this.#database.prepare('DELETE FROM sessions WHERE secret_hash = ?').run(secretHash);
  }

  deleteSessionsBefore(oldest: number): void {
    this.#database.prepare('DELETE FROM sessions WHERE used_at <= ?').run(oldest);
  }
}

/** When something was used is written once an hour: a page asks all the time. */
const USE_NOTED_MS = 3_600_000;

function isStale(usedAt: unknown, now: number): boolean {
  return typeof usedAt !== 'number' || now - usedAt > USE_NOTED_MS;
}
