import assert from 'node:assert/strict';
import { test } from 'node:test';
import { World } from '@coequal/simulator';
import { UNDO_MS } from '../../src/files/transfers.ts';
import { SimPeer } from './peer-world.ts';

const LENGTH = 200_000;
const MINUTES = 60_000;

interface Pair {
  readonly world: World;
  readonly seed: SimPeer;
  readonly leech: SimPeer;
}

async function openPair(seed = 1): Promise<Pair> {
  const world = new World({ seed });
  const pair = { world, seed: new SimPeer(world, 'seed'), leech: new SimPeer(world, 'leech') };
  await world.run(() => pair.seed.start(), MINUTES);
  await world.run(() => pair.leech.start(), MINUTES);
  return pair;
}

async function close({ world, seed, leech }: Pair): Promise<void> {
  await world.run(async () => {
    await Promise.all([seed.stop(), leech.stop()]);
  }, MINUTES);
}

/** Shared by the seed, and added by the leech; the id. */
async function addBoth({ world, seed, leech }: Pair, name: string): Promise<string> {
  const torrent = await world.run(() => seed.share(name, LENGTH), MINUTES);
  await world.run(() => seed.add({ torrent, isTrusted: true }), MINUTES);
  const { id } = await world.run(() => leech.add({ torrent }), MINUTES);
  return id;
}

async function fetchBoth(pair: Pair, name: string): Promise<string> {
  const id = await addBoth(pair, name);
  const { world, seed, leech } = pair;
  await world.run(() => leech.transfers.get(id).torrent !== undefined, MINUTES);
  leech.connect(id, seed);
  await world.run(() => leech.row(id)?.state === 'seeding', 5 * MINUTES);
  return id;
}

void test('a transfer that is added runs, completes and is told of', async () => {
  const pair = await openPair();
  const id = await fetchBoth(pair, 'a.bin');
  const row = pair.leech.row(id);
  assert.deepEqual(pair.leech.content('a.bin'), pair.seed.content('a.bin'));
  assert.deepEqual([row?.have, row?.wanted, row?.downloaded], [LENGTH, LENGTH, LENGTH]);
  assert(row?.completedAt !== undefined);
  assert.deepEqual(pair.leech.told, ['TRANSFER_ADDED', 'TRANSFER_COMPLETED']);
  await close(pair);
});

void test('after a restart everything is there as it was, and runs on', async () => {
  const pair = await openPair();
  const { world, leech } = pair;
  const id = await fetchBoth(pair, 'a.bin');
  leech.transfers.change(id, { tags: ['x'], limits: { up: 5_000 } });
  await world.run(() => leech.stop(), MINUTES);
  const before = leech.row(id);

  leech.reopen();
  const resting = leech.row(id);
  assert.deepEqual(
    [resting?.have, resting?.tags, resting?.completedAt, resting?.state],
    [LENGTH, ['x'], before?.completedAt, 'queued'],
  );
  await world.run(() => leech.start(), MINUTES);
  await world.run(() => leech.row(id)?.state === 'seeding', MINUTES);
  assert.equal(leech.transfers.get(id).torrent?.limits.uploadBytesPerSecondMax, 5_000);
  assert.equal(leech.row(id)?.downloaded, LENGTH, 'counted over all runs');
  await close(pair);
});

void test('paused it rests, and resumed it goes on', async () => {
  const pair = await openPair();
  const { world, leech } = pair;
  const id = await addBoth(pair, 'a.bin');
  await world.run(() => leech.transfers.get(id).torrent !== undefined, MINUTES);
  leech.transfers.act([id], 'pause');
  await world.run(() => leech.row(id)?.state === 'paused', MINUTES);
  await world.run(() => leech.engine?.torrents.length === 0, MINUTES);
  leech.transfers.act([id, 'gone'], 'resume');
  await world.run(() => leech.row(id)?.state === 'downloading', MINUTES);
  await close(pair);
});

void test('those beyond the limit wait, and take their turn when one completes', async () => {
  const pair = await openPair();
  const { world, seed, leech } = pair;
  leech.settings = { ...leech.settings, activeDownloadsMax: 1 };
  const [first, second] = [await addBoth(pair, 'a.bin'), await addBoth(pair, 'b.bin')];
  await world.run(() => leech.row(first)?.state === 'downloading', MINUTES);
  assert.equal(leech.row(second)?.state, 'queued');

  leech.transfers.act([second], 'to-top');
  await world.run(() => leech.row(second)?.state === 'downloading', MINUTES);
  await world.run(() => leech.row(first)?.state === 'queued', MINUTES);
  leech.connect(second, seed);
  await world.run(() => leech.row(second)?.state === 'seeding', MINUTES);
  await world.run(() => leech.row(first)?.state === 'downloading', MINUTES);
  await close(pair);
});

void test('a turn ends and the next begins also when nobody looks', async () => {
  const pair = await openPair();
  const { world, seed, leech } = pair;
  leech.settings = { ...leech.settings, activeDownloadsMax: 1 };
  const [first, second] = [await addBoth(pair, 'a.bin'), await addBoth(pair, 'b.bin')];
  await world.run(() => leech.transfers.get(first).torrent !== undefined, MINUTES);
  leech.connect(first, seed);
  await world.run(() => leech.transfers.get(second).torrent !== undefined, 5 * MINUTES);
  assert.ok(leech.transfers.get(first).isComplete);
  await close(pair);
});

void test('a change that was not marked is found when all are looked at', async () => {
  const pair = await openPair();
  const { world, leech } = pair;
  const id = await addBoth(pair, 'a.bin');
  leech.transfers.act([id], 'pause');
  const { clock } = leech.host.ports;
  const later = clock.now() + 10_000;
  await world.run(() => leech.engine?.torrents.length === 0 && clock.now() > later, MINUTES);
  const entry = leech.transfers.get(id);
  entry.record = { ...entry.record, intent: 'run' };
  await world.run(() => entry.torrent !== undefined, 2 * MINUTES);
  await close(pair);
});

void test('a goal that is reached ends the passing on; without it, it goes on', async () => {
  const pair = await openPair();
  const { world, leech } = pair;
  const id = await fetchBoth(pair, 'a.bin');
  leech.transfers.change(id, { goals: { seedMinutes: 1 } });
  await world.run(() => leech.row(id)?.state === 'finished', 3 * MINUTES);
  await world.run(() => leech.engine?.torrents.length === 0, MINUTES);
  leech.transfers.change(id, { goals: { seedMinutes: null } });
  await world.run(() => leech.row(id)?.state === 'seeding', MINUTES);
  await close(pair);
});

void test('a removal can be undone, data included, and is final afterwards', async () => {
  const pair = await openPair();
  const { world, leech } = pair;
  const id = await fetchBoth(pair, 'a.bin');
  leech.transfers.remove([id], true);
  assert.deepEqual(leech.rows(), []);
  await world.run(() => leech.engine?.torrents.length === 0, MINUTES);
  leech.transfers.undoRemoval([id]);
  await world.run(() => leech.row(id)?.state === 'seeding', MINUTES);
  assert.deepEqual(leech.deleted, []);

  leech.transfers.remove([id], true);
  await world.pass(UNDO_MS + 5_000);
  assert.deepEqual(leech.deleted, ['/downloads/a.bin']);
  assert.throws(() => leech.transfers.undoRemoval([id]), { code: 'NO_SUCH_TRANSFER' });
  leech.reopen();
  assert.deepEqual(leech.rows(), []);
  await close(pair);
});

void test('what is removed with its data and added again within the time keeps them', async () => {
  const pair = await openPair();
  const { world, leech } = pair;
  const id = await fetchBoth(pair, 'a.bin');
  const bytes = leech.transfers.torrentFile(id);
  leech.transfers.remove([id], true);
  const torrent = Buffer.from(bytes ?? []).toString('base64');
  await world.run(() => leech.add({ torrent }), MINUTES);
  await world.pass(2 * UNDO_MS);
  assert.deepEqual(leech.deleted, []);
  assert.equal(leech.row(id)?.state, 'seeding');
  await close(pair);
});

void test('on a disk that is nearly full nothing is fetched, and it goes on when there is room', async () => {
  const pair = await openPair();
  const { world, leech } = pair;
  leech.free = 10;
  const id = await addBoth(pair, 'a.bin');
  await world.run(() => leech.row(id)?.reason?.code === 'SPACE_SHORT', MINUTES);
  await world.run(() => leech.row(id)?.state === 'queued', MINUTES);
  leech.free = 1e12;
  await world.run(() => leech.row(id)?.state === 'downloading', MINUTES);
  await close(pair);
});

void test('files that are skipped are not fetched, and count for nothing', async () => {
  const pair = await openPair();
  const { world, leech } = pair;
  const id = await addBoth(pair, 'a.bin');
  assert.throws(() => leech.transfers.change(id, { files: [{ index: 7, priority: 'low' }] }), {
    code: 'NO_SUCH_FILE',
  });
  leech.transfers.change(id, { files: [{ index: 0, priority: 'high' }] });
  await world.run(() => leech.transfers.get(id).torrent?.filePriorities[0] === 'high', MINUTES);
  await close(pair);
});

void test('what is wrong with a source is said, and nothing is added', async () => {
  const world = new World({ seed: 1 });
  const peer = new SimPeer(world, 'peer');
  const add = (request: Parameters<SimPeer['add']>[0]): Promise<unknown> =>
    world.run(() => peer.add(request), MINUTES);
  await assert.rejects(add({}), { code: 'BAD_SOURCE' });
  await assert.rejects(add({ source: 'ftp://x' }), { code: 'BAD_SOURCE' });
  await assert.rejects(add({ source: 'magnet:?dn=x' }), { code: 'BAD_MAGNET' });
  await assert.rejects(add({ torrent: 'ZGU=!' }), { code: 'BAD_BASE64' });
  await assert.rejects(add({ torrent: 'ZGU=' }), { code: 'METAINFO_FIELD' });
  const magnet = `magnet:?xt=urn:btih:${'ab'.repeat(20)}`;
  await assert.rejects(add({ source: magnet, category: 'films' }), { code: 'NO_SUCH_CATEGORY' });
  await add({ source: magnet });
  await assert.rejects(add({ source: magnet }), { code: 'ALREADY_ADDED' });
  assert.equal(peer.rows().length, 1);
});

void test('a category names the folder, and a transfer outlives its category', async () => {
  const world = new World({ seed: 1 });
  const peer = new SimPeer(world, 'peer');
  peer.categories.set('films', { name: 'films', directory: '/films' });
  peer.store.run("INSERT INTO categories VALUES ('films', '/films')");
  const source = `magnet:?xt=urn:btih:${'ab'.repeat(20)}`;
  const { id, directory } = await world.run(() => peer.add({ source, category: 'films' }), MINUTES);
  assert.equal(directory, '/films');
  peer.transfers.forgetCategory('films');
  assert.equal(peer.row(id)?.category, undefined);
});

void test('what is moved and renamed is there after a restart, and goes on', async () => {
  const pair = await openPair();
  const { world, leech } = pair;
  const id = await fetchBoth(pair, 'a.bin');
  const content = leech.content('a.bin');
  await world.run(() => leech.transfers.move(id, '/films'), MINUTES);
  await world.run(() => leech.transfers.rename(id, undefined, 'b.bin'), MINUTES);
  assert.equal(leech.row(id)?.directory, '/films');
  await world.run(() => leech.stop(), MINUTES);
  leech.reopen();
  await world.run(() => leech.start(), MINUTES);
  await world.run(() => leech.row(id)?.state === 'seeding', MINUTES);
  assert.equal(leech.transfers.get(id).torrent?.contentPath, '/films/b.bin');
  assert.deepEqual(leech.content('../films/b.bin'), content);
  await assert.rejects(
    world.run(() => leech.transfers.rename(id, undefined, 'a/b'), MINUTES),
    { code: 'BAD_NAME' },
  );
  assert.equal(leech.row(id)?.state, 'seeding');
  leech.transfers.act([id], 'pause');
  await world.run(
    () => leech.row(id)?.state === 'paused' && leech.transfers.get(id).isSettled,
    MINUTES,
  );
  await world.run(() => leech.transfers.move(id, '/else'), MINUTES);
  assert.equal(leech.row(id)?.directory, '/else');
  assert.deepEqual(leech.content('../else/b.bin'), content);
  await close(pair);
});

void test('each way to peers says how it is doing, and what came of it', async () => {
  const pair = await openPair();
  const { leech } = pair;
  const id = await fetchBoth(pair, 'a.bin');
  const { sources } = leech.transfers.detail(id);
  const of = (name: string): (typeof sources)[number] | undefined =>
    sources.find(({ source }) => source === name);
  assert.equal(sources.length, 7);
  assert.deepEqual(of('given'), {
    source: 'given',
    state: 'working',
    given: 1,
    dialled: 1,
    links: 1,
    connected: 1,
    downloaded: LENGTH,
  });
  assert.deepEqual([of('dht')?.state, of('dht')?.why], ['off', 'switched-off']);
  assert.deepEqual([of('tracker')?.state, of('tracker')?.why], ['off', 'none-named']);
  leech.transfers.act([id], 'pause');
  await pair.world.run(() => leech.engine?.torrents.length === 0, MINUTES);
  assert.deepEqual(leech.transfers.detail(id).sources, []);
  await close(pair);
});
