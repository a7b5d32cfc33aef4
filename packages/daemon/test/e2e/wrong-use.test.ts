import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { COMMAND, eventOf, Place } from './command.ts';

const WRONG: readonly (readonly [args: readonly string[], expected: RegExp])[] = [
  [['get'], /missing required argument 'source'/],
  [['fetch', 'x'], /unknown command 'fetch'/],
  [['get', 'x', '--fast'], /unknown option '--fast'/],
  [
    ['get', 'x', '--up-limit', 'quick'],
    /--up-limit <RATE>' argument 'quick' is invalid\. expected bytes/,
  ],
  [['get', 'x', '--down-limit', '0'], /--down-limit <RATE>' argument '0'/],
  [
    ['get', 'x', '--listen', '70000'],
    /--listen <PORT>' argument '70000' is invalid\. expected a port/,
  ],
  [
    ['get', 'x', '--peer', '127.0.0.1'],
    /--peer <HOST:PORT>' argument '127.0.0.1'.*expected HOST:PORT/,
  ],
  [['get', 'x', '--seed-ratio', '-1'], /--seed-ratio <R>' argument '-1'/],
  [['get', 'x', '--transport', 'quic'], /expected tcp, utp or both/],
  [['get', 'x', '--encryption', 'required'], /encrypted connections come later/],
  [['seed', 'x.torrent'], /missing required argument 'path'/],
  [['create', 'x', '--piece-length', '100000'], /a power of two/],
  [['create', 'x', '--tracker', 'example'], /begins with http:/],
  [['create', 'x', '--v1', '--v2'], /only one of --v1, --v2 and --hybrid/],
];

for (const [args, expected] of WRONG) {
  void test(`\`coequal ${args.join(' ')}\` is wrong use, and says why`, async () => {
    await using place = await Place.make();
    const told = await place.run(...args);
    assert.equal(told.code, 2);
    assert.match(told.stderr, expected);
    assert.equal(told.stdout, '');
    const json = await place.run(...args, '--json');
    assert.equal(json.code, 2);
    const { code, message } = eventOf(json, 'error');
    assert.equal(code, 'WRONG_USE');
    assert.match(String(message), expected);
    assert.equal(json.stderr, '');
  });
}

/** Runs `args` and checks the fault, that its words have no code in them, and that there is no stack. */
async function assertFails(place: Place, args: readonly string[], code: string): Promise<void> {
  const json = await place.run(...args, '--json');
  assert.equal(json.code, 1, json.stdout);
  const { message, ...event } = eventOf(json, 'error');
  assert.equal(event['code'], code);
  assert.doesNotMatch(String(message), new RegExp(code));
  const told = await place.run(...args);
  assert.equal(told.code, 1);
  assert.match(told.stderr, /^coequal: /m);
  assert.doesNotMatch(told.stderr, /^\s+at |node:internal/m);
}

void test('what is given and cannot be used is told in words', async () => {
  await using place = await Place.make();
  await place.write('x.bin', 100_000);
  await place.run('create', 'x.bin');
  const torrent = await readFile(place.at('x.bin.torrent'));
  await writeFile(place.at('short.torrent'), torrent.subarray(0, 200));
  await writeFile(place.at('noise.torrent'), await place.write('noise', 5_000));
  await mkdir(place.at('empty'));
  await place.write('empty-content/nothing', 0);

  await assertFails(place, ['get', 'missing.torrent'], 'TORRENT_FILE_MISSING');
  await assertFails(place, ['get', 'empty'], 'TORRENT_FILE_UNREADABLE');
  await assertFails(place, ['get', 'short.torrent'], 'BENCODE_INVALID');
  await assertFails(place, ['info', 'noise.torrent'], 'BENCODE_INVALID');
  await assertFails(place, ['get', 'magnet:?dn=x'], 'BAD_MAGNET');
  await assertFails(place, ['seed', 'x.bin.torrent', 'nowhere'], 'CONTENT_PATH_MISSING');
  await assertFails(place, ['seed', 'x.bin.torrent', 'empty'], 'CONTENT_NOT_THERE');
  await assertFails(place, ['verify', 'x.bin.torrent', 'empty'], 'CONTENT_NOT_THERE');
  await assertFails(place, ['create', 'x.bin'], 'FILE_EXISTS');
  await assertFails(place, ['create', 'nowhere'], 'CONTENT_PATH_MISSING');
  await assertFails(place, ['create', 'empty-content'], 'NOTHING_TO_SHARE');
  await assertFails(place, ['create', 'noise', '-o', 'no/such/folder.torrent'], 'NOT_FOUND');
  const remote = ['get', 'x.bin.torrent', '--offline', '--peer', '192.0.2.1:6881'];
  await assertFails(place, remote, 'OUTSIDE_REACH');
  assert.equal((await place.run('create', 'x.bin', '--force')).code, 0);
  assert(!(await readdir(place.path)).some((name) => name.endsWith('.part')));
});

void test('a port that is taken is named', async () => {
  await using place = await Place.make();
  await place.write('x.bin', 100_000);
  await place.run('create', 'x.bin');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await using _closing = { [Symbol.asyncDispose]: async () => void server.close() };
  const address = server.address();
  assert(typeof address === 'object' && address !== null);
  const port = String(address.port);
  const args = ['seed', 'x.bin.torrent', 'x.bin', '--offline', '--no-trackers', '--listen', port];
  await assertFails(place, args, 'ADDRESS_IN_USE');
  assert.match((await place.run(...args)).stderr, new RegExp(`port ${port} is taken`));
});

const isRoot = process.getuid?.() === 0;

void test(
  'a folder that may not be written to is named',
  { skip: isRoot ? 'root may write everywhere: run as another user' : false },
  async () => {
    await using place = await Place.make();
    await place.write('x.bin', 100_000);
    await place.run('create', 'x.bin');
    await mkdir(place.at('locked'));
    await chmod(place.at('locked'), 0o500);
    await using seed = await place.seed('x.bin.torrent', 'x.bin');
    const args = ['get', 'x.bin.torrent', '-o', 'locked', '--offline', '--peer', seed.peer];
    await assertFails(place, args, 'NOT_PERMITTED');
  },
);

void test('a file where a folder is needed is named', async () => {
  await using place = await Place.make();
  await place.write('d/a', 100_000);
  await place.run('create', 'd');
  await place.write('in/d', 10);
  await using seed = await place.seed('d.torrent', 'd');
  const args = ['get', 'd.torrent', '-o', 'in', '--offline', '--peer', seed.peer];
  await assertFails(place, args, 'NOT_A_FILE');
});

void test('a reader that goes before the help is written is no error', async () => {
  await using place = await Place.make();
  // bash says how each part of the pipe ended; the reader is gone before the first word
  const line = '("$@" --help; echo "ended with $?" >&2) | exec true';
  await using piped = place.startOther(['bash', '-c', line, 'bash', ...COMMAND]);
  const { stderr } = await piped.ended;
  assert.equal(stderr.trim(), 'ended with 0');
});
