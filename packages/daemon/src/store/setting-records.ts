/** Settings that a person made on the page, and what the peer remembers of itself, as JSON by key. */
import type { DatabaseSync } from 'node:sqlite';

export class SettingRecords {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  all(): Record<string, unknown> {
    const rows = this.#database.prepare('SELECT key, value FROM settings').all();
    return Object.fromEntries(
      rows.map(({ key, value }) => [String(key), JSON.parse(String(value)) as unknown]),
    );
  }

  get(key: string): unknown {
    const row = this.#database.prepare('SELECT value FROM settings WHERE key = ?').get(key);
    return row === undefined ? undefined : (JSON.parse(String(row['value'])) as unknown);
  }

  /** `undefined` removes. */
  put(key: string, value: unknown): void {
    if (value === undefined) {
      this.#database.prepare('DELETE FROM settings WHERE key = ?').run(key);
      return;
    }
    this.#database
      .prepare(
        'INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
      )
      .run(key, JSON.stringify(value));
  }
}
