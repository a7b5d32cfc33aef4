import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TorrentLock } from '../../../src/io/storage/torrent-lock.ts';
import type { LockNeeds, LockOwner } from '../../../src/io/storage/torrent-lock.ts';
import { RESUME } from './content-maker.ts';
import { inWorld, range } from './store-frame.ts';

function needs(pid: number, alive: ReadonlySet<number>): LockNeeds {
  return {
    owner: { pid, startedAt: pid * 10 },
    isAlive: (owner: LockOwner) => alive.has(owner.pid) && owner.startedAt === owner.pid * 10,
  };
}

describe('TorrentLock', () => {
  test('of many who come at the same moment, never two have it', () =>
    inWorld(async (world, host) => {
      const alive = new Set(range(6));
      for (let round = 0; round < 40; round++) {
        let owners = 0;
        const tries = range(6).map(async (pid) => {
          const { clock } = host.ports;
          const when = clock.now() + world.random.number() * 2;
          await new Promise<void>((resolve) => void clock.at(when, resolve));
          const [result] = await Promise.allSettled([
            TorrentLock.acquire(RESUME, 'key', needs(pid, alive), host.ports.disk),
          ]);
          if (result.status === 'rejected') {
            assert.equal(result.reason.code, 'TORRENT_IN_USE');
            return;
          }
          owners += 1;
          assert.equal(owners, 1);
          await host.ports.disk.stat(RESUME);
          owners -= 1;
          await result.value[Symbol.asyncDispose]();
        });
        await Promise.all(tries);
      }
      assert.deepEqual(host.disk.paths(), []);
    }));

  test('what a killed process left is taken over, also when its number is in use again', () =>
    inWorld(async (_world, host) => {
      const { disk } = host.ports;
      const alive = new Set([1, 2, 3]);
      await TorrentLock.acquire(RESUME, 'key', needs(1, alive), disk);
      await assert.rejects(TorrentLock.acquire(RESUME, 'key', needs(2, alive), disk), {
        code: 'TORRENT_IN_USE',
        details: { pid: 1 },
      });
      alive.delete(1);
      {
        await using _lock = await TorrentLock.acquire(RESUME, 'key', needs(2, alive), disk);
      }
      const reused = { owner: { pid: 3, startedAt: 999 }, isAlive: () => true };
      await TorrentLock.acquire(RESUME, 'key', reused, disk);
      await using _lock = await TorrentLock.acquire(RESUME, 'key', needs(2, alive), disk);
    }));

  test('locks of other torrents are in nobody’s way', () =>
    inWorld(async (_world, host) => {
      const { disk } = host.ports;
      const alive = new Set([1, 2]);
      await using _a = await TorrentLock.acquire(RESUME, 'a', needs(1, alive), disk);
      await using _b = await TorrentLock.acquire(RESUME, 'b', needs(2, alive), disk);
      await using _c = await TorrentLock.acquire(RESUME, 'c', needs(1, alive), disk);
    }));
});
