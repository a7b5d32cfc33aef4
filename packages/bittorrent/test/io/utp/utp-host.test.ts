import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Conn } from '@coequal/base';
import { openClock, openNet, openRandom } from '@coequal/base/node';
import { assertSameBytes, content } from '../../../../base/test/contract/world.ts';
import { openUtpNet } from './utp-net.ts';

const never = new AbortController().signal;

test('a megabyte passes over two sockets of this machine', async () => {
  await using net = openUtpNet({ clock: openClock(), random: openRandom(), net: openNet() });
  const accepted = Promise.withResolvers<Conn>();
  await using listener = await net.listen({ host: '127.0.0.1', port: 0 }, accepted.resolve, never);
  const near = await net.dial(listener.local, never);
  near.start(
    () => {},
    () => {},
  );
  const sent = content(1_000_000);
  const received = new Uint8Array(sent.length);
  const done = Promise.withResolvers<void>();
  let length = 0;
  near.send([sent]);
  const far = await accepted.promise;
  far.start(
    (view) => {
      received.set(view, length);
      length += view.length;
      if (length === sent.length) done.resolve();
    },
    () => {},
  );
  await done.promise;
  assertSameBytes(received, sent);
  assert.equal(net.hosts.length, 2);
});
