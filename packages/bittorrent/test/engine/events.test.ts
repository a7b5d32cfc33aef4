import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Numbered } from '@coequal/base';
import type { TorrentEvent } from '../../src/torrent-types.ts';
import { Lab, NEVER } from './lab.ts';
import { RawPeer } from './raw-peer.ts';

test('a reader of events that is slow is told how many it missed', async () => {
  await using lab = await Lab.open({ content: 100_000 });
  const seed = await lab.seed();
  const abort = new AbortController();
  const events = seed.torrent.events(abort.signal);
  const host = lab.world.host('restless');
  for (let round = 0; round < 150; round++) {
    const peer = await lab.run(() => RawPeer.dial(host, seed.endpoint));
    peer.greet(lab.infoHash);
    await lab.until(() => peer.handshake !== undefined);
    peer.conn.close();
  }
  await lab.world.pass(1_000);
  const first = (await events.next()).value;
  assert.ok(first?.type === 'lagged');
  const read: Numbered<TorrentEvent>[] = [];
  abort.abort();
  for await (const event of events) read.push(event);
  assert.ok(first.dropped > 40, `${first.dropped} dropped`);
});

test('events come in order, numbered, and end with the torrent', async () => {
  await using lab = await Lab.open({ content: 100_000 });
  const seed = await lab.seed();
  const leech = await lab.leech('leech', [seed]);
  const read: Numbered<TorrentEvent>[] = [];
  const reading = (async () => {
    for await (const event of leech.torrent.events(NEVER)) read.push(event);
  })();
  await lab.run(() => leech.torrent.whenCompleted(NEVER));
  await lab.run(() => leech.dispose());
  await lab.run(() => reading);
  const types = read.map(({ type }) => type);
  assert.deepEqual(
    types.filter((type) => type === 'checked' || type === 'completed'),
    ['checked', 'completed'],
  );
  assert.ok(types.indexOf('peer-opened') < types.indexOf('peer-closed'));
  const [{ number: first } = { number: 0 }] = read;
  assert.deepEqual(
    read.map(({ number }) => number),
    read.map((_, index) => first + index),
  );
});

test('who waits can stop waiting, and is told when the torrent closes', async () => {
  await using lab = await Lab.open({ content: 100_000 });
  const leech = await lab.leech('leech');
  const abort = new AbortController();
  const reason = new Error('enough');
  const stopped = [
    assert.rejects(leech.torrent.whenCompleted(abort.signal), reason),
    assert.rejects(leech.torrent.whenCompleted(AbortSignal.abort(reason)), reason),
  ];
  abort.abort(reason);
  await lab.run(() => Promise.all(stopped));
  const closed = assert.rejects(leech.torrent.whenCompleted(NEVER), { name: 'AbortError' });
  await lab.run(() => leech.torrent[Symbol.asyncDispose]());
  await lab.run(() => closed);
});

test('the fetching of a torrent file can be given up', async () => {
  await using lab = await Lab.open({ content: 100_000 });
  const leech = await lab.leech('leech');
  const abort = new AbortController();
  lab.world.serveHttp('http://slow.test', () => {
    abort.abort();
    return { body: lab.torrentFile };
  });
  const adding = leech.engine.add('http://slow.test/x', { signal: abort.signal });
  await lab.run(() => assert.rejects(adding, { name: 'AbortError' }));
});

test('an engine that is closed takes nothing more', async () => {
  await using lab = await Lab.open({ content: 100_000 });
  const leech = await lab.leech('leech');
  const { engine } = leech;
  await lab.run(() => leech.dispose());
  await assert.rejects(() => engine.add(lab.torrentFile), { code: 'ENGINE_CLOSED' });
});

test('closing twice at once waits for the same end', async () => {
  await using lab = await Lab.open({ content: 100_000 });
  const seed = await lab.seed();
  const leech = await lab.leech('leech', [seed]);
  await lab.until(() => leech.torrent.peers.length > 0);
  const both = [leech.torrent[Symbol.asyncDispose](), leech.dispose()];
  await lab.run(() => Promise.all(both));
  assert.equal(leech.host.openFiles, 0);
});
