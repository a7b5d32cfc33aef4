/** Engines that find each other in the DHT, on virtual time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Endpoint, Ports } from '@coequal/base';
import { isKrpc } from '../../src/core/dht/krpc.ts';
import { noteDatagrams, withConns, wrapConn } from '../wrapped-ports.ts';
import { Lab, PORT } from './lab.ts';
import type { LabNode, NodeOptions } from './lab.ts';

const MINUTE = 60_000;

/** In the DHT, with `contact` to begin with. */
function inDht(contact?: LabNode, more: Partial<NodeOptions> = {}): NodeOptions {
  const dhtBootstrap: readonly Endpoint[] = contact === undefined ? [] : [contact.endpoint];
  return {
    ...more,
    engine: { discovery: { dhtBootstrap, isPrivateNetwork: true }, ...more.engine },
  };
}

/** Whose torrent is another one: for the others a node, and nothing more. */
async function bystander(lab: Lab): Promise<LabNode> {
  const { infoHash } = lab;
  const other = `magnet:?xt=urn:btih:${infoHash.slice(2)}00`;
  return await lab.leech('bystander', [], inDht(undefined, { source: other }));
}

test('a magnet link without trackers finds its peers in the DHT (BEP 5)', async () => {
  await using lab = await Lab.open({ content: 200_000 });
  const contact = await bystander(lab);
  await lab.seed('seed', inDht(contact));
  const source = `magnet:?xt=urn:btih:${lab.infoHash}`;
  const leech = await lab.leech('leech', [], inDht(contact, { source }));
  await lab.until(() => leech.isSeeding, 5 * MINUTE);
  lab.assertContent(leech);
  const { dht } = leech.torrent.stats.sources;
  assert.ok(dht !== undefined && dht.links >= 1, JSON.stringify(leech.torrent.stats.sources));
});

test('peers tell each other of their nodes, so that the DHT needs no other contact', async () => {
  await using lab = await Lab.open({ content: 200_000 });
  const seed = await lab.seed('seed', inDht());
  const first = await lab.leech('first', [seed], inDht());
  const second = await lab.leech('second', [], inDht(first));
  await lab.until(() => second.isSeeding, 30 * MINUTE);
  // who looks first is found by the others
  const given = [seed, first, second].map(({ torrent }) => torrent.stats.sources.dht.given);
  assert.ok(Math.max(...given) >= 1, String(given));
});

test('what is known of the DHT is kept: the next run needs no contact', async () => {
  await using lab = await Lab.open({ content: 200_000 });
  const contact = await bystander(lab);
  await lab.seed('seed', inDht(contact));
  const leech = await lab.leech('leech', [], inDht(contact));
  await lab.untilSeeding(leech);
  await lab.world.pass(MINUTE);
  await lab.run(() => leech.dispose());
  const state = leech.host.disk.content(DHT_STATE);
  assert.ok(state !== undefined && state.length > 20);

  const again = await lab.leech('again', [], inDht(undefined));
  await lab.run(() => again.dispose());
  again.host.disk.put(DHT_STATE, state);
  await lab.run(() => again.start(`magnet:?xt=urn:btih:${lab.infoHash}`));
  await lab.until(() => again.isSeeding, 5 * MINUTE);
  assert.ok((again.torrent.stats.sources.dht?.given ?? 0) >= 1);
});

test('of a private torrent nothing goes to the DHT, nor is it named to peers (BEP 27)', async () => {
  await using lab = await Lab.open({ content: 200_000, isPrivate: true });
  const contact = await bystander(lab);
  const krpc: string[] = [];
  const handshakes: Uint8Array[] = [];
  const wrap = (ports: Ports): Ports => noteConns(noteKrpc(ports, krpc), handshakes);
  const seed = await lab.seed('seed', inDht(contact, { wrap }));
  const leech = await lab.leech('leech', [seed], inDht(contact, { wrap }));
  await lab.untilSeeding(leech);
  await lab.world.pass(30 * MINUTE);
  assert.equal(krpc.length, 0, 'for it alone nobody joins');
  assert.ok(handshakes.length >= 2);
  for (const handshake of handshakes) assert.equal((handshake[27] ?? 0) & 1, 0, 'no DHT bit');
  const other = `magnet:?xt=urn:btih:${lab.infoHash.slice(2)}01`;
  await lab.run(async () => void (await leech.engine.add(other)));
  await lab.world.pass(30 * MINUTE);
  const hash = Buffer.from(lab.infoHash, 'hex').toString('latin1');
  assert.ok(krpc.length > 0, 'for a public one beside it the engine does');
  assert.deepEqual(
    krpc.filter((text) => text.includes(hash)),
    [],
  );
});

test('where TCP is refused, peers are dialled over uTP', async () => {
  await using lab = await Lab.open({ content: 300_000 });
  const seed = await lab.seed('seed', { engine: { transport: 'utp' } });
  const leech = await lab.leech('leech', [seed], { engine: { transport: 'both' } });
  await lab.untilSeeding(leech);
  lab.assertContent(leech);
  assert.equal(seed.endpoint.port, PORT);
});

const DHT_STATE = '/resume/dht.state' as Parameters<LabNode['host']['disk']['content']>[0];

function noteKrpc(ports: Ports, sent: string[]): Ports {
  return noteDatagrams(ports, (bytes) => {
    if (isKrpc(bytes)) sent.push(Buffer.from(bytes).toString('latin1'));
  });
}

/** The first that is sent on each connection. */
function noteConns(ports: Ports, first: Uint8Array[]): Ports {
  return withConns(ports, (conn) => {
    let isFirst = true;
    return wrapConn(conn, {
      send(chunks, onSent) {
        if (isFirst && chunks[0] !== undefined) first.push(chunks[0].slice());
        isFirst = false;
        return conn.send(chunks, onSent);
      },
    });
  });
}
