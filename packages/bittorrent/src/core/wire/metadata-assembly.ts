/** The parts of MetadataFetch: assemblies of metadata, the peers they come from, and the requests to those. */
import type { Millis } from '@coequal/base';
import { metadataPieceCount } from './metadata-exchange.ts';

/** Requests open at one peer: some clients reject more than a few. */
const OUTSTANDING_MAX = 4;
/** Another peer is asked as well after this time: an honest one answers within two round trips. */
export const SLOW_MS = 1_500;
/** No answer comes after this time, as a rule. A later one is still taken. */
export const REQUEST_TIMEOUT_MS = 8_000;
/** A peer that rejects or times out is left alone this long, doubled each time. */
const PAUSE_MS = 2_000;
const PAUSE_MAX_MS = 60_000;
/** An assembly without a new piece for this time gives its turn to one that waits. */
const STALL_MS = 10_000;
/** So does one that takes longer than this in all, doubled each turn for those who are merely slow. */
const TURN_MS = 60_000;
const TURN_DOUBLINGS_MAX = 6;

/** Fresh: counted on. Slow: others may be asked as well. Expired: only remembered, so that a late answer counts. */
export interface Request {
  readonly sentAt: Millis;
  state: 'fresh' | 'slow' | 'expired';
}

export interface Source<Peer> {
  readonly peer: Peer;
  readonly assembly: Assembly<Peer>;
  readonly requests: Map<number, Request>;
  /** Rejects and timeouts since its last piece. */
  strikes: number;
  readyAt: Millis;
}

export interface Contribution<Peer> {
  readonly from: Peer;
  readonly bytes: Uint8Array;
}

/** Metadata of one claimed length, from all peers that claim it or from one of them. */
export interface Assembly<Peer> {
  readonly size: number;
  readonly sources: Set<Source<Peer>>;
  /** Memory is taken as pieces come, never for a claim. */
  readonly pieces: Map<number, Contribution<Peer>>;
  /** Pieces to ask for, or to ask another peer for. */
  readonly pending: Set<number>;
  /** Undefined while it waits for its turn. */
  started: { readonly at: Millis; progressAt: Millis } | undefined;
  /** How many it has had. */
  turns: number;
}

/** The piece may be asked for again, unless it is there or a fresh request is counted on. */
export function release<Peer>(assembly: Assembly<Peer>, piece: number): void {
  if (assembly.pieces.has(piece)) return;
  for (const { requests } of assembly.sources) {
    if (requests.get(piece)?.state === 'fresh') return;
  }
  assembly.pending.add(piece);
}

export function start<Peer>(assembly: Assembly<Peer>, now: Millis): void {
  for (let piece = 0; piece < metadataPieceCount(assembly.size); piece++)
    assembly.pending.add(piece);
  assembly.started = { at: now, progressAt: now };
  assembly.turns += 1;
}

/** Lets go of all its memory. Answers still under way are no longer expected. */
export function reset<Peer>(assembly: Assembly<Peer>): void {
  assembly.pending.clear();
  assembly.pieces.clear();
  assembly.started = undefined;
  for (const { requests } of assembly.sources) requests.clear();
}

/** One strike a pause: requests that were sent together fail together. */
export function strike<Peer>(source: Source<Peer>, now: Millis): void {
  if (source.readyAt > now) return;
  source.readyAt = now + Math.min(PAUSE_MS * 2 ** source.strikes, PAUSE_MAX_MS);
  source.strikes += 1;
}

export function turnEnd<Peer>(
  { turns }: Assembly<Peer>,
  { at, progressAt }: { readonly at: Millis; readonly progressAt: Millis },
): Millis {
  const turnMs = TURN_MS * 2 ** Math.min(turns - 1, TURN_DOUBLINGS_MAX);
  return Math.min(at + turnMs, progressAt + STALL_MS);
}

export function outstanding<Peer>({ requests }: Source<Peer>): number {
  let count = 0;
  for (const { state } of requests.values()) if (state !== 'expired') count += 1;
  return count;
}

export function hasRoom<Peer>(source: Source<Peer>, now: Millis): boolean {
  return source.readyAt <= now && outstanding(source) < OUTSTANDING_MAX;
}

export function isAskable(request: Request | undefined): boolean {
  return request === undefined || request.state === 'expired';
}
