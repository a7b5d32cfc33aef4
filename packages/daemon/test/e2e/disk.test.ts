import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { test } from 'node:test';
import { eventOf, Place } from './command.ts';
import { whyNoMount } from './small-disk.ts';

const skip = whyNoMount();

void test(
  'a full disk is told, and when there is room the transfer goes on',
  { skip },
  async () => {
    await using place = await Place.make();
    const bytes = await place.write('x.bin', 8_000_000);
    await place.run('create', 'x.bin');
    await mkdir(place.at('small'));
    mount('-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', place.at('small'));
    try {
      await using seed = await place.seed('x.bin.torrent', 'x.bin');
      const args = ['-o', 'small', '--json', '--offline', '--no-trackers', '--peer', seed.peer];
      await using get = place.start('get', 'x.bin.torrent', ...args);
      const isFull = /^disk full: [\d.]+ MB needed in \S+, will go on when there is room$/;
      await get.event('progress', ({ reason }) => isFull.test(String(reason)));
      mount('-o', 'remount,size=32m', place.at('small'));
      const { code, stdout } = await get.ended;
      assert.equal(code, 0, stdout);
      assert.deepEqual(await place.read('small/x.bin'), bytes);
    } finally {
      spawnSync('umount', [place.at('small')]);
    }
  },
);

void test('a disk that can only be read is named', { skip }, async () => {
  await using place = await Place.make();
  await place.write('x.bin', 100_000);
  await place.run('create', 'x.bin');
  await mkdir(place.at('sealed'));
  mount('-t', 'tmpfs', '-o', 'ro,size=1m', 'tmpfs', place.at('sealed'));
  try {
    await using seed = await place.seed('x.bin.torrent', 'x.bin');
    const args = ['-o', 'sealed', '--json', '--offline', '--no-trackers', '--peer', seed.peer];
    const got = await place.run('get', 'x.bin.torrent', ...args);
    assert.equal(got.code, 1);
    const { code, message } = eventOf(got, 'error');
    assert.equal(code, 'READ_ONLY_DISK');
    assert.match(String(message), /sealed.* can only be read$/);
  } finally {
    spawnSync('umount', [place.at('sealed')]);
  }
});

function mount(...args: readonly string[]): void {
  const { status, stderr } = spawnSync('mount', args, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
}
