/** Sources of peers of a torrent of which nothing is known yet, for tests. */
import type { SourceReport, SourceStatus } from '@coequal/bittorrent';

export function sourceStatus(given = 0, more: Partial<SourceStatus> = {}): SourceStatus {
  const counts = { given, dialled: given, links: 0, connected: 0, downloaded: 0 };
  return { state: { type: 'working', nextInMs: undefined }, ...counts, ...more };
}

const OFF = sourceStatus(0, { state: { type: 'off', why: 'switched-off' } });

/** All off but those given. */
export function sourceReport(given: Partial<SourceReport> = {}): SourceReport {
  return {
    given: OFF,
    magnet: OFF,
    incoming: OFF,
    tracker: OFF,
    lsd: OFF,
    dht: OFF,
    pex: OFF,
    ...given,
  };
}
