/** Many connections on one socket: what crowds, forgers and floods of datagrams come to. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LocalFault } from '@coequal/base';
import type { Cancel, Clock, Conn, Endpoint } from '@coequal/base';
import { openClock, openNet, openRandom } from '@coequal/base/node';
import { assertSameBytes, content, localFault } from '../../../../base/test/contract/world.ts';
import {
  decodeUtpPacket,
  emptyPacket,
  EXTENSION_NONE,
  UTP_HEADER_LENGTH,
  UTP_TYPE,
  writeUtpHeader,
} from '../../../src/core/utp/utp-packet.ts';
import type { UtpPacket } from '../../../src/core/utp/utp-packet.ts';
import { UtpHost } from '../../../src/io/utp/utp-host.ts';
import { seededRandom } from '../../core/seeded-random.ts';
import { openUtpNet } from './utp-net.ts';

const never = new AbortController().signal;
const LOCAL: Endpoint = { host: '192.0.2.1', port: 6_881 };
const PEER: Endpoint = { host: '198.51.100.7', port: 7_000 };

interface Sent {
  readonly packet: UtpPacket;
  readonly bytes: Uint8Array;
  readonly to: Endpoint;
}

/** A host whose datagrams go nowhere, and whose clock is turned by hand. */
class Lab {
  readonly sent: Sent[] = [];
  readonly host: UtpHost;
  readonly conns: Conn[] = [];
  /** Of the socket; then nothing leaves. */
  problem: LocalFault | undefined;
  #now = 0;
  readonly #timers = new Set<{ readonly when: number; readonly run: () => void }>();

  constructor({ isListening = true }: { isListening?: boolean } = {}) {
    const clock: Clock = {
      now: () => this.#now,
      epochNow: () => this.#now,
      at: (when, run): Cancel => {
        const timer = { when, run };
        this.#timers.add(timer);
        return () => void this.#timers.delete(timer);
      },
    };
    const number = seededRandom(1);
    const random = { number, bytes: (length: number) => new Uint8Array(length) };
    const problem = (): LocalFault | undefined => this.problem;
    const socket = {
      local: LOCAL,
      get problem() {
        return problem();
      },
      send: (bytes: Uint8Array, to: Endpoint) => {
        if (this.problem !== undefined) return;
        const copy = bytes.slice();
        this.sent.push({ packet: decodeUtpPacket(copy), bytes: copy, to });
      },
    };
    this.host = new UtpHost(socket, { clock, random });
    if (isListening) this.host.onConn = (conn) => void this.conns.push(conn);
  }

  receive(fields: Partial<UtpPacket>, from: Endpoint = PEER, payload = new Uint8Array(0)): void {
    const bytes = new Uint8Array(UTP_HEADER_LENGTH + payload.length);
    writeUtpHeader(bytes, { ...emptyPacket(), window: 1_000_000, ...fields }, EXTENSION_NONE);
    bytes.set(payload, UTP_HEADER_LENGTH);
    this.host.receive({ bytes, from });
  }

  /** Lets time pass, and what follows from it happen. */
  async pass(ms: number): Promise<void> {
    await settled();
    const until = this.#now + ms;
    for (;;) {
      const [next] = [...this.#timers].toSorted((a, b) => a.when - b.when);
      if (next === undefined || next.when > until) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.when);
      next.run();
      await settled();
    }
    this.#now = until;
  }

  /** A connection from PEER, with what has been sent for it. */
  async accept(connectionId = 100): Promise<Conn> {
    this.receive({ type: UTP_TYPE.syn, connectionId, seq: 1 });
    await this.pass(0);
    const answer = this.sent.at(-1);
    assert.ok(answer);
    const ack = answer.packet.seq - 1;
    this.receive({ type: UTP_TYPE.state, connectionId: connectionId + 1, seq: 2, ack });
    await this.pass(0);
    const conn = this.conns.at(-1);
    assert.ok(conn);
    return conn;
  }
}

/** What acknowledges all that the connection which was accepted last has sent. */
function ackOf(lab: Lab): number {
  const seq = lab.sent.findLast(({ packet }) => packet.type === UTP_TYPE.state)?.packet.seq ?? 0;
  return seq - 1;
}

async function settled(): Promise<void> {
  for (let i = 0; i < 5; i++) await Promise.resolve();
}

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
});

test('a dial from an address that is gone fails at once and says so, and succeeds when it is back', async () => {
  const lab = new Lab();
  lab.problem = new LocalFault('ADDRESS_GONE', { host: LOCAL.host });
  await assert.rejects(lab.host.dial(PEER, never), localFault('ADDRESS_GONE'));
  await lab.pass(0);
  assert.equal(lab.host.size, 0);
  lab.problem = undefined;
  const dial = lab.host.dial(PEER, never);
  await lab.pass(0);
  const [syn] = lab.sent;
  assert.ok(syn);
  lab.receive({
    type: UTP_TYPE.state,
    connectionId: syn.packet.connectionId,
    seq: 7,
    ack: syn.packet.seq,
  });
  assert.deepEqual((await dial).remote, PEER);
});

test('a dial that is under way when the address goes fails when it would be sent again', async () => {
  const lab = new Lab();
  const dial = assert.rejects(lab.host.dial(PEER, never), localFault('ADDRESS_GONE'));
  await lab.pass(0);
  assert.equal(lab.sent.length, 1);
  lab.problem = new LocalFault('ADDRESS_GONE', { host: LOCAL.host });
  await lab.pass(4_000);
  await dial;
  assert.equal(lab.host.size, 0);
});

test('nobody hears of a connection until its dialer has answered', async () => {
  const lab = new Lab();
  lab.receive({ type: UTP_TYPE.syn, connectionId: 100, seq: 1 });
  await lab.pass(0);
  assert.equal(lab.conns.length, 0);
  const [answer] = lab.sent;
  assert.ok(answer);
  assert.deepEqual(answer.to, PEER);
  assert.equal(answer.packet.ack, 1);
  const ack = answer.packet.seq - 1;
  const wrong = { type: UTP_TYPE.state, connectionId: 101, seq: 2, ack: ack + 7 };
  lab.receive(wrong);
  lab.receive({ ...wrong, ack }, { ...PEER, port: 7_001 });
  await lab.pass(0);
  assert.equal(lab.conns.length, 0);
  lab.receive({ ...wrong, ack });
  await lab.pass(0);
  assert.equal(lab.conns.length, 1);
});

test('SYNs from one network are few at a time, and do not keep others out', async () => {
  const lab = new Lab();
  for (let connectionId = 0; connectionId < 500; connectionId++) {
    lab.receive({ type: UTP_TYPE.syn, connectionId, seq: 1 }, { host: '203.0.113.1', port: 1 });
    const host = `2001:db8::${connectionId + 1}`;
    lab.receive({ type: UTP_TYPE.syn, connectionId, seq: 1 }, { host, port: 1 });
  }
  await lab.pass(0);
  assert.equal(lab.host.size, 16);
  await lab.accept();
  assert.equal(lab.conns.length, 1);
  await lab.pass(7_000);
  assert.equal(lab.host.size, 1, 'who never answers is forgotten');
});

test('SYNs from made-up addresses push each other out, and a peer that answers stays', async () => {
  const lab = new Lab();
  await lab.accept();
  for (let i = 0; i < 5_000; i++) {
    const host = `10.${i >> 8}.${i & 255}.1`;
    lab.receive({ type: UTP_TYPE.syn, connectionId: i & 0xffff, seq: 1 }, { host, port: 1 });
    if (i % 100 === 0) await lab.pass(1);
  }
  await lab.pass(1);
  assert.equal(lab.host.size, 129);
  await lab.accept(60_000);
  assert.equal(lab.conns.length, 2);
});

test('what belongs to no connection is answered by RESET, fifty times a second at most', async () => {
  const lab = new Lab();
  for (let i = 0; i < 1_000; i++) lab.receive({ type: UTP_TYPE.data, connectionId: i, seq: 77 });
  assert.equal(lab.sent.length, 50);
  const [first] = lab.sent;
  assert.ok(first);
  assert.equal(first.packet.type, UTP_TYPE.reset);
  assert.equal(first.packet.ack, 77);
  await lab.pass(1_000);
  lab.receive({ type: UTP_TYPE.data, connectionId: 5 });
  lab.receive({ type: UTP_TYPE.reset, connectionId: 5 });
  assert.equal(lab.sent.length, 51);
});

test('a RESET counts if address, id and acknowledgement are right', async () => {
  const lab = new Lab();
  const conn = await lab.accept();
  const closings: (Error | undefined)[] = [];
  conn.start(
    () => {},
    (why) => closings.push(why),
  );
  const next = lab.sent[0]?.packet.seq ?? 0;
  const reset = { type: UTP_TYPE.reset, connectionId: 101, ack: next };
  lab.receive(reset, { ...PEER, host: '198.51.100.8' });
  lab.receive({ ...reset, connectionId: 102 });
  lab.receive({ ...reset, ack: next + 1_000 });
  await lab.pass(0);
  assert.equal(closings.length, 0);
  lab.receive({ ...reset, connectionId: 100 }); // the id of what it answers
  await lab.pass(0);
  assert.equal(closings.length, 1);
  assert.ok(localFault('CONNECTION_LOST')(closings[0]));
  assert.equal(lab.host.size, 0);
});

test('where nobody listens a dial is refused at once', async () => {
  const lab = new Lab({ isListening: false });
  lab.receive({ type: UTP_TYPE.syn, connectionId: 9, seq: 3 });
  assert.equal(lab.sent[0]?.packet.type, UTP_TYPE.reset);
  assert.equal(lab.host.size, 0);
  const dialing = lab.host.dial(PEER, never);
  await lab.pass(0);
  const syn = lab.sent.at(-1)?.packet;
  assert.ok(syn?.type === UTP_TYPE.syn);
  lab.receive({ type: UTP_TYPE.reset, connectionId: syn.connectionId, ack: syn.seq });
  await assert.rejects(dialing, localFault('DIAL_FAILED'));
  await lab.pass(0);
  assert.equal(lab.host.size, 0);
});

test('a dial that nobody answers is given up', async () => {
  const lab = new Lab();
  const dialing = assert.rejects(lab.host.dial(PEER, never), localFault('DIAL_FAILED'));
  await lab.pass(6_100);
  await dialing;
  assert.equal(lab.sent.filter(({ packet }) => packet.type === UTP_TYPE.syn).length, 3);
  assert.equal(lab.host.size, 0);
});

test('there are at most 512 connections', async () => {
  const lab = new Lab();
  const dials: Promise<unknown>[] = [];
  for (let i = 0; i < 512; i++) dials.push(lab.host.dial({ ...PEER, port: i + 1 }, never));
  await assert.rejects(lab.host.dial(PEER, never), localFault('DIAL_FAILED'));
  lab.receive({ type: UTP_TYPE.syn, connectionId: 1, seq: 1 }, { host: '10.0.0.1', port: 1 });
  assert.equal(lab.host.size, 512);
  const rejected = Promise.allSettled(dials);
  await lab.pass(7_000);
  assert.ok((await rejected).every(({ status }) => status === 'rejected'));
  assert.equal(lab.host.size, 0);
});

test('a batch of datagrams is acknowledged by one', async () => {
  const lab = new Lab();
  const conn = await lab.accept();
  let received = 0;
  conn.start(
    (view) => (received += view.length),
    () => {},
  );
  const ack = (lab.sent[0]?.packet.seq ?? 0) - 1;
  lab.sent.length = 0;
  for (let i = 0; i < 32; i++) {
    const packet = { type: UTP_TYPE.data, connectionId: 101, seq: 2 + i, ack };
    lab.receive(packet, PEER, new Uint8Array(1_000));
  }
  await lab.pass(0);
  assert.equal(received, 32_000);
  assert.deepEqual(
    lab.sent.map(({ packet }) => packet.ack),
    [33],
  );
});

test('payload of a batch is handed over at once, and what is beyond the inbox after it', async () => {
  const lab = new Lab();
  const conn = await lab.accept();
  const ack = ackOf(lab);
  const views: number[] = [];
  conn.start(
    (view) => void views.push(view.length),
    () => {},
  );
  for (let i = 0; i < 100; i++) {
    lab.receive({ connectionId: 101, seq: 2 + i, ack }, PEER, new Uint8Array(1_000).fill(i));
  }
  await lab.pass(0);
  assert.deepEqual(views, [98_000, 2_000]);
});

test('who pauses another connection in the midst of a batch keeps its bytes until it goes on', async () => {
  const lab = new Lab();
  const conn = await lab.accept();
  const ack = ackOf(lab);
  const other = await lab.accept(200);
  const otherAck = ackOf(lab);
  const got: number[] = [];
  const closings: unknown[] = [];
  conn.start(
    (view) => void got.push(...view),
    (why) => void closings.push(why),
  );
  other.start(
    () => conn.pause(),
    () => {},
  );
  lab.receive({ connectionId: 201, seq: 2, ack: otherAck }, PEER, Uint8Array.of(9));
  lab.receive({ connectionId: 101, seq: 2, ack }, PEER, Uint8Array.of(1));
  lab.receive({ connectionId: 201, seq: 3, ack: otherAck }, PEER, Uint8Array.of(9));
  lab.receive({ connectionId: 101, seq: 3, ack }, PEER, Uint8Array.of(2));
  lab.receive({ type: UTP_TYPE.fin, connectionId: 101, seq: 4, ack });
  await lab.pass(0);
  assert.deepEqual({ got, closings }, { got: [], closings: [] });
  conn.resume();
  await lab.pass(0);
  assert.deepEqual({ got, closings }, { got: [1, 2], closings: [undefined] });
});

test('who pauses while bytes are handed over gets the rest, and the end, when it goes on', async () => {
  const lab = new Lab();
  const conn = await lab.accept();
  const ack = ackOf(lab);
  const views: number[] = [];
  const closings: unknown[] = [];
  conn.start(
    (view) => {
      views.push(view.length);
      conn.pause();
    },
    (why) => void closings.push(why),
  );
  const part = new Uint8Array(1_000);
  for (let i = 0; i < 200; i++) lab.receive({ connectionId: 101, seq: 2 + i, ack }, PEER, part);
  lab.receive({ type: UTP_TYPE.fin, connectionId: 101, seq: 202, ack });
  await lab.pass(0);
  assert.deepEqual(views, [98_000]);
  assert.equal(closings.length, 0);
  for (let i = 0; i < 4; i++) {
    conn.resume();
    await lab.pass(0);
  }
  assert.equal(
    views.reduce((sum, length) => sum + length, 0),
    200_000,
  );
  assert.deepEqual(closings, [undefined]);
});

test('what comes out of order is told by a selective acknowledgement', async () => {
  const lab = new Lab();
  const conn = await lab.accept();
  conn.start(
    () => {},
    () => {},
  );
  const ack = (lab.sent[0]?.packet.seq ?? 0) - 1;
  lab.sent.length = 0;
  for (const seq of [4, 5, 12]) {
    lab.receive({ type: UTP_TYPE.data, connectionId: 101, seq, ack }, PEER, new Uint8Array(10));
  }
  await lab.pass(0);
  const [answer] = lab.sent;
  assert.ok(answer);
  const { packet, bytes } = answer;
  assert.equal(packet.ack, 1);
  // bits from packet 3 on: the one after the next that is missing
  assert.deepEqual([...bytes.subarray(packet.selectiveAckAt)], [0b0000_0110, 0b0000_0010, 0, 0]);
});

test('a host that is disposed of tells its peers', async () => {
  const lab = new Lab();
  const conn = await lab.accept();
  const closings: (Error | undefined)[] = [];
  conn.start(
    () => {},
    (why) => closings.push(why),
  );
  const disposing = lab.host[Symbol.asyncDispose]();
  await lab.pass(2_000);
  await disposing;
  assert.equal(closings.length, 1);
  assert.ok(lab.sent.some(({ packet }) => packet.type === UTP_TYPE.fin));
  assert.equal(lab.host.size, 0);
});
