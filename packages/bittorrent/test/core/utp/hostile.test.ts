/** What a peer can make a uTP connection do that says whatever it likes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { content } from '../../../../base/test/contract/world.ts';
import { PacketPool } from '../../../src/core/utp/packet-buffer.ts';
import { SELECTIVE_ACK_LENGTH_MAX } from '../../../src/core/utp/receive-window.ts';
import { UtpConnection } from '../../../src/core/utp/utp-connection.ts';
import { decodeUtpPacket, emptyPacket, UTP_TYPE } from '../../../src/core/utp/utp-packet.ts';
import type { UtpPacket } from '../../../src/core/utp/utp-packet.ts';

const HEADER = new Uint8Array(20);
const OUR_SEQ = 1_000;
const THEIR_SEQ = 1;
const MIB = 1_048_576;

/** A connection that came in, at a clock turned by hand; what it sends goes nowhere. */
class Victim {
  readonly pool = new PacketPool();
  readonly machine: UtpConnection;
  now = 0;
  sentCount = 0;
  sentBytes = 0;

  constructor() {
    const ids = { receiveId: 8, sendId: 7, seq: OUR_SEQ, peerSeq: THEIR_SEQ };
    this.machine = new UtpConnection({ pool: this.pool, ...ids }, 0);
    this.settle();
    this.now = 50;
    this.receive({ type: UTP_TYPE.state, ack: OUR_SEQ - 1, window: MIB });
    assert.equal(this.machine.state.type, 'open');
  }

  receive(fields: Partial<UtpPacket>, datagram: Uint8Array = HEADER): Uint8Array | undefined {
    const packet = { ...emptyPacket(), payloadAt: 20, seq: THEIR_SEQ + 1, ...fields };
    const bytes = this.machine.receive(packet, datagram, this.now);
    this.settle();
    return bytes;
  }

  settle(): void {
    while (this.machine.take() !== undefined);
    for (;;) {
      const datagram = this.machine.nextDatagram(this.now);
      if (datagram === undefined) break;
      const { type } = decodeUtpPacket(datagram);
      if (type !== UTP_TYPE.data) continue;
      this.sentCount += 1;
      this.sentBytes += datagram.length;
    }
  }

  send(length: number): void {
    this.machine.queue.push(content(length));
    this.settle();
  }
}

test('however much room a peer claims, what is under way is bounded', () => {
  const victim = new Victim();
  victim.send(64 * MIB);
  // it says at once that all has arrived, and that there is room for four gigabytes
  let inUseMax = 0;
  for (let ack = OUR_SEQ; ack < OUR_SEQ + 30_000; ack++) {
    victim.now += 0.01;
    const { flightBytes } = victim.machine;
    victim.receive({ type: UTP_TYPE.state, ack: ack & 0xffff, window: 0xffff_ffff });
    inUseMax = Math.max(inUseMax, victim.pool.inUse);
    assert.ok(flightBytes <= 8 * MIB, `${flightBytes} bytes are in flight`);
  }
  assert.ok(inUseMax > 1_000 && inUseMax <= 4_000, `${inUseMax} packets are kept`);
  assert.equal(victim.machine.state.type, 'open');
});

test('numbers that jump are kept nowhere, and what is next is taken all the same', () => {
  const victim = new Victim();
  const datagram = new Uint8Array(1_400);
  for (let seq = 0; seq < 65_536; seq++) {
    const ahead = (seq - THEIR_SEQ) & 0xffff;
    if (ahead >= 1 && ahead <= 1_024) continue;
    const bytes = victim.receive({ type: UTP_TYPE.data, seq, ack: OUR_SEQ - 1 }, datagram);
    assert.equal(bytes, undefined);
  }
  assert.equal(victim.pool.inUse, 0);
  const next = { type: UTP_TYPE.data, seq: THEIR_SEQ + 1, ack: OUR_SEQ - 1 };
  assert.equal(victim.receive(next, datagram)?.length, 1_380);
});

test('an end that is named far away ends nothing', () => {
  const victim = new Victim();
  for (const seq of [THEIR_SEQ + 2_000, THEIR_SEQ + 40_000, THEIR_SEQ]) {
    victim.receive({ type: UTP_TYPE.fin, seq: seq & 0xffff, ack: OUR_SEQ - 1 });
  }
  assert.ok(!victim.machine.isPeerFinished);
  const next = { type: UTP_TYPE.data, seq: THEIR_SEQ + 1, ack: OUR_SEQ - 1 };
  assert.equal(victim.receive(next, new Uint8Array(21))?.length, 1);
});

/** A selective acknowledgement of everything that there can be. */
function selectAll(length: number): { fields: Partial<UtpPacket>; datagram: Uint8Array } {
  const datagram = new Uint8Array(22 + length).fill(0xff);
  const fields = { selectiveAckAt: 22, selectiveAckLength: length, payloadAt: 22 + length };
  return { fields: { type: UTP_TYPE.state, window: MIB, ...fields }, datagram };
}

test('who guesses with the longest selective acknowledgements acknowledges nothing', () => {
  const victim = new Victim();
  victim.send(100_000);
  const { flightBytes } = victim.machine;
  assert.ok(flightBytes > 0);
  const { fields, datagram } = selectAll(SELECTIVE_ACK_LENGTH_MAX);
  // a thirtieth of all numbers would do if old ones counted
  for (let ack = 0; ack < 65_536; ack++) {
    if (ack >= OUR_SEQ - 1 && ack <= OUR_SEQ + victim.sentCount) continue;
    victim.receive({ ...fields, ack }, datagram);
  }
  assert.equal(victim.machine.flightBytes, flightBytes);
});

test('data are not taken from who guesses what we have sent', () => {
  const victim = new Victim();
  victim.send(100);
  const data = { type: UTP_TYPE.data, seq: THEIR_SEQ + 1 };
  for (let guess = 0; guess < 65_536; guess += 100) {
    const behind = (OUR_SEQ - guess) & 0xffff;
    if (behind <= 4_000) continue;
    assert.equal(victim.receive({ ...data, ack: guess }, new Uint8Array(100)), undefined);
  }
  assert.equal(victim.receive({ ...data, ack: OUR_SEQ }, new Uint8Array(100))?.length, 80);
});

test('a selective acknowledgement of what was never sent frees only what was', () => {
  const victim = new Victim();
  victim.send(3_000);
  assert.equal(victim.sentCount, 3);
  const { fields, datagram } = selectAll(SELECTIVE_ACK_LENGTH_MAX);
  for (let i = 0; i < 1_000; i++) victim.receive({ ...fields, ack: OUR_SEQ - 1 }, datagram);
  assert.equal(victim.pool.inUse, 1, 'the first is missing still');
  assert.ok(victim.sentCount <= 4, `${victim.sentCount} packets were sent`);
  victim.receive({ type: UTP_TYPE.state, ack: OUR_SEQ + 2, window: MIB });
  assert.equal(victim.pool.inUse, 0);
});

test('the same acknowledgement a thousand times has one packet sent again', () => {
  const victim = new Victim();
  victim.send(20_000);
  const before = victim.sentCount;
  for (let i = 0; i < 1_000; i++) {
    victim.receive({ type: UTP_TYPE.state, ack: OUR_SEQ - 1, window: MIB });
  }
  assert.ok(victim.sentCount - before <= 1, `${victim.sentCount - before} packets were sent`);
});

test('who shuts and opens its window over and over has all sent again once a round trip', () => {
  const victim = new Victim();
  victim.send(MIB);
  for (let ack = OUR_SEQ; ack < OUR_SEQ + 200; ack++) {
    victim.now += 1;
    victim.receive({ type: UTP_TYPE.state, ack, window: MIB });
  }
  const { sentBytes } = victim;
  const { flightBytes } = victim.machine;
  assert.ok(flightBytes > 100_000);
  for (let i = 0; i < 1_000; i++) {
    victim.now += 0.1;
    for (const window of [0, MIB])
      victim.receive({ type: UTP_TYPE.state, ack: OUR_SEQ + 199, window });
  }
  // a tenth of a second, and round trips of 50 ms at the least
  const again = victim.sentBytes - sentBytes;
  assert.ok(again <= 4 * flightBytes, `${again} bytes were sent again of ${flightBytes}`);
});
