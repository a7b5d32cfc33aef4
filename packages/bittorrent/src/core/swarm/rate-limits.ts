/** How fast an engine or a torrent may be: what is set, and what may be. */
import { LocalFault } from '@coequal/base';

export interface RateLimits {
  /** Undefined: no limit. */
  readonly uploadBytesPerSecondMax?: number | undefined;
  readonly downloadBytesPerSecondMax?: number | undefined;
}

export interface TorrentLimits extends RateLimits {
  /** The limits of the engine do not hold for this torrent, and it takes nothing of them. */
  readonly ignoresEngineLimits?: boolean | undefined;
}

/** Only what is known, in a copy of its own. Throws LocalFault `BAD_LIMIT` for a rate below 1, or none at all. */
export function checkLimits<Limits extends RateLimits>(limits: Limits): Limits {
  for (const name of ['uploadBytesPerSecondMax', 'downloadBytesPerSecondMax'] as const) {
    const rate = limits[name];
    if (rate !== undefined && !(Number.isFinite(rate) && rate >= 1))
      throw new LocalFault('BAD_LIMIT', { name, rate: String(rate) });
  }
  return { ...limits };
}
