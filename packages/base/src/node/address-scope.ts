/** How near an address is: to this computer alone, to networks around it, or to everyone. */
import { BlockList, isIP } from 'node:net';

/** What every system takes for itself: RFC 1122, RFC 4291. Connecting to "any address" comes back here, too. */
const THIS_COMPUTER = [
  ['127.0.0.0', 8, 'ipv4'],
  ['0.0.0.0', 8, 'ipv4'],
  ['::1', 128, 'ipv6'],
  ['::', 128, 'ipv6'],
] as const;

/** RFC 1918, RFC 3927, RFC 6598; RFC 4193 and RFC 4291. */
const AROUND = [
  ['10.0.0.0', 8, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['fc00::', 7, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
] as const;

/**
 * A server may send us on to what it could reach itself, and no nearer: an address of the internet must
 * not make this computer ask the router, or a service behind it, for something.
 */
export function maySendTo(from: string, to: string): boolean {
  return nearness(to) <= nearness(from);
}

function nearness(address: string): number {
  if (listOf(THIS_COMPUTER).check(address, familyOf(address))) return 2;
  return listOf(AROUND).check(address, familyOf(address)) ? 1 : 0;
}

type Ranges = readonly (readonly [string, number, 'ipv4' | 'ipv6'])[];

function listOf(ranges: Ranges): BlockList {
  const list = new BlockList();
  for (const [network, prefix, family] of ranges) list.addSubnet(network, prefix, family);
  return list;
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}
