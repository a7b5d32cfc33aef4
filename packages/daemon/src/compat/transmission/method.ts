/** What a method of the RPC gets, and what it answers. */
import type { Clock } from '@coequal/base';
import type { Caller } from '../../api/access.ts';
import type { CompatParts } from '../compat.ts';
import type { Arguments } from './arguments.ts';
import type { TorrentIds } from './torrent-ids.ts';

export interface Call {
  readonly parts: CompatParts;
  readonly ids: TorrentIds;
  readonly clock: Clock;
  readonly caller: Caller;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  readonly sessionId: string;
  /** Of the monotonic clock: when the peer began. */
  readonly startedAt: number;
}

/** The answer's names are those of version 4.1. */
export type Method = (args: Arguments, call: Call) => object | Promise<object>;
