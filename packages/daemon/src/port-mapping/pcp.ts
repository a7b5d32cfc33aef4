/**
 * What a router is asked, and answers, over UDP: MAP of PCP (RFC 6887, section 11), which over IPv6 opens its firewall,
 * and NAT-PMP (RFC 6886, section 3.3).
 */
import { ByteReader, concatBytes, formatHex, PeerFault } from '@coequal/base';

export type MappedProtocol = 'tcp' | 'udp';

/** Where routers listen, for either. */
export const PCP_PORT = 5351;

export const NONCE_LENGTH = 12;

export interface MapRequest {
  readonly protocol: MappedProtocol;
  readonly port: number;
  /** The one that is wished for; the router may give another. */
  readonly externalPort: number;
  /** 0 removes the mapping. */
  readonly lifetimeSeconds: number;
}

export interface PcpMapRequest extends MapRequest {
  /** Tells this mapping from those of others: the same when it is renewed or removed. */
  readonly nonce: Uint8Array;
  /** The address that the router sees this from. */
  readonly client: string;
}

export type RouterReply =
  /** It does not speak what it was asked in. */
  | { readonly type: 'unsupported' }
  | { readonly type: 'refused'; readonly result: number }
  | {
      readonly type: 'mapped';
      readonly protocol: MappedProtocol;
      readonly port: number;
      readonly externalPort: number;
      readonly lifetimeSeconds: number;
      /** As hex; of PCP. */
      readonly nonce: string | undefined;
      /** The router's, of PCP over IPv4. */
      readonly outsideHost?: string | undefined;
    }
  /** Of NAT-PMP, which tells it by itself. */
  | { readonly type: 'outside'; readonly host: string };

const PCP_VERSION = 2;
const NAT_PMP_VERSION = 0;
const OPCODE_MAP = 1;
const IS_REPLY = 0x80;
const PCP_PROTOCOL: Readonly<Record<MappedProtocol, number>> = { tcp: 6, udp: 17 };
const NAT_PMP_OPCODE: Readonly<Record<MappedProtocol, number>> = { udp: 1, tcp: 2 };
const NAT_PMP_OPCODE_ADDRESS = 0;
const RESULT_SUCCESS = 0;
const RESULT_UNSUPPORTED_VERSION = 1;

export function encodePcpMap(request: PcpMapRequest): Uint8Array {
  const head = new DataView(new ArrayBuffer(8));
  head.setUint8(0, PCP_VERSION);
  head.setUint8(1, OPCODE_MAP);
  head.setUint32(4, request.lifetimeSeconds);
  const map = new DataView(new ArrayBuffer(8));
  map.setUint8(0, PCP_PROTOCOL[request.protocol]);
  map.setUint16(4, request.port);
  map.setUint16(6, request.externalPort);
  const parts = [
    new Uint8Array(head.buffer),
    addressBytes(request.client),
    request.nonce,
    new Uint8Array(map.buffer),
    addressBytes(request.client.includes(':') ? '::' : '0.0.0.0'), // any external address
  ];
  return concatBytes(parts);
}

export function encodeNatPmpMap(request: MapRequest): Uint8Array {
  const view = new DataView(new ArrayBuffer(12));
  view.setUint8(0, NAT_PMP_VERSION);
  view.setUint8(1, NAT_PMP_OPCODE[request.protocol]);
  view.setUint16(4, request.port);
  // to remove it, the external port must be 0
  view.setUint16(6, request.lifetimeSeconds === 0 ? 0 : request.externalPort);
  view.setUint32(8, request.lifetimeSeconds);
  return new Uint8Array(view.buffer);
}

/** Asks for the router's own address (RFC 6886, section 3.2). */
export function encodeNatPmpAddress(): Uint8Array {
  return Uint8Array.of(NAT_PMP_VERSION, NAT_PMP_OPCODE_ADDRESS);
}

/** Throws PeerFault `PORT_MAPPING_REPLY` for what is no reply to a MAP. */
export function decodeRouterReply(bytes: Uint8Array): RouterReply {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  const opcode = reader.u8();
  if (opcode < IS_REPLY) throw badReply();
  const result = reader.u16();
  if (result === RESULT_UNSUPPORTED_VERSION && version !== PCP_VERSION) {
    return { type: 'unsupported' };
  }
  if (version === NAT_PMP_VERSION) return decodeNatPmp(reader, opcode - IS_REPLY, result);
  if (version !== PCP_VERSION || opcode - IS_REPLY !== OPCODE_MAP) throw badReply();
  const pcpResult = result & 0xff; // the byte before is reserved
  if (pcpResult === RESULT_UNSUPPORTED_VERSION) return { type: 'unsupported' };
  if (pcpResult !== RESULT_SUCCESS) return { type: 'refused', result: pcpResult };
  const lifetimeSeconds = reader.u32();
  reader.bytes(16); // its clock, and reserved
  const nonce = formatHex(reader.bytes(NONCE_LENGTH));
  const protocol = protocolOf(PCP_PROTOCOL, reader.u8());
  reader.bytes(3);
  const port = reader.u16();
  const externalPort = reader.u16();
  const outsideHost = host4Of(reader.bytes(16));
  return { type: 'mapped', protocol, port, externalPort, lifetimeSeconds, nonce, outsideHost };
}

function decodeNatPmp(reader: ByteReader, opcode: number, result: number): RouterReply {
  if (opcode === NAT_PMP_OPCODE_ADDRESS) {
    if (result !== RESULT_SUCCESS) return { type: 'refused', result };
    reader.u32(); // its clock
    return { type: 'outside', host: reader.bytes(4).join('.') };
  }
  const protocol = protocolOf(NAT_PMP_OPCODE, opcode);
  if (result !== RESULT_SUCCESS) return { type: 'refused', result };
  reader.u32(); // its clock
  const port = reader.u16();
  const externalPort = reader.u16();
  const lifetimeSeconds = reader.u32();
  return { type: 'mapped', protocol, port, externalPort, lifetimeSeconds, nonce: undefined };
}

function protocolOf(
  numbers: Readonly<Record<MappedProtocol, number>>,
  value: number,
): MappedProtocol {
  if (value === numbers.tcp) return 'tcp';
  if (value === numbers.udp) return 'udp';
  throw badReply();
}

function badReply(): PeerFault {
  return new PeerFault('PORT_MAPPING_REPLY');
}

/** In 16 bytes, as the system writes addresses; `192.0.2.1` is `::ffff:192.0.2.1`. */
function addressBytes(host: string): Uint8Array {
  if (!host.includes(':')) return mappedBytes(host);
  const [head, tail] = host.split('::').map((part) => part.split(':').filter(Boolean));
  const missing = 8 - (head?.length ?? 0) - (tail?.length ?? 0);
  const groups = [...(head ?? []), ...Array<string>(missing).fill('0'), ...(tail ?? [])];
  return Uint8Array.from(
    groups.map((group) => parseInt(group, 16)).flatMap((value) => [value >> 8, value & 0xff]),
  );
}

/** Undefined for what is no address of IPv4 in 16 bytes. */
function host4Of(bytes: Uint8Array): string | undefined {
  const isOf4 = bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff;
  return isOf4 && bytes[11] === 0xff ? bytes.subarray(12).join('.') : undefined;
}

function mappedBytes(host4: string): Uint8Array {
  const bytes = new Uint8Array(16);
  bytes.fill(0xff, 10, 12);
  bytes.set(host4.split('.').map(Number), 12);
  return bytes;
}
