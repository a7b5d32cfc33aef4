/** Writes the packets of one connection, each into bytes that it is sent from. */
import type { Millis } from '@coequal/base';
import type { PacketBuffer } from './packet-buffer.ts';
import { RECEIVE_WINDOW_START, SELECTIVE_ACK_LENGTH_MAX } from './receive-window.ts';
import type { ReceiveWindow } from './receive-window.ts';
import {
  emptyPacket,
  EXTENSION_NONE,
  EXTENSION_PADDING,
  EXTENSION_SELECTIVE_ACK,
  microsOf,
  UTP_HEADER_LENGTH,
  UTP_TYPE,
  writeUtpHeader,
} from './utp-packet.ts';

/** The type of the next extension, and the length. */
const EXTENSION_HEADER_LENGTH = 2;

export class PacketWriter {
  /** As the header has it: of the latest packet that came. */
  timestampDifference = 0;
  readonly #sendId: number;
  readonly #receiveId: number;
  readonly #header = emptyPacket();

  constructor(sendId: number, receiveId: number) {
    this.#sendId = sendId;
    this.#receiveId = receiveId;
  }

  writeSyn(seq: number, now: Millis): Uint8Array {
    const bytes = new Uint8Array(UTP_HEADER_LENGTH);
    const header = this.#header;
    header.type = UTP_TYPE.syn;
    header.connectionId = this.#receiveId; // the other side derives both from it
    header.timestamp = microsOf(now);
    header.timestampDifference = 0;
    header.window = RECEIVE_WINDOW_START;
    header.seq = seq;
    header.ack = 0;
    writeUtpHeader(bytes, header, EXTENSION_NONE);
    return bytes;
  }

  /** A new array each time: acknowledgements are few, and the socket may read it later. */
  writeState(seq: number, received: ReceiveWindow, now: Millis): Uint8Array {
    const at = UTP_HEADER_LENGTH + EXTENSION_HEADER_LENGTH;
    const bytes = new Uint8Array(
      received.hasGap ? at + SELECTIVE_ACK_LENGTH_MAX : UTP_HEADER_LENGTH,
    );
    const length = received.hasGap ? received.writeSelectiveAck(bytes, at) : 0;
    const extension = length > 0 ? EXTENSION_SELECTIVE_ACK : EXTENSION_NONE;
    this.#writeHeader(bytes, UTP_TYPE.state, seq, received, now, extension);
    if (length === 0) return bytes.subarray(0, UTP_HEADER_LENGTH);
    bytes[UTP_HEADER_LENGTH] = EXTENSION_NONE;
    bytes[UTP_HEADER_LENGTH + 1] = length;
    return bytes.subarray(0, at + length);
  }

  /** Makes a packet of data; the payload is to be written at `payloadAt`. Filled up to `probeLength`, if not 0. */
  prepareData(packet: PacketBuffer, probeLength: number, payloadLength: number): void {
    packet.type = UTP_TYPE.data;
    packet.payloadLength = payloadLength;
    packet.payloadAt = UTP_HEADER_LENGTH;
    packet.isProbe = probeLength > 0;
    if (packet.isProbe) {
      const padding = probeLength - payloadLength - UTP_HEADER_LENGTH - EXTENSION_HEADER_LENGTH;
      packet.bytes[UTP_HEADER_LENGTH] = EXTENSION_NONE;
      packet.bytes[UTP_HEADER_LENGTH + 1] = padding;
      packet.payloadAt += EXTENSION_HEADER_LENGTH + padding;
      packet.bytes.fill(0, UTP_HEADER_LENGTH + EXTENSION_HEADER_LENGTH, packet.payloadAt);
    }
    packet.length = packet.payloadAt + payloadLength;
  }

  prepareFin(packet: PacketBuffer): void {
    packet.type = UTP_TYPE.fin;
    packet.payloadLength = 0;
    packet.payloadAt = UTP_HEADER_LENGTH;
    packet.length = UTP_HEADER_LENGTH;
  }

  /** The data of a probe that was lost go again by themselves. */
  removePadding(packet: PacketBuffer): void {
    packet.isProbe = false;
    packet.bytes.copyWithin(UTP_HEADER_LENGTH, packet.payloadAt, packet.length);
    packet.payloadAt = UTP_HEADER_LENGTH;
    packet.length = UTP_HEADER_LENGTH + packet.payloadLength;
  }

  /** The packet with the header that it has to have now. */
  refresh(packet: PacketBuffer, received: ReceiveWindow, now: Millis): Uint8Array {
    const extension = packet.isProbe ? EXTENSION_PADDING : EXTENSION_NONE;
    this.#writeHeader(packet.bytes, packet.type, packet.seq, received, now, extension);
    return packet.view;
  }

  #writeHeader(
    bytes: Uint8Array,
    type: number,
    seq: number,
    received: ReceiveWindow,
    now: Millis,
    extension: number,
  ): void {
    const header = this.#header;
    header.type = type;
    header.connectionId = this.#sendId;
    header.timestamp = microsOf(now);
    header.timestampDifference = this.timestampDifference;
    header.window = received.room;
    header.seq = seq;
    header.ack = received.ack;
    writeUtpHeader(bytes, header, extension);
  }
}
