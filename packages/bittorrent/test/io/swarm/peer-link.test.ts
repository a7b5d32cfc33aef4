import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatBytes, PeerFault } from '@coequal/base';
import { decodeHandshake, encodeHandshake } from '../../../src/core/wire/handshake.ts';
import { parseInfoHash } from '../../../src/core/ids.ts';
import type { PeerId } from '../../../src/core/ids.ts';
import { createPeerId } from '../../../src/core/wire/peer-id.ts';
import { encodePeerMessage } from '../../../src/core/wire/peer-wire.ts';
import type { PeerMessage } from '../../../src/core/wire/peer-wire.ts';
import { greetingBytes, PeerLink } from '../../../src/io/swarm/peer-link.ts';
import type { Admission, Doorkeeper, LinkOwner } from '../../../src/io/swarm/peer-link.ts';
import { FakeClock, FakeConn } from './fake-conn.ts';

const INFO_HASH = parseInfoHash('0123456789abcdef0123456789abcdef01234567');
const OURS = createPeerId({ bytes: (length) => new Uint8Array(length).fill(1), number: () => 0 });
const THEIRS = createPeerId({ bytes: (length) => new Uint8Array(length).fill(2), number: () => 0 });
const SUPPORTS = { fast: true, extensions: true, dht: false, v2: false };
const GREETING = encodeHandshake({ infoHash: INFO_HASH, peerId: THEIRS, supports: SUPPORTS });

/** An owner that keeps what it is told, and puts each block into memory of its own. */
class Owner implements LinkOwner, Doorkeeper {
  readonly told: string[] = [];
  readonly blocks: Uint8Array[] = [];
  refusal: PeerFault | undefined;

  admit(): Admission {
    if (this.refusal !== undefined) throw this.refusal;
    return {
      owner: this,
      infoHash: INFO_HASH,
      peerId: OURS,
      supportsV2: false,
      supportsDht: false,
      isV2: false,
    };
  }

  unopened(_: PeerLink, why: Error | undefined): void {
    this.told.push(`unopened ${why?.message ?? ''}`);
  }

  opened(): void {
    this.told.push('opened');
  }

  event(_: PeerLink, { type }: { readonly type: string }): void {
    this.told.push(type);
  }

  blockTarget(_: PeerLink, __: number, ___: number, length: number): Uint8Array {
    const target = new Uint8Array(length);
    this.blocks.push(target);
    return target;
  }

  blockDone(_: PeerLink, piece: number, begin: number, __: number, wasStored: boolean): void {
    this.told.push(`block ${piece} ${begin} ${wasStored ? 'stored' : 'thrown away'}`);
  }

  readDone(): void {
    this.told.push('read');
  }

  writable(): void {
    this.told.push('writable');
  }

  closed(_: PeerLink, why: Error | undefined): void {
    this.told.push(`closed ${why?.message ?? ''}`);
  }
}

interface Setup {
  readonly conn: FakeConn;
  readonly clock: FakeClock;
  readonly owner: Owner;
  readonly link: PeerLink;
}

function setUp(isDialled = false): Setup {
  const [conn, clock, owner] = [new FakeConn(), new FakeClock(), new Owner()];
  const greeting = greetingBytes({
    infoHash: INFO_HASH,
    peerId: OURS,
    supportsV2: false,
    supportsDht: false,
  });
  const dialled = isDialled ? { endpoint: conn.remote, greeting } : undefined;
  return { conn, clock, owner, link: new PeerLink(1, conn, clock, owner, dialled) };
}

/** A link that is open, of which nothing was noted yet. */
function open(): Setup {
  const setup = setUp();
  setup.conn.deliver(GREETING);
  setup.owner.told.length = 0;
  setup.conn.sent.length = 0;
  return setup;
}

function encode(...messages: readonly PeerMessage[]): Uint8Array {
  return concatBytes(messages.map((message) => encodePeerMessage(message)));
}

function peerIdSent({ sent }: FakeConn): PeerId | undefined {
  const [first] = sent;
  return first && decodeHandshake(first).peerId;
}

test('who dials greets first, who is dialled answers', () => {
  assert.equal(peerIdSent(setUp(true).conn), OURS);
  const { conn, owner, link } = setUp();
  assert.equal(conn.sent.length, 0);
  conn.deliver(GREETING.subarray(0, 67));
  assert.ok(!link.isOpen);
  conn.deliver(GREETING.subarray(67));
  assert.ok(link.isOpen && link.peerId === THEIRS);
  assert.equal(peerIdSent(conn), OURS);
  assert.deepEqual(owner.told, ['opened', 'read']);
});

test('a handshake has ten seconds', () => {
  const { conn, clock, owner } = setUp();
  conn.deliver(GREETING.subarray(0, 60));
  clock.pass(9_999);
  assert.ok(!conn.isClosed);
  clock.pass(1);
  assert.ok(conn.isClosed);
  conn.end();
  assert.deepEqual(owner.told, ['unopened HANDSHAKE_TIMEOUT']);
});

test('an open link leaves no timer behind', () => {
  const { clock } = open();
  assert.equal(clock.timers, 0);
});

test('who is refused is not greeted', () => {
  const { conn, owner } = setUp();
  owner.refusal = new PeerFault('BANNED');
  conn.deliver(concatBytes([GREETING, encode({ type: 'interested' })]));
  assert.ok(conn.isClosed);
  assert.equal(conn.sent.length, 0);
  conn.end();
  assert.deepEqual(owner.told, ['unopened BANNED']);
});

test('messages become events, a read at a time', () => {
  const { conn, owner } = open();
  const bytes = encode({ type: 'unchoke' }, { type: 'keep-alive' }, { type: 'interested' });
  conn.deliver(bytes.subarray(0, 7));
  conn.deliver(bytes.subarray(7));
  assert.deepEqual(owner.told, ['unchoked', 'read', 'interest-changed', 'read']);
});

test('a fault of the peer ends the link, and nothing is told after it but the end', () => {
  const { conn, owner } = open();
  conn.deliver(new Uint8Array([0, 0, 0, 2, 0, 0]));
  conn.deliver(encode({ type: 'unchoke' }));
  assert.deepEqual(owner.told, []);
  conn.end();
  assert.equal(owner.told.length, 1);
  assert.match(owner.told[0] ?? '', /^closed MESSAGE_TOO_LONG/);
});

test('a link that we close is not open any more, and sends nothing', () => {
  const { conn, owner, link } = open();
  link.close(new PeerFault('CONNECTED_TWICE'));
  assert.ok(!link.isOpen);
  link.send({ type: 'choke' });
  conn.onDrain?.();
  conn.deliver(encode({ type: 'unchoke' }));
  assert.equal(conn.sent.length, 0);
  conn.end();
  assert.deepEqual(owner.told, ['closed CONNECTED_TWICE']);
});

test('blocks go where the owner says, unless they were given up meanwhile', () => {
  const { conn, owner, link } = open();
  link.outstanding.add([{ piece: 0, begin: 0, length: 4 }], 0);
  const bytes = encode({ type: 'piece', piece: 0, begin: 0, block: new Uint8Array([1, 2, 3, 4]) });
  conn.deliver(bytes);
  assert.deepEqual(owner.blocks, [new Uint8Array([1, 2, 3, 4])]);
  conn.deliver(bytes.subarray(0, 15));
  link.abandonBlock(0, 16_384); // another one
  link.abandonPiece(1);
  link.abandonBlock(0, 0);
  conn.deliver(bytes.subarray(15));
  assert.deepEqual(
    owner.told.filter((told) => told.startsWith('block')),
    ['block 0 0 stored', 'block 0 0 thrown away'],
  );
  assert.deepEqual(owner.blocks[1], new Uint8Array([1, 2, 0, 0]), 'not written after that');
});

test('blocks that were never asked for are borne in a small number', () => {
  const { conn } = open();
  const block = encode({ type: 'piece', piece: 0, begin: 0, block: new Uint8Array(1) });
  for (let count = 0; count < 64; count++) conn.deliver(block);
  assert.ok(!conn.isClosed);
  conn.deliver(block);
  assert.ok(conn.isClosed);
});

test('a keep-alive is sent when nothing was for long, and a silent peer is given up', () => {
  const { conn, clock, link, owner } = open();
  clock.pass(109_000);
  link.checkIdle(clock.now());
  assert.equal(conn.sent.length, 0);
  clock.pass(1_000);
  link.checkIdle(clock.now());
  link.checkIdle(clock.now());
  assert.deepEqual(conn.sent, [new Uint8Array(4)]);
  conn.deliver(new Uint8Array(4)); // theirs
  clock.pass(149_000);
  link.checkIdle(clock.now());
  assert.ok(!conn.isClosed);
  clock.pass(1_000);
  link.checkIdle(clock.now());
  conn.end();
  assert.equal(owner.told.at(-1), 'closed IDLE');
});

test('who leaves megabytes of messages unread is given up', () => {
  const { conn, link, owner } = open();
  conn.queuedBytes = 4 * 1_048_576;
  link.send({ type: 'have', piece: 1 });
  assert.ok(!conn.isClosed);
  conn.queuedBytes += 1;
  link.send({ type: 'have', piece: 2 });
  assert.equal(conn.sent.length, 1);
  conn.end();
  assert.deepEqual(owner.told, ['closed PEER_NOT_READING']);
});
