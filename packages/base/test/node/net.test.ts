import { openNet } from '../../src/node/net.ts';
import { describeNet } from '../contract/net.ts';
import { ipv6Loopback, pump } from './worlds.ts';

describeNet('the sockets of this machine', async () => ({
  net: openNet(),
  host: '127.0.0.1',
  host6: ipv6Loopback(),
  pump,
  [Symbol.asyncDispose]: async () => {},
}));
