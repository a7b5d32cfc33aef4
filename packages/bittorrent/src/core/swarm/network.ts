/** Who an address belongs to: what one person can have many of does not count as many. */
import type { Endpoint } from '@coequal/base';
import { formatAddress, parseAddress, unmappedAddress } from '../compact-peers.ts';

/** Bytes of an IPv6 address that name a network: whoever has one has all the addresses in it (RFC 6177). */
const IPV6_NETWORK_LENGTH = 8;

/** An IPv4 address, or the /64 of an IPv6 one. What is no address stands for itself. */
export function networkOf(host: string): string {
  const address = parseAddress(host);
  if (address?.length !== 16) return host;
  const network = address.slice();
  network.fill(0, IPV6_NETWORK_LENGTH);
  return `${formatAddress(network)}/64`;
}

/**
 * Whether a peer can be there at all. Not so: port 0, "this network", multicast and broadcast
 * addresses (RFC 6890, RFC 4291), and what is no address.
 */
export function isDialable({ host, port }: Endpoint): boolean {
  const address = parseAddress(host);
  const first = address?.[0];
  if (address === undefined || first === undefined || !(port >= 1 && port <= 0xffff)) return false;
  if (address.length === 4) return first !== 0 && first < 224; // 224 and up: multicast, reserved, broadcast
  return first !== 0xff && address.some((byte) => byte !== 0);
}

/** Whether only programs on this computer are there. */
export function isLoopback(host: string): boolean {
  const address = parseAddress(host);
  if (address?.length === 4) return address[0] === 127;
  return address !== undefined && formatAddress(address) === '::1';
}

/** How near an address is: to this computer alone, to networks around it, or to everyone; from the nearest. */
const SCOPE = { computer: 0, around: 1, everyone: 2 } as const;

/**
 * Whether who is at `from` may be told of `to`, or may tell of it: nobody of the internet may make us dial the
 * router, or a service on this computer, and nobody there can reach what is around us. Names are refused.
 */
export function maySendTo(from: string, to: string): boolean {
  const [near, far] = [scopeOf(from), scopeOf(to)];
  return near !== undefined && far !== undefined && far >= near;
}

/** Whether it is of a network around us, or of this computer. */
export function isNear(host: string): boolean {
  const scope = scopeOf(host);
  return scope !== undefined && scope < SCOPE.everyone;
}

/** RFC 1122, 1918, 3927, 6598, 4193 and 4291, as `scopeOf` of `@coequal/base/node`. */
function scopeOf(host: string): number | undefined {
  const address = parseAddress(unmappedAddress(host));
  if (address === undefined) return undefined;
  const [first = 0, second = 0] = address;
  if (address.length === 16) {
    const isOwn = address.subarray(0, 15).every((byte) => byte === 0) && (address[15] ?? 0) <= 1;
    if (isOwn) return SCOPE.computer;
    const isAround = (first & 0xfe) === 0xfc || (first === 0xfe && (second & 0xc0) === 0x80);
    return isAround ? SCOPE.around : SCOPE.everyone;
  }
  if (first === 127 || first === 0) return SCOPE.computer;
  const isAround =
    first === 10 ||
    (first === 172 && (second & 0xf0) === 16) ||
    (first === 192 && second === 168) ||
    (first === 169 && second === 254) ||
    (first === 100 && (second & 0xc0) === 64);
  return isAround ? SCOPE.around : SCOPE.everyone;
}
