/** Verifying many pieces that are on disk, a bounded number at a time. */
import { equalBytes } from '@coequal/base';
import type { DigestPlan, Digests, Hasher, Span } from '@coequal/base';
import type { Turns } from '../turns.ts';
import { inParallel } from './parallel.ts';

/**
 * Pieces being read and hashed at a time, over all workers: two for each of the four workers that there
 * are at most, so that none waits for this thread between pieces.
 */
const CHECKS_AT_ONCE = 8;

/** What a check needs to know of a torrent. */
export interface CheckNeeds {
  /** Undefined when a part of the piece has no place: it is not had. */
  spans(piece: number): readonly Span[] | undefined;
  digestsOf(piece: number): { readonly digests: DigestPlan; readonly expected: Digests };
}

/** Whether the bytes on disk are the piece's. Rejects with the LocalFaults of Disk, other than for missing files. */
export async function checkPiece(
  piece: number,
  needs: CheckNeeds,
  hasher: Pick<Hasher, 'readAndHash'>,
  signal: AbortSignal,
): Promise<boolean> {
  const spans = needs.spans(piece);
  if (spans === undefined) return false;
  const { digests, expected } = needs.digestsOf(piece);
  const found = await hasher.readAndHash({ spans, digests }, signal);
  return found !== undefined && areEqual(found, expected);
}

/**
 * Runs `check` for all pieces, once it is the torrent's turn. Rejects as it does, or when the signal is
 * aborted, once none is under way.
 */
export async function checkPieces(
  pieces: Iterable<number>,
  check: (piece: number, signal: AbortSignal) => Promise<void>,
  turns: Turns,
  signal: AbortSignal,
): Promise<void> {
  await turns.run(() => checkAll(pieces, check, signal), signal);
}

async function checkAll(
  pieces: Iterable<number>,
  check: (piece: number, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const failed = new AbortController();
  const both = AbortSignal.any([signal, failed.signal]);
  await inParallel(pieces, CHECKS_AT_ONCE, async (piece) => {
    both.throwIfAborted();
    try {
      await check(piece, both);
    } catch (error) {
      failed.abort(error); // the first failure ends all
      throw error;
    }
  });
}

function areEqual(found: Digests, expected: Digests): boolean {
  return isEqual(found.sha1, expected.sha1) && isEqual(found.root, expected.root);
}

function isEqual(found: Uint8Array | undefined, expected: Uint8Array | undefined): boolean {
  return expected === undefined || (found !== undefined && equalBytes(found, expected));
}
