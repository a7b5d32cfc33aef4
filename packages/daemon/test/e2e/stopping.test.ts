import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { eventOf, Place } from './command.ts';
import type { Command } from './command.ts';

const LENGTH = 4_000_000;
/** Slow enough that there is a middle, and that it is still the middle when a machine that is busy gets to stop it. */
const SLOW = ['--down-limit', '250k'] as const;
/** It takes minutes: as long as two other processes may, however slowly they start. */
const SLOWER = ['--down-limit', '16k'] as const;
const OFFLINE = ['--json', '--offline', '--no-trackers'] as const;

async function reachMiddle(command: Command): Promise<void> {
  await command.event('progress', ({ have }) => Number(have) > LENGTH / 8);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const) {
  void test(`a transfer that ${signal} ends in the middle goes on from there`, async () => {
    await using place = await Place.make();
    const bytes = await place.write('x.bin', LENGTH);
    await place.run('create', 'x.bin');
    await using seed = await place.seed('x.bin.torrent', 'x.bin');
    const args = ['get', 'x.bin.torrent', '-o', 'in', ...OFFLINE, '--peer', seed.peer];
    await using first = place.start(...args, ...SLOW);
    await reachMiddle(first);
    const ended = await first.stop(signal);
    if (signal === 'SIGKILL') assert.equal(ended.code, null);
    else {
      assert.equal(ended.code, 3);
      assert.equal(ended.events.at(-1)?.event, 'summary');
      assert(!ended.events.some(({ event }) => event === 'complete' || event === 'error'));
    }
    const second = await place.run(...args);
    assert.equal(second.code, 0, second.stdout);
    assert.deepEqual(await place.read('in/x.bin'), bytes);
    const fetched = Number(eventOf(second, 'summary')['downloaded']);
    assert(fetched > 0 && fetched < LENGTH - LENGTH / 16, `fetched ${fetched} of ${LENGTH}`);
    const third = await place.run(...args);
    assert.equal(third.code, 0);
    assert.equal(eventOf(third, 'summary')['downloaded'], 0);
  });
}

void test('a person is told how to go on, and that nothing is lost', async () => {
  await using place = await Place.make();
  await place.write('x.bin', LENGTH);
  await place.run('create', 'x.bin');
  await using seed = await place.seed('x.bin.torrent', 'x.bin');
  const args = ['get', 'x.bin.torrent', '-o', 'in', '--offline', '--peer', seed.peer];
  await using command = place.start(...args, ...SLOW);
  await seed.command.event('progress', ({ up }) => Number(up) > 0);
  const ended = await command.stop('SIGINT');
  assert.equal(ended.code, 3);
  assert.match(ended.stderr, /The same command goes on from there/);
  assert.equal(ended.stdout, '');
});

void test('two processes do not work on one torrent at one place', async () => {
  await using place = await Place.make();
  await place.write('x.bin', LENGTH);
  await place.run('create', 'x.bin');
  await using seed = await place.seed('x.bin.torrent', 'x.bin');
  const args = ['get', 'x.bin.torrent', ...OFFLINE, '--peer', seed.peer];
  await using first = place.start(...args, '-o', 'in', ...SLOWER);
  await first.event('progress');
  const second = await place.run(...args, '-o', 'in');
  assert.equal(second.code, 1);
  assert.equal(eventOf(second, 'error')['code'], 'TORRENT_IN_USE');
  const elsewhere = await place.run(...args, '-o', 'other');
  assert.equal(elsewhere.code, 0, elsewhere.stdout);
  assert.equal((await first.stop('SIGKILL')).code, null);
  const third = await place.run(...args, '-o', 'in');
  assert.equal(third.code, 0, third.stdout);
  const left = (await readdir(place.at('home/resume'))).filter((name) => name.endsWith('.lock'));
  assert.equal(left.length, 1); // the seed's, which still runs
});
