/** The daemon's SQLite file. */
import { Database } from '@coequal/base/database';
import { MIGRATIONS } from './migrations.ts';

export type { Row } from '@coequal/base/database';
export type Store = Database;

/** Throws as `Database.open`. */
export function openStore(path: string): Store {
  return Database.open(path, MIGRATIONS);
}
