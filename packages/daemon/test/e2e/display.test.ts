import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { COMMAND, Place } from './command.ts';

const TERMINAL = fileURLToPath(new URL('terminal.py', import.meta.url));
const hasPython = spawnSync('python3', ['--version']).status === 0;
const skip = hasPython ? false : 'install the Debian package python3';

interface Shown {
  readonly code: number | null;
  readonly text: string;
}

/** What `args` writes to a terminal of this size; stdout is that terminal, too. */
async function runOnTerminal(
  place: Place,
  [rows, columns]: readonly [number, number],
  args: readonly string[],
): Promise<Shown> {
  const env = { ...process.env, COEQUAL_HOME: place.at('home'), TMPDIR: place.path };
  const all = [TERMINAL, String(rows), String(columns), ...COMMAND, ...args];
  const child = spawn('python3', all, {
    cwd: place.path,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, text };
}

const ESCAPE = '\u001b';
/** How far the cursor is moved up: one less than there are rows of progress. */
const UP = new RegExp(`${ESCAPE}\\[(\\d+)A`, 'g');

for (const rows of [8, 30]) {
  void test(`bars of many files fit on a terminal with ${rows} rows`, { skip }, async () => {
    await using place = await Place.make();
    for (let n = 10; n < 50; n++) await place.write(`many/file ${n}.bin`, 100_000);
    await place.run('create', 'many', '--v1');
    await using seed = await place.seed('many.torrent', 'many');
    const args = ['get', 'many.torrent', '-o', 'in', '--offline', '--peer', seed.peer];
    const { code, text } = await runOnTerminal(place, [rows, 70], [...args, '--down-limit', '1M']);
    assert.equal(code, 0, text);
    const heights = [...text.matchAll(UP)].map(([, up]) => Number(up) + 1);
    const highest = Math.max(...heights);
    assert(highest > 3, `bars were drawn: ${heights.join()}`);
    assert(highest <= rows - 3, `${highest} rows of progress on ${rows}`);
    assert.match(text, /file \d\d\.bin/);
    assert.match(text, /… and \d+ more/);
    assert.match(text, /\d+ % .* left/);
    assert.match(text, /Got \S+many: 4\.00 MB in \d+ s/);
    // the cursor and line wrapping are given back
    assert(text.lastIndexOf(`${ESCAPE}[?25h`) > text.lastIndexOf(`${ESCAPE}[?25l`));
    assert(text.lastIndexOf(`${ESCAPE}[?7h`) > text.lastIndexOf(`${ESCAPE}[?7l`));
  });
}

void test('without a terminal there are lines, without cursor movements', async () => {
  await using place = await Place.make();
  await place.write('x.bin', 100_000);
  await place.run('create', 'x.bin');
  await using seed = await place.seed('x.bin.torrent', 'x.bin');
  const flags = ['--offline', '--no-trackers'];
  const got = await place.run('get', 'x.bin.torrent', '-o', 'in', ...flags, '--peer', seed.peer);
  assert.equal(got.code, 0, got.stderr);
  assert.match(got.stderr, /^x\.bin: 100 kB in 1 file\.$/m);
  assert.match(got.stdout, /^Got \S+x\.bin: 100 kB in \d+ s \(.*\/s\)\n$/);
  assert(!(got.stdout + got.stderr).includes(ESCAPE));
  const again = await place.run('get', 'x.bin.torrent', '-o', 'in', ...flags);
  assert.match(again.stdout, /it was there already/);
});

void test('it is said why nothing moves', async () => {
  await using place = await Place.make();
  await place.write('x.bin', 100_000);
  await place.run('create', 'x.bin');
  const args = ['get', 'x.bin.torrent', '-o', 'in', '--offline', '--no-trackers'];
  await using alone = place.start(...args, '--json');
  const { reason } = await alone.event('progress', (event) => event['reason'] !== undefined);
  assert.match(
    String(reason),
    /^no peers yet; local network: (asking|nobody yet); DHT: (looking|no node is known that answers.*); other peers: nobody yet$/,
  );
  // nothing listens on the discard port
  const nowhere = ['-o', 'other', '--json', '--no-discovery', '--peer', '127.0.0.1:9'];
  await using lost = place.start(...args, ...nowhere);
  await lost.event('progress', (event) => /none can be reached/.test(String(event['reason'])));
});

void test('offline, trackers beyond this computer are left alone, and that is said', async () => {
  await using place = await Place.make();
  await place.write('x.bin', 100_000);
  await place.run('create', 'x.bin', '--tracker', 'http://tracker.example/announce');
  await using get = place.start('get', 'x.bin.torrent', '-o', 'in', '--offline', '--json');
  const words =
    /^no peers yet: 1 tracker failed \(the tracker is beyond the network that may be used\), next try in \d+ s; local network: /;
  const { trackers, sources } = await get.event('progress', ({ reason }) =>
    words.test(String(reason)),
  );
  assert.match(
    JSON.stringify(trackers),
    /^\[{"url":"http:\/\/tracker.example\/announce","state":"failed","problem":"the tracker is beyond/,
  );
  assert.match(JSON.stringify(sources), /"tracker":{"given":0,.*"state":{"type":"failed",/);
});

void test('with --no-discovery no peers are looked for in the local network or by other peers', async () => {
  await using place = await Place.make();
  await place.write('x.bin', 100_000);
  await place.run('create', 'x.bin');
  const flags = ['-o', 'in', '--offline', '--json', '--no-trackers', '--no-discovery'];
  await using get = place.start('get', 'x.bin.torrent', ...flags);
  const { sources, reason } = await get.event('progress');
  for (const source of ['lsd', 'dht', 'pex'])
    assert.match(
      JSON.stringify(sources),
      new RegExp(`"${source}":{[^{]*"state":{"type":"off","why":"switched-off"}`),
    );
  assert.match(String(reason), /--peer HOST:PORT$/);
});

void test('two commands on one computer find each other without being told (LSD)', async (t) => {
  await using place = await Place.make();
  await place.write('x.bin', 100_000);
  await place.run('create', 'x.bin');
  await using seed = await place.seed('x.bin.torrent', 'x.bin');
  t.diagnostic(`the seed is ${seed.peer}`);
  const flags = ['-o', 'in', '--offline', '--json', '--no-trackers'];
  await using get = place.start('get', 'x.bin.torrent', ...flags);
  await get.event('complete');
});

void test('names from a torrent cannot move the cursor', async () => {
  await using place = await Place.make();
  const name = `evil${ESCAPE}[2J`;
  const link = `magnet:?xt=urn:btih:${'a'.repeat(40)}&dn=${encodeURIComponent(name)}`;
  const told = await place.run('info', link);
  assert.equal(told.code, 0);
  assert.match(told.stdout, /^name +evil\ufffd\[2J$/m);
});

void test('the demo shares a folder among its peers and says what each gave', async () => {
  await using place = await Place.make();
  const told = await place.run('demo', '--peers', '3', '--size', '2M');
  assert.equal(told.code, 0, told.stderr);
  assert.match(told.stdout, /^seed +0 B +[\d.]+ [kM]B$/m);
  assert.match(told.stdout, /^peer 3 +[\d.]+ MB +[\d.]+ [kM]?B$/m);
  assert.match(told.stdout, /All have the same bytes/);
});
