/** How the sources of peers are doing, in words. */
import { PEER_SOURCES } from '@coequal/bittorrent';
import type { PeerSource, SourceReport, SourceState, SourceStatus } from '@coequal/bittorrent';
import { count, formatDuration } from './format.ts';

export const SOURCE_NAMES: Readonly<Record<PeerSource, string>> = {
  given: 'named by you',
  magnet: 'in the magnet link',
  incoming: 'came to us',
  tracker: 'trackers',
  lsd: 'local network',
  dht: 'DHT',
  pex: 'other peers',
};

/** Those that only show when they have something: nobody waits for them. */
const QUIET: ReadonlySet<PeerSource> = new Set(['given', 'magnet', 'incoming', 'tracker']);

/** `DHT: 34 nodes, looking`, `local network: nobody yet`, one of each source that is used. */
export function sourcesText(sources: SourceReport): readonly string[] {
  const parts = PEER_SOURCES.flatMap((source) => {
    const text = sourceText(source, sources[source]);
    return text === undefined ? [] : [`${SOURCE_NAMES[source]}: ${text}`];
  });
  const { state } = sources.dht;
  const isPrivate = state.type === 'off' && state.why === 'private';
  return isPrivate ? [...parts, 'the torrent is private, so its trackers alone are asked'] : parts;
}

function sourceText(source: PeerSource, { state, given, nodes }: SourceStatus): string | undefined {
  if (state.type === 'off' || (QUIET.has(source) && given === 0)) return undefined;
  const found = given > 0 ? count(given, 'peer') : undefined;
  const known = nodes === undefined || nodes === 0 ? [] : [count(nodes, 'node')];
  switch (state.type) {
    case 'failed':
      return [...known, found ?? `${state.problem}${nextText(state)}`].join(', ');
    case 'asking':
      return [...known, found ?? (source === 'dht' ? 'looking' : 'asking')].join(', ');
    case 'working':
      return [...known, found ?? 'nobody yet'].join(', ');
  }
}

/** `, next try in 5 min 00 s`; nothing when that is not known. */
export function nextText(state: SourceState): string {
  if (state.type !== 'working' && state.type !== 'failed') return '';
  if (state.nextInMs === undefined) return '';
  const wait = formatDuration(Math.ceil(state.nextInMs / 1_000));
  return state.type === 'failed' ? `, next try in ${wait}` : `, asked again in ${wait}`;
}
