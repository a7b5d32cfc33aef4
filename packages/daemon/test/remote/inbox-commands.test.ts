import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isComing } from '../../src/remote/inbox-commands.ts';

const OFFER: Parameters<typeof isComing>[0] = { state: 'receiving', warnings: [] };

void test('what is waited for is over when a person has something to do, or nobody has', () => {
  const problem = { code: 'DISK_FULL', details: {}, text: '' };
  const program = [{ warning: 'PROGRAM', files: 1 } as const];
  const renamed = [{ warning: 'NAME_CHANGED', files: 1 } as const];
  for (const [offer, isExpected] of [
    [OFFER, true],
    // it goes on by itself
    [{ ...OFFER, state: 'quarantined' }, true],
    [{ ...OFFER, state: 'quarantined', warnings: renamed }, true],
    [{ ...OFFER, state: 'quarantined', warnings: program }, false],
    [{ ...OFFER, state: 'quarantined', problem }, false],
    [{ ...OFFER, state: 'done' }, false],
    [{ ...OFFER, state: 'failed', problem }, false],
  ] as const)
    assert.equal(isComing(offer), isExpected, JSON.stringify(offer));
});
