/** Dials that are counted: how many there were, and how many nobody answered. */
import { LocalFault } from '@coequal/base';
import type { Net } from '@coequal/base';
import type { AnswerCounts } from '../core/answer-counts.ts';

/** Over TCP, by our patience or the system's; over uTP hardly anybody refuses otherwise. */
const TIMED_OUT: ReadonlySet<unknown> = new Set(['timeout', 'ETIMEDOUT', 'refused or silent']);

export function countedDial(dial: Net['dial'], counts: AnswerCounts): Net['dial'] {
  return async (to, signal) => {
    try {
      const conn = await dial(to, signal);
      counts.note(false);
      return conn;
    } catch (error) {
      // what this computer refuses, or was given up, says nothing of others
      if (error instanceof LocalFault && error.code === 'DIAL_FAILED' && !signal.aborted)
        counts.note(TIMED_OUT.has(error.details['reason'] ?? error.details['errno']));
      throw error;
    }
  };
}
