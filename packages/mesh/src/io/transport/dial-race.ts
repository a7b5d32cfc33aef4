/** Several ways to the same device, tried one after the other without waiting for the last to fail (as RFC 8305). */
import { LocalFault, sleep } from '@coequal/base';
import type { Clock, Millis } from '@coequal/base';

/** Of RFC 8305: most dials that succeed have done so by then. */
export const STAGGER_MS: Millis = 250;

/**
 * The first that succeeds; the others are aborted, and what they still bring is given to `drop`. Rejects with the
 * LocalFault `DIAL_FAILED` of the first when all have failed, or the signal's reason.
 */
export async function raceDials<Way, Result>(
  ways: readonly Way[],
  dial: (way: Way, signal: AbortSignal) => Promise<Result>,
  drop: (late: Result) => void,
  clock: Clock,
  signal: AbortSignal,
  beginsAt: (index: number) => Millis = (index) => STAGGER_MS * index,
): Promise<Result> {
  signal.throwIfAborted();
  if (ways.length === 0) throw new LocalFault('DIAL_FAILED', { reason: 'no address' });
  const ended = new AbortController();
  const either = AbortSignal.any([signal, ended.signal]);
  const failed = ways.map(() => Promise.withResolvers<void>());
  let winner: { readonly result: Result } | undefined;
  const tryWay = async (way: Way, index: number): Promise<Result> => {
    try {
      // at once when the one before has failed
      if (index > 0) {
        await Promise.race([failed[index - 1]?.promise, sleep(clock, beginsAt(index), either)]);
      }
      either.throwIfAborted();
      const result = await dial(way, either);
      if (winner !== undefined) drop(result);
      winner ??= { result };
      return result;
    } finally {
      failed[index]?.resolve();
    }
  };
  try {
    return await Promise.any(ways.map(tryWay));
  } catch (error) {
    signal.throwIfAborted();
    const [first] = error instanceof AggregateError ? error.errors : [error];
    throw first;
  } finally {
    ended.abort(new DOMException('another way was faster', 'AbortError'));
  }
}
