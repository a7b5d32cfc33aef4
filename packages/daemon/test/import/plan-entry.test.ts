import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openForeignState } from '../../src/import/foreign-state.ts';
import type { ForeignFacts } from '../../src/import/foreign-transfer.ts';
import { planEntry } from '../../src/import/plan-entry.ts';
import type { Planned, PlanView } from '../../src/import/plan-entry.ts';
import type { StatePlace } from '../../src/import/state-places.ts';
import {
  ALBUM_V1,
  ALBUM_V2,
  CONTENT,
  diskOf,
  HOLIDAY_HYBRID,
  HOLIDAY_V1,
  MAGNET,
  QBITTORRENT,
  QBITTORRENT_SQLITE,
  SINGLE,
  TRANSMISSION,
  viewOf,
} from './samples.ts';

/** All entries, by id. */
async function planAll(
  place: StatePlace,
  changes: Partial<PlanView> = {},
): Promise<ReadonlyMap<string, Planned>> {
  await using state = await openForeignState(place);
  const view = viewOf(place, changes);
  const all = new Map<string, Planned>();
  for (const key of state.keys) {
    const planned = await planEntry(await state.read(key), view);
    all.set(planned.item.id ?? key, planned);
  }
  return all;
}

function recordOf(all: ReadonlyMap<string, Planned>, id: string) {
  const record = all.get(id)?.adopted?.record;
  assert.ok(record !== undefined, `${id} cannot be taken`);
  return record;
}

for (const [kept, place] of [
  ['in BT_backup', QBITTORRENT],
  ['in SQLite', QBITTORRENT_SQLITE],
] as const) {
  describe(`what qBittorrent keeps ${kept}`, () => {
    test('tells names, places, labels and how much is there', async () => {
      const all = await planAll(place);
      const items = [...all.values()].map(({ item }) => item);
      assert.deepEqual(items.map(({ name }) => name).toSorted(), [
        'a magnet',
        'album',
        'holiday',
        'single.bin',
      ]);
      assert.ok(items.every(({ verdict }) => verdict === 'ready'));
      const holiday = all.get(HOLIDAY_HYBRID)?.item;
      assert.equal(holiday?.directory, `${CONTENT}/films`);
      assert.equal(holiday.category, 'films');
      assert.deepEqual(holiday.tags.toSorted(), ['sea', 'sun']);
      assert.equal(holiday.size, 180_000);
      assert.equal(holiday.claimed, 180_000);
      assert.ok(!holiday.isPaused);
      const single = all.get(SINGLE)?.item;
      assert.ok(single?.isPaused && single.isPrivate);
      assert.deepEqual(
        single.problems.map(({ code }) => code),
        ['IMPORT_PRIVATE'],
      );
      const album = all.get(ALBUM_V2)?.item;
      assert.ok(album !== undefined && album.claimed > 100_000 && album.claimed < 140_000);
    });

    test('a whole one comes with its limits, goals, choices of files, and other names', async () => {
      const record = recordOf(await planAll(place), HOLIDAY_HYBRID);
      assert.equal(record.directory, `${CONTENT}/films`);
      assert.equal(record.contentPath, undefined);
      assert.equal(record.intent, 'run');
      assert.deepEqual(record.options.limits, { up: 50_000, down: null, isExempt: false });
      assert.deepEqual(record.options.goals, { ratio: 1.5, seedMinutes: 60 });
      // by their count it is the third: padding lies between
      assert.deepEqual(record.options.priorities, { 1: 'skip' });
      assert.equal(record.figures.wanted, 100_000);
      assert.equal(record.figures.have, 0, 'what nobody hashed is told as had');
      assert.deepEqual(record.options.trackers, [['http://127.0.0.1:1/announce']]);
      assert.ok(record.addedAt > 1_795_000_000_000);
      assert.ok((record.completedAt ?? 0) > 1_795_000_000_000);
      const { adopted } = record.options;
      assert.deepEqual(adopted?.fileNames, { 0: 'first.bin' });
      assert.equal(adopted?.isUnchecked, true);
      assert.equal(adopted?.onceHere, undefined);
      assert.ok((adopted?.before.seedSeconds ?? 0) > 0);
    });

    test('an unfinished one keeps its names and place until all is here', async () => {
      const record = recordOf(await planAll(place), ALBUM_V2);
      assert.equal(record.directory, `${CONTENT}/films/unfinished`);
      assert.deepEqual(record.options.priorities, { 2: 'high' });
      const { adopted } = record.options;
      assert.deepEqual(adopted?.onceHere, {
        suffix: '.!qB',
        directory: `${CONTENT}/films/albums`,
      });
      assert.equal(adopted?.fileNames?.[0], '1.bin.!qB');
      assert.equal(adopted?.fileNames?.[1], undefined);
    });

    test('a paused one stays so, and one without a limit of giving has none', async () => {
      const record = recordOf(await planAll(place), SINGLE);
      assert.equal(record.intent, 'pause');
      assert.ok(record.options.isSequential);
      assert.ok((record.options.goals.ratio ?? 0) >= 1_000_000);
    });

    test('a magnet link without metadata is one', async () => {
      const { record, metainfo } = (await planAll(place)).get(MAGNET)?.adopted ?? {};
      assert.equal(metainfo, undefined);
      assert.equal(record?.name, 'a magnet');
      assert.match(record?.magnet ?? '', /^magnet:\?xt=urn:btih:c{40}&dn=a%20magnet&tr=http/);
    });
  });
}

describe('what Transmission keeps', () => {
  test('tells labels, limits and goals of a whole one', async () => {
    const record = recordOf(await planAll(TRANSMISSION), HOLIDAY_V1);
    assert.equal(record.directory, `${CONTENT}/films`);
    assert.deepEqual(record.tags, ['films', 'sea']);
    assert.deepEqual(record.options.limits, { up: null, down: 90_000, isExempt: false });
    assert.deepEqual(record.options.goals, { ratio: 2.5, seedMinutes: null });
    assert.equal(record.intent, 'run');
    assert.equal(record.options.adopted?.onceHere, undefined);
  });

  test('an unfinished one is where unfinished ones are, and goes where it is to go', async () => {
    const all = await planAll(TRANSMISSION);
    const record = recordOf(all, ALBUM_V1);
    assert.equal(record.directory, `${CONTENT}/tr`);
    assert.deepEqual(record.options.priorities, { 0: 'high', 2: 'skip' });
    assert.equal(record.figures.wanted, 140_000);
    const { adopted } = record.options;
    assert.deepEqual(adopted?.fileNames, { 0: '1.bin.part' });
    assert.deepEqual(adopted?.onceHere, { suffix: '.part', directory: `${CONTENT}/films/albums` });
    // six blocks
    assert.equal(all.get(ALBUM_V1)?.item.claimed, 6 * 16_384);
  });

  test('a paused one, and a magnet link, are what they were', async () => {
    const all = await planAll(TRANSMISSION);
    assert.equal(recordOf(all, SINGLE).intent, 'pause');
    assert.equal(all.get(SINGLE)?.item.claimed, 200_000);
    assert.match(
      recordOf(all, MAGNET).magnet ?? '',
      /^magnet:\?xt=urn:btih:c{40}&dn=a%20magnet&tr=/,
    );
  });
});

describe('what stands in the way', () => {
  test('is that it is here already: then nothing else is said', async () => {
    for (const { item, adopted } of (await planAll(QBITTORRENT, { has: () => true })).values()) {
      assert.equal(item.verdict, 'blocked');
      assert.equal(item.problems[0]?.code, 'IMPORT_ALREADY_HERE');
      assert.equal(adopted, undefined);
    }
  });

  test('is content that is gone, which it says before anything is fetched anew', async () => {
    const all = await planAll(QBITTORRENT, { disk: diskOf([]) });
    const codes = (id: string): string[] =>
      (all.get(id)?.item.problems ?? []).map(({ code }) => code);
    assert.deepEqual(codes(HOLIDAY_HYBRID), ['IMPORT_DATA_MISSING']);
    assert.equal(all.get(HOLIDAY_HYBRID)?.item.verdict, 'doubtful');
    assert.deepEqual(codes(SINGLE), ['IMPORT_DATA_MISSING', 'IMPORT_PRIVATE']);
    assert.deepEqual(codes(MAGNET), []);
    assert.equal(recordOf(all, ALBUM_V2).options.adopted?.isUnchecked, false);
  });

  test('is a file of a whole one that is gone', async () => {
    const disk = diskOf([`${CONTENT}/films/holiday/b.bin`]);
    const { item } = (await planAll(TRANSMISSION, { disk })).get(HOLIDAY_V1) ?? {};
    assert.equal(item?.problems[0]?.code, 'IMPORT_FILES_MISSING');
    assert.match(item.problems[0].text, /^1 of its files/);
  });
});

/** One entry whose facts are others than those that were written. */
async function planWith(id: string, facts: Partial<ForeignFacts>, there: readonly string[]) {
  await using state = await openForeignState(TRANSMISSION);
  const entry = await state.read(id);
  assert.ok(entry.type === 'read');
  const changed = { ...entry, facts: { ...entry.facts, ...facts } };
  return await planEntry(changed, viewOf(TRANSMISSION, { disk: diskOf(there) }));
}

describe('where content goes once all is here', () => {
  const places = ['/new'];

  test('is the same folder below the last place as below that of unfinished ones', async () => {
    const paths = new Map([[0, 'single/single.bin']]);
    const facts = { places, paths, lastPlace: '/films' };
    const { adopted } = await planWith(SINGLE, facts, ['/new/single/single.bin.part']);
    assert.equal(adopted?.record.contentPath, '/new/single/single.bin.part');
    assert.deepEqual(adopted.record.options.adopted?.onceHere, {
      suffix: '.part',
      directory: '/films/single',
    });
  });

  test('is refused when the folder of all unfinished ones would go with it', async () => {
    const paths = new Map([
      [0, 'a.bin'],
      [1, 'b.bin'],
    ]);
    const there = ['/new/a.bin', '/new/b.bin'];
    const elsewhere = await planWith(HOLIDAY_V1, { places, paths, lastPlace: '/films' }, there);
    assert.equal(elsewhere.item.problems[0]?.code, 'IMPORT_SCATTERED');
    assert.equal(elsewhere.adopted, undefined);
    const here = await planWith(HOLIDAY_V1, { places, paths, lastPlace: '/new/' }, there);
    assert.equal(here.adopted?.record.contentPath, '/new');
    assert.equal(here.adopted.record.options.adopted?.onceHere, undefined);
  });

  test('is nowhere else for what says no folder of this computer', async () => {
    const { adopted } = await planWith(SINGLE, { places, lastPlace: 'C:\\Films' }, []);
    assert.equal(adopted?.record.options.adopted?.onceHere, undefined);
    const magnet = await planWith(MAGNET, { places, lastPlace: 'films' }, []);
    assert.equal(magnet.item.problems[0]?.code, 'IMPORT_BAD_PLACE');
  });
});

test('a name that a person gave is kept, and none wanted comes paused with all', async () => {
  const priorities = new Map([[0, 'skip' as const]]);
  const facts = { name: 'My film', priorities };
  const { item, adopted } = await planWith(SINGLE, facts, []);
  assert.equal(item.name, 'My film');
  assert.equal(adopted?.record.options.adopted?.name, 'My film');
  assert.ok(item.problems.some(({ code }) => code === 'IMPORT_NOTHING_WANTED'));
  assert.equal(adopted.record.intent, 'pause');
  assert.deepEqual(adopted.record.options.priorities, {});
});
