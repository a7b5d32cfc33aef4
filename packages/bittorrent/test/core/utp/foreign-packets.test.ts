/**
 * Packets that other programs sent: libtorrent 2.0.8 and Transmission 3.00 (of Debian 12), utp-native 2.5.3
 * (of webtorrent 3.0.21). Recorded on loopback on 26 November 2026 by a script that dialled each with a SYN
 * of connection 0x1234 and sequence number 1, sent data 2, then 4, 5 and 12, and for another connection a
 * STATE with sequence number 9.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHex } from '@coequal/base';
import { decodeUtpPacket, UTP_HEADER_LENGTH, UTP_TYPE } from '../../../src/core/utp/utp-packet.ts';
import type { UtpPacket } from '../../../src/core/utp/utp-packet.ts';

interface Recorded {
  readonly what: string;
  readonly hex: string;
  readonly says: Partial<UtpPacket>;
  /** Packets after `ack` that have come, by the selective acknowledgement. */
  readonly selected?: readonly number[];
}

const { syn, state, reset } = UTP_TYPE;
const MIB = 1_048_576;

const RECORDED: readonly Recorded[] = [
  {
    what: "libtorrent's SYN, which claims no room",
    hex: '4100f264e98f65d20000000000000000aa0e0000',
    says: { type: syn, connectionId: 0xf264, timestampDifference: 0, window: 0, seq: 0xaa0e },
  },
  {
    what: "utp-native's SYN",
    hex: '410045672d64393c000000000010000023c60000',
    says: { type: syn, connectionId: 0x4567, timestamp: 0x2d64393c, window: MIB, seq: 0x23c6 },
  },
  {
    what: "libtorrent's answer to a SYN",
    hex: '21001234e99ebe93e98f7c270010000081a00001',
    says: { type: state, connectionId: 0x1234, timestampDifference: 0xe98f7c27, ack: 1 },
  },
  {
    what: "utp-native's answer to a SYN",
    hex: '210012342d7b41a8000000000010000098690001',
    says: { type: state, timestampDifference: 0, window: MIB, seq: 0x9869, ack: 1 },
  },
  {
    what: "Transmission's answer to a SYN, with an extension of eight bytes that says nothing",
    hex: '210212342da65a3a00000000003800001509000100080000000000000000',
    says: { type: state, window: 3.5 * MIB, seq: 0x1509, selectiveAckLength: 0, payloadAt: 30 },
  },
  {
    what: "libtorrent's selective acknowledgement of 4, of one byte",
    hex: '21011234e9a43c53e994fa09000ffffe81a00002000101',
    says: { type: state, window: MIB - 2, ack: 2, selectiveAckLength: 1 },
    selected: [4],
  },
  {
    what: "libtorrent's of 4, 5 and 12, of two bytes",
    hex: '21011234e9a43cb7e994fa76000ffffa81a0000200020301',
    says: { type: state, ack: 2, selectiveAckLength: 2 },
    selected: [4, 5, 12],
  },
  {
    what: "utp-native's of the same, of four bytes",
    hex: '210112342d809f792d715d370010000098690002000403010000',
    says: { type: state, seq: 0x9869, ack: 2, selectiveAckLength: 4 },
    selected: [4, 5, 12],
  },
  {
    what: "Transmission's of the same",
    hex: '210112342dac63b92d9c75490004000015090002000403010000',
    says: { type: state, window: MIB / 4, seq: 0x1509, ack: 2, selectiveAckLength: 4 },
    selected: [4, 5, 12],
  },
  {
    what: "utp-native's RESET, which names what it answers",
    hex: '3100777700000000000000000000000048730009',
    says: { type: reset, connectionId: 0x7777, ack: 9, payloadAt: UTP_HEADER_LENGTH },
  },
];

for (const { what, hex, says, selected = [] } of RECORDED) {
  test(`${what} is read`, () => {
    const bytes = parseHex(hex);
    assert.ok(bytes);
    const packet = decodeUtpPacket(bytes);
    assert.deepEqual({ ...packet, ...says }, packet);
    const { ack, selectiveAckAt, selectiveAckLength } = packet;
    const bits = [...bytes.subarray(selectiveAckAt, selectiveAckAt + selectiveAckLength)];
    // BEP 29: the least bit of the first byte stands for the second packet after the acknowledged one
    const come = bits.flatMap((byte, i) =>
      [0, 1, 2, 3, 4, 5, 6, 7]
        .filter((bit) => (byte & (1 << bit)) !== 0)
        .map((bit) => ack + 2 + 8 * i + bit),
    );
    assert.deepEqual(come, selected);
  });
}
