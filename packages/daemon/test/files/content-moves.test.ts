// Moving what rests: paused, waiting or finished, it is a row of the store and no torrent in the engine.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { LocalFault, rootPath } from '@coequal/base';
import type { Disk } from '@coequal/base';
import { World } from '@coequal/simulator';
import { SimPeer } from './peer-world.ts';
import { openRestingTransfers } from './resting-transfers.ts';

const LENGTH = 3_000_000;
const MINUTES = 60_000;

interface Resting {
  readonly world: World;
  readonly peer: SimPeer;
  readonly id: string;
  readonly content: Uint8Array | undefined;
}

/** A whole file of a peer whose engine runs; it is paused, and was verified unless it is trusted. */
async function rest(isTrusted = false): Promise<Resting> {
  const world = new World({ seed: 1 });
  const peer = new SimPeer(world, 'peer');
  await world.run(() => peer.start(), MINUTES);
  const torrent = await world.run(() => peer.share('a.bin', LENGTH), MINUTES);
  const { id } = await world.run(() => peer.add({ torrent, isTrusted }), MINUTES);
  await world.run(() => peer.row(id)?.state === 'seeding', MINUTES);
  peer.transfers.act([id], 'pause');
  await world.run(
    () => peer.row(id)?.state === 'paused' && peer.engine?.torrents.length === 0,
    MINUTES,
  );
  return { world, peer, id, content: peer.content('a.bin') };
}

async function resume({ world, peer, id }: Resting): Promise<void> {
  peer.transfers.act([id], 'resume');
  await world.run(() => peer.row(id)?.state === 'seeding', MINUTES);
}

async function close({ world, peer }: Resting): Promise<void> {
  await world.run(() => peer.stop(), MINUTES);
}

/** `/elsewhere` is on another disk. */
function twoDisks(disk: Disk, changed: Partial<Disk> = {}): Disk {
  const isOther = (path: string): boolean => path.startsWith('/elsewhere');
  return {
    open: (path, mode) => disk.open(path, mode),
    stat: (path) => disk.stat(path),
    list: (path, max) => disk.list(path, max),
    makeDirectory: (path) => disk.makeDirectory(path),
    rename: async (from, to) => {
      if (isOther(from) !== isOther(to)) throw new LocalFault('OTHER_DISK', { path: from });
      await disk.rename(from, to);
    },
    remove: (path) => disk.remove(path),
    syncDirectory: (path) => disk.syncDirectory(path),
    freeBytes: (path) => disk.freeBytes(path),
    ...changed,
  };
}

for (const isTrusted of [false, true]) {
  test(`content that rests moves within a disk, and goes on there${isTrusted ? ', also when it was never hashed' : ''}`, async () => {
    const resting = await rest(isTrusted);
    const { world, peer, id, content } = resting;
    await world.run(() => peer.transfers.move(id, '/films'), MINUTES);
    assert.deepEqual([peer.row(id)?.state, peer.row(id)?.directory], ['paused', '/films']);
    assert.deepEqual(peer.content('../films/a.bin'), content);
    assert.equal(peer.content('a.bin'), undefined);
    assert.ok(peer.told.includes('TRANSFER_MOVED'));
    peer.reopen(); // what is stored says so, too
    assert.equal(peer.row(id)?.directory, '/films');
    peer.transfers.runner.attach(peer.engine ?? assert.fail());
    await resume(resting);
    assert.equal(peer.transfers.get(id).torrent?.contentPath, '/films/a.bin');
    await close(resting);
  });
}

test('it gets another name, and then its content is found there', async () => {
  const resting = await rest();
  const { world, peer, id, content } = resting;
  await world.run(() => peer.transfers.rename(id, undefined, 'b.bin'), MINUTES);
  assert.deepEqual(peer.content('b.bin'), content);
  await resume(resting);
  assert.equal(peer.transfers.get(id).torrent?.contentPath, '/downloads/b.bin');
  await close(resting);
});

test('to another disk it says how far it is, does not run meanwhile, and then is there', async () => {
  const resting = await rest();
  const { world, peer, id, content } = resting;
  peer.restingDisk = twoDisks(peer.host.ports.disk);
  const told: (string | undefined)[] = [];
  const moving = peer.transfers.move(id, '/elsewhere');
  peer.transfers.act([id], 'resume');
  await world.run(() => {
    const row = peer.row(id);
    if (row?.state === 'moving') told.push(row.reason?.code);
    if (row?.state === 'moving') assert.equal(peer.engine?.torrents.length, 0);
    return row?.state === 'seeding';
  }, MINUTES);
  await moving;
  assert.ok(told.includes('MOVE_COPYING'), told.join());
  assert.deepEqual(peer.content('../elsewhere/a.bin'), content);
  assert.equal(peer.content('a.bin'), undefined);
  assert.equal(peer.transfers.get(id).torrent?.contentPath, '/elsewhere/a.bin');
  await close(resting);
});

test('what is cancelled is where it was, and nothing is left where it was to go', async () => {
  const resting = await rest();
  const { world, peer, id, content } = resting;
  peer.restingDisk = twoDisks(peer.host.ports.disk);
  await assert.rejects(
    world.run(() => peer.transfers.cancelMove(id), MINUTES),
    { code: 'NOT_POSSIBLE_NOW' },
  );
  const moving = peer.transfers.move(id, '/elsewhere');
  const isRefused = assert.rejects(moving, { code: 'MOVE_CANCELLED' });
  await world.run(() => peer.row(id)?.reason?.code === 'MOVE_COPYING', MINUTES);
  await world.run(() => peer.transfers.cancelMove(id), MINUTES);
  await isRefused;
  assert.deepEqual([peer.row(id)?.state, peer.row(id)?.directory], ['paused', '/downloads']);
  assert.deepEqual(peer.content('a.bin'), content);
  assert.deepEqual(
    peer.host.disk.paths().filter((path) => path.startsWith('/elsewhere/')),
    [],
  );
  await resume(resting);
  await close(resting);
});

test('what cannot be moved says why, and stays', async () => {
  const resting = await rest();
  const { world, peer, id, content } = resting;
  const move = (to: string): Promise<void> => world.run(() => peer.transfers.move(id, to), MINUTES);
  peer.host.disk.put(rootPath('/films/a.bin'), Uint8Array.of(1));
  await assert.rejects(move('/films'), { code: 'MOVE_TARGET_EXISTS' });
  peer.restingDisk = twoDisks(peer.host.ports.disk, { freeBytes: async () => LENGTH - 1 });
  await assert.rejects(move('/elsewhere'), { code: 'DISK_FULL' });
  assert.deepEqual(peer.content('a.bin'), content);
  assert.deepEqual(peer.content('../films/a.bin'), Uint8Array.of(1));
  peer.restingDisk = twoDisks(peer.host.ports.disk);
  peer.host.disk.put(rootPath('/downloads/a.bin'), new Uint8Array(LENGTH - 1)); // somebody wrote over it
  await assert.rejects(move('/elsewhere'), { code: 'CONTENT_CHANGED' });
  assert.deepEqual(peer.content('a.bin'), new Uint8Array(LENGTH - 1));
  assert.deepEqual([peer.row(id)?.state, peer.row(id)?.directory], ['paused', '/downloads']);
  await close(resting);
});

/** A file system in memory, which Linux has beside that of temporary files. */
const MEMORY = '/dev/shm';
const hasTwoDisks = existsSync(MEMORY) && statSync(MEMORY).dev !== statSync(tmpdir()).dev;
const TWO_DISKS = hasTwoDisks ? false : 'there is no second file system at /dev/shm';
const REAL_LENGTH = 24 * 2 ** 20;

/** Lets the child move until it has said so much, and kills it. */
async function killAt(args: readonly string[], percent: number): Promise<void> {
  const script = fileURLToPath(new URL('resting-move-child.ts', import.meta.url));
  const child = spawn(process.execPath, [script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  for await (const line of createInterface({ input: child.stdout }))
    if (Number(line) >= percent) child.kill('SIGKILL');
  await ended;
}

describe('a peer that is killed while it moves what rests', () => {
  for (const [what, parent, skip, moments] of [
    ['within a disk', tmpdir(), false, [0]],
    ['to another disk', MEMORY, TWO_DISKS, [0, 50, 100]],
  ] as const) {
    test(`${what}, finds it whole when it starts again`, { skip }, async () => {
      for (const percent of moments) {
        const [own, other] = [tmpdir(), parent].map((at) => mkdtempSync(join(at, 'coequal-rest-')));
        assert.ok(own !== undefined && other !== undefined);
        try {
          const [from, to] = [join(own, 'from'), join(other, 'to')];
          mkdirSync(from);
          const content = new Uint8Array(REAL_LENGTH).map((_, at) => (at * 31 + (at >> 12)) & 0xff);
          writeFileSync(join(from, 'a.bin'), content);
          await killAt([own, to], percent);
          await using opened = await openRestingTransfers(own);
          const row = await opened.settled();
          const [there, gone] = row.directory === to ? [to, from] : [from, to];
          assert.equal(row.directory, there);
          assert.equal(row.state, 'paused');
          assert.equal(Buffer.compare(readFileSync(join(there, 'a.bin')), content), 0);
          assert.deepEqual(existsSync(gone) ? readdirSync(gone) : [], [], `left in ${gone}`);
          if (there === from) await opened.transfers.move(row.id, to);
          assert.equal(Buffer.compare(readFileSync(join(to, 'a.bin')), content), 0);
        } finally {
          for (const folder of [own, other]) rmSync(folder, { recursive: true });
        }
      }
    });
  }
});
