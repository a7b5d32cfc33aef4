import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Peer } from '../src/peer/peer.ts';
import { FakePeer } from './fake-peer/fake-peer.ts';

test('a change whose event overtakes the list of transfers is shown all the same', async () => {
  await using fake = await FakePeer.open({ transfers: 3 });
  fake.world.publishTransfers(); // what follows is no whole list
  const [id = ''] = fake.world.transfers.keys();
  const page = new Peer(fake.url.slice(0, -1));
  const overtaken = Promise.withResolvers<void>();
  const merge = page.transfers.merge.bind(page.transfers);
  page.transfers.merge = (delta) => {
    const isMerged = merge(delta);
    if (!delta.isWhole) overtaken.resolve();
    return isMerged;
  };
  fake.beforeAnswer = async (name) => {
    if (name !== 'listTransfers') return;
    fake.beforeAnswer = () => undefined;
    fake.world.change(id, { down: 77 });
    fake.world.publishTransfers();
    await overtaken.promise;
  };
  const shown = new Promise<void>((resolve) => {
    page.transfers.subscribe(() => {
      if (page.transfers.read().byId.get(id)?.down === 77) resolve();
    });
  });
  const end = new AbortController();
  const running = page.run(end.signal);
  await shown;
  assert.equal(page.transfers.read().byId.size, 3);
  assert.equal(fake.calls.filter(({ name }) => name === 'listTransfers').length, 2);
  end.abort();
  await running;
});
