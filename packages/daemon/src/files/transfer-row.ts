/** How a transfer is told: its row in the list, and why it is as it is. */
import type { StallReason, Torrent } from '@coequal/bittorrent';
import type { Explanation, Transfer } from '@coequal/contract';
import { definite } from '../peer/explain.ts';
import { formatBytes } from '../cli/format.ts';
import { whyNothingMoves } from '../cli/words.ts';
import type { Shortage } from './space-guard.ts';
import type { Relocation, TransferEntry } from './transfer-entry.ts';

type State = Transfer['state'];

export function rowOf(entry: TransferEntry, queuePosition: number): Transfer {
  const { record, torrent } = entry;
  const { figures, options } = record;
  const stats = torrent?.stats;
  const reason = reasonOf(entry);
  return {
    id: record.id,
    name: record.name,
    state: stateOf(entry),
    ...(reason !== undefined && { reason }),
    size: figures.size,
    wanted: figures.wanted,
    have: figures.have,
    down: Math.round(stats?.downRate ?? 0),
    up: Math.round(stats?.upRate ?? 0),
    downloaded: figures.downloaded,
    uploaded: figures.uploaded,
    peers: stats?.peers ?? 0,
    seeds: stats?.seeds ?? 0,
    ...(stats?.etaSeconds !== undefined && { etaSeconds: Math.ceil(stats.etaSeconds) }),
    ...(record.category !== undefined && { category: record.category }),
    tags: [...record.tags],
    directory: record.directory,
    addedAt: record.addedAt,
    ...(record.completedAt !== undefined && { completedAt: record.completedAt }),
    isPrivate: figures.isPrivate,
    isSequential: options.isSequential,
    queuePosition,
  };
}

function stateOf(entry: TransferEntry): State {
  const { record, torrent, problem, isComplete, isSatisfied } = entry;
  if (entry.relocation !== undefined) return 'moving';
  if (problem !== undefined) return 'failed';
  if (torrent !== undefined) return liveStateOf(torrent);
  if (entry.isVerifying) return 'checking';
  if (record.intent === 'pause') return 'paused';
  return isComplete && isSatisfied ? 'finished' : 'queued';
}

function liveStateOf(torrent: Torrent): State {
  switch (torrent.state.type) {
    case 'fetching-metadata':
      return 'metadata';
    case 'checking':
      return 'checking';
    case 'downloading':
      return 'downloading';
    case 'seeding':
      return 'seeding';
    case 'failed':
      return 'failed';
    case 'closed':
      return 'queued';
  }
}

function reasonOf(entry: TransferEntry): Explanation | undefined {
  const { problem, torrent, shortage, relocation } = entry;
  if (relocation !== undefined) return relocationExplanation(relocation);
  if (problem !== undefined) return problem;
  if (shortage !== undefined && !entry.isComplete) return shortageExplanation(shortage);
  if (torrent === undefined) return undefined;
  const { state, stall, sources } = torrent.stats;
  const text = whyNothingMoves(state, stall, sources);
  if (text === undefined) return undefined;
  if (state.type === 'checking') {
    const { checked, total } = state;
    return { code: 'CHECKING', details: { checked, total }, text };
  }
  return stall && stallExplanation(stall, text);
}

function relocationExplanation({ to, progress }: Relocation): Explanation {
  if (progress === undefined) {
    const text = to === '' ? 'its place on disk is being changed' : `it is being moved to ${to}`;
    return { code: to === '' ? 'PLACE_CHANGING' : 'MOVING', details: { path: to }, text };
  }
  const { type, done, total } = progress;
  if (type === 'checking') {
    const text = `checked before it is moved: ${done} of ${total} pieces`;
    return { code: 'MOVE_CHECKING', details: { done, pieces: total }, text };
  }
  return {
    code: 'MOVE_COPYING',
    details: { moved: done, total, path: to },
    text: `it is being copied to ${to}: ${formatBytes(done)} of ${formatBytes(total)}`,
  };
}

function shortageExplanation(shortage: Shortage): Explanation {
  const { path, free, wanted } = shortage;
  return {
    code: 'SPACE_SHORT',
    details: { path, free, wanted },
    text: `only ${formatBytes(free)} are free in ${path}, and ${formatBytes(wanted)} are to stay free`,
    hint: 'Make room: it goes on by itself.',
  };
}

/** `no-peers` is `NO_PEERS`. */
function stallExplanation({ type, ...details }: StallReason, text: string): Explanation {
  const code = type.replaceAll('-', '_').toUpperCase();
  return { code, details: definite(details), text };
}
