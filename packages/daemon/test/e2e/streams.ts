/** What packets say, put together: the streams of TCP and of uTP (BEP 29), and the messages of peers (BEP 3) in them. */
import type { Packet } from './namespaces.ts';

/** One direction of a connection. */
export interface Stream {
  readonly from: string;
  readonly fromPort: number;
  readonly to: string;
  readonly port: number;
  readonly bytes: Buffer;
}

interface Part {
  readonly packet: Packet;
  /** Position in the stream, counted from anywhere. */
  readonly at: number;
  readonly payload: Uint8Array;
  /** How far it brings the stream. */
  readonly step: number;
  readonly connection: string;
}

/** Those of TCP that carried something. */
export function tcpStreams(packets: readonly Packet[]): readonly Stream[] {
  const parts = packets
    .filter(({ protocol, payload }) => protocol === 'tcp' && payload.length > 0)
    .map((packet) => {
      const { sequence: at, payload } = packet;
      return { packet, at, payload, step: payload.length, connection: '' };
    });
  return joined(parts, 32);
}

const UTP_HEADER_LENGTH = 20;
/** Of ours. */
const DATAGRAM_LENGTH_MAX = 1_400;
/** Version 1, `ST_DATA`. */
const UTP_DATA = 0x01;

/** Those of uTP. Other datagrams may look like a part of one: they make streams that no peer speaks. */
export function utpStreams(packets: readonly Packet[]): readonly Stream[] {
  const parts = packets
    .filter(({ protocol }) => protocol === 'udp')
    .flatMap((packet) =>
      datagramsIn(Buffer.from(packet.payload)).flatMap((bytes) => utpPart(packet, bytes)),
    );
  return joined(parts, 16);
}

function utpPart(packet: Packet, bytes: Buffer): readonly Part[] {
  if (bytes[0] !== UTP_DATA || bytes.length <= UTP_HEADER_LENGTH) return [];
  let begin = UTP_HEADER_LENGTH;
  for (let extension = bytes[1]; extension !== 0 && begin < bytes.length;) {
    extension = bytes[begin];
    begin += 2 + (bytes[begin + 1] ?? 0);
  }
  const connection = `${bytes.readUInt16BE(2)}`;
  const payload = bytes.subarray(begin);
  return [{ packet, at: bytes.readUInt16BE(16), payload, step: 1, connection }];
}

/**
 * A capture sees datagrams that were sent together before the system cuts them up (UDP_SEGMENT, udp(7)): all but the
 * last are of one length, and all are of one connection.
 */
function datagramsIn(train: Buffer): readonly Buffer[] {
  if (train.length <= DATAGRAM_LENGTH_MAX || train[0] !== UTP_DATA) return [train];
  for (let length = UTP_HEADER_LENGTH + 1; length <= DATAGRAM_LENGTH_MAX; length++) {
    const count = Math.ceil(train.length / length);
    const cut = Array.from({ length: count }, (_, index) =>
      train.subarray(index * length, (index + 1) * length),
    );
    if (cut.every((each) => isOfOneConnection(train, each))) return cut;
  }
  return [train];
}

/** Version 1, the id of the connection, and a number near-by. */
function isOfOneConnection(first: Buffer, each: Buffer): boolean {
  if (each.length < UTP_HEADER_LENGTH || ((each[0] ?? 0) & 0x0f) !== 1) return false;
  const isSame = each.readUInt16BE(2) === first.readUInt16BE(2);
  const ahead = (each.readUInt16BE(16) - first.readUInt16BE(16) + 2 ** 16) % 2 ** 16;
  return isSame && (ahead < 1_024 || ahead > 2 ** 16 - 1_024);
}

/** Puts parts in order, each once. `width`: of the numbers they are counted with, in bits. */
function joined(parts: readonly Part[], width: number): readonly Stream[] {
  const byStream = Map.groupBy(parts, ({ packet: { from, fromPort, to, port }, connection }) =>
    [from, fromPort, to, port, connection].join(' '),
  );
  return Array.from(byStream.values(), (own) => {
    const [first] = own;
    if (first === undefined) throw new Error('a group has a member');
    // the first that was sent is the first there is: none is overtaken where it is sent
    const offset = ({ at }: Part): number => (at - first.at + 2 ** width) % 2 ** width;
    const chunks: Uint8Array[] = [];
    let position = 0;
    for (const part of own.toSorted((a, b) => offset(a) - offset(b))) {
      const overlap = position - offset(part);
      if (overlap < 0) throw new Error('a part of a stream is missing');
      if (overlap >= part.step) continue; // sent again
      chunks.push(part.step === 1 ? part.payload : part.payload.subarray(overlap));
      position = offset(part) + part.step;
    }
    const { from, fromPort, to, port } = first.packet;
    return { from, fromPort, to, port, bytes: Buffer.concat(chunks) };
  });
}

const PROTOCOL = Buffer.from('\u0013BitTorrent protocol');
const HANDSHAKE_LENGTH = 68;
/** Ids of messages: BEPs 5 and 10. */
const PORT = 9;
const EXTENDED = 20;

/** What a peer says on one connection. */
export interface PeerTalk extends Stream {
  readonly infoHash: string;
  /** The bit of the DHT among the reserved ones (BEP 5). */
  readonly namesDht: boolean;
  readonly portMessages: number;
  /** Names of the extensions that it takes (BEP 10), by its ids for them. */
  readonly extensions: ReadonlyMap<number, string>;
  /** The other side's ids of those of which it sent messages. */
  readonly sentIds: ReadonlySet<number>;
}

/** Undefined when it is no peer that speaks. */
export function peerTalk(stream: Stream): PeerTalk | undefined {
  const { bytes } = stream;
  if (!bytes.subarray(0, PROTOCOL.length).equals(PROTOCOL)) return undefined;
  const extensions = new Map<number, string>();
  const sentIds = new Set<number>();
  let portMessages = 0;
  for (let at = HANDSHAKE_LENGTH; at + 4 <= bytes.length; at += 4 + bytes.readUInt32BE(at)) {
    const message = bytes.subarray(at + 4, at + 4 + bytes.readUInt32BE(at));
    if (message[0] === PORT) portMessages += 1;
    if (message[0] !== EXTENDED) continue;
    const [, id = 0] = message;
    if (id !== 0) sentIds.add(id);
    else for (const [own, name] of extensionsOf(message)) extensions.set(own, name);
  }
  return {
    ...stream,
    infoHash: bytes.subarray(28, 48).toString('hex'),
    namesDht: ((bytes[27] ?? 0) & 1) === 1,
    portMessages,
    extensions,
    sentIds,
  };
}

/** Of the dictionary `m`; ids of 0 take an extension back, and are told as well. */
function extensionsOf(handshake: Buffer): readonly (readonly [number, string])[] {
  const [, names = ''] = /1:md(.*?)ee/s.exec(handshake.toString('latin1')) ?? [];
  return Array.from(`${names}e`.matchAll(/\d+:([a-z_]+)i(\d+)e/g), ([, name = '', id]) => [
    Number(id),
    name,
  ]);
}
