import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { eventOf, Place } from './command.ts';

const OFFLINE = ['--json', '--offline', '--no-trackers'] as const;
/** Where bytes are counted: of two links that are dialled at once one ends, and what is on its way by it comes again. */
const NOT_DIALLED_BACK = '--no-discovery';

void test('a file is made into a torrent, described, verified, served and fetched', async () => {
  await using place = await Place.make();
  const bytes = await place.write('out/film.bin', 3_000_000);
  const made = await place.run('create', 'out/film.bin', '--json', '--comment', 'of a garden');
  assert.equal(made.code, 0, made.stderr);
  const { infoHash, infoHashV2, magnet } = eventOf(made, 'created');

  const described = eventOf(await place.run('info', 'film.bin.torrent', '--json'), 'info');
  assert.equal(described['name'], 'film.bin');
  assert.equal(described['version'], 'hybrid');
  assert.equal(described['length'], 3_000_000);
  assert.equal(described['infoHash'], infoHash);
  assert.equal(described['infoHashV2'], infoHashV2);
  assert.equal(described['comment'], 'of a garden');
  const linked = eventOf(await place.run('info', String(magnet), '--json'), 'info');
  assert.equal(linked['infoHash'], infoHash);

  const verified = await place.run('verify', 'film.bin.torrent', 'out', '--json');
  assert.equal(verified.code, 0, verified.stdout);
  assert.equal(eventOf(verified, 'verified')['good'], true);

  await using seed = await place.seed('film.bin.torrent', 'out/film.bin', NOT_DIALLED_BACK);
  const got = await place.run(
    'get',
    'film.bin.torrent',
    '-o',
    'in',
    ...OFFLINE,
    '--peer',
    seed.peer,
  );
  assert.equal(got.code, 0, got.stdout);
  assert.deepEqual(await place.read('in/film.bin'), bytes);

  const names = got.events.map(({ event }) => event);
  assert.deepEqual(names.slice(0, 3), ['listening', 'contacts', 'metadata']);
  assert.deepEqual(names.slice(-3), ['progress', 'complete', 'summary']);
  assert.equal(eventOf(got, 'metadata')['infoHash'], infoHash);
  const last = got.events.findLast(({ event }) => event === 'progress');
  assert.equal(last?.['have'], 3_000_000);
  assert.equal(eventOf(got, 'summary')['downloaded'], 3_000_000);

  const served = await seed.command.stop('SIGTERM');
  assert.equal(served.code, 0);
  assert.equal(eventOf(served, 'summary')['uploaded'], 3_000_000);
});

void test('seed --super-seed gives the whole content to one who is alone', async () => {
  await using place = await Place.make();
  const bytes = await place.write('out/film.bin', 1_000_000);
  await place.run('create', 'out/film.bin', '--json');
  const choices = ['--super-seed', NOT_DIALLED_BACK];
  await using seed = await place.seed('film.bin.torrent', 'out/film.bin', ...choices);
  const peer = ['--peer', seed.peer];
  const got = await place.run('get', 'film.bin.torrent', '-o', 'in', ...OFFLINE, ...peer);
  assert.equal(got.code, 0, got.stdout);
  assert.deepEqual(await place.read('in/film.bin'), bytes);
  const served = await seed.command.stop('SIGTERM');
  assert.equal(eventOf(served, 'summary')['uploaded'], 1_000_000);
});

for (const version of ['v1', 'v2', 'hybrid'] as const) {
  void test(`a folder with nested and empty files goes from peer to peer as ${version}`, async () => {
    await using place = await Place.make();
    const lengths = { 'a.txt': 10, 'b/empty': 0, 'b/ünï.bin': 100_000, 'b/c/東京.bin': 70_000 };
    for (const [path, length] of Object.entries(lengths))
      await place.write(`folder/${path}`, length);
    const made = await place.run('create', 'folder', `--${version}`, '-o', 'x.torrent', '--json');
    assert.equal(made.code, 0, made.stdout);
    // the content itself, and elsewhere the folder that holds it
    await using seed = await place.seed('x.torrent', '.');
    const got = await place.run('get', 'x.torrent', '-o', 'in', ...OFFLINE, '--peer', seed.peer);
    assert.equal(got.code, 0, got.stdout);
    for (const path of Object.keys(lengths)) {
      assert.deepEqual(await place.read(`in/folder/${path}`), await place.read(`folder/${path}`));
    }
    const verified = await place.run('verify', 'x.torrent', 'in/folder');
    assert.equal(verified.code, 0, verified.stdout);
    assert.match(verified.stdout, /^All good: 170 kB in 4 files/);
  });
}

void test('a magnet link is enough, and its selection by number too', async () => {
  await using place = await Place.make();
  await place.write('folder/a', 50_000);
  await place.write('folder/b', 50_000);
  const made = await place.run('create', 'folder', '--json');
  const magnet = String(eventOf(made, 'created')['magnet']);
  await using seed = await place.seed('folder.torrent', 'folder');
  const got = await place.run('get', magnet, '-o', 'in', ...OFFLINE, '--peer', seed.peer);
  assert.equal(got.code, 0, got.stdout);
  assert.equal(eventOf(got, 'metadata')['name'], 'folder');
  assert.deepEqual(await place.read('in/folder/b'), await place.read('folder/b'));
  const part = await place.run(
    'get',
    `${magnet}&so=1`,
    '-o',
    'part',
    ...OFFLINE,
    '--peer',
    seed.peer,
  );
  assert.equal(part.code, 0, part.stdout);
  assert.deepEqual(await readdir(place.at('part/folder')), ['b']);
});

void test('--select fetches the files that match, and creates no others', async () => {
  await using place = await Place.make();
  for (const path of ['one.PDF', 'two.txt', 'deep/three.pdf'])
    await place.write(`d/${path}`, 40_000);
  await place.run('create', 'd', '--v1');
  await using seed = await place.seed('d.torrent', 'd');
  const flags = ['-o', 'in', ...OFFLINE, '--peer', seed.peer];
  const got = await place.run('get', 'd.torrent', '--select', '*.pdf', ...flags);
  assert.equal(got.code, 0, got.stdout);
  assert.deepEqual((await readdir(place.at('in/d'))).toSorted(), ['deep', 'one.PDF']);
  assert.deepEqual(await place.read('in/d/deep/three.pdf'), await place.read('d/deep/three.pdf'));
  assert.equal(got.events.findLast(({ event }) => event === 'progress')?.['total'], 80_000);

  const none = await place.run('get', 'd.torrent', '--select', 'no such file', ...flags);
  assert.equal(none.code, 1);
  assert.equal(eventOf(none, 'error')['code'], 'NOTHING_SELECTED');
});

void test('a .torrent is fetched from an http address, and a wrong answer is told', async () => {
  await using place = await Place.make();
  await place.write('x.bin', 100_000);
  await place.run('create', 'x.bin');
  const torrent = await readFile(place.at('x.bin.torrent'));
  const server = createServer(({ url }, response) => {
    response.statusCode = url === '/x.torrent' ? 200 : url === '/away' ? 302 : 404;
    if (url === '/away') response.setHeader('location', 'http://192.0.2.1/x.torrent');
    response.end(torrent);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await using _closing = { [Symbol.asyncDispose]: async () => void server.close() };
  const address = server.address();
  assert(typeof address === 'object' && address !== null);
  const base = `http://127.0.0.1:${address.port}`;
  await using seed = await place.seed('x.bin.torrent', 'x.bin');
  const flags = ['-o', 'in', ...OFFLINE, '--peer', seed.peer];
  const got = await place.run('get', `${base}/x.torrent`, ...flags);
  assert.equal(got.code, 0, got.stdout);
  assert.deepEqual(await place.read('in/x.bin'), await place.read('x.bin'));

  const missing = await place.run('get', `${base}/nothing`, ...flags);
  assert.equal(missing.code, 1);
  assert.equal(eventOf(missing, 'error')['code'], 'HTTP_STATUS');
  // --offline holds for where a server on this computer sends us, too
  const away = await place.run('get', `${base}/away`, ...flags);
  assert.equal(eventOf(away, 'error')['code'], 'OUTSIDE_REACH');
});

void test('get passes on until its goal, then ends', async () => {
  await using place = await Place.make();
  await place.write('x.bin', 200_000);
  await place.run('create', 'x.bin');
  await using seed = await place.seed('x.bin.torrent', 'x.bin');
  const flags = [...OFFLINE, NOT_DIALLED_BACK, '--peer', seed.peer];
  await using first = place.start(
    'get',
    'x.bin.torrent',
    '-o',
    'first',
    ...flags,
    '--seed-ratio',
    '1',
  );
  await first.event('complete');
  await seed.command.stop('SIGTERM');
  const { port } = await first.event('listening');
  const peer = ['--peer', `127.0.0.1:${Number(port)}`];
  const second = await place.run('get', 'x.bin.torrent', '-o', 'second', ...OFFLINE, ...peer);
  assert.equal(second.code, 0, second.stdout);
  const ended = await first.ended;
  assert.equal(ended.code, 0);
  assert.equal(eventOf(ended, 'summary')['uploaded'], 200_000);
});

void test('what is incomplete is verified and served as far as it is good', async () => {
  await using place = await Place.make();
  for (const name of ['a', 'b', 'c']) await place.write(`d/${name}`, 40_000);
  await place.run('create', 'd');
  await mkdir(place.at('broken/d'), { recursive: true });
  await place.write('broken/d/a', 40_000, 'd/a');
  const bytes = await place.write('broken/d/b', 40_000, 'd/b');
  await writeFile(place.at('broken/d/b'), bytes.fill(0, 20_000, 20_010));

  const verified = await place.run('verify', 'd.torrent', 'broken', '--json');
  assert.equal(verified.code, 1);
  const files = verified.events.filter(({ event }) => event === 'file');
  assert.deepEqual(
    files.map(({ path, condition, piecesBad }) => ({ path, condition, piecesBad })),
    [
      { path: 'a', condition: 'good', piecesBad: 0 },
      { path: 'b', condition: 'damaged', piecesBad: 1 },
      { path: 'c', condition: 'missing', piecesBad: 3 },
    ],
  );
  const told = await place.run('verify', 'd.torrent', 'broken');
  assert.match(told.stdout, /^b: damaged: 1 of 3 pieces bad$/m);
  assert.match(told.stdout, /^c: missing \(3 pieces\)$/m);

  await using part = await place.seed('d.torrent', 'broken');
  await using whole = await place.seed('d.torrent', 'd');
  const peers = ['--peer', part.peer, '--peer', whole.peer];
  const got = await place.run('get', 'd.torrent', '-o', 'in', ...OFFLINE, ...peers);
  assert.equal(got.code, 0, got.stdout);
  assert.deepEqual(await place.read('in/d/b'), await place.read('d/b'));
  const stopped = await part.command.stop('SIGINT');
  assert.equal(stopped.code, 0);
  assert(!stopped.events.some(({ event }) => event === 'complete'));
  assert.equal(eventOf(stopped, 'summary')['downloaded'], 0);
  assert.deepEqual(await readdir(place.at('broken/d')), ['a', 'b']);
});

void test('--trust serves files of the right length without looking, and their reader finds out', async () => {
  await using place = await Place.make();
  await place.write('x.bin', 200_000);
  await place.run('create', 'x.bin', '--v1');
  const wrong = await place.write('x.bin', 200_000, 'other bytes');
  await using seed = await place.seed('x.bin.torrent', 'x.bin', '--trust');
  await seed.command.event('complete');
  await using get = place.start(
    'get',
    'x.bin.torrent',
    '-o',
    'in',
    ...OFFLINE,
    '--peer',
    seed.peer,
  );
  await get.event('progress', ({ reason }) => reason !== undefined);
  const { code, events } = await get.stop('SIGTERM');
  assert.equal(code, 3);
  assert.equal(events.findLast(({ event }) => event === 'progress')?.['have'], 0);
  assert.deepEqual(await place.read('x.bin'), wrong);
});

void test('a get of what is there already only checks it', async () => {
  await using place = await Place.make();
  await place.write('x.bin', 200_000);
  await place.run('create', 'x.bin');
  const got = await place.run('get', 'x.bin.torrent', ...OFFLINE, '--sequential');
  assert.equal(got.code, 0, got.stdout);
  assert.equal(eventOf(got, 'summary')['downloaded'], 0);
});
