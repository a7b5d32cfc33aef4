// The file engine's Net over links: who gets through to the engine, and who does not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatBytes, deviceKeyOf, encodeUtf8, LocalFault, PeerFault } from '@coequal/base';
import type { Conn, DeviceKey, LinkStream } from '@coequal/base';
import { PlainLinks, World } from '@coequal/simulator';
import type { DeviceDirectory } from '@coequal/simulator';
import { MeshNet } from '../../src/joints/mesh-net.ts';
import type { SwarmGate } from '../../src/joints/mesh-net.ts';
import { encodeHead } from '../../src/joints/swarm-proof.ts';

const NEVER = new AbortController().signal;
const MINUTE_MS = 60_000;
const [ANNA, BEN, EVE] = [1, 2, 3].map((n) => deviceKeyOf(new Uint8Array(32).fill(n))) as [
  DeviceKey,
  DeviceKey,
  DeviceKey,
];
const TICKET = new Uint8Array(32).fill(7);
const HASH = 'ab'.repeat(20);
const HASH_BYTES = new Uint8Array(20).fill(0xab);

function greetingFor(infoHash: Uint8Array): Uint8Array {
  return concatBytes([
    Uint8Array.of(19),
    encodeUtf8('BitTorrent protocol'),
    new Uint8Array(8),
    infoHash,
    new Uint8Array(20).fill(1),
  ]);
}

interface Side {
  readonly net: MeshNet;
  readonly links: PlainLinks;
  readonly came: Conn[];
  readonly heard: string[];
  readonly closed: (Error | undefined)[];
  gate: { isOpen: boolean; tickets: Map<string, Uint8Array>; shutOut: Set<DeviceKey> };
}

class Two {
  readonly world = new World({ seed: 1, latencyMs: [1, 5] });
  readonly #directory: DeviceDirectory = new Map();

  async side(own: DeviceKey): Promise<Side> {
    const host = this.world.host();
    const { net, clock, hasher } = host.ports;
    const links = await this.world.run(
      () => PlainLinks.open(own, host.address, this.#directory, net, NEVER),
      MINUTE_MS,
    );
    const state = {
      isOpen: true,
      tickets: new Map([[HASH, TICKET]]),
      shutOut: new Set<DeviceKey>(),
    };
    const gate: SwarmGate = {
      get isOpen() {
        return state.isOpen;
      },
      ticketOf: (infoHash) => state.tickets.get(infoHash),
      isShutOut: (_, device) => state.shutOut.has(device),
    };
    const hash = (bytes: Uint8Array, kind: 'sha1' | 'sha256'): Uint8Array =>
      hasher.hash(bytes, kind);
    const meshNet = new MeshNet({ own, links, gate, clock, hash });
    const side: Side = { net: meshNet, links, came: [], heard: [], closed: [], gate: state };
    await this.world.run(
      () =>
        meshNet.listen(
          meshNet.local,
          (conn) => {
            side.came.push(conn);
            conn.start(
              (view) => side.heard.push(Buffer.from(view).toString('latin1')),
              (why) => side.closed.push(why),
            );
          },
          NEVER,
        ),
      MINUTE_MS,
    );
    return side;
  }
}

async function dialled(two: Two, from: Side, to: DeviceKey): Promise<Conn> {
  return await two.world.run(
    () => from.net.dial(from.net.addresses.endpointOf(to), NEVER),
    MINUTE_MS,
  );
}

void test('a connection is a stream with a proof, and bytes go both ways as they are', async () => {
  const two = new Two();
  const anna = await two.side(ANNA);
  const ben = await two.side(BEN);
  const conn = await dialled(two, anna, BEN);
  const answers: string[] = [];
  conn.start(
    (view) => answers.push(Buffer.from(view).toString()),
    () => undefined,
  );
  const greeting = greetingFor(HASH_BYTES);
  const sent: string[] = [];
  conn.send([greeting], () => sent.push('greeting'));
  conn.send([encodeUtf8('and more')], () => sent.push('more'));
  await two.world.run(() => ben.heard.join('').endsWith('and more'), MINUTE_MS);
  assert.equal(ben.heard.join(''), Buffer.from(greeting).toString('latin1') + 'and more');
  assert.deepEqual(sent, ['greeting', 'more']);
  const [came] = ben.came;
  // by the same address, whoever dialled: so the engine knows that it is connected
  assert.deepEqual(came?.remote, ben.net.addresses.endpointOf(ANNA));
  assert.equal(ben.net.addresses.deviceAt(came.remote), ANNA);
  came.send([encodeUtf8('hello')]);
  await two.world.run(() => answers.join('') === 'hello', MINUTE_MS);
});

void test('what was not sent when a connection closes is told to be free, once', async () => {
  const two = new Two();
  const anna = await two.side(ANNA);
  await two.side(BEN);
  const conn = await dialled(two, anna, BEN);
  let freed = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  conn.start(
    () => undefined,
    () => resolve(),
  );
  conn.send([greetingFor(HASH_BYTES)], () => (freed += 1));
  conn.close();
  await two.world.run(() => promise, MINUTE_MS);
  assert.equal(freed, 1);
  conn.send([new Uint8Array(1)], () => (freed += 1));
  await two.world.pass(1);
  assert.equal(freed, 2);
});

void test('nobody is dialled who was not named, and nobody who cannot be reached', async () => {
  const two = new Two();
  const anna = await two.side(ANNA);
  const fails = async (host: string): Promise<unknown> =>
    await two.world.run(
      () => anna.net.dial({ host, port: 1 }, NEVER).catch((error: unknown) => error),
      MINUTE_MS,
    );
  const isFailed = (error: unknown): boolean =>
    error instanceof LocalFault && error.code === 'DIAL_FAILED';
  assert.ok(isFailed(await fails('fd00::1')));
  const { host } = anna.net.addresses.endpointOf(EVE);
  assert.ok(isFailed(await fails(host)));
  await assert.rejects(anna.net.udp(), LocalFault);
});

void test('a swarm that this device left is not greeted any more', async () => {
  const two = new Two();
  const anna = await two.side(ANNA);
  await two.side(BEN);
  const conn = await dialled(two, anna, BEN);
  const { promise, resolve } = Promise.withResolvers<Error | undefined>();
  conn.start(() => undefined, resolve);
  anna.gate.tickets.clear();
  conn.send([greetingFor(HASH_BYTES)]);
  const why = await two.world.run(() => promise, MINUTE_MS);
  assert.ok(why instanceof PeerFault && why.code === 'UNKNOWN_TORRENT');
});

interface Attempt {
  readonly says: (side: Side) => readonly Uint8Array[];
  readonly before?: (ben: Side) => void;
}

function proofBy(side: Side, from: DeviceKey, to: DeviceKey, ticket = TICKET): Uint8Array {
  void side;
  const world = new World({ seed: 9 }).host().ports;
  return encodeHead({ ticket, infoHash: HASH_BYTES, from, to }, (bytes, kind) =>
    world.hasher.hash(bytes, kind),
  );
}

const FOREIGN: Readonly<Record<string, Attempt>> = {
  'without a proof': { says: () => [greetingFor(HASH_BYTES), new Uint8Array(100)] },
  'with the proof of another device': {
    says: (eve) => [proofBy(eve, ANNA, BEN), greetingFor(HASH_BYTES)],
  },
  'with a proof that was made for another device': {
    says: (eve) => [proofBy(eve, EVE, ANNA), greetingFor(HASH_BYTES)],
  },
  'with a wrong ticket': {
    says: (eve) => [proofBy(eve, EVE, BEN, new Uint8Array(32)), greetingFor(HASH_BYTES)],
  },
  'for another swarm than the proof is for': {
    says: (eve) => [proofBy(eve, EVE, BEN), greetingFor(new Uint8Array(20).fill(0xcd))],
    before: (ben) => ben.gate.tickets.set('cd'.repeat(20), new Uint8Array(32).fill(9)),
  },
  'for a swarm that is not there': {
    says: (eve) => [proofBy(eve, EVE, BEN), greetingFor(new Uint8Array(20).fill(0xee))],
  },
  'after it was shut out': {
    says: (eve) => [proofBy(eve, EVE, BEN), greetingFor(HASH_BYTES)],
    before: (ben) => ben.gate.shutOut.add(EVE),
  },
};

for (const [name, { says, before }] of Object.entries(FOREIGN)) {
  void test(`a stranger ${name} never comes to the engine`, async () => {
    const two = new Two();
    const ben = await two.side(BEN);
    const eve = await two.side(EVE);
    before?.(ben);
    const stream = await two.world.run(
      () => eve.links.open(BEN, { protocol: 'swarm/1', lane: 'bulk' }, NEVER),
      MINUTE_MS,
    );
    const closed = await two.world.run(async () => {
      const { promise, resolve } = Promise.withResolvers<boolean>();
      stream.start(
        () => undefined,
        () => resolve(true),
      );
      for (const bytes of says(eve)) stream.send([bytes]);
      return await promise;
    }, MINUTE_MS);
    assert.ok(closed);
    assert.deepEqual(ben.came, []);
  });
}

void test('who takes part is let in, byte by byte as well', async () => {
  const two = new Two();
  const ben = await two.side(BEN);
  const eve = await two.side(EVE);
  const stream = await two.world.run(
    () => eve.links.open(BEN, { protocol: 'swarm/1', lane: 'bulk' }, NEVER),
    MINUTE_MS,
  );
  stream.start(
    () => undefined,
    () => undefined,
  );
  const greeting = greetingFor(HASH_BYTES);
  for (const byte of concatBytes([proofBy(eve, EVE, BEN), greeting]))
    stream.send([Uint8Array.of(byte)]);
  await two.world.run(() => ben.heard.join('').length === greeting.length, MINUTE_MS);
  assert.equal(ben.heard.join(''), Buffer.from(greeting).toString('latin1'));
});

void test('streams that prove nothing are few, and do not last', async () => {
  const two = new Two();
  const ben = await two.side(BEN);
  const eve = await two.side(EVE);
  const open: LinkStream[] = [];
  let closed = 0;
  for (let count = 0; count < 20; count++) {
    const stream = await two.world.run(
      () =>
        eve.links.open(BEN, { protocol: 'swarm/1', lane: 'bulk' }, NEVER).catch(() => undefined),
      MINUTE_MS,
    );
    if (stream === undefined) continue;
    stream.start(
      () => undefined,
      () => (closed += 1),
    );
    open.push(stream);
  }
  await two.world.pass(1_000);
  assert.equal(open.length - closed, 4);
  await two.world.pass(15_000);
  assert.equal(open.length - closed, 0);
  ben.gate.isOpen = false;
  assert.deepEqual(ben.came, []);
});
