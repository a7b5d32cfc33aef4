// Transfers that another program began: what is there counts once it is hashed, and nothing of it is fetched again.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { rootPath } from '@coequal/base';
import { World } from '@coequal/simulator';
import { deleteContent } from '../../src/files/delete-content.ts';
import { newRecord } from '../../src/files/new-record.ts';
import { parseFile } from '../../src/files/transfer-source.ts';
import type { Adopted, TransferRecord } from '../../src/store/transfer-records.ts';
import { put } from '../import/samples.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { SimPeer } from './peer-world.ts';

const LENGTH = 200_000;
/** As SimPeer.share makes them. */
const PIECE_LENGTH = 16_384;
const MINUTES = 60_000;
const NOTHING_BEFORE = { uploaded: 0, downloaded: 0, seedSeconds: 0 };
const UNCHECKED: Adopted = { before: NOTHING_BEFORE, isUnchecked: true };

interface Lab {
  readonly world: World;
  readonly seed: SimPeer;
  readonly peer: SimPeer;
}

async function openLab(): Promise<Lab> {
  const world = new World({ seed: 1 });
  const lab = { world, seed: new SimPeer(world, 'seed'), peer: new SimPeer(world, 'peer') };
  await world.run(() => lab.seed.start(), MINUTES);
  return lab;
}

async function close({ world, seed, peer }: Lab): Promise<void> {
  await world.run(async () => {
    await Promise.all([seed.stop(), peer.stop()]);
  }, MINUTES);
}

/** One that `seed` shares, and whose bytes `peer` has at `path`, as far as `keep` leaves them. */
async function adopt(
  { world, seed, peer }: Lab,
  about: {
    readonly path: string;
    readonly changes?: Partial<TransferRecord>;
    readonly adopted?: Partial<Adopted>;
    readonly keep?: (bytes: Uint8Array) => Uint8Array;
  },
): Promise<string> {
  const torrent = await world.run(() => seed.share('a.bin', LENGTH), MINUTES);
  await world.run(() => seed.add({ torrent, isTrusted: true }), MINUTES);
  const bytes = seed.content('a.bin');
  assert.ok(bytes !== undefined);
  const { path, changes = {}, keep = (all) => all } = about;
  peer.host.disk.put(rootPath(path), keep(bytes.slice()));
  const metainfo = Buffer.from(torrent, 'base64');
  const record = newRecord(
    parseFile(metainfo, peer.host.ports),
    { directory: '/theirs' },
    { directory: '/theirs', isPaused: true, queuePosition: 1, addedAt: 5 },
  );
  const adopted = { ...UNCHECKED, ...about.adopted };
  const whole = { ...record, contentPath: path, ...changes };
  const options = { ...record.options, ...changes.options, adopted };
  await world.run(
    () => peer.transfers.adopt([{ record: { ...whole, options }, metainfo }]),
    MINUTES,
  );
  return record.id;
}

function at(peer: SimPeer, path: string): Uint8Array | undefined {
  return peer.host.disk.content(rootPath(path));
}

test('one that rests is hashed where it lies, and reaches nobody for it', async () => {
  const lab = await openLab();
  const { world, peer, seed } = lab;
  const id = await adopt(lab, { path: '/theirs/a.bin' });
  assert.equal(peer.row(id)?.have, 0, 'it is told as had before anybody looked');
  assert.equal(peer.row(id)?.addedAt, 5);
  await world.run(() => peer.start(), MINUTES);
  await world.run(() => peer.row(id)?.have === LENGTH, MINUTES);
  await world.run(() => peer.row(id)?.state === 'paused', MINUTES);
  assert.equal(peer.engine?.torrents.length, 0, 'it ran');
  assert.equal(peer.transfers.get(id).isUnchecked, false);
  // what was hashed is remembered: it seeds without another look
  await world.run(() => peer.stop(), MINUTES);
  peer.reopen();
  assert.equal(peer.row(id)?.have, LENGTH);
  peer.transfers.act([id], 'resume');
  await world.run(() => peer.start(), MINUTES);
  await world.run(() => peer.row(id)?.state === 'seeding', MINUTES);
  assert.equal(peer.row(id)?.downloaded, 0);
  assert.equal(seed.row(id)?.uploaded, 0);
  await close(lab);
});

test('of one that is damaged or begun only what is wrong is fetched', async () => {
  const lab = await openLab();
  const { world, peer, seed } = lab;
  const id = await adopt(lab, {
    path: '/theirs/a.bin',
    keep: (bytes) => {
      bytes[3 * PIECE_LENGTH] = (bytes[3 * PIECE_LENGTH] ?? 0) ^ 1;
      return bytes.subarray(0, 10 * PIECE_LENGTH + 5);
    },
  });
  await world.run(() => peer.start(), MINUTES);
  await world.run(() => peer.row(id)?.have === 9 * PIECE_LENGTH, MINUTES);
  peer.transfers.act([id], 'resume');
  await world.run(() => peer.row(id)?.state === 'downloading', MINUTES);
  peer.connect(id, seed);
  await world.run(() => peer.row(id)?.state === 'seeding', MINUTES);
  assert.equal(peer.row(id)?.downloaded, LENGTH - 9 * PIECE_LENGTH);
  assert.deepEqual(at(peer, '/theirs/a.bin'), seed.content('a.bin'));
  await close(lab);
});

test('stopped while it is hashed it is as before, and is hashed at the next start', async () => {
  const lab = await openLab();
  const { world, peer } = lab;
  const id = await adopt(lab, { path: '/theirs/a.bin' });
  await world.run(() => peer.start(), MINUTES);
  await world.run(() => peer.transfers.get(id).isVerifying, MINUTES);
  assert.equal(peer.row(id)?.state, 'checking');
  await world.run(() => peer.stop(), MINUTES);
  assert.ok(peer.transfers.get(id).isUnchecked);
  assert.equal(peer.row(id)?.state, 'paused');
  peer.reopen();
  await world.run(() => peer.start(), MINUTES);
  await world.run(() => peer.row(id)?.have === LENGTH, MINUTES);
  await close(lab);
});

test('what it gave and fetched before counts on', async () => {
  const lab = await openLab();
  const { world, peer, seed } = lab;
  const before = { uploaded: 1_000, downloaded: 50_000, seedSeconds: 7 };
  const figures = { size: LENGTH, wanted: LENGTH, have: 0, isPrivate: false, ...before };
  const id = await adopt(lab, {
    path: '/theirs/a.bin',
    changes: { intent: 'run', figures },
    adopted: { before },
    keep: (bytes) => bytes.subarray(0, 10 * PIECE_LENGTH),
  });
  await world.run(() => peer.start(), MINUTES);
  await world.run(() => peer.row(id)?.state === 'downloading', MINUTES);
  peer.connect(id, seed);
  await world.run(() => peer.row(id)?.state === 'seeding', MINUTES);
  assert.equal(peer.row(id)?.downloaded, 50_000 + LENGTH - 10 * PIECE_LENGTH);
  assert.equal(peer.row(id)?.uploaded, 1_000);
  assert.ok(peer.transfers.get(id).record.figures.seedSeconds >= 7);
  await close(lab);
});

test('once all is here it gets its own name, and goes where it was to go', async () => {
  const lab = await openLab();
  const { world, peer, seed } = lab;
  const id = await adopt(lab, {
    path: '/theirs/a.bin.part',
    changes: { intent: 'run' },
    adopted: { name: 'My film', onceHere: { suffix: '.part', directory: '/done' } },
    keep: (bytes) => bytes.subarray(0, 2 * PIECE_LENGTH),
  });
  await world.run(() => peer.start(), MINUTES);
  await world.run(() => peer.row(id)?.state === 'downloading', MINUTES);
  peer.connect(id, seed);
  await world.run(() => peer.row(id)?.directory === '/done', MINUTES);
  assert.deepEqual(at(peer, '/done/a.bin'), seed.content('a.bin'));
  assert.equal(at(peer, '/theirs/a.bin.part'), undefined);
  assert.equal(peer.transfers.get(id).record.options.adopted?.onceHere, undefined);
  assert.equal(peer.transfers.get(id).isUnchecked, false);
  assert.equal(peer.row(id)?.name, 'My film');
  // and is found there
  await world.run(() => peer.stop(), MINUTES);
  peer.reopen();
  await world.run(() => peer.start(), MINUTES);
  await world.run(() => peer.row(id)?.state === 'seeding', MINUTES);
  assert.equal(peer.row(id)?.downloaded, LENGTH - 2 * PIECE_LENGTH);
  await close(lab);
});

test('one that was stopped before all was here goes on with its names and place', async () => {
  const lab = await openLab();
  const { world, peer, seed } = lab;
  const id = await adopt(lab, {
    path: '/theirs/a.bin.part',
    changes: { intent: 'run' },
    adopted: { onceHere: { suffix: '.part' } },
    keep: (bytes) => bytes.subarray(0, 2 * PIECE_LENGTH),
  });
  await world.run(() => peer.start(), MINUTES);
  await world.run(() => peer.row(id)?.state === 'downloading', MINUTES);
  await world.run(() => peer.stop(), MINUTES);
  peer.reopen();
  await world.run(() => peer.start(), MINUTES);
  await world.run(() => peer.row(id)?.state === 'downloading', MINUTES);
  assert.equal(peer.row(id)?.have, 2 * PIECE_LENGTH);
  peer.connect(id, seed);
  const isNamed = (): boolean => at(peer, '/theirs/a.bin') !== undefined;
  await world.run(() => peer.row(id)?.state === 'seeding' && isNamed(), MINUTES);
  await close(lab);
});

test('one that was not hashed yet is not moved, because its content would stay behind', async () => {
  const lab = await openLab();
  const { world, peer } = lab;
  const id = await adopt(lab, { path: '/theirs/a.bin' });
  await world.run(
    () => assert.rejects(peer.transfers.move(id, '/elsewhere'), { code: 'NOT_POSSIBLE_NOW' }),
    MINUTES,
  );
  assert.equal(peer.row(id)?.directory, '/theirs');
  await close(lab);
});

test('one whose folder cannot be read is told, and not looked at again and again', async () => {
  const lab = await openLab();
  const { world, peer } = lab;
  const id = await adopt(lab, { path: '/theirs/a.bin' });
  const names = { 5: 'x' };
  const entry = peer.transfers.get(id);
  entry.changeOptions({ adopted: { ...UNCHECKED, fileNames: names } });
  await world.run(() => peer.start(), MINUTES);
  await world.run(() => peer.row(id)?.state === 'failed', MINUTES);
  assert.equal(peer.row(id)?.reason?.code, 'NO_SUCH_FILE');
  await close(lab);
});

test('one that is here already, or was removed, is as it was asked for last', async () => {
  const lab = await openLab();
  const { world, peer } = lab;
  const id = await adopt(lab, { path: '/theirs/a.bin' });
  const { record } = peer.transfers.get(id);
  const again = { record: { ...record, name: 'other' }, metainfo: peer.transfers.torrentFile(id) };
  await world.run(() => peer.transfers.adopt([again]), MINUTES);
  assert.equal(peer.row(id)?.name, 'a.bin', 'one that was there was replaced');
  peer.transfers.remove([id], true);
  await world.run(() => peer.transfers.adopt([again]), MINUTES);
  assert.equal(peer.row(id)?.name, 'other');
  assert.deepEqual(peer.deleted, [], 'content that is wanted again was deleted');
  await close(lab);
});

test('deleted with its data, its files go under the names that they have', async () => {
  using folder = temporaryFolder();
  put(folder.at('album/one.part'), 'x');
  put(folder.at('album/two'), 'y');
  const files = ['one', 'two'].map((name) => ({
    path: [name],
    length: 1,
    offset: 0,
    isExecutable: false,
  }));
  const { metainfo } = parseFile(await torrentOf(), new World({ seed: 1 }).host('x').ports);
  const kept = await deleteContent({ ...metainfo, isFolder: true, files }, folder.at('album'), {
    0: 'one.part',
  });
  assert.equal(kept, 0);
  assert.ok(!existsSync(folder.at('album')));
});

async function torrentOf(): Promise<Uint8Array> {
  const world = new World({ seed: 2 });
  const peer = new SimPeer(world, 'peer');
  const torrent = await world.run(() => peer.share('a.bin', LENGTH), MINUTES);
  return Buffer.from(torrent, 'base64');
}
