/** Categories: names, and where transfers of each go. */
import type { DatabaseSync } from 'node:sqlite';
import type { Category } from '@coequal/contract';

export class CategoryRecords {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  all(): Category[] {
    const rows = this.#database
      .prepare('SELECT name, directory FROM categories ORDER BY name')
      .all();
    return rows.map(({ name, directory }) => ({
      name: String(name),
      ...(typeof directory === 'string' && { directory }),
    }));
  }

  get(name: string): Category | undefined {
    return this.all().find((category) => category.name === name);
  }

  put({ name, directory }: Category): void {
    this.#database
      .prepare(
        'INSERT INTO categories (name, directory) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET directory = excluded.directory',
      )
      .run(name, directory ?? null);
  }

  /** False: there was none. Transfers of it have none then. */
  delete(name: string): boolean {
    return this.#database.prepare('DELETE FROM categories WHERE name = ?').run(name).changes > 0;
  }
}
