/** Which addresses the DHT talks to and about: what anyone tells us may point anywhere. */
import type { Endpoint } from '@coequal/base';
import { parseAddress } from '../compact-peers.ts';
import { isDialable } from '../swarm/network.ts';

/** Bytes of an IPv4 address that one owner has many of. */
const IPV4_NETWORK_LENGTH = 3;

/** And of an IPv6 address (RFC 6177). */
const IPV6_NETWORK_LENGTH = 8;

/** Of this computer or of networks around it: RFC 1122, 1918, 3927, 6598; RFC 4193, 4291. */
export function isPrivate(host: string): boolean {
  const address = parseAddress(host);
  if (address === undefined) return false;
  const [first = 0, second = 0] = address;
  if (address.length === 4) {
    return (
      first === 0 ||
      first === 10 ||
      first === 127 ||
      (first === 100 && (second & 0xc0) === 64) ||
      (first === 169 && second === 254) ||
      (first === 172 && (second & 0xf0) === 16) ||
      (first === 192 && second === 168)
    );
  }
  if ((first & 0xfe) === 0xfc || (first === 0xfe && (second & 0xc0) === 0x80)) return true;
  return address.subarray(0, 10).every((byte) => byte === 0); // ::, ::1, and IPv4 in disguise
}

/** Whether a node or a peer can be there, and may be asked. */
export function isUsable(endpoint: Endpoint, acceptsPrivate: boolean): boolean {
  return isDialable(endpoint) && (acceptsPrivate || !isPrivate(endpoint.host));
}

/** The /24 of an IPv4 address, the /64 of an IPv6 one, as text: who has one address there may have all. */
export function neighbourhoodOf(host: string): string {
  const address = parseAddress(host);
  if (address === undefined) return host;
  const length = address.length === 4 ? IPV4_NETWORK_LENGTH : IPV6_NETWORK_LENGTH;
  return address.subarray(0, length).join('.');
}

/** One text for an endpoint, as a key of maps. */
export function endpointKey({ host, port }: Endpoint): string {
  return `${host} ${port}`;
}
