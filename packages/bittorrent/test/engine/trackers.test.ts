import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeBencode } from '../../src/core/bencode.ts';
import { encodeCompactPeers } from '../../src/core/compact-peers.ts';
import { Lab } from './lab.ts';
import type { LabNode } from './lab.ts';

/** A tracker that knows one seed; what it was told. */
function serve(lab: Lab, origin: string, seed: LabNode): string[] {
  const events: string[] = [];
  lab.world.serveHttp(origin, ({ url }) => {
    events.push(url.searchParams.get('event') ?? '-');
    const peers = encodeCompactPeers([seed.endpoint], 4);
    return { body: encodeBencode({ interval: 1_800, complete: 1, incomplete: 3, peers }) };
  });
  return events;
}

test('a torrent gets trackers while it runs, and loses them', async () => {
  await using lab = await Lab.open({ content: 200_000 });
  const seed = await lab.seed();
  const [first, second] = ['http://first.test', 'http://second.test'];
  const told = { first: serve(lab, first, seed), second: serve(lab, second, seed) };
  const leech = await lab.leech('leech', [], { add: { useTrackers: true } });
  await lab.world.pass(10_000);
  assert.equal(leech.torrent.trackers.length, 0);
  leech.torrent.setTrackers([[`${first}/announce`]]);
  await lab.untilSeeding(leech);
  assert.equal(leech.torrent.stats.sources.tracker?.given, 1);
  await lab.world.pass(1_000); // it is told that we have all
  const [report] = leech.torrent.trackers;
  assert.ok(report?.nextAnnounceAt);
  assert.deepEqual(
    { ...report, nextAnnounceAt: undefined },
    {
      url: `${first}/announce`,
      tier: 0,
      state: 'working',
      lastError: undefined,
      warning: undefined,
      nextAnnounceAt: undefined,
      seeds: 1,
      leechers: 3,
      downloadedCount: undefined,
      peersGiven: 1,
    },
  );
  leech.torrent.setTrackers([[`${second}/announce`]]);
  await lab.world.pass(5_000);
  assert.deepEqual(told.first, ['started', 'completed', 'stopped']);
  assert.deepEqual(told.second, ['started']);
  leech.torrent.announceNow();
  await lab.world.pass(5_000);
  assert.deepEqual(told.second, ['started'], 'not before its interval allows');
  await lab.world.pass(5 * 60_000);
  assert.deepEqual(told.second, ['started', '-']);
});

test('a torrent that is added with trackers of one choice asks none of its own', async () => {
  await using lab = await Lab.open({ content: 200_000 });
  const seed = await lab.seed();
  const chosen = serve(lab, 'http://chosen.test', seed);
  const own = serve(lab, 'http://own.test', seed);
  const magnet = `magnet:?xt=urn:btih:${lab.infoHash}&tr=http%3A%2F%2Fown.test%2Fannounce`;
  const trackers = [['http://chosen.test/announce']];
  const leech = await lab.leech('leech', [], {
    source: magnet,
    add: { useTrackers: true, trackers },
  });
  await lab.untilSeeding(leech);
  assert.deepEqual([chosen.length > 0, own], [true, []]);
});
