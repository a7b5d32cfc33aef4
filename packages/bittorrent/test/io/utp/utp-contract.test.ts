/** uTP connections against the contract that those of TCP fulfil, over real and over simulated datagrams. */
import { openClock, openNet, openRandom } from '@coequal/base/node';
import { World } from '@coequal/simulator';
import { describeNet } from '../../../../base/test/contract/net.ts';
import { ipv6Loopback, pump } from '../../../../base/test/node/worlds.ts';
import { openUtpNet } from './utp-net.ts';

const HOUR_MS = 3_600_000;

describeNet('uTP over the sockets of this machine', async () => {
  const net = openUtpNet({ clock: openClock(), random: openRandom(), net: openNet() });
  return {
    net,
    host: '127.0.0.1',
    host6: ipv6Loopback(),
    pump,
    [Symbol.asyncDispose]: () => net[Symbol.asyncDispose](),
  };
});

describeNet('uTP over simulated datagrams', async () => {
  const world = new World({ seed: 1 });
  const host = world.host({ name: 'a' });
  const net = openUtpNet(host.ports);
  return {
    net,
    host: '127.0.0.1',
    host6: '::1',
    pump: (work) => world.run(() => work, HOUR_MS),
    [Symbol.asyncDispose]: async () => host.stop(),
  };
});
