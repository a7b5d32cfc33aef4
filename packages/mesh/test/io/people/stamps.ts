/** The stamps of a device whose clock stands still. */
import type { Database } from '@coequal/base/database';
import { Stamps } from '../../../src/io/own/stamps.ts';
import { deviceOf } from '../../core/identity/device-lists.ts';

export function stampsOf(database: Database): Stamps {
  return new Stamps(database, deviceOf(0), { epochNow: () => 2 });
}
