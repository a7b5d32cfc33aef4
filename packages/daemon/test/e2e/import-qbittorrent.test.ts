// qBittorrent makes its state; the running peer takes its transfers over, and fetches nothing of what is there.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { eventOf, Place } from './command.ts';
import { noQbittorrent, Qbittorrent } from './foreign-programs.ts';
import { fetchFrom, fingerprint, makeTorrent, startImporter } from './import-frame.ts';

const MAGNET = `magnet:?xt=urn:btih:${'c'.repeat(40)}&dn=unknown`;
/** What is had of the one that is not whole. */
const [WHOLE, BEGUN, LENGTH] = [70_000, 50_000, 70_000];

interface Made {
  readonly holiday: string;
  readonly single: string;
  readonly album: string;
  readonly profile: string;
}

/** Content, torrents of it, and a qBittorrent that has known them and was closed. */
async function makeState(place: Place, settings: readonly string[] = []): Promise<Made> {
  await place.write('films/holiday/a.bin', 100_000);
  await place.write('films/holiday/b.bin', 80_000);
  await place.write('films/single.bin', 200_000);
  for (const name of ['1', '2', '3']) await place.write(`full/album/sub/${name}.bin`, LENGTH);
  const holiday = await makeTorrent(place, 'films/holiday');
  const single = await makeTorrent(place, 'films/single.bin', '--v1', '--private');
  const album = await makeTorrent(place, 'full/album', '--v1');
  await mkdir(place.at('new/album/sub'), { recursive: true });
  const begun = await place.read('full/album/sub/1.bin');
  await writeFile(place.at('new/album/sub/1.bin'), begun.subarray(0, BEGUN));
  await copyFile(place.at('full/album/sub/2.bin'), place.at('new/album/sub/2.bin'));
  await using program = await Qbittorrent.start(place, settings);
  const films = place.at('films');
  await program.call('torrents/createCategory', { category: 'films', savePath: films });
  await program.add(await place.read(holiday), {
    savepath: films,
    category: 'films',
    tags: 'sea,sun',
    ratioLimit: '1.5',
    seedingTimeLimit: '60',
    upLimit: '50000',
  });
  await program.add(await place.read(single), { savepath: films, sequentialDownload: 'true' });
  await program.add(await place.read(album), {
    savepath: place.at('albums'),
    useDownloadPath: 'true',
    downloadPath: place.at('new'),
  });
  await program.add(MAGNET, { savepath: films });
  const { hash } = await program.until('holiday', ({ state }) => state.endsWith('UP'));
  const checked = await program.until('single.bin', ({ state }) => state.endsWith('UP'));
  await program.until('album', ({ state, progress }) => state === 'stalledDL' && progress > 0.4);
  await program.until('unknown', () => true);
  const renamed = { hash, oldPath: 'holiday/a.bin', newPath: 'holiday/first.bin' };
  await program.call('torrents/renameFile', renamed);
  await program.call('torrents/pause', { hashes: checked.hash });
  await program.until('single.bin', ({ state }) => state === 'pausedUP');
  await program.stop();
  assert.ok(existsSync(place.at('films/holiday/first.bin')));
  assert.ok(existsSync(place.at('new/album/sub/1.bin.!qB')));
  return { holiday, single, album, profile: program.profile };
}

describe('transfers of qBittorrent', { skip: noQbittorrent }, () => {
  test('go on here where they were, and only missing pieces are fetched', async () => {
    await using place = await Place.make();
    const { holiday, single, album, profile } = await makeState(place);
    const before = await fingerprint(profile);
    await using importer = await startImporter(place);

    const dry = await importer.take('qbittorrent', '--from', profile, '--dry-run');
    assert.equal(dry.code, 0, dry.stderr);
    assert.equal(dry.events.filter(({ event }) => event === 'found').length, 4);
    assert.equal((await importer.rows()).size, 0, 'a dry run has added something');

    const taken = await importer.take('--from', profile);
    assert.equal(taken.code, 0, taken.stderr);
    const { added } = eventOf(taken, 'imported');
    assert.equal((added as string[]).length, 4, taken.stdout);

    const whole = await importer.until('holiday', ({ state }) => state === 'seeding');
    assert.equal(whole.have, 180_000);
    assert.equal(whole.downloaded, 0);
    assert.equal(whole.category, 'films');
    assert.deepEqual(whole.tags.toSorted(), ['sea', 'sun']);
    assert.equal(whole.directory, place.at('films'));
    const { categories } = await importer.client.call('listCategories', {});
    assert.deepEqual(categories, [{ name: 'films', directory: place.at('films') }]);
    const detail = await importer.client.call('showTransfer', { params: { id: whole.id } });
    assert.deepEqual(detail.goals, { ratio: 1.5, seedMinutes: 60 });
    assert.equal(detail.limits.up, 50_000);
    // as fast as it may
    const unlimited = { limits: { up: null } };
    await importer.client.call('changeTransfer', { params: { id: whole.id }, body: unlimited });
    await fetchFrom(place, await importer.peer(), holiday, 'copy');
    assert.deepEqual(
      await place.read('copy/holiday/a.bin'),
      await place.read('films/holiday/first.bin'),
    );
    assert.deepEqual(
      await place.read('copy/holiday/b.bin'),
      await place.read('films/holiday/b.bin'),
    );

    // what rests is hashed, too, and not run for it
    const paused = await importer.until('single.bin', ({ have }) => have === 200_000);
    const rested = await importer.until('single.bin', ({ state }) => state === 'paused');
    assert.equal(paused.id, rested.id);
    assert.ok(rested.isPrivate && rested.isSequential);
    assert.equal(rested.downloaded, 0);
    await importer.client.call('actOnTransfers', { body: { ids: [paused.id], action: 'resume' } });
    await importer.until('single.bin', ({ state }) => state === 'seeding');
    await fetchFrom(place, await importer.peer(), single, 'copy');
    assert.deepEqual(await place.read('copy/single.bin'), await place.read('films/single.bin'));

    // 50,000 bytes of the first file: three pieces; the second begins in the fifth
    const some = await importer.until('album', ({ state }) => state === 'downloading');
    assert.ok(some.have > WHOLE && some.have < WHOLE + BEGUN, String(some.have));
    await using seed = await place.seed(album, 'full/album');
    const params = { id: some.id };
    await importer.client.call('addPeers', { params, body: { peers: [seed.peer] } });
    const last = await importer.until(
      'album',
      ({ state, directory }) => state === 'seeding' && directory === place.at('albums'),
    );
    assert.equal(last.have, 3 * LENGTH);
    assert.equal(last.downloaded, 3 * LENGTH - some.have, 'more was fetched than was missing');
    for (const name of ['1', '2', '3'])
      assert.deepEqual(
        await place.read(`albums/album/sub/${name}.bin`),
        await place.read(`full/album/sub/${name}.bin`),
      );
    assert.ok(!existsSync(place.at('new/album')), 'it was copied instead of moved');

    assert.equal((await importer.rows()).get('unknown')?.state, 'metadata');
    assert.deepEqual(await fingerprint(profile), before, 'the state of qBittorrent was changed');

    const again = await importer.take('--from', profile);
    assert.deepEqual(
      again.events.filter(({ event }) => event === 'found').map(({ verdict }) => verdict),
      ['blocked', 'blocked', 'blocked', 'blocked'],
    );
  });

  test('are read as well where it keeps them in SQLite', async () => {
    await using place = await Place.make();
    const sqlite = ['Session\\ResumeDataStorageType=SQLite'];
    const { profile } = await makeState(place, sqlite);
    assert.ok(existsSync(`${profile}/qBittorrent/data/torrents.db`));
    const before = await fingerprint(profile);
    await using importer = await startImporter(place);
    const wrong = await importer.take('--from', profile, '--only', 'holiday', '--only', 'hiking');
    assert.equal(wrong.code, 1);
    assert.equal(eventOf(wrong, 'error')['code'], 'IMPORT_NOT_NAMED');
    assert.equal((await importer.rows()).size, 0);
    const taken = await importer.take('qbittorrent', '--from', profile, '--only', 'holiday');
    assert.equal(taken.code, 0, taken.stderr);
    const whole = await importer.until('holiday', ({ state }) => state === 'seeding');
    assert.equal(whole.have, 180_000);
    assert.equal(whole.downloaded, 0);
    assert.equal(whole.category, 'films');
    assert.equal((await importer.rows()).size, 1);
    assert.deepEqual(await fingerprint(profile), before, 'the state of qBittorrent was changed');
  });
});
