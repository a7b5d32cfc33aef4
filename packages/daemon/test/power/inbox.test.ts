// The power goes while offers come and are answered, in a data directory that was just made: what was answered stays so.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { cutsOf, PowerFolder } from '../../../simulator/test/power/cuts.ts';
import { record, whyNotTraced } from '../../../simulator/test/power/trace.ts';
import { InboxBook } from '../../src/sends/inbox-book.ts';
import { SendRecords } from '../../src/sends/send-records.ts';
import { openStore } from '../../src/store/store.ts';
import { makeHome } from '../../src/peer/home-lock.ts';
import type { Said } from './inbox-writer.ts';

const WRITER = fileURLToPath(new URL('./inbox-writer.ts', import.meta.url));
const CUTS = process.env['COEQUAL_LONG'] === '1' ? 10_000 : 250;
/** As a new account has it: none of these folders is there before. */
const HOME = ['share', 'coequal'];

describe('when the power goes', { skip: whyNotTraced() }, () => {
  test('each answer to an offer that was acknowledged is there, with the directory itself', async () => {
    using folder = new PowerFolder();
    const steps = await record(folder.home, WRITER, [join(folder.home, ...HOME)]);
    const all = steps.flatMap((step) =>
      step.type === 'said' ? [JSON.parse(step.line) as Said] : [],
    );
    assert.ok(all.some(({ state }) => state === 'receiving'));
    for (const cut of cutsOf(steps, { seed: 'inbox', count: CUTS })) {
      folder.losePower(cut);
      makeHome(join(folder.after, ...HOME));
      using store = openStore(join(folder.after, ...HOME, 'daemon.sqlite'));
      assert.equal(store.get('PRAGMA integrity_check')?.['integrity_check'], 'ok', cut.name);
      const book = new InboxBook(new SendRecords(store));
      const said = new Map(
        all.slice(0, cut.said.length).map(({ id, state }) => [id, state] as const),
      );
      // what is written, and about to be said
      const next = all[cut.said.length];
      for (const [id, state] of said) {
        const found = book.get(id)?.state;
        const isNext = next?.id === id && found === next.state;
        assert.ok(found === state || isNext, `${cut.name}: offer ${id} is ${found}, not ${state}`);
      }
      const others = book.all().filter(({ id }) => !said.has(id) && id !== next?.id);
      assert.deepEqual(others, [], cut.name);
    }
  });
});
