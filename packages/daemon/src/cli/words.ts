/** Why a transfer does not move, in words. */
import type { SourceReport, StallReason, TorrentState } from '@coequal/bittorrent';
import { count, formatBytes, formatPercent, plain } from './format.ts';
import { nextText, sourcesText } from './source-words.ts';

/** Undefined when it moves, or has nothing to do. */
export function whyNothingMoves(
  state: TorrentState,
  stall: StallReason | undefined,
  sources: SourceReport,
): string | undefined {
  if (state.type === 'checking') {
    const { checked, total } = state;
    return `checking what is on disk: ${formatPercent(checked, total)}`;
  }
  if (stall === undefined) return undefined;
  if (stall.type === 'no-peers')
    return plain([noPeersText(stall, sources), ...sourcesText(sources)].join('; '));
  const others = LACKS_PEERS.has(stall.type) ? sourcesText(sources) : [];
  return plain([stallText(stall), ...others].join('; '));
}

/** Then it matters who was asked for peers. */
const LACKS_PEERS: ReadonlySet<StallReason['type']> = new Set(['unreachable', 'pieces-missing']);

function stallText(stall: Exclude<StallReason, { type: 'no-peers' }>): string {
  switch (stall.type) {
    case 'disk-full':
      return (
        `disk full: ${formatBytes(stall.bytesNeeded)} needed in ${stall.path}, ` +
        'will go on when there is room'
      );
    case 'no-sources':
      return 'no peers: nobody may be asked for some; name one with --peer HOST:PORT';
    case 'asking-trackers':
      return `asking ${count(stall.trackers, 'tracker')} for peers`;
    case 'dialing':
      return `connecting to ${count(stall.dialing, 'peer')}`;
    case 'unreachable':
      return `${count(stall.candidates, 'peer')} known, none can be reached; trying again`;
    case 'waiting-for-metadata':
      return `waiting for ${count(stall.peers, 'peer')} to say what the torrent holds`;
    case 'pieces-missing':
      return `${count(stall.peers, 'peer')} connected, none has the pieces still missing`;
    case 'choked':
      return `waiting for a turn at ${count(stall.peers, 'peer')}`;
    case 'waiting-for-blocks':
      return `waiting for ${count(stall.peers, 'peer')} to send`;
  }
}

/** `no peers yet: 2 trackers failed (the tracker did not answer), next try in 4 min 10 s`. */
function noPeersText(
  { answered, failed, problem }: Extract<StallReason, { type: 'no-peers' }>,
  { tracker: { state } }: SourceReport,
): string {
  if (answered + failed === 0) return 'no peers yet';
  const why = problem === undefined ? '' : ` (${problem})`;
  const next = nextText(state);
  if (answered === 0) return `no peers yet: ${count(failed, 'tracker')} failed${why}${next}`;
  const others = failed === 0 ? '' : `, ${failed} failed${why}`;
  return `no peers yet: ${count(answered, 'tracker')} answered${others}, 0 peers${next}`;
}

/** Changes with what is wrong, and not with every number: for whoever tells of news alone. */
export function topicOf(
  state: TorrentState,
  stall: StallReason | undefined,
  sources: SourceReport,
): string | undefined {
  if (state.type === 'checking') return 'checking';
  if (stall === undefined) return undefined;
  const failing = Object.entries(sources).filter(([, source]) => source.state.type === 'failed');
  const problem = stall.type === 'no-peers' ? stall.problem : undefined;
  return [stall.type, problem, ...failing.map(([name]) => name)].join(' ');
}
