/** A computer that loses its network and gets another one, on virtual time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LocalFault } from '@coequal/base';
import type { Endpoint, Ports } from '@coequal/base';
import { noteDials, withNet } from '../wrapped-ports.ts';
import { Lab, PORT } from './lab.ts';
import type { LabNode } from './lab.ts';

const MINUTE = 60_000;

/** `isGone`: the address that all is to leave from is not there. */
function withAddress(ports: Ports, isGone: () => boolean): Ports {
  return withNet(ports, (net) => ({
    dial: async (to, signal) => {
      if (isGone()) throw new LocalFault('ADDRESS_GONE', { host: '10.0.0.1' });
      return await net.dial(to, signal);
    },
    async udp(at, onDatagrams, signal) {
      const socket = await net.udp(at, onDatagrams, signal);
      return {
        local: socket.local,
        get problem() {
          return isGone() ? new LocalFault('ADDRESS_GONE', { host: '10.0.0.1' }) : undefined;
        },
        send: (bytes, to) => void (isGone() || socket.send(bytes, to)),
        [Symbol.asyncDispose]: () => socket[Symbol.asyncDispose](),
      };
    },
  }));
}

/** Of peers that it has only heard of: three failures would be too many. */
function tell(leech: LabNode, seed: LabNode): void {
  leech.torrent.swarm.dialer.add([seed.endpoint], 'pex', seed.endpoint.host);
}

test('a peer that was connected is dialled again at once when the network has changed', async () => {
  await using lab = await Lab.open({ content: 200_000 });
  const dialled: Endpoint[] = [];
  const seed = await lab.seed();
  const leech = await lab.leech('leech', [seed], {
    engine: { downloadBytesPerSecondMax: 1_000 },
    wrap: (ports) => noteDials(ports, dialled),
  });
  await lab.until(() => leech.torrent.peers.length === 1);
  for (const link of leech.torrent.swarm.links()) link.close(new LocalFault('ADDRESS_GONE'));
  await lab.world.pass(5_000);
  assert.equal(dialled.length, 1, 'whoever closed a connection is left alone for a while');
  await lab.run(async () => leech.engine.networkChanged());
  await lab.until(() => leech.torrent.peers.length === 1, 1_000);
  assert.equal(dialled.length, 2);
});

test('over uTP, too, peers are not given up for lack of an address, and dialled at once when it is back', async () => {
  await using lab = await Lab.open({ content: 200_000 });
  const transport = 'utp';
  const seed = await lab.seed('seed', { engine: { transport } });
  let isGone = true;
  const leech = await lab.leech('leech', [], {
    engine: { transport },
    wrap: (ports) => withAddress(ports, () => isGone),
  });
  tell(leech, seed);
  await lab.world.pass(10 * MINUTE);
  isGone = false;
  await lab.run(async () => leech.engine.networkChanged());
  await lab.until(() => leech.isSeeding, 10_000);
});

test('peers are not given up for lack of an address to dial from, and dialled soon when it is back', async () => {
  await using lab = await Lab.open({ content: 200_000 });
  const seed = await lab.seed();
  let isGone = true;
  const dialled: Endpoint[] = [];
  const leech = await lab.leech('leech', [], {
    wrap: (ports) =>
      noteDials(
        withAddress(ports, () => isGone),
        dialled,
      ),
  });
  tell(leech, seed);
  for (let port = 1; port <= 40; port++)
    leech.torrent.swarm.dialer.add([{ host: seed.endpoint.host, port: PORT + port }], 'tracker');
  await lab.world.pass(3 * MINUTE);
  assert.ok(dialled.length <= 16 * 181, `${dialled.length} dials in three minutes`);
  isGone = false;
  await lab.until(() => leech.isSeeding, MINUTE);
});
