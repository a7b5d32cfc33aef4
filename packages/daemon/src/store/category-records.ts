/** Categories: names, and where transfers of each go. */
import type { Category } from '@coequal/contract';
import type { Row, Store } from './store.ts';

export class CategoryRecords {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  all(): Category[] {
    return this.#store.all('SELECT name, directory FROM categories ORDER BY name').map(parseRow);
  }

  get(name: string): Category | undefined {
    const row = this.#store.get('SELECT name, directory FROM categories WHERE name = ?', name);
    return row && parseRow(row);
  }

  put({ name, directory }: Category): void {
    this.#store.run(
      `INSERT INTO categories (name, directory) VALUES (?, ?)
         ON CONFLICT (name) DO UPDATE SET directory = excluded.directory`,
      name,
      directory ?? null,
    );
  }

  /** False: there was none. Transfers of it have none then. */
  delete(name: string): boolean {
    return this.#store.run('DELETE FROM categories WHERE name = ?', name) > 0;
  }
}

function parseRow({ name, directory }: Row): Category {
  return { name: String(name), ...(typeof directory === 'string' && { directory }) };
}
