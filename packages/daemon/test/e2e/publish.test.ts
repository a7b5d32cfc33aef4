// `seed --publish` and `get` of what is published: version after version under one key.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { eventOf, Place } from './command.ts';
import type { Command, Event } from './command.ts';

const LENGTH = 2_000_000;

/** A node of the DHT that is only that, for the commands of a place. */
async function openNode(place: Place): Promise<{ node: Command; contact: string[] }> {
  await place.write('node/other.bin', 100_000);
  await create(place, 'node/other.bin');
  const { command, peer } = await place.seed('other.bin.torrent', 'node/other.bin');
  return { node: command, contact: ['--dht-bootstrap', peer] };
}

async function create(place: Place, path: string, ...flags: readonly string[]): Promise<void> {
  const made = await place.run('create', path, '--force', ...flags);
  assert.equal(made.code, 0, made.stderr);
}

const LOCAL = ['--json', '--offline', '--no-trackers'];

async function publish(
  place: Place,
  folder: string,
  ...flags: readonly string[]
): Promise<{ seed: Command; magnet: string; published: Event }> {
  await create(place, `${folder}/film.bin`, '-o', `${folder}.torrent`);
  const seed = place.start('seed', `${folder}.torrent`, folder, ...LOCAL, ...flags);
  const { magnet } = await seed.event('publishing');
  const published = await seed.event('published');
  return { seed, magnet: String(magnet), published };
}

describe('a torrent under a key (BEP 46)', { concurrency: 2 }, () => {
  test('version 1 is fetched by the link, and later version 2, of which only what is new', async () => {
    await using place = await Place.make();
    const { node, contact } = await openNode(place);
    await using _node = node;
    const flags = [...contact, '--publish', 'my.key', '--salt', 'film'];
    const one = await place.write('one/film.bin', LENGTH);
    const two = Buffer.from(one);
    two.fill(1, 0, 10);
    await mkdir(place.at('two'));
    await writeFile(place.at('two/film.bin'), two);

    const first = await publish(place, 'one', ...flags);
    await using _first = first.seed;
    assert.match(first.magnet, /^magnet:\?xs=urn:btpk:[0-9a-f]{64}&s=66696c6d$/);
    assert.equal(first.published['sequence'], 1);
    assert.equal((await stat(place.at('my.key'))).mode & 0o777, 0o600);
    const key = await readFile(place.at('my.key'), 'utf8');
    const got = await place.run('get', first.magnet, '-o', 'in', ...LOCAL, ...contact);
    assert.equal(got.code, 0, got.stdout + got.stderr);
    assert.match(String(eventOf(got, 'lookup')['reason']), /^looking up the key/);
    assert.equal(eventOf(got, 'version')['sequence'], 1);
    assert.deepEqual(await place.read('in/film.bin'), one);
    assert.equal((await first.seed.stop('SIGTERM')).code, 0);

    const second = await publish(place, 'two', ...flags);
    await using _second = second.seed;
    assert.equal(second.magnet, first.magnet);
    assert.equal(second.published['sequence'], 2);
    assert.equal(await readFile(place.at('my.key'), 'utf8'), key, 'the key is as it was');
    const again = await place.run('get', first.magnet, '-o', 'in', ...LOCAL, ...contact);
    assert.equal(again.code, 0, again.stdout + again.stderr);
    assert.equal(eventOf(again, 'version')['sequence'], 2);
    assert.deepEqual(await place.read('in/film.bin'), two);
    const downloaded = Number(eventOf(again, 'summary')['downloaded']);
    assert.ok(downloaded < LENGTH / 2, `${downloaded} bytes: the rest was there`);
  });

  test('`get` waits until somebody publishes under the key', async () => {
    await using place = await Place.make();
    const { node, contact } = await openNode(place);
    await using _node = node;
    const bytes = await place.write('one/film.bin', LENGTH);
    const flags = [...contact, '--publish', 'my.key'];
    const first = await publish(place, 'one', ...flags, '--salt', 'another');
    await first.seed.stop('SIGTERM');
    const link = first.magnet.replace(/&s=.*/, '');
    await using get = place.start('get', link, '-o', 'in', ...LOCAL, ...contact);
    await get.event('lookup', ({ reason }) => /nothing is published/.test(String(reason)));
    const second = await publish(place, 'one', ...flags);
    await using _second = second.seed;
    const got = await get.ended;
    assert.equal(got.code, 0, got.stdout + got.stderr);
    assert.deepEqual(await place.read('in/film.bin'), bytes);
  });

  test('what cannot be published or looked up is refused with what to do', async () => {
    await using place = await Place.make();
    await place.write('one/film.bin', 100_000);
    await place.write('bad.key', 100);
    await create(place, 'one/film.bin', '-o', 'private.torrent', '--private');
    await create(place, 'one/film.bin', '-o', 'v2.torrent', '--v2');
    await create(place, 'one/film.bin', '-o', 'good.torrent');
    const link = `magnet:?xs=urn:btpk:${'ab'.repeat(32)}`;
    const seed = (torrent: string, ...flags: readonly string[]): readonly string[] => {
      return ['seed', torrent, 'one', ...LOCAL, '--publish', 'my.key', ...flags];
    };
    for (const [args, code] of [
      [seed('private.torrent'), 'TORRENT_PRIVATE'],
      [seed('v2.torrent'), 'PUBLISH_NEEDS_V1'],
      [seed('good.torrent', '--no-discovery'), 'DHT_OFF'],
      [seed('good.torrent', '--publish', 'bad.key'), 'KEY_FILE_BAD'],
      [seed('good.torrent', '--publish', 'no/where.key'), 'KEY_FILE_FAILED'],
      [['get', link, ...LOCAL, '--no-discovery'], 'DHT_OFF'],
      [['get', link, ...LOCAL], 'DHT_NO_CONTACTS'],
    ] as const) {
      const ended = await place.run(...args);
      assert.equal(ended.code, 1, ended.stdout);
      const error = eventOf(ended, 'error');
      assert.equal(error['code'], code);
      assert.equal(typeof error['hint'], 'string');
    }
    await assert.rejects(stat(place.at('my.key')), 'no key was made');
    await place.write('two/film.bin', 100_000);
    const other = await place.run('seed', 'good.torrent', 'two', ...LOCAL, '--publish', 'my.key');
    assert.equal(eventOf(other, 'error')['code'], 'PUBLISH_INCOMPLETE');
    const alone = await place.run('seed', 'good.torrent', 'one', ...LOCAL, '--salt', 'x');
    assert.equal(alone.code, 2, alone.stderr);
  });

  test('a key that openssl made is taken, and who else can read it is told', async (t) => {
    await using place = await Place.make();
    const args = ['genpkey', '-algorithm', 'ed25519', '-out', place.at('ssl.key')];
    try {
      await promisify(execFile)('openssl', args);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
        return t.skip('install the Debian package openssl');
      throw error;
    }
    await chmod(place.at('ssl.key'), 0o644);
    const { node, contact } = await openNode(place);
    await using _node = node;
    await place.write('one/film.bin', 100_000);
    await create(place, 'one/film.bin', '-o', 'one.torrent');
    const network = ['--offline', '--no-trackers', ...contact];
    await using seed = place.start(
      'seed',
      'one.torrent',
      'one',
      ...network,
      '--publish',
      'ssl.key',
    );
    await seed.line(/Publishing it as the newest version of magnet:\?xs=urn:btpk:[0-9a-f]{64}/);
    const { stderr, code } = await seed.stop('SIGTERM');
    assert.match(stderr, /Others on this computer can read ssl\.key/);
    assert.equal(code, 0);
  });

  test('`info` shows the key and the salt of a link', async () => {
    await using place = await Place.make();
    const link = `magnet:?xs=urn:btpk:${'ab'.repeat(32)}&s=66696c6d`;
    const { stdout, code } = await place.run('info', link);
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`key +${'ab'.repeat(32)}\n`));
    assert.match(stdout, /salt +66696c6d \("film"\)\n/);
    assert.match(stdout, /newest torrent under this key/);
    const json = eventOf(await place.run('info', link, '--json'), 'info');
    assert.deepEqual([json['publicKey'], json['salt']], ['ab'.repeat(32), '66696c6d']);
  });
});
