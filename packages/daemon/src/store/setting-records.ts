/** Settings that a person made on the page, and what the peer remembers of itself, as JSON by key. */
import type { Store } from './store.ts';

export class SettingRecords {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  all(): Record<string, unknown> {
    const rows = this.#store.all('SELECT key, value FROM settings');
    return Object.fromEntries(
      rows.map(({ key, value }) => [String(key), JSON.parse(String(value)) as unknown]),
    );
  }

  get(key: string): unknown {
    const row = this.#store.get('SELECT value FROM settings WHERE key = ?', key);
    return row === undefined ? undefined : (JSON.parse(String(row['value'])) as unknown);
  }

  /** `undefined` removes. */
  put(key: string, value: unknown): void {
    if (value === undefined) {
      this.#store.run('DELETE FROM settings WHERE key = ?', key);
      return;
    }
    this.#store.run(
      `INSERT INTO settings (key, value) VALUES (?, ?)
         ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
      key,
      JSON.stringify(value),
    );
  }

  /** All of them, or none. */
  putAll(values: ReadonlyMap<string, unknown>): void {
    this.#store.transaction(() => {
      for (const [key, value] of values) this.put(key, value);
    });
  }
}
