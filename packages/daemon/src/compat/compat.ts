/**
 * Interfaces of other programs, for their remote controls: each in a folder of its own, off until a setting switches
 * it on. They see what a key with the scope `transfers` may: transfers, and none of the peer's own secrets.
 */
import { LocalFault } from '@coequal/base';
import type { Clock } from '@coequal/base';
import type { SettingKey, Settings, Status } from '@coequal/contract';
import type { FastifyInstance } from 'fastify';
import type { Access, Caller } from '../api/access.ts';
import type { CallLimits } from '../api/call-limits.ts';
import type { Transfers } from '../files/transfers.ts';
import type { CategoryRecords } from '../store/category-records.ts';

/** What an interface works on. */
export interface CompatParts {
  readonly transfers: Transfers;
  readonly categories: CategoryRecords;
  readonly access: Access;
  readonly limits: CallLimits;
  readonly clock: Clock;
  status(): Status;
  settings(): Settings;
  /**
   * Those that are another than now: programs send all that they know. As in the peer's own API, settings are the
   * owner's. Throws LocalFault `SCOPE_MISSING`, and as a change of settings.
   */
  changeSettings(values: Partial<Settings>, caller: Caller): void;
  /** A first transfer answers the first-run page, too. */
  setUp(): void;
  /** Tells pages of changes. */
  publish(): void;
  publishCategories(): void;
}

/** Throws LocalFault `NO_SUCH_ROUTE` while it is off: as if it were not there. */
export function requireOn(
  key: Extract<SettingKey, `speaks${string}` | 'pageServesPrograms'>,
  { settings }: Pick<CompatParts, 'settings'>,
  path: string,
): void {
  if (!settings()[key]) throw new LocalFault('NO_SUCH_ROUTE', { path });
}

/** Adds the routes of one interface, in a scope of their own: what they parse and answer is their business. */
export type AddCompat = (scope: FastifyInstance, parts: CompatParts) => void;
