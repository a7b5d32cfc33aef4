import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { eventOf, Place } from './command.ts';

void test('info --scrape asks the trackers how many share the torrent, and tells of those that do not say', async () => {
  await using place = await Place.make();
  await place.write('x.bin', 20_000);
  const asked: string[] = [];
  const server = createServer(({ url }, response) => {
    asked.push(url ?? '');
    const hash = decodeURIComponentBytes(/info_hash=([^&]+)/.exec(url ?? '')?.[1] ?? '');
    const counts = 'd8:completei3e10:downloadedi9e10:incompletei1ee';
    response.end(
      Buffer.concat([Buffer.from(`d5:filesd${hash.length}:`), hash, Buffer.from(`${counts}ee`)]),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await using _closing = { [Symbol.asyncDispose]: async () => void server.close() };
  const address = server.address();
  assert(typeof address === 'object' && address !== null);
  const base = `http://127.0.0.1:${address.port}`;
  const trackers = ['--tracker', `${base}/announce`, '--tracker', `${base}/other`];
  await place.run('create', 'x.bin', ...trackers);

  const told = await place.run('info', 'x.bin.torrent', '--scrape', '--offline', '--json');
  assert.equal(told.code, 0, told.stderr);
  const counts = told.events.filter(({ event }) => event === 'scrape');
  assert.deepEqual(counts[0], {
    event: 'scrape',
    tracker: `${base}/announce`,
    seeds: 3,
    leechers: 1,
    downloadedCount: 9,
  });
  assert.match(String(counts[1]?.['problem']), /not of a tracker/);
  assert.equal(asked.length, 1);
  assert.match(asked[0] ?? '', /^\/scrape\?info_hash=/);

  const text = await place.run('info', 'x.bin.torrent', '--scrape', '--offline');
  assert.match(text.stdout, /announce: 3 seeds, 1 leecher, downloaded 9 times/);
  const silent = await place.run('info', 'x.bin.torrent', '--offline', '--json');
  assert.equal(eventOf(silent, 'info')['name'], 'x.bin');
  assert.ok(!silent.stdout.includes('scrape'));
});

/** Bytes of a query value, which are not UTF-8 here. */
function decodeURIComponentBytes(text: string): Buffer {
  return Buffer.from(
    text.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => hexChar(hex)),
    'latin1',
  );
}

function hexChar(hex: string): string {
  return String.fromCodePoint(Number.parseInt(hex, 16));
}
