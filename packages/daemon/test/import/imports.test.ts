// Finding, planning and taking over, by the peer's own API, from copies of the committed state folders.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import { openClock, openHasher } from '@coequal/base/node';
import type { AdoptedTransfer } from '../../src/files/transfer-book.ts';
import type { HomeFacts } from '../../src/home.ts';
import { Imports } from '../../src/import/imports.ts';
import type { ImportsView } from '../../src/import/imports.ts';
import { placeIn, usualPlaces } from '../../src/import/state-places.ts';
import { openPeer } from '../api/peer-in-test.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { copySample, HOLIDAY_HYBRID, MAGNET, put, QBITTORRENT, SINGLE } from './samples.ts';

const never = new AbortController().signal;

class Taken implements ImportsView {
  readonly adopted: AdoptedTransfer[] = [];
  readonly categories = new Map<string, string | undefined>();
  readonly told: [string, number, number][] = [];
  readonly known = new Set<string>();

  has(id: string): boolean {
    return this.known.has(id);
  }

  lastPosition(): number {
    return 7;
  }

  makeCategory(name: string, directory: string | undefined): boolean {
    this.categories.set(name, directory);
    return true;
  }

  adopt(given: readonly AdoptedTransfer[]): Promise<void> {
    this.adopted.push(...given);
    return Promise.resolve();
  }

  onImported(program: string, added: number, running: number): void {
    this.told.push([program, added, running]);
  }
}

function openImports(view: ImportsView, userDirectory: string): Imports {
  const ports = {
    hasher: openHasher(),
    clock: openClock(),
    http: { fetch: () => Promise.reject(new Error('nothing is fetched')) },
  };
  return new Imports(ports, view, factsOf(userDirectory));
}

function factsOf(userDirectory: string, platform = 'linux'): HomeFacts {
  return { environment: {}, platform, userDirectory };
}

describe('imports', () => {
  test('find the state of both programs in their usual places', async () => {
    using folder = temporaryFolder();
    copySample('qbittorrent-4.5.2/data', folder.at('.local/share/qBittorrent'));
    copySample('transmission-3.00', folder.at('.config/transmission-daemon'));
    put(folder.at('.config/transmission/resume/.keep'), '');
    const flatpak = '.var/app/org.qbittorrent.qBittorrent/data/qBittorrent';
    copySample('qbittorrent-4.5.2-sqlite/data', folder.at(flatpak));
    const places = await openImports(new Taken(), folder.at('.')).find();
    assert.deepEqual(places, [
      { program: 'qbittorrent', directory: folder.at('.local/share/qBittorrent'), count: 4 },
      { program: 'qbittorrent', directory: folder.at(flatpak), count: 4 },
      { program: 'transmission', directory: folder.at('.config/transmission-daemon'), count: 4 },
    ]);
    assert.deepEqual(readdirSync(folder.at(flatpak)), ['torrents.db']);
  });

  test('know what a folder is that somebody names, and whose', async () => {
    using folder = temporaryFolder();
    copySample('qbittorrent-4.5.2', folder.at('profile/qBittorrent'));
    copySample('transmission-3.00', folder.at('transmission'));
    const data = folder.at('profile/qBittorrent/data');
    for (const named of ['profile', 'profile/qBittorrent', 'profile/qBittorrent/data'])
      assert.equal((await placeIn(folder.at(named), [], undefined))?.directory, data, named);
    const inside = await placeIn(folder.at('profile/qBittorrent/data/BT_backup'), [], undefined);
    assert.equal(inside?.directory, data);
    for (const named of ['transmission', 'transmission/resume', 'transmission/torrents'])
      assert.equal(
        (await placeIn(folder.at(named), [], 'transmission'))?.directory,
        folder.at('transmission'),
      );
    assert.equal(await placeIn(folder.at('transmission'), [], 'qbittorrent'), undefined);
    assert.equal(await placeIn(folder.at('.'), [], undefined), undefined);
  });

  test('look on each system where its programs are', () => {
    const directories = (platform: string): string[] =>
      usualPlaces(factsOf('/home/robin', platform)).map(({ directory }) => directory);
    assert.ok(
      directories('linux').includes(
        '/home/robin/.var/app/org.qbittorrent.qBittorrent/data/qBittorrent',
      ),
    );
    assert.ok(
      directories('darwin').includes('/home/robin/Library/Application Support/Transmission'),
    );
    assert.ok(directories('win32').every((path) => path.includes('AppData')));
  });

  test('take over what was chosen, in the order of its queue, with its categories', async () => {
    using folder = temporaryFolder();
    const view = new Taken();
    view.known.add(SINGLE);
    const imports = openImports(view, folder.at('.'));
    const { directory } = QBITTORRENT;
    const { items } = await imports.plan({ directory }, never);
    const keys = items.map(({ key }) => key);
    const body = { program: 'qbittorrent', directory, keys: [...keys, 'gone'] } as const;
    const { added, refused } = await imports.run({ ...body, keys: [...body.keys] }, never);
    assert.equal(added.length, 3);
    assert.deepEqual(
      refused.map(({ problem }) => problem.code),
      ['IMPORT_ALREADY_HERE', 'IMPORT_UNREADABLE'],
    );
    assert.deepEqual(
      view.adopted.map(({ record }) => record.queuePosition),
      [8, 9, 10],
    );
    assert.deepEqual([...view.categories], [['films', '/srv/coequal-samples/films']]);
    assert.deepEqual(view.told, [['qBittorrent', 3, 3]]);
    assert.ok(view.adopted.every(({ record }) => record.addedAt > 1_795_000_000_000));
  });

  test('read what they can when some is damaged', async () => {
    using folder = temporaryFolder();
    copySample('qbittorrent-4.5.2/data', folder.at('data'));
    put(folder.at(`data/BT_backup/${MAGNET}.fastresume`), 'd3:foo');
    put(folder.at(`data/BT_backup/${SINGLE}.torrent`), 'de');
    put(folder.at(`data/BT_backup/${'a'.repeat(40)}.fastresume`), 'de');
    put(folder.at(`data/torrents.db`), 'no database');
    put(folder.at('config/ipc-socket'), '');
    const imports = openImports(new Taken(), folder.at('.'));
    const { items, problems } = await imports.plan({ directory: folder.at('data') }, never);
    const verdicts = items.map(({ key, verdict }) => `${key.slice(0, 4)} ${verdict}`);
    assert.deepEqual(verdicts.toSorted(), [
      '43cc doubtful',
      '8f15 doubtful',
      'aaaa blocked',
      'cccc blocked',
      'eb18 blocked',
    ]);
    assert.deepEqual(
      problems.map(({ code }) => code),
      ['IMPORT_PROGRAM_RUNS'],
    );
  });

  test('read one state at a time', async () => {
    using folder = temporaryFolder();
    const imports = openImports(new Taken(), folder.at('.'));
    const { directory } = QBITTORRENT;
    const first = imports.plan({ directory }, never);
    await assert.rejects(imports.plan({ directory }, never), { code: 'NOT_POSSIBLE_NOW' });
    const body = { program: 'qbittorrent', directory, keys: [] } as const;
    await assert.rejects(imports.run({ ...body, keys: [] }, never), { code: 'NOT_POSSIBLE_NOW' });
    await first;
  });

  test('end when who asked is gone', async () => {
    using folder = temporaryFolder();
    const imports = openImports(new Taken(), folder.at('.'));
    const { directory } = QBITTORRENT;
    await assert.rejects(imports.plan({ directory }, AbortSignal.abort()), { name: 'AbortError' });
  });
});

test('what was taken over is durable, told, and refused the second time', async () => {
  await using opened = await openPeer();
  const { client } = opened;
  const { directory } = QBITTORRENT;
  const plan = await client.call('planImport', { body: { directory } });
  const keys = plan.items.map(({ key }) => key);
  const body = { program: plan.program, directory, keys };
  const { added } = await client.call('runImport', { body });
  assert.equal(added.length, 4);
  const { changed } = await client.call('listTransfers', { query: {} });
  const holiday = changed.find(({ id }) => id === HOLIDAY_HYBRID);
  assert.equal(holiday?.category, 'films');
  assert.equal(holiday.directory, '/srv/coequal-samples/films');
  const { entries } = await client.call('readLog', { query: {} });
  assert.ok(entries.some(({ what }) => what.code === 'TRANSFERS_IMPORTED'));
  assert.ok((await client.call('showStatus', {})).isSetUp);
  const again = await client.call('runImport', { body });
  assert.equal(again.added.length, 0);
  assert.equal(again.refused.length, 4);
  assert.ok(again.refused.every(({ problem }) => problem.code === 'IMPORT_ALREADY_HERE'));
});
