import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LocalFault, rootPath } from '@coequal/base';
import type { Disk, DiskFile, Ports } from '@coequal/base';
import type { SimHost } from '@coequal/simulator';
import type { ContentMover } from '../../../src/io/storage/content-mover.ts';
import { makeTorrent } from './content-maker.ts';
import { assertHadIsRight, fetchPieces, inWorld, NEVER, openStore, range } from './store-frame.ts';

/** The second file is not wanted: what pieces of its neighbours hold of it is in the parts file. */
const TORRENT = makeTorrent({ files: { 'f/a': 80_000, 'f/b': 50_000, c: 120_000 } });
const WANTED = new Set([0, 2]);
const ELSEWHERE = rootPath('/elsewhere');
const NOTHING = (): void => undefined;

/** Counts what is done to the disk, and ends the process, or the power, before one of them. */
class DoomedDisk {
  left = Infinity;
  readonly #host: SimHost;
  readonly #how: 'crash' | 'powerLoss';
  readonly #isTwo: boolean;
  readonly #onEnd: () => void;

  constructor(host: SimHost, how: 'crash' | 'powerLoss', isTwo: boolean, onEnd: () => void) {
    this.#host = host;
    this.#how = how;
    this.#isTwo = isTwo;
    this.#onEnd = onEnd;
  }

  wrap(ports: Ports): Ports {
    const { disk } = ports;
    const doomed: Disk = {
      open: (path, mode) => this.#do(async () => this.#wrapFile(await disk.open(path, mode))),
      stat: (path) => this.#do(() => disk.stat(path)),
      list: (path, max) => this.#do(() => disk.list(path, max)),
      makeDirectory: (path) => this.#do(() => disk.makeDirectory(path)),
      rename: (from, to) =>
        this.#do(async () => {
          const isAcross = from.startsWith(ELSEWHERE) !== to.startsWith(ELSEWHERE);
          if (this.#isTwo && isAcross) throw new LocalFault('OTHER_DISK', { path: from });
          await disk.rename(from, to);
        }),
      remove: (path) => this.#do(() => disk.remove(path)),
      syncDirectory: (path) => this.#do(() => disk.syncDirectory(path)),
      freeBytes: (path) => this.#do(() => disk.freeBytes(path)),
    };
    return { ...ports, disk: doomed };
  }

  #wrapFile(file: DiskFile): DiskFile {
    return {
      readAt: (into, position) => file.readAt(into, position),
      writeAt: (chunks, position) => this.#do(() => file.writeAt(chunks, position)),
      sync: () => this.#do(() => file.sync()),
      truncate: (length) => this.#do(() => file.truncate(length)),
      length: () => file.length(),
      [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
    };
  }

  async #do<T>(work: () => Promise<T>): Promise<T> {
    this.left -= 1;
    if (this.left === 0) {
      this.#host[this.#how]();
      this.#onEnd();
    }
    if (this.left <= 0) return await new Promise<never>(NOTHING); // of a process that is no more
    return await work();
  }
}

/** One life that ends at that step of the change, and the next one. Returns whether the change ended before. */
async function liveTwice(
  step: number,
  how: 'crash' | 'powerLoss',
  isTwo: boolean,
  change: (mover: ContentMover) => Promise<void>,
): Promise<boolean> {
  let hasEnded = false;
  await inWorld(async (_world, host) => {
    const end = Promise.withResolvers<void>();
    const doomed = new DoomedDisk(host, how, isTwo, () => end.resolve());
    const options = { wantedFiles: WANTED };
    const { store } = await openStore(TORRENT, doomed.wrap(host.ports), options);
    const all = range(TORRENT.map.pieceCount).filter((piece) =>
      TORRENT.map.filesOf(piece).some((file) => WANTED.has(file)),
    );
    const before = all.slice(0, -2);
    await fetchPieces(store, TORRENT, before);
    await store.checkpoint();
    doomed.left = step;
    const changed = store.relocate(change).then(() => (hasEnded = true));
    await Promise.race([changed, end.promise]);
    if (hasEnded) host[how]();
    host.restart();
    const living = new DoomedDisk(host, how, isTwo, NOTHING);
    await using again = await openStore(TORRENT, living.wrap(host.ports), options);
    assert.deepEqual([...again.store.have], before, `step ${step}`);
    await assertHadIsRight(again.store, TORRENT);
    const names = host.disk.paths().filter((path) => !path.startsWith('/data'));
    const root = `${again.store.contentPath}/`;
    const isOwn = (path: string): boolean => path.startsWith(root) || path.endsWith('.parts');
    assert.deepEqual(
      names.filter((path) => !isOwn(path)),
      [],
      `step ${step}`,
    );
    assert.equal(names.filter((path) => path.endsWith('.parts')).length, 1);
    await again.store.relocate((mover) => mover.move(rootPath('/third'), NEVER, NOTHING));
    await fetchPieces(again.store, TORRENT, all.slice(-2));
    await again.store.setWanted(new Set([0, 1, 2]));
    await assertHadIsRight(again.store, TORRENT);
  }, `${how} ${step}`);
  return hasEnded;
}

const CHANGES = {
  'a move within a disk': [false, (mover) => mover.move(ELSEWHERE, NEVER, NOTHING)],
  'a move to another disk': [true, (mover) => mover.move(ELSEWHERE, NEVER, NOTHING)],
  'another name of the content': [false, (mover) => mover.renameRoot('other', NEVER)],
  'another name of a file': [false, (mover) => mover.renameFile(2, 'other')],
} as const satisfies Record<string, readonly [boolean, (mover: ContentMover) => Promise<void>]>;

for (const [what, [isTwo, change]] of Object.entries(CHANGES)) {
  for (const how of ['crash', 'powerLoss'] as const) {
    test(`after a ${how} at any step of ${what} nothing is lost, nor left behind`, async () => {
      let step = 1;
      while (!(await liveTwice(step, how, isTwo, change))) step += 1;
      assert.ok(step > 10, `${step} steps`);
    });
  }
}
