import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatHex, parseHex, PeerFault } from '@coequal/base';
import * as fc from 'fast-check';
import {
  decodeUtpPacket,
  EXTENSION_NONE,
  emptyPacket,
  isUtpDatagram,
  microsOf,
  seqAfter,
  seqDistance,
  UTP_HEADER_LENGTH,
  UTP_TYPE,
  writeUtpHeader,
} from '../../../src/core/utp/utp-packet.ts';
import { dial, Link, Timeline } from './bottleneck.ts';

function hex(text: string): Uint8Array {
  const bytes = parseHex(text.replaceAll(/\s/g, ''));
  assert.ok(bytes);
  return bytes;
}

test('a header has its fields where BEP 29 puts them', () => {
  const bytes = new Uint8Array(UTP_HEADER_LENGTH);
  writeUtpHeader(
    bytes,
    {
      type: UTP_TYPE.syn,
      connectionId: 0x1234,
      timestamp: 0xdeadbeef,
      timestampDifference: 0x01020304,
      window: 0x00100000,
      seq: 0xabcd,
      ack: 0xfffe,
    },
    EXTENSION_NONE,
  );
  assert.equal(formatHex(bytes), '41001234deadbeef0102030400100000abcdfffe');
});

test('each type of packet is read', () => {
  const types = ['01', '11', '21', '31', '41'].map(
    (first) => decodeUtpPacket(hex(`${first}00 0001 00000000 00000000 00000000 0000 0000`)).type,
  );
  assert.deepEqual(types, [
    UTP_TYPE.data,
    UTP_TYPE.fin,
    UTP_TYPE.state,
    UTP_TYPE.reset,
    UTP_TYPE.syn,
  ]);
});

test('a selective acknowledgement is found, and extensions that nobody knows are passed over', () => {
  const packet = decodeUtpPacket(
    hex(`2103 1234 00000001 00000002 00000003 0004 0005
      01 02 aabb
      03 04 0f000080
      00 04 00000001
      6869`),
  );
  // the types are those of the header and of each extension before: 3, then 1, then 3, then the end
  assert.equal(packet.selectiveAckLength, 4);
  assert.equal(packet.selectiveAckAt, UTP_HEADER_LENGTH + 4 + 2);
  assert.equal(packet.payloadAt, UTP_HEADER_LENGTH + 4 + 6 + 6);
});

test('what is cut short, of another version or of an unknown type is a fault', () => {
  const faults = [
    ['21', 'UTP_TOO_SHORT'],
    ['2000 0001 00000000 00000000 00000000 0000 0000', 'UTP_BAD_TYPE'],
    ['5100 0001 00000000 00000000 00000000 0000 0000', 'UTP_BAD_TYPE'],
    ['2101 0001 00000000 00000000 00000000 0000 0000', 'UTP_BAD_EXTENSION'],
    ['2101 0001 00000000 00000000 00000000 0000 0000 00 04 000000', 'UTP_BAD_EXTENSION'],
    [`2103 0001 00000000 00000000 00000000 0000 0000 ${'0300'.repeat(9)}`, 'UTP_BAD_EXTENSION'],
  ] as const;
  for (const [text, code] of faults) {
    assert.throws(
      () => decodeUtpPacket(hex(text)),
      (error) => error instanceof PeerFault && error.code === code,
      text,
    );
  }
});

test('any bytes are a packet or a fault, and its parts are within them', () => {
  const anyBytes = fc.uint8Array({ maxLength: 80 });
  const likely = fc
    .tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 3 }), anyBytes)
    .map(([type, extension, rest]) => Uint8Array.of((type << 4) | 1, extension, ...rest));
  fc.assert(
    fc.property(fc.oneof(anyBytes, likely), (bytes) => {
      try {
        const packet = decodeUtpPacket(bytes);
        assert.ok(isUtpDatagram(bytes));
        assert.ok(packet.payloadAt >= UTP_HEADER_LENGTH && packet.payloadAt <= bytes.length);
        assert.ok(packet.selectiveAckAt + packet.selectiveAckLength <= bytes.length);
      } catch (error) {
        assert.ok(error instanceof PeerFault);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('what is written is read', () => {
  const u16 = fc.integer({ min: 0, max: 0xffff });
  const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
  const header = fc.record({
    type: fc.integer({ min: 0, max: 4 }),
    connectionId: u16,
    timestamp: u32,
    timestampDifference: u32,
    window: u32,
    seq: u16,
    ack: u16,
  });
  fc.assert(
    fc.property(header, (fields) => {
      const bytes = new Uint8Array(UTP_HEADER_LENGTH);
      writeUtpHeader(bytes, fields, EXTENSION_NONE);
      assert.deepEqual(decodeUtpPacket(bytes), {
        ...emptyPacket(),
        ...fields,
        payloadAt: UTP_HEADER_LENGTH,
      });
    }),
  );
});

test('sequence numbers wrap', () => {
  assert.equal(seqAfter(0xffff), 0);
  assert.equal(seqAfter(0, -1), 0xffff);
  assert.equal(seqDistance(0xfff0, 0x0010), 0x20);
  assert.equal(seqDistance(0x0010, 0xfff0), -0x20);
});

test('timestamps are microseconds that wrap at 32 bits', () => {
  assert.equal(microsOf(1.5), 1_500);
  assert.equal(microsOf(2 ** 32 / 1_000 + 2), 2_000);
});

test('queries of the DHT, which share the socket, are not taken for uTP', () => {
  assert.equal(isUtpDatagram(new TextEncoder().encode('d1:ad2:id20:abcdefghij0123456789e')), false);
  assert.equal(isUtpDatagram(hex('2100 0001 00000000 00000000 00000000 0000 0000')), true);
});

test('an opening, a packet of data and the end look like this', () => {
  const timeline = new Timeline();
  const link = (): Link => new Link(timeline, { latencyMs: 10 });
  const { near, far } = dial(timeline, { there: link(), back: link() });
  const seen: string[] = [];
  for (const [end, arrow] of [
    [near, '>'],
    [far, '<'],
  ] as const) {
    end.filter = (datagram) => {
      seen.push(`${arrow} ${formatHex(datagram)}`);
      return true;
    };
  }
  timeline.run(25);
  near.send(new TextEncoder().encode('hello'));
  timeline.run(100);
  near.close();
  timeline.run(120);
  far.close();
  timeline.run(5_000);
  assert.deepEqual(seen, [
    // the SYN went before anybody looked
    '< 2100000700002710000027100010000013880064',
    '> 2100000800004e20000027100010000000651387',
    '> 01000008000061a800002710001000000065138768656c6c6f',
    '< 210000070000d6d8000027100010000013880065',
    '> 11000008000186a0000027100010000000661387',
    '< 210000070001adb0000027100010000013880066',
    '< 110000070001d4c0000027100010000013880066',
    '> 210000080001fbd0000027100010000000671388',
  ]);
  assert.equal(near.machine.state.type, 'closed');
  assert.equal(far.machine.state.type, 'closed');
});
