/** Who an address belongs to: what one person can have many of does not count as many. */
import type { Endpoint } from '@coequal/base';
import { formatAddress, parseAddress } from '../compact-peers.ts';

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
