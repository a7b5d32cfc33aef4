// Transmission makes its state; the running peer takes its transfers over, and fetches nothing of what is there.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { eventOf, Place } from './command.ts';
import { noTransmission, TransmissionDaemon } from './foreign-programs.ts';
import { fetchFrom, fingerprint, makeTorrent, startImporter } from './import-frame.ts';

const MAGNET = `magnet:?xt=urn:btih:${'c'.repeat(40)}&dn=unknown`;
const [BEGUN, LENGTH] = [50_000, 70_000];
/** Values of `status`. */
const [STOPPED, DOWNLOADING, SEEDING] = [0, 4, 6];

interface Made {
  readonly holiday: string;
  readonly album: string;
  readonly directory: string;
}

async function makeState(place: Place): Promise<Made> {
  await place.write('films/holiday/a.bin', 100_000);
  await place.write('films/holiday/b.bin', 80_000);
  await place.write('films/single.bin', 200_000);
  for (const name of ['1', '2', '3']) await place.write(`full/album/sub/${name}.bin`, LENGTH);
  const holiday = await makeTorrent(place, 'films/holiday', '--v1');
  const single = await makeTorrent(place, 'films/single.bin', '--v1');
  const album = await makeTorrent(place, 'full/album', '--v1');
  await mkdir(place.at('new/album/sub'), { recursive: true });
  const begun = await place.read('full/album/sub/1.bin');
  await writeFile(place.at('new/album/sub/1.bin.part'), begun.subarray(0, BEGUN));
  await copyFile(place.at('full/album/sub/2.bin'), place.at('new/album/sub/2.bin'));
  await using program = await TransmissionDaemon.start(place, {
    'download-dir': place.at('films'),
    'incomplete-dir': place.at('new'),
    'incomplete-dir-enabled': true,
  });
  await program.add(await place.read(holiday), {});
  await program.add(await place.read(single), {});
  await program.add(await place.read(album), { 'download-dir': place.at('albums') });
  await program.add(MAGNET, {});
  const whole = await program.until('holiday', ({ status }) => status === SEEDING);
  await program.call('torrent-set', {
    ids: [whole.id],
    labels: ['films', 'sea'],
    downloadLimit: 90,
    downloadLimited: true,
    seedRatioMode: 1,
    seedRatioLimit: 2.5,
  });
  const rename = { ids: [whole.id], path: 'holiday/a.bin', name: 'first.bin' };
  await program.call('torrent-rename-path', rename);
  const paused = await program.until('single.bin', ({ status }) => status === SEEDING);
  await program.call('torrent-stop', { ids: [paused.id] });
  await program.until('single.bin', ({ status }) => status === STOPPED);
  const some = await program.until(
    'album',
    ({ status, haveValid }) => status === DOWNLOADING && haveValid > 0,
  );
  await program.call('torrent-set', { ids: [some.id], 'priority-high': [2] });
  await program.until('unknown', () => true);
  await program.stop();
  assert.ok(existsSync(place.at('films/holiday/first.bin')));
  assert.ok(existsSync(place.at('new/album/sub/1.bin.part')));
  return { holiday, album, directory: program.directory };
}

test(
  'transfers of Transmission go on here, and only missing pieces are fetched',
  { skip: noTransmission },
  async () => {
    await using place = await Place.make();
    const { holiday, album, directory } = await makeState(place);
    const before = await fingerprint(directory);
    await using importer = await startImporter(place);
    const taken = await importer.take('transmission', '--from', directory);
    assert.equal(taken.code, 0, taken.stderr);
    const { added } = eventOf(taken, 'imported');
    assert.equal((added as string[]).length, 4, taken.stdout);

    const whole = await importer.until('holiday', ({ state }) => state === 'seeding');
    assert.equal(whole.have, 180_000);
    assert.equal(whole.downloaded, 0);
    assert.deepEqual(whole.tags, ['films', 'sea']);
    assert.equal(whole.directory, place.at('films'));
    const detail = await importer.client.call('showTransfer', { params: { id: whole.id } });
    assert.equal(detail.goals.ratio, 2.5);
    assert.equal(detail.limits.down, 90_000);
    await fetchFrom(place, await importer.peer(), holiday, 'copy');
    assert.deepEqual(
      await place.read('copy/holiday/a.bin'),
      await place.read('films/holiday/first.bin'),
    );

    const paused = await importer.until('single.bin', ({ have }) => have === 200_000);
    assert.equal(paused.downloaded, 0);
    await importer.until('single.bin', ({ state }) => state === 'paused');

    const some = await importer.until('album', ({ state }) => state === 'downloading');
    assert.ok(some.have > LENGTH && some.have < LENGTH + BEGUN, String(some.have));
    const { files } = await importer.client.call('listFiles', { params: { id: some.id } });
    assert.equal(files[2]?.priority, 'high');
    await using seed = await place.seed(album, 'full/album');
    const params = { id: some.id };
    await importer.client.call('addPeers', { params, body: { peers: [seed.peer] } });
    const last = await importer.until(
      'album',
      (row) => row.state === 'seeding' && row.directory === place.at('albums'),
    );
    assert.equal(last.downloaded, 3 * LENGTH - some.have, 'more was fetched than was missing');
    for (const name of ['1', '2', '3'])
      assert.deepEqual(
        await place.read(`albums/album/sub/${name}.bin`),
        await place.read(`full/album/sub/${name}.bin`),
      );
    assert.ok(!existsSync(place.at('new/album')), 'it was copied instead of moved');
    assert.equal((await importer.rows()).get('unknown')?.state, 'metadata');
    assert.deepEqual(await fingerprint(directory), before, 'the state was changed');
  },
);
