/** Honest transfers over uTP while others send whatever they like to the same sockets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Conn, Endpoint } from '@coequal/base';
import { World } from '@coequal/simulator';
import * as fc from 'fast-check';
import { assertSameBytes, content } from '../../../../base/test/contract/world.ts';
import { UTP_TYPE } from '../../../src/core/utp/utp-packet.ts';
import type { UtpHost } from '../../../src/io/utp/utp-host.ts';
import { openUtpNet } from './utp-net.ts';

const never = new AbortController().signal;
const MINUTE_MS = 60_000;
const LENGTH = 200_000;

/** Connections that came in and never answered, and the honest one. */
const CONNECTIONS_MAX = 128 + 1;

interface Attack {
  readonly bytes: Uint8Array;
  readonly from: Endpoint;
}

type Ends = readonly [dialer: Endpoint, listener: Endpoint];

/** Sends content both ways while `attacks`, made for the addresses of the two ends, come in to both. */
async function transferBeside(
  attacks: (ends: Ends) => readonly Attack[],
  seed: number,
): Promise<void> {
  const world = new World({ seed, latencyMs: [10, 30], loss: 0.01 });
  const [near, far] = [world.host({ name: 'near' }), world.host({ name: 'far' })];
  const work = async (): Promise<void> => {
    await using farNet = openUtpNet(far.ports);
    await using nearNet = openUtpNet(near.ports, { 4: near.address, 6: '::1' });
    const incoming = Promise.withResolvers<Conn>();
    await using listener = await farNet.listen(
      { host: far.address, port: 0 },
      incoming.resolve,
      never,
    );
    const out = await nearNet.dial(listener.local, never);
    const into = await incoming.promise;
    const hosts = [...nearNet.hosts, ...farNet.hosts];
    const transfers = [exchange(out, into, seed), exchange(into, out, seed + 1)];
    strike(hosts, attacks([into.remote, out.remote]));
    await Promise.all(transfers);
    for (const host of hosts) assert.ok(host.size <= CONNECTIONS_MAX, `${host.size} connections`);
    out.close();
    into.close();
  };
  await world.run(work, 10 * MINUTE_MS);

  /** A few every millisecond. */
  function strike(hosts: readonly UtpHost[], left: readonly Attack[]): void {
    if (left.length === 0) return;
    for (const attack of left.slice(0, 20)) for (const host of hosts) host.receive(attack);
    const { clock } = far.ports;
    clock.at(clock.now() + 1, () => strike(hosts, left.slice(20)));
  }
}

/** Resolves when all that one end has sent is at the other, unharmed. */
function exchange(from: Conn, to: Conn, seed: number): Promise<void> {
  const sent = content(LENGTH, seed);
  const received = new Uint8Array(LENGTH);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let length = 0;
  to.start(
    (view) => {
      received.set(view, length);
      length += view.length;
      if (length === LENGTH) resolve();
    },
    (why) => reject(why ?? new Error('it was closed')),
  );
  from.send([sent]);
  return promise.then(() => assertSameBytes(received, sent));
}

const STRANGERS: readonly string[] = ['10.9.9.1', '10.9.9.2', '198.51.100.3', '2001:db8::1'];

test('any bytes, from anyone and in the name of the peer, do no harm to a transfer', async () => {
  const word = fc.integer({ min: 0, max: 0xffff });
  const anyBytes = fc.uint8Array({ maxLength: 100, size: 'max' });
  const likePackets = fc
    .tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 2 }), anyBytes)
    .map(([type, extension, rest]) => Uint8Array.of((type << 4) | 1, extension, ...rest));
  const anyAttack = fc.record({
    bytes: fc.oneof(anyBytes, likePackets),
    /** An index beyond the strangers stands for the peer itself. */
    who: fc.integer({ min: 0, max: STRANGERS.length + 1 }),
    port: word,
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyAttack, { minLength: 100, maxLength: 1_000, size: 'max' }),
      fc.integer({ min: 1, max: 1_000_000 }),
      async (attacks, seed) => {
        const madeFor = (ends: Ends): readonly Attack[] =>
          attacks.map(({ bytes, who, port }) => {
            const host = STRANGERS[who];
            const [dialer, listener] = ends;
            const peer = who === STRANGERS.length ? dialer : listener;
            return { bytes, from: host === undefined ? peer : { host, port } };
          });
        await transferBeside(madeFor, seed);
      },
    ),
    { numRuns: 15, endOnFailure: true }, // each run is long, and to shorten it takes many
  );
});

test('a transfer goes on beside floods of SYNs, data, acknowledgements and RESETs', async () => {
  for (const type of [UTP_TYPE.syn, UTP_TYPE.data, UTP_TYPE.state, UTP_TYPE.reset]) {
    const flood = Array.from({ length: 20_000 }, (_, i): Attack => {
      const bytes = content(60, i);
      bytes.set([(type << 4) | 1, 0]);
      return { bytes, from: { host: `10.${i >> 8}.${i & 0xff}.1`, port: 1 + (i & 0xff) } };
    });
    await transferBeside(() => flood, type + 1);
  }
});
