import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Datagram, Endpoint } from '../../src/index.ts';
import { DatagramReader, DatagramSender } from '../../src/node/datagram-batches.ts';
import type { SocketCalls } from '../../src/node/datagram-batches.ts';
import { socketAddressOf } from '../../src/node/socket-address.ts';

const FD = 7;
const near: Endpoint = { host: '192.0.2.1', port: 1 };
const far: Endpoint = { host: '192.0.2.2', port: 2 };

/** A system that cuts up what it is told to, and notes what leaves it. */
class FakeSystem implements SocketCalls {
  readonly sent: { readonly bytes: readonly number[]; readonly to: string }[] = [];
  readonly waiting: { readonly bytes: Uint8Array; readonly from: Endpoint }[] = [];
  calls = 0;
  isFull = false;
  knowsSegments = true;
  #segmentLength = 0;

  readonly sendto: SocketCalls['sendto'] = (fd, bytes, length, _flags, address) => {
    assert.equal(fd, FD);
    this.calls += 1;
    if (this.isFull) return -1;
    const step = this.#segmentLength || length;
    for (let at = 0; at < length; at += step) {
      const part = bytes.subarray(at, Math.min(at + step, length));
      this.sent.push({ bytes: [...part], to: address.subarray(4, 8).join('.') });
    }
    return length;
  };

  readonly setsockopt: SocketCalls['setsockopt'] = (_fd, _level, _option, value) => {
    if (!this.knowsSegments) return -1;
    this.#segmentLength = value[0] ?? 0;
    return 0;
  };

  readonly recvfrom: SocketCalls['recvfrom'] = (_fd, into, length, _flags, address, room) => {
    assert.equal(into.length, length);
    const next = this.waiting.shift();
    if (next === undefined) return -1;
    into.set(next.bytes);
    const from = socketAddressOf(next.from.host, next.from.port) ?? new Uint8Array(0);
    address.set(from);
    room[0] = from.length;
    return next.bytes.length;
  };
}

function openSender(): { system: FakeSystem; sender: DatagramSender; single: number[][] } {
  const system = new FakeSystem();
  const single: number[][] = [];
  const sender = new DatagramSender(FD, system, {
    addressOf: ({ host, port }) => (host === '' ? undefined : socketAddressOf(host, port)),
    sendOne: (bytes) => void single.push([...bytes]),
  });
  return { system, sender, single };
}

void test('datagrams of one length to one address go by one call when the caller has returned', async () => {
  const { system, sender } = openSender();
  const bytes = new Uint8Array(2);
  for (let i = 0; i < 10; i++) {
    bytes.fill(i);
    sender.send(bytes, near); // which is free for use again
  }
  assert.equal(system.calls, 0);
  await Promise.resolve();
  assert.equal(system.calls, 1);
  const expected = Array.from({ length: 10 }, (_, i) => ({ bytes: [i, i], to: near.host }));
  assert.deepEqual(system.sent, expected);
});

void test('a datagram that does not go with those before it goes after them', async () => {
  const { system, sender } = openSender();
  const sizes: readonly (readonly [number, Endpoint])[] = [
    [3, near],
    [3, near],
    [2, near], // shorter: the last of its call
    [3, near],
    [4, near], // longer
    [4, far],
    [4, near],
  ];
  for (const [length, to] of sizes) sender.send(new Uint8Array(length), to);
  await Promise.resolve();
  const got = system.sent.map(({ bytes, to }) => [bytes.length, to]);
  assert.deepEqual(
    got,
    sizes.map(([length, { host }]) => [length, host]),
  );
  assert.equal(system.calls, 5);
});

void test('one call has no more than every kernel cuts up, and no more bytes than a packet', () => {
  const { system, sender } = openSender();
  for (let i = 0; i < 65; i++) sender.send(new Uint8Array(20), near);
  assert.equal(system.sent.length, 64);
  sender.flush();
  for (let i = 0; i < 47; i++) sender.send(new Uint8Array(1_400), near);
  assert.equal(system.sent.length, 65 + 46);
});

void test('what the system does not take goes one by one by Node', () => {
  const { system, sender, single } = openSender();
  system.isFull = true;
  for (const byte of [1, 2, 3]) sender.send(Uint8Array.of(byte, byte), near);
  sender.send(Uint8Array.of(4), near);
  assert.deepEqual(single, [[1, 1], [2, 2], [3, 3], [4]]);
  system.isFull = false;
  sender.send(Uint8Array.of(5, 5, 5), near);
  sender.flush();
  assert.deepEqual(
    system.sent.map(({ bytes }) => bytes),
    [[5, 5, 5]],
  );
});

void test('a kernel that cuts nothing up is never given more than one datagram', () => {
  const { system, sender, single } = openSender();
  system.knowsSegments = false;
  for (const byte of [1, 2]) sender.send(Uint8Array.of(byte), near);
  sender.flush();
  assert.equal(system.calls, 0);
  assert.deepEqual(single, [[1], [2]]);
});

void test('what the system cannot be told goes by Node, after what came before', () => {
  const { system, sender, single } = openSender();
  sender.send(Uint8Array.of(1), near);
  sender.send(Uint8Array.of(2), { host: '', port: 1 });
  assert.equal(system.sent.length, 1);
  sender.send(new Uint8Array(0), near);
  assert.deepEqual(single, [[2], []]);
});

void test('waiting datagrams are read as they came, each with where it came from', () => {
  const system = new FakeSystem();
  const reader = new DatagramReader(FD, system);
  for (let round = 0; round < 3; round++) {
    for (const [length, from] of [
      [1, near],
      [65_507, near],
      [65_507, far],
      [7, near],
    ] as const) {
      system.waiting.push({ bytes: new Uint8Array(length).fill(round + length), from });
    }
    const batch: Datagram[] = [];
    reader.read(batch);
    const got = batch.map(({ bytes, from }) => [bytes.length, bytes[0], bytes.at(-1), from]);
    assert.deepEqual(got, [
      [1, (round + 1) & 255, (round + 1) & 255, near],
      [65_507, (round + 65_507) & 255, (round + 65_507) & 255, near],
      [65_507, (round + 65_507) & 255, (round + 65_507) & 255, far],
    ]); // no room for another that may be as long
    assert.equal(reader.isFull, true);
    reader.release();
    const rest: Datagram[] = [];
    reader.read(rest);
    assert.deepEqual(
      rest.map(({ bytes, from }) => [...bytes, from]),
      [[...new Uint8Array(7).fill(round + 7), near]],
    );
    reader.release();
  }
});

void test('a flood is read in parts, and one turn of the event loop takes no more than its share', () => {
  const system = new FakeSystem();
  const reader = new DatagramReader(FD, system);
  for (let i = 0; i < 2_000; i++) system.waiting.push({ bytes: new Uint8Array(100), from: near });
  const turn = (): number[] => {
    const counts: number[] = [];
    for (let i = 0; i < 20; i++) {
      const batch: Datagram[] = [];
      reader.read(batch);
      counts.push(batch.length);
      reader.release();
    }
    return counts.filter((count) => count > 0);
  };
  const expected = Array.from({ length: 8 }, () => 64);
  assert.deepEqual(turn(), expected);
  reader.startTurn();
  assert.deepEqual(turn(), expected);
});
