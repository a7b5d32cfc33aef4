/** What a running peer tells of itself, about once a second. */
import type { EngineStats } from '@coequal/bittorrent';
import type { Settings, Status } from '@coequal/contract';
import { isScheduled, limitsAt } from '../files/schedule.ts';
import type { Transfers } from '../files/transfers.ts';
import type { Reach } from '../reach.ts';
import { VERSION } from '../version.ts';
import type { Supervisor } from './supervisor.ts';

export interface StatusView {
  readonly startedAt: number;
  readonly isSetUp: boolean;
  readonly options: { readonly reach: Reach };
  readonly settings: { readonly values: Settings };
  readonly supervisor: Pick<Supervisor, 'report'>;
  readonly transfers: Pick<Transfers, 'countByState'>;
}

/** `stats`: undefined while no files are carried. `now`: milliseconds since 1970. */
export function statusOf(
  { startedAt, isSetUp, options, settings, supervisor, transfers }: StatusView,
  stats: EngineStats | undefined,
  now: number,
  freeBytes: number | undefined,
): Status {
  const date = new Date(now);
  const { up, down } = limitsAt(settings.values, date);
  return {
    version: VERSION,
    startedAt,
    isSetUp,
    reach: options.reach,
    services: supervisor.report,
    down: Math.round(stats?.downRate ?? 0),
    up: Math.round(stats?.upRate ?? 0),
    peers: stats?.connections ?? 0,
    ...(down !== undefined && { downMax: down }),
    ...(up !== undefined && { upMax: up }),
    isScheduleActive: isScheduled(settings.values, date),
    dhtNodes: stats?.dht?.nodes ?? 0,
    isReachable: stats?.reachedFrom === 'internet' ? 'yes' : 'unknown',
    ...(freeBytes !== undefined && { freeBytes }),
    transfers: transfers.countByState(),
  };
}
