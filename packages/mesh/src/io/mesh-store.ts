/** `mesh.sqlite`: what this package keeps of people. Secret keys are in files of their own. */
import { Database } from '@coequal/base/database';
import { HELPER_TABLE } from './people/helper-store.ts';
import { NEAR_TABLES } from './people/near-tables.ts';
import { OWN_DEVICE_TABLES, PEOPLE_TABLES } from './people/people-tables.ts';

/** What came together with the second form of the file. */
const SECOND_FORM: string = OWN_DEVICE_TABLES + HELPER_TABLE + NEAR_TABLES;

/** Each form of the file, as the step from the one before. One that was released is never changed. */
const MESH_MIGRATIONS: readonly string[] = [PEOPLE_TABLES, SECOND_FORM];

/** `:memory:` for tests. Throws as `Database.open`. */
export function openMeshStore(path: string): Database {
  return Database.open(path, MESH_MIGRATIONS);
}
