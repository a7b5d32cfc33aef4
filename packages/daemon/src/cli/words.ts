/** Why a transfer does not move, in words. */
import { PEER_SOURCES } from '@coequal/bittorrent';
import type { PeerSource, SourceReport, StallReason, TorrentState } from '@coequal/bittorrent';
import { count, formatBytes, formatPercent, plain } from './format.ts';

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
  const found = LACKS_PEERS.has(stall.type) ? sourcesText(sources) : '';
  return plain(stallText(stall) + found);
}

/** Then it matters who was asked for peers. */
const LACKS_PEERS: ReadonlySet<StallReason['type']> = new Set([
  'no-sources',
  'no-peers',
  'unreachable',
  'pieces-missing',
]);

const FOUND: Readonly<Record<PeerSource, string>> = {
  given: 'named by you',
  magnet: 'in the magnet link',
  incoming: 'that came to us',
  tracker: 'from trackers',
  lsd: 'in the local network',
  dht: 'in the DHT',
  pex: 'from other peers',
};

/** `; peers found: 0 from trackers, 2 in the local network`. */
function sourcesText(sources: SourceReport): string {
  const parts = PEER_SOURCES.flatMap((source) => {
    const { given } = sources[source] ?? {};
    return given === undefined ? [] : [`${given} ${FOUND[source]}`];
  });
  return parts.length === 0 ? '' : `; peers found: ${parts.join(', ')}`;
}

function stallText(stall: StallReason): string {
  switch (stall.type) {
    case 'disk-full':
      return (
        `disk full: ${formatBytes(stall.bytesNeeded)} needed in ${stall.path}, ` +
        'will go on when there is room'
      );
    case 'no-sources':
      return 'no peers: the torrent names no tracker that may be asked; name a peer with --peer HOST:PORT';
    case 'asking-trackers':
      return `asking ${count(stall.trackers, 'tracker')} for peers`;
    case 'no-peers':
      return noPeersText(stall);
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

function noPeersText({
  answered,
  failed,
  problem,
}: Extract<StallReason, { type: 'no-peers' }>): string {
  const why = problem === undefined ? '' : ` (${problem})`;
  if (answered === 0) return `no peers yet: ${count(failed, 'tracker')} failed${why}`;
  const others = failed === 0 ? '' : `, ${failed} failed${why}`;
  return `no peers yet: ${count(answered, 'tracker')} answered${others}, 0 peers`;
}
