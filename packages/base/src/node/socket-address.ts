/** Endpoints as Linux has them: `struct sockaddr_in` (ip(7)) and `struct sockaddr_in6` (ipv6(7)). */
import { isIP, SocketAddress } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Endpoint } from '../ports.ts';
import { unmapped } from './endpoint.ts';

/** Of IPv6; of IPv4 it is 16. */
export const SOCKET_ADDRESS_LENGTH = 28;

const IPV4_LENGTH = 16;
const AF_INET = 2;
const AF_INET6 = 10;

const IPV4_AT = 4;
const IPV6_AT = 8;
const SCOPE_AT = 24;

/** Of an address of the family of a socket; undefined for one that names an interface. */
export function socketAddressOf(host: string, port: number): Uint8Array | undefined {
  const isIpv6 = isIP(host) === 6;
  const bytes = new Uint8Array(isIpv6 ? SOCKET_ADDRESS_LENGTH : IPV4_LENGTH);
  const view = new DataView(bytes.buffer);
  new Uint16Array(bytes.buffer)[0] = isIpv6 ? AF_INET6 : AF_INET; // in the order of this machine
  view.setUint16(2, port);
  if (!isIpv6) {
    bytes.set(host.split('.').map(Number), IPV4_AT);
    return bytes;
  }
  if (host.includes('%')) return undefined;
  for (const [index, group] of groupsOf(host).entries()) {
    view.setUint16(IPV6_AT + 2 * index, group);
  }
  return bytes;
}

/** The eight numbers of an IPv6 address. */
function groupsOf(host: string): readonly number[] {
  const [head = [], tail = []] = host.split('::').map((part) => part.split(':').flatMap(numbersOf));
  if (!host.includes('::')) return head;
  return [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => 0), ...tail];
}

function numbersOf(group: string): readonly number[] {
  if (group === '') return [];
  if (!group.includes('.')) return [Number.parseInt(group, 16)];
  const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
  return [(a << 8) | b, (c << 8) | d];
}

/** As Node names it, so that a peer has one name. */
export function endpointFrom(bytes: Uint8Array): Endpoint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const port = view.getUint16(2);
  const isIpv6 = new Uint16Array(bytes.buffer, bytes.byteOffset, 1)[0] === AF_INET6;
  if (!isIpv6) return { host: bytes.subarray(IPV4_AT, IPV4_AT + 4).join('.'), port };
  const groups = Array.from({ length: 8 }, (_, index) => view.getUint16(IPV6_AT + 2 * index));
  const text = groups.map((group) => group.toString(16)).join(':');
  const { address } = new SocketAddress({ address: text, family: 'ipv6' });
  const scope = new Uint32Array(bytes.buffer, bytes.byteOffset + SCOPE_AT, 1)[0] ?? 0;
  return { host: unmapped(address) + (scope === 0 ? '' : zoneOf(scope)), port };
}

/** `%eth0`: an address of the link alone says by which interface. */
function zoneOf(scope: number): string {
  for (const [name, found = []] of Object.entries(networkInterfaces())) {
    if (found.some((each) => each.family === 'IPv6' && each.scopeid === scope)) return `%${name}`;
  }
  return '';
}
