// The command finds peers without a tracker, and fetches over uTP.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Place } from './command.ts';

const LENGTH = 3_000_000;

describe('without a tracker', { concurrency: 2 }, () => {
  test('a magnet link is enough where a node of the DHT is known', async () => {
    await using place = await Place.make();
    const bytes = await place.write('out/film.bin', LENGTH);
    await place.write('out/other.bin', 100_000);
    const magnet = await create(place, 'out/film.bin');
    await create(place, 'out/other.bin');
    await using node = await place.seed('other.bin.torrent', 'out/other.bin');
    const contact = ['--dht-bootstrap', node.peer];
    await using seed = await place.seed('film.bin.torrent', 'out/film.bin', ...contact);
    const flags = ['--json', '--offline', '--no-trackers', ...contact];
    const got = await place.run('get', magnet, '-o', 'in', ...flags);
    assert.equal(got.code, 0, got.stdout + got.stderr);
    assert.deepEqual(await place.read('in/film.bin'), bytes);
    assert.notEqual(seed.peer, node.peer);
  });

  test('and with --no-discovery nobody is asked', async () => {
    await using place = await Place.make();
    await place.write('out/film.bin', LENGTH);
    await create(place, 'out/film.bin');
    await using seed = await place.seed('film.bin.torrent', 'out/film.bin');
    const flags = ['--json', '--offline', '--no-trackers', '--no-discovery'];
    const contact = ['--dht-bootstrap', seed.peer];
    await using got = place.start('get', 'film.bin.torrent', '-o', 'in', ...flags, ...contact);
    const { sources } = await got.event('progress');
    const off = /"state":{"type":"off","why":"switched-off"}/g;
    assert.equal(JSON.stringify(sources).match(off)?.length, 4, 'trackers, DHT, PEX, LSD');
  });
});

describe('over uTP', { concurrency: 2 }, () => {
  for (const transport of ['utp', 'both']) {
    test(`--transport ${transport} fetches from who is there over uTP alone`, async () => {
      await using place = await Place.make();
      const bytes = await place.write('out/film.bin', LENGTH);
      await create(place, 'out/film.bin');
      const own = ['--transport', 'utp', '--no-discovery'];
      await using seed = await place.seed('film.bin.torrent', 'out/film.bin', ...own);
      const flags = ['--json', '--offline', '--no-trackers', '--no-discovery'];
      const peer = ['--peer', seed.peer, '--transport', transport];
      const got = await place.run('get', 'film.bin.torrent', '-o', 'in', ...flags, ...peer);
      assert.equal(got.code, 0, got.stdout + got.stderr);
      assert.deepEqual(await place.read('in/film.bin'), bytes);
    });
  }
});

/** Its magnet link. */
async function create(place: Place, path: string): Promise<string> {
  const made = await place.run('create', path);
  assert.equal(made.code, 0, made.stderr);
  const [magnet] = /magnet:\S+/.exec(made.stdout) ?? [];
  assert.ok(magnet, made.stdout);
  return magnet;
}
