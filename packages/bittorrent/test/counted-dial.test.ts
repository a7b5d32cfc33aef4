import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LocalFault } from '@coequal/base';
import { AnswerCounts } from '../src/core/answer-counts.ts';
import { countedDial } from '../src/io/counted-dial.ts';

const to = { host: '192.0.2.1', port: 6_881 };

test('of dials, those that nobody answered are told from those that were refused or given up', async () => {
  const counts = new AnswerCounts();
  const stop = new AbortController();
  const failWith = async (details: Record<string, string>, signal: AbortSignal): Promise<void> => {
    const dial = countedDial(() => Promise.reject(new LocalFault('DIAL_FAILED', details)), counts);
    await assert.rejects(dial(to, signal));
  };
  await failWith({ reason: 'timeout' }, stop.signal);
  await failWith({ errno: 'ETIMEDOUT' }, stop.signal);
  await failWith({ reason: 'refused or silent' }, stop.signal);
  await failWith({ errno: 'ECONNREFUSED' }, stop.signal);
  assert.deepEqual([counts.ended, counts.timedOut], [4, 3]);
  stop.abort();
  await failWith({ reason: 'timeout' }, stop.signal);
  assert.equal(counts.ended, 4);
});
