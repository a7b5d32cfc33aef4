/** Moves content of transfers that rest, in the way that the engine moves those that run. */
import type { Ports } from '@coequal/base';
import { relocateContent } from '@coequal/bittorrent';
import { lockNeeds } from '../process-lock.ts';
import type { RelocateResting } from './content-moves.ts';

export function relocateIn(
  resumeDirectory: string,
  ports: Pick<Ports, 'disk' | 'hasher' | 'clock'>,
): RelocateResting {
  const own = { resumeDirectory, lock: lockNeeds() };
  return (content, change, signal, onProgress) =>
    relocateContent({ ...content, ...own }, change, ports, signal, onProgress);
}
