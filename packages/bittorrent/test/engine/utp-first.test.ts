/** Who has no sign of being reachable links to a few over uTP, so that any kind of helper can tell others of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HostOptions } from '@coequal/simulator';
import { Lab } from './lab.ts';
import type { LabNode, LabOptions, NodeOptions } from './lab.ts';
import { RawPeer } from './raw-peer.ts';

const MINUTE = 60_000;
const CONTENT: LabOptions = { content: 100_000 };

function at(address: string, nat?: HostOptions['nat']): NodeOptions {
  return { engine: { discovery: true }, host: { address, ...(nat !== undefined && { nat }) } };
}

/** Has the metadata and wants none of the content, so that it gives none away. */
function openHelper(lab: Lab, address: string, more: NodeOptions['engine'] = {}): Promise<LabNode> {
  const engine = { discovery: true, ...more };
  return lab.leech(address, [], { ...at(address), engine, add: { select: () => false } });
}

async function openHelpers(lab: Lab, count: number, network: string): Promise<readonly LabNode[]> {
  const helpers: LabNode[] = [];
  for (let index = 1; index <= count; index++)
    helpers.push(await openHelper(lab, `${network}${index}`));
  return helpers;
}

/** Over TCP and uTP, once all peers are linked. */
async function counts(lab: Lab, node: LabNode, peers: number): Promise<readonly number[]> {
  await lab.until(() => node.torrent.stats.peers === peers, MINUTE);
  const { tcp, utp } = node.torrent.stats.transports;
  return [tcp, utp];
}

function add(node: LabNode, peers: readonly LabNode[]): void {
  node.torrent.addPeers(peers.map(({ endpoint }) => endpoint));
}

test('four links of each family to the internet are over uTP, and all others over TCP', async () => {
  await using lab = await Lab.open(CONTENT);
  const near = await openHelpers(lab, 2, '10.5.5.');
  const far = await openHelpers(lab, 7, '198.51.100.');
  const node = await lab.leech('node', [], at('203.0.113.1'));
  add(node, near);
  assert.deepEqual(await counts(lab, node, 2), [2, 0]);
  add(node, far);
  assert.deepEqual(await counts(lab, node, 9), [5, 4]);
});

test('in the place of one that ends there is another', async () => {
  await using lab = await Lab.open(CONTENT);
  const [first, ...others] = await openHelpers(lab, 5, '198.51.100.');
  assert.ok(first);
  const node = await lab.leech('node', [], at('203.0.113.1'));
  add(node, [first]);
  assert.deepEqual(await counts(lab, node, 1), [0, 1]);
  await lab.run(() => first.dispose());
  await lab.until(() => node.torrent.stats.peers === 0, MINUTE);
  add(node, others);
  assert.deepEqual(await counts(lab, node, 4), [0, 4]);
});

test('where uTP does not connect, it is TCP all the same', async () => {
  await using lab = await Lab.open(CONTENT);
  const helper = await openHelper(lab, '198.51.100.1', { transport: 'tcp' });
  const node = await lab.leech('node', [helper], at('203.0.113.1'));
  assert.deepEqual(await counts(lab, node, 1), [1, 0]);
});

test('not when somebody of the internet has dialled us; that the router lets peers in is no proof', async () => {
  for (const [sign, expected] of [
    ['dialled', [3, 0]],
    ['mapped', [0, 3]],
  ] as const) {
    await using lab = await Lab.open(CONTENT);
    const helpers = await openHelpers(lab, 3, '198.51.100.');
    const node = await lab.leech('node', [], at('203.0.113.1'));
    if (sign === 'mapped') node.engine.setExternalPort(4, node.endpoint.port);
    else {
      const host = lab.world.host({ name: 'stranger', address: '203.0.113.99' });
      const peer = await lab.run(() => RawPeer.dial(host, node.endpoint));
      peer.greet(lab.infoHash);
      await lab.until(() => peer.handshake !== undefined);
      peer.conn.close();
      await lab.until(() => node.torrent.stats.peers === 0);
    }
    add(node, helpers);
    assert.deepEqual(await counts(lab, node, 3), expected, sign);
  }
});

test('nor of a private torrent, whose peers tell nobody of each other', async () => {
  await using lab = await Lab.open({ ...CONTENT, isPrivate: true });
  const helpers = await openHelpers(lab, 2, '198.51.100.');
  const node = await lab.leech('node', [], at('203.0.113.1'));
  add(node, helpers);
  assert.deepEqual(await counts(lab, node, 2), [2, 0]);
});

test('two behind routers meet by a helper that knows peers by the address of their connection alone', async () => {
  await using lab = await Lab.open({ content: 3_000_000, bandwidth: { up: 20_000, down: 20_000 } });
  const helper = await openHelper(lab, '198.51.100.1');
  const { swarm } = helper.torrent;
  // as libtorrent does it
  swarm.dialer.linkAt = ({ host, port }) =>
    [...swarm.links()].find(({ remote }) => remote.host === host && remote.port === port);
  const peers = { peers: [helper.endpoint] };
  const seed = await lab.seed('seed', { ...at('203.0.113.1', 'port-restricted'), add: peers });
  const passing = await lab.leech('passing', [helper], at('203.0.113.9'));
  await lab.until(() => (seed.torrent.stats.sources.pex?.given ?? 0) > 0, MINUTE);
  await lab.run(() => passing.dispose());
  const behind = at('203.0.113.2', 'port-restricted');
  const leech = await lab.leech('leech', [helper], { ...behind, add: peers });
  await lab.until(() => leech.torrent.stats.transports.punched === 1, MINUTE);
});
