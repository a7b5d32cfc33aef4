import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { assertSameBytes, content } from '../../../../base/test/contract/world.ts';
import { DATAGRAM_LENGTH_MAX, PacketPool } from '../../../src/core/utp/packet-buffer.ts';
import {
  RECEIVE_WINDOW_MAX,
  RECEIVE_WINDOW_START,
  ReceiveWindow,
} from '../../../src/core/utp/receive-window.ts';
import { UtpConnection } from '../../../src/core/utp/utp-connection.ts';
import { decodeUtpPacket, emptyPacket, UTP_TYPE } from '../../../src/core/utp/utp-packet.ts';
import { dial, feed, Link, Timeline } from './bottleneck.ts';
import type { LinkOptions, UtpEnd } from './bottleneck.ts';

const MINUTE_MS = 60_000;

interface Pair {
  readonly timeline: Timeline;
  readonly there: Link;
  readonly back: Link;
  readonly near: UtpEnd;
  readonly far: UtpEnd;
}

function open(options: LinkOptions = {}, seqs: readonly [number, number] = [100, 5_000]): Pair {
  const timeline = new Timeline();
  const { seed = 1 } = options;
  const there = new Link(timeline, options);
  const back = new Link(timeline, { ...options, seed: seed + 1_000 });
  return { timeline, there, back, ...dial(timeline, { there, back, seqs }) };
}

/** Collects what an end gets. */
function sink(end: UtpEnd, length: number): Uint8Array {
  const into = new Uint8Array(length);
  let at = 0;
  end.onBytes = (bytes) => {
    assert.ok(at + bytes.length <= length, 'no more arrives than was sent');
    into.set(bytes, at);
    at += bytes.length;
  };
  return into;
}

/** Sends both ways, and returns when all has arrived; what arrived is what was sent. */
function exchange(pair: Pair, there: Uint8Array, back: Uint8Array): number {
  const { timeline, near, far } = pair;
  const atFar = sink(far, there.length);
  const atNear = sink(near, back.length);
  const start = timeline.now;
  near.send(there);
  timeline.run(start + 1_000, () => far.machine.state.type === 'open');
  far.send(back);
  timeline.run(
    start + 30 * MINUTE_MS,
    () => (far.received >= there.length && near.received >= back.length) || hasEnded(pair),
  );
  const [farLength, nearLength] = [far.received, near.received];
  assertSameBytes(atFar.subarray(0, farLength), there.subarray(0, farLength));
  assertSameBytes(atNear.subarray(0, nearLength), back.subarray(0, nearLength));
  if (!hasEnded(pair)) assert.equal(farLength + nearLength, there.length + back.length);
  return timeline.now - start;
}

/** Given up by one side, which the other will find out. */
function hasEnded({ near, far }: Pair): boolean {
  return [near, far].some(({ machine }) => machine.state.type === 'closed');
}

for (const loss of [0, 0.01, 0.03, 0.1]) {
  test(`all arrives in both directions with ${loss * 100} % lost, late and doubled packets`, () => {
    for (let seed = 1; seed <= 3; seed++) {
      const pair = open({ loss, reordering: loss, duplication: loss, seed });
      exchange(pair, content(700_000, seed), content(300_000, seed + 10));
      assert.ok(!hasEnded(pair), 'nobody gives up');
    }
  });
}

test('whatever a path does, all arrives in order or the connection ends', () => {
  const options = fc.record({
    bytesPerSecond: fc.integer({ min: 20_000, max: 5_000_000 }),
    latencyMs: fc.integer({ min: 1, max: 200 }),
    queueLength: fc.integer({ min: 4_000, max: 500_000 }),
    loss: fc.double({ min: 0, max: 0.15, noNaN: true }),
    reordering: fc.double({ min: 0, max: 0.2, noNaN: true }),
    duplication: fc.double({ min: 0, max: 0.2, noNaN: true }),
    lengthMax: fc.integer({ min: 1_200, max: 1_400 }),
    seed: fc.integer({ min: 1, max: 1_000_000 }),
  });
  const seq = fc.integer({ min: 0, max: 0xffff });
  fc.assert(
    fc.property(options, seq, seq, (link, nearSeq, farSeq) => {
      const pair = open(link, [nearSeq, farSeq]);
      pair.timeline.run(7_000, () => pair.far.machine.state.type === 'open');
      if (pair.far.machine.state.type !== 'open') return; // all SYNs were lost
      exchange(pair, content(60_000, link.seed), content(40_000, link.seed + 1));
    }),
    { numRuns: 60 },
  );
});

test('the rate does not collapse when packets are lost', (context) => {
  const latencyMs = 20;
  const seconds = 30;
  for (const loss of [0.001, 0.01, 0.03, 0.05, 0.1]) {
    const pair = open({ loss, latencyMs, bytesPerSecond: 2_500_000, queueLength: 500_000 });
    feed(pair.timeline, pair.near);
    pair.timeline.run(seconds * 1_000);
    const rate = pair.far.received / seconds;
    // what TCP comes to at random losses (Mathis et al., 1997), or the link itself
    const mathis = (1.22 * 1_380) / ((2 * latencyMs) / 1_000) / Math.sqrt(loss);
    const bound = Math.min(mathis, 2_500_000);
    context.diagnostic(
      `${loss * 100} % lost: ${Math.round(rate / 1e3)} kB/s, TCP ${Math.round(bound / 1e3)}`,
    );
    assert.ok(rate > 0.7 * bound, `${rate} of ${bound} bytes a second at ${loss}`);
  }
});

test('packets that overtake each other hardly cost anything', () => {
  const rates = [0, 0.05].map((reordering) => {
    const pair = open({ reordering, bytesPerSecond: 2_500_000, queueLength: 500_000 });
    feed(pair.timeline, pair.near);
    pair.timeline.run(30_000);
    return pair.far.received;
  });
  assert.ok((rates[1] ?? 0) > 0.8 * (rates[0] ?? 0), `${rates.join(' and ')} bytes`);
});

test('sequence numbers wrap at 16 bits in the middle of a transfer', () => {
  const pair = open({ loss: 0.01 }, [65_500, 65_530]);
  exchange(pair, content(2_000_000, 1), content(2_000_000, 2));
  assert.ok(!hasEnded(pair), 'nobody gives up');
});

test('a transfer of more packets than there are sequence numbers', () => {
  const pair = open({ bytesPerSecond: 50_000_000, latencyMs: 2, queueLength: 2_000_000 });
  const length = 100_000_000;
  feed(pair.timeline, pair.near, content(65_536));
  pair.timeline.run(MINUTE_MS, () => pair.far.received >= length);
  assert.ok(pair.far.received >= length);
});

test('a fast peer that is far away may have more under way', () => {
  for (const latencyMs of [50, 2]) {
    const link = { bytesPerSecond: 40_000_000, latencyMs, queueLength: 4_000_000 };
    const { timeline, near, far } = open(link);
    feed(timeline, near, new Uint8Array(1_048_576));
    let room = 0;
    far.filter = (datagram) => {
      room = Math.max(room, decodeUtpPacket(datagram).window);
      return true;
    };
    timeline.run(5_000);
    const isFar = latencyMs === 50;
    assert.equal(room, isFar ? RECEIVE_WINDOW_MAX : RECEIVE_WINDOW_START);
    const { received } = far;
    timeline.run(10_000);
    const rate = (far.received - received) / 5;
    assert.ok(rate > 30_000_000, `${rate} bytes a second at ${latencyMs} ms`);
  }
});

test('what is out of order stays in its place while the window grows', () => {
  const received = new ReceiveWindow(65_500, new PacketPool());
  const receive = (seq: number): void => {
    const packet = { ...emptyPacket(), type: UTP_TYPE.data, seq: seq & 0xffff, payloadAt: 20 };
    received.receive(packet, new Uint8Array(21).fill(seq & 0xff), true);
  };
  for (let seq = 65_502; seq < 66_500; seq++) receive(seq);
  for (const now of [0, 100]) received.onBytes(RECEIVE_WINDOW_START, 100, now);
  assert.equal(received.capacity, 2 * RECEIVE_WINDOW_START);
  for (let seq = 66_500; seq < 67_500; seq++) receive(seq);
  receive(65_501);
  for (let seq = 65_502; seq < 67_500; seq++) assert.equal(received.take()?.[0], seq & 0xff);
  assert.equal(received.take(), undefined);
});

test('windows of all connections together grow by 16 MiB', () => {
  const pool = new PacketPool();
  const grown = Array.from({ length: 20 }, () => {
    const received = new ReceiveWindow(0, pool);
    for (let now = 0; now < 10_000; now += 100) received.onBytes(RECEIVE_WINDOW_MAX, 100, now);
    return received;
  });
  const extra = grown.map(({ capacity }) => capacity - RECEIVE_WINDOW_START);
  assert.equal(
    extra.reduce((sum, each) => sum + each, 0),
    16 * 1_048_576,
  );
  for (const received of grown) received.clear();
  assert.ok(pool.grant(16 * 1_048_576), 'it is given back');
});

test('what is sent after a pause is spread, and overflows no short queue', () => {
  const link = { bytesPerSecond: 2_500_000, latencyMs: 20, queueLength: 20_000 };
  const { timeline, there, near, far } = open(link);
  const length = 300_000;
  let pushed = 0;
  const push = (): void => {
    near.send(new Uint8Array(length));
    pushed += length;
    timeline.at(timeline.now + 300, push);
  };
  timeline.at(1_000, push);
  timeline.run(20_000);
  const share = there.dropped / there.sent;
  assert.ok(share < 0.01, `${there.dropped} of ${there.sent} packets were dropped`);
  assert.ok(far.received > pushed - 2 * length, `${far.received} of ${pushed} bytes arrived`);
});

test('a SYN that is lost is sent again, and its answer too', () => {
  const timeline = new Timeline();
  const link = (): Link => new Link(timeline, {});
  const lossy = new Link(timeline, { loss: 1 });
  const { near, far } = dial(timeline, { there: lossy, back: link() });
  timeline.run(500);
  assert.equal(near.machine.state.type, 'syn-sent');
  const again = dial(timeline, { there: link(), back: link() });
  let answers = 0;
  again.far.filter = () => ++answers > 2;
  timeline.run(5_000);
  assert.equal(again.near.machine.state.type, 'open');
  assert.equal(again.far.machine.state.type, 'open');
  timeline.run(7_000);
  assert.deepEqual(near.machine.state, { type: 'closed', why: 'silence' });
  assert.equal(far.machine.state.type, 'syn-received');
});

test('who was dialed learns that the dialer is there, even if the first words are lost', () => {
  const { timeline, near, far } = open();
  let sent = 0;
  near.filter = () => ++sent > 2;
  timeline.run(5_000);
  assert.equal(far.machine.state.type, 'open');
});

test('the end is told in both directions, and what was sent before arrives', () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const pair = open({ loss: 0.1, seed });
    const { timeline, near, far } = pair;
    timeline.run(6_000, () => far.machine.state.type === 'open');
    const sent = content(50_000, seed);
    const received = sink(far, sent.length);
    near.machine.queue.push(sent);
    near.settle();
    timeline.run(timeline.now + MINUTE_MS, () => near.machine.queue.length === 0);
    near.close();
    timeline.run(timeline.now + MINUTE_MS, () => far.machine.isPeerFinished);
    assertSameBytes(received, sent);
    far.close();
    timeline.run(timeline.now + 2 * MINUTE_MS);
    assert.equal(near.machine.state.type, 'closed');
    assert.equal(far.machine.state.type, 'closed');
  }
});

test('a lost FIN is sent again', () => {
  const { timeline, near, far } = open();
  timeline.run(1_000);
  let fins = 0;
  near.filter = (datagram) => decodeUtpPacket(datagram).type !== UTP_TYPE.fin || ++fins > 2;
  near.close();
  timeline.run(5_000, () => far.machine.isPeerFinished);
  assert.ok(far.machine.isPeerFinished);
  assert.equal(fins, 3);
});

test('a peer that sends for ever after the end is left after a minute', () => {
  const { timeline, near, far } = open({ bytesPerSecond: 100_000 });
  timeline.run(1_000);
  feed(timeline, far);
  timeline.run(2_000);
  const since = timeline.now;
  near.close();
  timeline.run(since + 10 * MINUTE_MS, () => near.machine.state.type === 'closed');
  assert.equal(near.machine.state.type, 'closed');
  assert.ok(timeline.now - since < 1.1 * MINUTE_MS);
});

test('a peer that falls silent is given up, and one that is idle is not', () => {
  const { timeline, near, far } = open();
  timeline.run(10 * MINUTE_MS);
  assert.equal(near.machine.state.type, 'open');
  assert.equal(far.machine.state.type, 'open');
  far.filter = () => false;
  near.send(content(100));
  const since = timeline.now;
  timeline.run(since + 10 * MINUTE_MS, () => near.machine.state.type === 'closed');
  assert.deepEqual(near.machine.state, { type: 'closed', why: 'silence' });
  assert.ok(timeline.now - since < MINUTE_MS);
});

test('a RESET ends a connection only if it names a packet of ours', () => {
  const { timeline, near, far } = open();
  timeline.run(1_000);
  near.send(content(10_000));
  timeline.run(2_000);
  const packet = { ...emptyPacket(), type: UTP_TYPE.reset, connectionId: 7, ack: 40_000 };
  near.machine.receive(packet, new Uint8Array(20), timeline.now);
  assert.equal(near.machine.state.type, 'open');
  const lastAcked = 100 + Math.ceil(10_000 / 1_180);
  near.machine.receive({ ...packet, ack: lastAcked }, new Uint8Array(20), timeline.now);
  assert.deepEqual(near.machine.state, { type: 'closed', why: 'reset' });
  assert.equal(far.machine.state.type, 'open');
});

test('what acknowledges packets that were never sent is passed over', () => {
  const { timeline, near } = open();
  timeline.run(1_000);
  const packet = { ...emptyPacket(), type: UTP_TYPE.data, seq: 5_000, ack: 30_000, payloadAt: 20 };
  assert.equal(near.machine.receive(packet, new Uint8Array(30), timeline.now), undefined);
  assert.equal(near.received, 0);
});

test('longer datagrams are tried, and the longest that pass are used', () => {
  for (const lengthMax of [1_200, 1_250, 1_333, 1_400]) {
    const { timeline, near, far } = open({ lengthMax, bytesPerSecond: 1_000_000 });
    feed(timeline, near);
    let longest = 0;
    near.filter = (datagram) => {
      longest = Math.max(longest, datagram.length);
      return true;
    };
    timeline.run(20_000);
    const { datagramLength } = near.machine.mtu;
    assert.ok(datagramLength <= lengthMax && datagramLength > lengthMax - 16, `${datagramLength}`);
    assert.ok(longest <= DATAGRAM_LENGTH_MAX);
    assert.ok(far.received > 14_000_000, `${far.received} bytes with ${lengthMax}`);
  }
});

test('a peer that does not read is sent what it has room for, and the rest when it reads', () => {
  const { timeline, near, far } = open();
  timeline.run(1_000);
  const machine = far.machine;
  machine.setReading(false);
  const hold = machine.take.bind(machine);
  machine.take = () => undefined;
  const sent = content(3_000_000);
  const received = sink(far, sent.length);
  near.send(sent);
  timeline.run(3 * MINUTE_MS);
  assert.equal(far.received, 0);
  const queued = near.machine.queue.length;
  assert.ok(queued >= sent.length - RECEIVE_WINDOW_START - 2_000, `${queued} are queued`);
  assert.equal(near.machine.state.type, 'open');
  machine.take = hold;
  machine.setReading(true);
  far.settle();
  timeline.run(timeline.now + 20_000, () => far.received === sent.length);
  assertSameBytes(received, sent);
});

test('what a peer makes us keep is bounded, and given back', () => {
  const pool = new PacketPool();
  const machine = new UtpConnection({ pool, receiveId: 8, sendId: 7, seq: 1, peerSeq: 1 }, 0);
  const datagram = new Uint8Array(20 + 1_380);
  for (let seq = 3; seq < 40_000; seq++) {
    const packet = { ...emptyPacket(), type: UTP_TYPE.data, seq, ack: 0, payloadAt: 20 };
    machine.receive(packet, datagram, 1);
    while (machine.nextDatagram(1) !== undefined);
  }
  assert.ok(pool.inUse * 1_380 <= RECEIVE_WINDOW_START, `${pool.inUse} packets are kept`);
  machine.abort();
  assert.equal(pool.inUse, 0);
});

test('a lone packet is acknowledged after a moment, two at once, and data carry it along', () => {
  const { timeline, near, far } = open();
  timeline.run(1_000);
  const acks: number[] = [];
  far.filter = (datagram) => {
    if (decodeUtpPacket(datagram).type === UTP_TYPE.state) acks.push(timeline.now);
    return true;
  };
  near.send(content(100));
  timeline.run(2_000);
  assert.deepEqual(acks, [1_040]); // 20 ms on the way, and 20 ms of waiting
  near.send(content(2_000));
  timeline.run(3_000);
  assert.deepEqual(acks, [1_040, 2_020]);
  far.onBytes = () => far.machine.queue.push(content(10));
  near.send(content(100));
  timeline.run(4_000);
  assert.equal(acks.length, 2);
});

test('whatever packets a peer makes up, nothing breaks and nothing is kept after the end', () => {
  const near = fc.integer({ min: -6, max: 40 });
  const anyPacket = fc.record({
    type: fc.constantFrom(0, 0, 0, 1, 2, 2, 2, 4),
    seq: fc.oneof({ weight: 5, arbitrary: near }, fc.integer({ min: 0, max: 0xffff })),
    ack: fc.oneof({ weight: 5, arbitrary: near }, fc.integer({ min: 0, max: 0xffff })),
    window: fc.constantFrom(0, 1, 1_000, 1_000_000, 0xffff_ffff),
    timestamp: fc.integer({ min: 0, max: 0xffff_ffff }),
    timestampDifference: fc.integer({ min: 0, max: 0xffff_ffff }),
    selected: fc.uint8Array({ maxLength: 12 }),
    length: fc.integer({ min: 0, max: 3_000 }),
    action: fc.constantFrom('', '', '', 'send', 'pause', 'read', 'time', 'time', 'close'),
  });
  fc.assert(
    fc.property(fc.array(anyPacket, { maxLength: 80 }), fc.boolean(), (packets, isDialer) => {
      const pool = new PacketPool();
      const ids = { pool, receiveId: 8, sendId: 7, seq: 0 };
      const machine = new UtpConnection(isDialer ? ids : { ...ids, peerSeq: 0 }, 0);
      let now = 0;
      const settle = (): void => {
        while (machine.take() !== undefined);
        for (let i = 0; machine.nextDatagram(now) !== undefined; i++) assert.ok(i < 2_000);
      };
      settle();
      for (const { selected, length, action, ...fields } of packets) {
        const payloadAt = 20 + (selected.length > 0 ? 2 + selected.length : 0);
        const datagram = new Uint8Array(payloadAt + length);
        if (selected.length > 0) datagram.set(selected, 22);
        const packet = {
          ...emptyPacket(),
          ...fields,
          seq: fields.seq & 0xffff,
          ack: fields.ack & 0xffff,
          selectiveAckAt: 22,
          selectiveAckLength: selected.length,
          payloadAt,
        };
        machine.receive(packet, datagram, now);
        if (action === 'send') machine.queue.push(new Uint8Array(20_000));
        if (action === 'pause' || action === 'read') machine.setReading(action === 'read');
        if (action === 'close') machine.close(now);
        if (action === 'time') {
          now = Math.min(machine.deadline ?? now, now + 60_000);
          machine.onTimeout(now);
        }
        if (action !== 'pause') settle();
        assert.ok(machine.ledbat.window >= 1_180 && Number.isFinite(machine.ledbat.window));
        assert.ok(machine.flightBytes >= 0);
      }
      machine.abort();
      assert.equal(machine.take(), undefined);
      assert.equal(pool.inUse, 0);
    }),
    { numRuns: 1_000 },
  );
});
