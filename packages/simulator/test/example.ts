import assert from 'node:assert/strict';
import { equalBytes, joinPath, rootPath } from '@coequal/base';
import type { Conn, Ports } from '@coequal/base';
import { World } from '@coequal/simulator';

const never = new AbortController().signal;
const path = joinPath(rootPath('/'), 'received');

/** Any program that is written against the ports: this one stores what it is sent. */
async function receive({ net, disk }: Ports): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const file = await disk.open(path, 'update');
  const writes: Promise<void>[] = [];
  let position = 0;
  const onConn = (conn: Conn): void =>
    conn.start(
      (view) => {
        const copy = view.slice(); // the view is overwritten after this call
        writes.push(file.writeAt([copy], position));
        position += copy.length;
      },
      () => resolve(),
    );
  await using _ = await net.listen({ host: '0.0.0.0', port: 6881 }, onConn, never);
  await promise;
  await Promise.all(writes); // without this line, the seed finds a power loss that tears the file
  await file.sync();
  await disk.syncDirectory(rootPath('/'));
}

const world = new World({ seed: 42, latencyMs: [20, 200], loss: 0.05 });
const [alice, bob] = [world.host('alice'), world.host('bob')];
const receiving = receive(bob.ports);

const bytes = alice.ports.random.bytes(1_000_000);
const send = async (): Promise<void> => {
  const conn = await alice.ports.net.dial({ host: bob.address, port: 6881 }, never);
  conn.start(
    () => undefined,
    () => undefined,
  );
  conn.send([bytes], () => conn.close());
};
await world.run(send, 10_000); // at most ten seconds, virtual ones
await world.run(() => receiving, 60_000);

bob.powerLoss(); // what was synced survives it
assert.ok(equalBytes(bob.disk.content(path) ?? new Uint8Array(0), bytes));
