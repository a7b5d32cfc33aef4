/** Torrents behind a key (BEP 46): published, looked up, replaced, on virtual time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeUtf8 } from '@coequal/base';
import { openEd25519 } from '@coequal/base/node';
import { createTorrent } from '../../src/io/create-torrent.ts';
import type { Publication } from '../../src/io/dht/publication.ts';
import { Lab, NEVER } from './lab.ts';
import type { LabNode, LabOptions, NodeOptions } from './lab.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const SECRET = new Uint8Array(32).fill(7);
const SALT = encodeUtf8('news');
const KEY = Buffer.from(openEd25519().publicKey(SECRET)).toString('hex');
const LINK = `magnet:?xs=urn:btpk:${KEY}&s=6e657773`;

function inDht(contact?: LabNode, more: Partial<NodeOptions> = {}): NodeOptions {
  const dhtBootstrap = contact === undefined ? [] : [contact.endpoint];
  return {
    ...more,
    engine: { discovery: { dhtBootstrap, isPrivateNetwork: true }, ...more.engine },
  };
}

/** A torrent, one of two nodes that are nothing more, and a seed. */
async function open(options: Partial<LabOptions> = {}): Promise<[Lab, LabNode, LabNode]> {
  const lab = await Lab.open({ content: 200_000, ...options });
  const other = `magnet:?xt=urn:btih:${lab.infoHash.slice(2)}00`;
  const first = await lab.leech('first', [], inDht(undefined, { source: other }));
  const contact = await lab.leech('contact', [], inDht(first, { source: other }));
  const seed = await lab.seed('seed', inDht(contact));
  await lab.untilSeeding(seed);
  return [lab, contact, seed];
}

function publish(lab: Lab, node: LabNode, torrent = node.torrent): Promise<Publication> {
  return lab.run(() => node.engine.publish(torrent, { secret: SECRET, salt: SALT, signal: NEVER }));
}

/** The same content in other pieces is another torrent. */
async function addOther(lab: Lab, node: LabNode): Promise<LabNode['torrent']> {
  return await lab.run(async () => {
    const what = { path: lab.pathOf(), version: 'v1', pieceLength: 65_536 } as const;
    const file = await createTorrent(what, node.host.ports, NEVER);
    return await node.engine.add(file, { trust: true, useTrackers: false });
  });
}

function sequenceOf({ state }: Publication): number | undefined {
  return state.type === 'published' ? state.sequence : undefined;
}

test('a link that names only a key fetches the torrent that its owner publishes', async () => {
  const [lab, contact, seed] = await open();
  await using _ = lab;
  const publication = await publish(lab, seed);
  assert.equal(publication.magnet, LINK);
  await lab.until(() => sequenceOf(publication) === 1);
  const leech = await lab.leech('leech', [], inDht(contact, { source: LINK }));
  await lab.until(() => leech.isSeeding, 5 * MINUTE);
  lab.assertContent(leech);
  const newest = await lab.run(() => leech.engine.findNewest(LINK, NEVER));
  assert.deepEqual([newest?.infoHash, newest?.sequence], [lab.infoHash, 1]);
});

test('it is put again each hour, and forgotten two hours after that ends', async () => {
  const [lab, contact, seed] = await open();
  await using _ = lab;
  const publication = await publish(lab, seed);
  await lab.until(() => sequenceOf(publication) === 1);
  await lab.world.pass(5 * HOUR);
  const find = (): ReturnType<LabNode['engine']['findNewest']> =>
    contact.engine.findNewest(LINK, NEVER);
  assert.equal((await lab.run(find))?.sequence, 1);
  await lab.run(() => publication[Symbol.asyncDispose]());
  await lab.world.pass(2 * HOUR + MINUTE);
  assert.equal(await lab.run(find), undefined);
  await assert.rejects(
    lab.run(() => contact.engine.add(LINK)),
    { code: 'NOT_PUBLISHED' },
  );
});

test('who fetched it by the link keeps it there when the publisher is gone, as long as he shares it', async () => {
  const [lab, contact, seed] = await open();
  await using _ = lab;
  const publication = await publish(lab, seed);
  await lab.until(() => sequenceOf(publication) === 1);
  const leech = await lab.leech('leech', [], inDht(contact, { source: LINK }));
  await lab.until(() => leech.isSeeding, 5 * MINUTE);
  await lab.run(() => seed.dispose());
  await lab.world.pass(5 * HOUR);
  const find = (): ReturnType<LabNode['engine']['findNewest']> =>
    contact.engine.findNewest(LINK, NEVER);
  assert.equal((await lab.run(find))?.sequence, 1);
  await lab.run(() => leech.torrent[Symbol.asyncDispose]());
  await lab.world.pass(2 * HOUR + MINUTE);
  assert.equal(await lab.run(find), undefined);
});

test('the next version has the next number, when nobody remembers the one before as well', async () => {
  const [lab, contact, seed] = await open();
  await using _ = lab;
  const first = await publish(lab, seed);
  await lab.until(() => sequenceOf(first) === 1);
  const other = await addOther(lab, seed);
  const second = await publish(lab, seed, other);
  await lab.until(() => sequenceOf(second) === 2);
  await lab.run(() => seed.dispose());
  await lab.world.pass(3 * HOUR);
  assert.equal(await lab.run(() => contact.engine.findNewest(LINK, NEVER)), undefined);
  await lab.restart(seed);
  const third = await publish(lab, seed);
  await lab.until(() => sequenceOf(third) === 3);
  await lab.run(() => third[Symbol.asyncDispose]());
  const same = await publish(lab, seed);
  await lab.until(() => sequenceOf(same) !== undefined);
  assert.equal(sequenceOf(same), 3, 'the same torrent is the same version');
});

test('who finds that the same key has published something newer elsewhere stops', async () => {
  const [lab, contact, seed] = await open();
  await using _ = lab;
  const first = await publish(lab, seed);
  await lab.until(() => sequenceOf(first) === 1);
  const elsewhere = await lab.seed('elsewhere', inDht(contact));
  const second = await publish(lab, elsewhere, await addOther(lab, elsewhere));
  await lab.until(() => sequenceOf(second) === 2);
  await lab.until(() => first.state.type === 'superseded', 2 * HOUR);
  await lab.world.pass(3 * HOUR);
  const newest = await lab.run(() => contact.engine.findNewest(LINK, NEVER));
  assert.equal(newest?.sequence, 2);
});

test('while there is no node it is tried again, and says why', async () => {
  await using lab = await Lab.open({ content: 50_000 });
  const seed = await lab.seed('seed', inDht());
  const publication = await publish(lab, seed);
  await lab.until(() => publication.state.type === 'waiting');
  const { state } = publication;
  assert.equal(state.type === 'waiting' && state.fault.code, 'DHT_NO_NODES');
  await lab.leech('leech', [seed], inDht(seed)); // it makes itself known
  await lab.until(() => sequenceOf(publication) === 1, 30 * MINUTE);
});

test('private torrents, v2 alone, and an engine without the DHT are refused', async () => {
  for (const [options, code] of [
    [{ isPrivate: true }, 'TORRENT_PRIVATE'],
    [{ version: 'v2' }, 'PUBLISH_NEEDS_V1'],
  ] as const) {
    const [lab, , seed] = await open(options);
    await using _ = lab;
    await assert.rejects(publish(lab, seed), { code });
  }
  await using lab = await Lab.open({ content: 50_000 });
  const seed = await lab.seed();
  await assert.rejects(publish(lab, seed), { code: 'DHT_OFF' });
  await assert.rejects(
    lab.run(() => seed.engine.findNewest(LINK, NEVER)),
    { code: 'DHT_OFF' },
  );
  assert.equal(seed.engine.dht, undefined);
});
