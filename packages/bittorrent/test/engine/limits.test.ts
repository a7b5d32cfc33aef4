import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Engine } from '../../src/engine.ts';
import { createTorrent } from '../../src/io/create-torrent.ts';
import { SharedRates } from '../../src/io/swarm/shared-limits.ts';
import { joinPath } from '@coequal/base';
import { DOWNLOADS, Lab, NEVER } from './lab.ts';
import type { LabNode, NodeOptions } from './lab.ts';
import { fullestSecond, meanRate, Meter } from './metered.ts';

const LIMIT = 4_000_000;
/** What goes before and after the content is little to it. */
const CONTENT = 14_000_000;

/** A node whose traffic is measured. */
function measured(options: NodeOptions = {}): { meter: Meter; options: NodeOptions } {
  const meter = new Meter();
  return { meter, options: { ...options, wrap: (ports) => meter.wrap(ports) } };
}

function assertLimited(passed: Meter['sent'], limit: number): void {
  const [fullest, mean] = [fullestSecond(passed), meanRate(passed)];
  assert.ok(fullest <= limit * 1.02, `${fullest} bytes in a second`);
  assert.ok(mean >= limit * 0.95, `${mean} bytes a second`);
}

test('the upload limit holds in every second, and is used', async () => {
  await using lab = await Lab.open({ content: CONTENT, pieceLength: 262_144 });
  const { meter, options } = measured({ engine: { uploadBytesPerSecondMax: LIMIT } });
  const seed = await lab.seed('seed', options);
  const leeches = [await lab.leech('a'), await lab.leech('b')];
  for (const leech of leeches) leech.torrent.addPeers([seed.endpoint]);
  await lab.until(() => leeches.some((leech) => leech.isSeeding));
  assertLimited(meter.sent, LIMIT);
});

test('the download limit holds in every second, and is used', async () => {
  // high, because a read is not cut: 64 KiB, and at times twice that after a pause, are to be little
  const limit = 12_000_000;
  await using lab = await Lab.open({ content: limit * 3, pieceLength: 262_144 });
  const seeds = [await lab.seed('a'), await lab.seed('b'), await lab.seed('c')];
  const { meter, options } = measured({ engine: { downloadBytesPerSecondMax: limit } });
  const leech = await lab.leech('leech', seeds, options);
  await lab.untilSeeding(leech);
  const [first] = meter.received;
  assert.ok(first);
  // each connection may overdraw once at first, since none is known to be fast
  assertLimited(
    meter.received.filter(({ at }) => at > first.at + 500),
    limit,
  );
});

test('a low limit is kept on the average', async () => {
  const low = 50_000;
  await using lab = await Lab.open({ content: 1_000_000 });
  const up = measured({ engine: { uploadBytesPerSecondMax: low } });
  const seed = await lab.seed('seed', up.options);
  const down = measured({ engine: { downloadBytesPerSecondMax: low } });
  const leech = await lab.leech('leech', [seed], down.options);
  await lab.untilSeeding(leech);
  for (const passed of [up.meter.sent, down.meter.received]) {
    const mean = meanRate(passed);
    assert.ok(mean <= low * 1.03 && mean >= low * 0.9, `${mean} bytes a second`);
  }
});

test('torrents of one engine share its limit', async () => {
  await using lab = await Lab.open({ content: CONTENT / 2, pieceLength: 262_144 });
  const { meter, options } = measured({ engine: { uploadBytesPerSecondMax: LIMIT } });
  const seed = await lab.seed('seed', options);
  const path = joinPath(DOWNLOADS, 'other');
  seed.host.disk.put(path, lab.world.random.bytes(CONTENT / 2));
  const made = { path, version: 'v1', pieceLength: 262_144 } as const;
  const file = await lab.run(() => createTorrent(made, seed.host.ports, NEVER));
  await lab.run(() => seed.engine.add(file, { trust: true, useTrackers: false }));
  const a = await lab.leech('a', [seed]);
  const b = await lab.leech('b', [seed], { source: file });
  await lab.until(() => a.isSeeding && b.isSeeding);
  assertLimited(meter.sent, LIMIT);
});

test('engines that share their rates keep the limit together, and one alone has all of it', async () => {
  await using lab = await Lab.open({ content: CONTENT, pieceLength: 262_144 });
  const seed = await lab.seed('seed');
  const { host } = seed;
  await lab.run(() => seed.dispose());
  const rates = new SharedRates({ uploadBytesPerSecondMax: LIMIT }, host.ports.clock);
  const meter = new Meter();
  const open = async (port: number): Promise<Engine> => {
    const place = { downloadDirectory: DOWNLOADS, addresses: [host.address], port };
    const ports = meter.wrap(host.ports);
    const engine = await Engine.open({ ...place, discovery: false, rates }, ports);
    await engine.add(lab.torrentFile, { trust: true, useTrackers: false });
    return engine;
  };
  const engines = await lab.run(() => Promise.all([open(7_001), open(7_002)]));
  const leechOf = (name: string, port: number): Promise<LabNode> =>
    lab.leech(name, [{ host: host.address, port }]);
  const both = [await leechOf('a', 7_001), await leechOf('b', 7_002)];
  await lab.until(() => both.some((leech) => leech.isSeeding));
  assertLimited(meter.sent, LIMIT);
  const shares = engines.map(({ stats }) => stats.uploaded);
  assert.ok(Math.min(...shares) > CONTENT / 2, `${shares.join(' and ')} bytes`);

  await lab.untilSeeding(...both);
  const alone = await leechOf('c', 7_002);
  await lab.until(() => alone.torrent.stats.downloaded > 0);
  meter.sent.length = 0;
  await lab.untilSeeding(alone);
  assertLimited(meter.sent, LIMIT);
  engines[0]?.setLimits({});
  assert.equal(engines[1]?.limits.uploadBytesPerSecondMax, undefined);
  await lab.run(async () => {
    for (const engine of engines) await engine[Symbol.asyncDispose]();
  });
});

test('limits of the engine and of a torrent change while it runs', async () => {
  await using lab = await Lab.open({ content: 4_000_000, pieceLength: 65_536 });
  const low = 20_000;
  const seed = await lab.seed('seed', { engine: { uploadBytesPerSecondMax: low } });
  const leech = await lab.leech('leech', [seed]);
  const inTenSeconds = async (): Promise<number> => {
    const before = seed.torrent.stats.uploaded;
    await lab.world.pass(10_000);
    return (seed.torrent.stats.uploaded - before) / 10;
  };
  await lab.until(() => leech.torrent.stats.downloaded > 0);
  assert.ok((await inTenSeconds()) <= low * 1.2);
  seed.engine.setLimits({ uploadBytesPerSecondMax: 5 * low });
  const faster = await inTenSeconds();
  assert.ok(faster > low * 4 && faster <= low * 6, `${faster} bytes a second`);
  leech.torrent.setLimits({ downloadBytesPerSecondMax: 2 * low });
  await lab.world.pass(20_000); // what is on its way is read
  const own = await inTenSeconds();
  assert.ok(own > low && own <= low * 2.5, `${own} bytes a second`);
  assert.deepEqual(seed.engine.limits.uploadBytesPerSecondMax, 5 * low);
  leech.torrent.setLimits({});
  seed.torrent.setLimits({ ignoresEngineLimits: true });
  const startedAt = lab.world.now;
  await lab.untilSeeding(leech);
  assert.ok(lab.world.now - startedAt < 20_000, 'no limit is left');
});

test('a limit of nothing is refused', async () => {
  await using lab = await Lab.open({ content: 100_000 });
  const seed = await lab.seed('seed');
  const refused = { code: 'BAD_LIMIT' };
  assert.throws(() => seed.engine.setLimits({ uploadBytesPerSecondMax: 0 }), refused);
  assert.throws(() => seed.torrent.setLimits({ downloadBytesPerSecondMax: Number.NaN }), refused);
  await lab.run(async () => {
    await seed.torrent[Symbol.asyncDispose]();
    const limits = { uploadBytesPerSecondMax: -1 };
    await assert.rejects(seed.engine.add(lab.torrentFile, { limits }), refused);
  });
});
