import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { joinPath, LocalFault, rootPath } from '@coequal/base';
import type { Disk, Ports, SafePath } from '@coequal/base';
import { DOWNLOADS, Lab, NEVER } from './lab.ts';
import type { LabNode, NodeOptions } from './lab.ts';

const CONTENT = { 'a/one.bin': 300_000, 'a/two.bin': 200_000, 'three.bin': 100_001 };
const ELSEWHERE = rootPath('/elsewhere');
const SLOW = { host: { bandwidth: { up: 100_000, down: 100_000 } } };

/** What is on another disk than the rest. */
function onOther(path: string): boolean {
  return path.startsWith('/elsewhere');
}

/** Two disks. */
function withTwoDisks(ports: Ports, changed: Partial<Disk> = {}): Ports {
  const { disk } = ports;
  const twice: Disk = {
    open: (path, mode) => disk.open(path, mode),
    stat: (path) => disk.stat(path),
    list: (path, max) => disk.list(path, max),
    makeDirectory: (path) => disk.makeDirectory(path),
    rename: async (from, to) => {
      if (onOther(from) !== onOther(to)) throw new LocalFault('OTHER_DISK', { path: from });
      await disk.rename(from, to);
    },
    remove: (path) => disk.remove(path),
    syncDirectory: (path) => disk.syncDirectory(path),
    freeBytes: (path) => disk.freeBytes(path),
    ...changed,
  };
  return { ...ports, disk: twice };
}

function assertAt(lab: Lab, node: LabNode, root: SafePath): void {
  for (const [path, bytes] of lab.content)
    lab.assertFile(node, rootPath(path.replace(lab.pathOf(), root)), bytes);
}

function filesIn(node: LabNode, folder: string): readonly string[] {
  return node.host.disk.paths().filter((path) => path.startsWith(`${folder}/`));
}

/** By a rename, and by a copy to another disk. */
const WAYS: readonly (readonly [string, NodeOptions])[] = [
  ['within a disk', {}],
  ['to another disk', { wrap: (ports) => withTwoDisks(ports) }],
];

describe('moving', () => {
  for (const [way, options] of WAYS) {
    test(`in the middle of a transfer, ${way}, it goes on there, also after a restart`, async () => {
      await using lab = await Lab.open({ content: CONTENT });
      const seed = await lab.seed('seed', SLOW);
      const leech = await lab.leech('leech', [seed], options);
      await lab.until(() => leech.torrent.stats.have > 200_000);
      const progress: number[] = [];
      await lab.run(() => leech.torrent.move(ELSEWHERE, NEVER, (copied) => progress.push(copied)));
      assert.equal(progress.length > 0, way !== 'within a disk');
      assert.equal(leech.torrent.contentPath, '/elsewhere/content');
      assert.deepEqual(filesIn(leech, DOWNLOADS), []);
      await lab.until(() => leech.torrent.stats.have > 400_000);
      const { have } = leech.torrent.stats;
      await lab.run(() => leech.dispose());
      await lab.restart(leech); // added as before: where it was
      await lab.until(() => leech.torrent.state.type === 'downloading');
      assert.ok(leech.torrent.stats.have >= have);
      await lab.until(() => leech.isSeeding);
      assertAt(lab, leech, rootPath('/elsewhere/content'));
      assert.deepEqual(filesIn(leech, DOWNLOADS), []);
      const other = await lab.leech('other', [leech]);
      await lab.untilSeeding(other); // it is read from there, too
      await lab.run(async () => {
        await leech.torrent[Symbol.asyncDispose]();
        const again = await leech.engine.add(lab.torrentFile, {
          directory: ELSEWHERE, // where it is
          useTrackers: false,
        });
        await again.whenCompleted(NEVER);
        assert.equal(again.stats.downloaded, 0);
        await again.move(DOWNLOADS, NEVER); // and back
      });
      lab.assertContent(leech);
      assert.deepEqual(filesIn(leech, ELSEWHERE), []);
    });
  }

  test('what is there already is not written over, and the torrent stays where it was', async () => {
    await using lab = await Lab.open({ content: CONTENT });
    const seed = await lab.seed();
    const leech = await lab.leech('leech', [seed], { wrap: (ports) => withTwoDisks(ports) });
    await lab.untilSeeding(leech);
    const mine = rootPath('/elsewhere/content/mine.txt');
    leech.host.disk.put(mine, Uint8Array.of(1));
    const { torrent } = leech;
    await lab.run(async () => {
      await assert.rejects(torrent.move(ELSEWHERE, NEVER), { code: 'FILE_EXISTS' });
      const inside = joinPath(lab.pathOf(), 'a');
      await assert.rejects(torrent.move(inside, NEVER), { code: 'MOVE_INTO_ITSELF' });
    });
    assert.deepEqual(leech.host.disk.content(mine), Uint8Array.of(1));
    lab.assertContent(leech);
    await lab.run(() => torrent.recheck(NEVER));
    assert.equal(torrent.state.type, 'seeding');
  });

  test('a disk that is full, or fails, in the middle of a copy leaves all where it was', async () => {
    await using lab = await Lab.open({ content: CONTENT });
    const seed = await lab.seed();
    let failAt = Infinity;
    const wrap = (ports: Ports): Ports =>
      withTwoDisks(ports, {
        open: async (path, mode) => {
          if (onOther(path) && --failAt < 0) throw new LocalFault('DISK_FULL', { path });
          return await ports.disk.open(path, mode);
        },
      });
    const leech = await lab.leech('leech', [seed], { wrap });
    await lab.untilSeeding(leech);
    for (failAt = 0; failAt < 3;) {
      const opens = failAt;
      const moving = lab.run(() => leech.torrent.move(ELSEWHERE, NEVER));
      await assert.rejects(moving, { code: 'DISK_FULL' });
      assert.deepEqual(filesIn(leech, ELSEWHERE), []);
      lab.assertContent(leech);
      failAt = opens + 1;
    }
    failAt = Infinity;
    await lab.run(() => leech.torrent.move(ELSEWHERE, NEVER));
    assertAt(lab, leech, rootPath('/elsewhere/content'));
  });

  test('a copy that is ended in the middle, by whoever asked or by closing, leaves nothing', async () => {
    await using lab = await Lab.open({ content: CONTENT });
    const seed = await lab.seed();
    const leech = await lab.leech('leech', [seed], { wrap: (ports) => withTwoDisks(ports) });
    await lab.untilSeeding(leech);
    const abort = new AbortController();
    await lab.run(() =>
      assert.rejects(
        leech.torrent.move(ELSEWHERE, abort.signal, () => abort.abort()),
        {
          name: 'AbortError',
        },
      ),
    );
    assert.deepEqual(filesIn(leech, ELSEWHERE), []);
    let closing: Promise<void> | undefined;
    await lab.run(async () => {
      const moving = leech.torrent.move(ELSEWHERE, NEVER, () => {
        closing ??= leech.dispose();
      });
      await assert.rejects(moving, { name: 'AbortError' });
      await closing;
    });
    assert.deepEqual(filesIn(leech, ELSEWHERE), []);
    lab.assertContent(leech);
  });
});

describe('renaming', () => {
  test('the content and a file get other names, which a restart and a check know', async () => {
    await using lab = await Lab.open({ content: CONTENT });
    const seed = await lab.seed('seed', SLOW);
    const leech = await lab.leech('leech', [seed]);
    await lab.until(() => leech.torrent.stats.have > 200_000);
    await lab.run(async () => {
      await leech.torrent.renameFile(1, 'zwei.bin', NEVER);
      await leech.torrent.rename('Other name', NEVER);
    });
    await lab.run(() => leech.dispose());
    await lab.restart(leech);
    await lab.until(() => leech.isSeeding);
    const root = joinPath(DOWNLOADS, 'Other name');
    assert.equal(leech.torrent.filePath(1), `${root}/a/zwei.bin`);
    const [one, two, three] = lab.content.values();
    lab.assertFile(leech, joinPath(root, 'a', 'one.bin'), one);
    lab.assertFile(leech, joinPath(root, 'a', 'zwei.bin'), two);
    lab.assertFile(leech, joinPath(root, 'three.bin'), three);
    assert.equal(filesIn(leech, DOWNLOADS).length, 3);
    await lab.run(() => leech.torrent.recheck(NEVER));
    assert.equal(leech.torrent.state.type, 'seeding');
  });

  test('names that no file may have, or that are taken, are refused', async () => {
    await using lab = await Lab.open({ content: CONTENT });
    const seed = await lab.seed();
    const leech = await lab.leech('leech', [seed]);
    await lab.untilSeeding(leech);
    leech.host.disk.put(joinPath(lab.pathOf(), 'mine.txt'), Uint8Array.of(1));
    const { torrent } = leech;
    await lab.run(async () => {
      for (const name of ['..', '', 'a/b', 'nul', 'x'.repeat(256)])
        await assert.rejects(torrent.renameFile(2, name, NEVER), { code: 'BAD_NAME' });
      await assert.rejects(torrent.rename('a:b', NEVER), { code: 'BAD_NAME' });
      await assert.rejects(torrent.renameFile(0, 'TWO.bin', NEVER), { code: 'NAME_TAKEN' });
      await assert.rejects(torrent.renameFile(2, 'A', NEVER), { code: 'NAME_TAKEN' });
      await assert.rejects(torrent.renameFile(2, 'mine.txt', NEVER), { code: 'FILE_EXISTS' });
      await assert.rejects(torrent.renameFile(9, 'x', NEVER), { code: 'NO_SUCH_FILE' });
    });
    lab.assertContent(leech);
  });

  test('what is only read is neither moved nor renamed', async () => {
    await using lab = await Lab.open({ content: CONTENT });
    const seed = await lab.seed('seed', { add: { readOnly: true } });
    await lab.until(() => seed.isSeeding);
    await assert.rejects(seed.torrent.move(ELSEWHERE, NEVER), { code: 'CONTENT_READ_ONLY' });
  });
});
