import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Transfer, TransferDelta } from '@coequal/contract';
import fc from 'fast-check';
import { TransferStore } from '../src/peer/transfer-store.ts';
import { mergeDelta, NO_TRANSFERS } from '../src/peer/transfer-table.ts';
import type { TransferTable } from '../src/peer/transfer-table.ts';
import { tagsIn } from '../src/transfers/tags.ts';
import {
  countFacets,
  NEWEST_FIRST,
  NO_FILTER,
  ratioOf,
  SORT_KEYS,
  TransferList,
} from '../src/transfers/transfer-filter.ts';
import { sampleTransfers } from './fake-peer/samples.ts';

const SAMPLES = sampleTransfers(64, Date.UTC(2026, 10, 26));
const BY_ID: ReadonlyMap<string, Transfer> = new Map(SAMPLES.map((one) => [one.id, one]));
const namesOf = (ids: readonly string[], byId = BY_ID): string[] =>
  ids.map((id) => byId.get(id)?.name ?? 'gone');
const transfersOf = (ids: readonly string[]): Transfer[] =>
  SAMPLES.filter(({ id }) => ids.includes(id));

describe('a delta', () => {
  const [one, other] = SAMPLES;
  if (one === undefined || other === undefined) throw new Error('no samples');
  const whole = { since: 0, revision: 5, isWhole: true, changed: [one, other], removed: [] };
  const merged = (table: TransferTable, delta: TransferDelta): TransferTable => {
    const next = mergeDelta(table, delta);
    assert.ok(next !== undefined);
    return next;
  };

  test('that is whole replaces everything, even by an older revision of a peer that began anew', () => {
    const table = merged(NO_TRANSFERS, whole);
    const next = merged(table, { ...whole, revision: 1, changed: [one] });
    assert.deepEqual([...next.byId.keys()], [one.id]);
    assert.equal(next.revision, 1);
  });

  test('changes its rows and leaves the others the same objects', () => {
    const table = merged(NO_TRANSFERS, whole);
    const changed = { ...one, down: 7 };
    const next = merged(table, {
      since: 5,
      revision: 6,
      isWhole: false,
      changed: [changed],
      removed: [],
    });
    assert.equal(next.byId.get(one.id)?.down, 7);
    assert.equal(next.byId.get(other.id), other);
  });

  test('that is older than what is here is passed over', () => {
    const table = merged(NO_TRANSFERS, whole);
    const late = { since: 3, revision: 4, isWhole: false, changed: [], removed: [one.id] };
    assert.equal(merged(table, late), table);
  });

  test('that begins after what is here is not merged: something is missing before it', () => {
    const table = merged(NO_TRANSFERS, whole);
    const early = { since: 6, revision: 7, isWhole: false, changed: [one], removed: [] };
    assert.equal(mergeDelta(table, early), undefined);
    assert.equal(mergeDelta(NO_TRANSFERS, early), undefined);
  });

  test('merged in any pieces gives what the peer has', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ at: fc.nat(9), isGone: fc.boolean(), down: fc.nat() })),
        (steps) => {
          const truth = new Map<string, Transfer>();
          let table = merged(NO_TRANSFERS, { ...whole, revision: 0, changed: [] });
          steps.forEach(({ at, isGone, down }, step) => {
            const transfer = { ...SAMPLES[at % SAMPLES.length], down } as Transfer;
            if (isGone) truth.delete(transfer.id);
            else truth.set(transfer.id, transfer);
            table = merged(table, {
              since: step,
              revision: step + 1,
              isWhole: false,
              changed: isGone ? [] : [transfer],
              removed: isGone ? [transfer.id] : [],
            });
          });
          assert.deepEqual(new Map(table.byId), truth);
        },
      ),
    );
  });
});

describe('the store', () => {
  const [one] = SAMPLES;
  if (one === undefined) throw new Error('no samples');
  const delta = { since: 0, revision: 1, isWhole: true, changed: [one], removed: [] };

  test('shows what is expected until the peer tells otherwise', () => {
    const store = new TransferStore();
    store.merge(delta);
    store.expect([one.id], { state: 'paused' });
    assert.equal(store.read().byId.get(one.id)?.state, 'paused');
    store.merge({ ...delta, revision: 2, isWhole: false });
    assert.equal(store.read().byId.get(one.id)?.state, one.state);
  });

  test('hides what is being removed, and shows it again when that is undone', () => {
    const store = new TransferStore();
    store.merge(delta);
    store.hide([one.id]);
    assert.equal(store.read().byId.size, 0);
    store.unhide([one.id]);
    assert.equal(store.read().byId.size, 1);
  });

  test('gives the same object until something changes', () => {
    const store = new TransferStore();
    store.merge(delta);
    assert.equal(store.read(), store.read());
  });
});

describe('the list', () => {
  test('finds all words of the search, whatever their case, accents and dots', () => {
    const list = new TransferList('en');
    const found = list.show(BY_ID, { ...NO_FILTER, text: 'DEBIAN netinst' }, NEWEST_FIRST);
    assert.ok(found.length > 0);
    assert.ok(namesOf(found).every((name) => /debian.*netinst/i.test(name)));
    const dotted = list.show(BY_ID, { ...NO_FILTER, text: '13 2' }, NEWEST_FIRST);
    assert.ok(namesOf(dotted).includes('debian-13.2.0-amd64-netinst.iso'));
  });

  test('filters by state, category and tag at once', () => {
    const list = new TransferList('en');
    const filter = { text: '', group: 'fetching', category: 'Films', tag: 'open movie' } as const;
    const shown = list.show(BY_ID, filter, NEWEST_FIRST);
    assert.ok(shown.length > 0);
    for (const { state, category, tags } of transfersOf(shown)) {
      assert.ok(['downloading', 'metadata', 'checking', 'moving'].includes(state));
      assert.equal(category, 'Films');
      assert.ok(tags.includes('open movie'));
    }
  });

  test('shows those without a category when the category is empty', () => {
    const shown = new TransferList('en').show(BY_ID, { ...NO_FILTER, category: '' }, NEWEST_FIRST);
    assert.ok(shown.length > 0);
    assert.ok(transfersOf(shown).every(({ category }) => category === undefined));
  });

  test('is in the order that a fresh sort gives, however it came there', () => {
    const list = new TransferList('en');
    let byId = BY_ID;
    for (const key of SORT_KEYS) {
      for (const isDescending of [true, false]) {
        byId = new Map(
          [...byId].map(([id, one]) => [id, { ...one, down: one.down + (one.size % 7) }]),
        );
        const kept = list.show(byId, NO_FILTER, { key, isDescending });
        const fresh = new TransferList('en').show(byId, NO_FILTER, { key, isDescending });
        assert.deepEqual(kept, fresh, key);
      }
    }
  });

  test('is the same list while what it is sorted and filtered by stays, and another when that changes', () => {
    const list = new TransferList('en');
    const before = list.show(BY_ID, NO_FILTER, NEWEST_FIRST);
    const faster = new Map([...BY_ID].map(([id, one]) => [id, { ...one, down: one.down + 1 }]));
    assert.equal(list.show(faster, NO_FILTER, NEWEST_FIRST), before);
    const bySpeed = { key: 'down', isDescending: true } as const;
    const fastest = list.show(faster, NO_FILTER, bySpeed);
    const last = fastest.at(-1) ?? '';
    const overtaking = new Map(faster).set(last, { ...faster.get(last), down: 1e9 } as Transfer);
    assert.equal(list.show(overtaking, NO_FILTER, bySpeed)[0], last);
    const fewer = new Map(overtaking);
    fewer.delete(last);
    assert.deepEqual(list.show(fewer, NO_FILTER, bySpeed), fastest.slice(0, -1));
  });

  test('sorts numbers in names as numbers', () => {
    const [one] = SAMPLES;
    const some = ['part 10', 'part 9'].map((name, at) => [`${at}`, { ...one, name, id: `${at}` }]);
    const byId = new Map(some as [string, Transfer][]);
    const shown = new TransferList('en').show(byId, NO_FILTER, {
      key: 'name',
      isDescending: false,
    });
    assert.deepEqual(namesOf(shown, byId), ['part 9', 'part 10']);
  });

  test('counts each group, category and tag over all', () => {
    const { groups, categories, tags } = countFacets(BY_ID);
    assert.equal(groups.all, SAMPLES.length);
    assert.equal(groups.failed, SAMPLES.filter(({ state }) => state === 'failed').length);
    assert.deepEqual(categories, ['Books', 'Films', 'Music', 'Systems']);
    assert.ok(tags.includes('linux'));
  });
});

test('counts are the same object until one of them changes', () => {
  const before = countFacets(BY_ID);
  const [one] = SAMPLES;
  if (one === undefined) throw new Error('no samples');
  const changed = (change: Partial<Transfer>): ReadonlyMap<string, Transfer> =>
    new Map(BY_ID).set(one.id, { ...one, ...change });
  assert.equal(countFacets(changed({ have: one.have + 1 }), before), before);
  const paused = countFacets(changed({ state: 'paused' }), before);
  assert.equal(paused.groups.paused, before.groups.paused + 1);
  assert.equal(paused.tags, before.tags);
  assert.ok(countFacets(changed({ tags: ['new'] }), before).tags.includes('new'));
});

test('a ratio is to the size, whatever was fetched', () => {
  const [one] = SAMPLES;
  if (one === undefined) throw new Error('no samples');
  assert.equal(ratioOf({ ...one, downloaded: 400, wanted: 100, uploaded: 50 }), 0.5);
  assert.equal(ratioOf({ ...one, wanted: 0, uploaded: 0 }), 0);
});

test('tags are between commas, the Arabic one too, each once', () => {
  assert.deepEqual(tagsIn(' linux, فيلم حر، linux ,'), ['linux', 'فيلم حر']);
});
