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

/** From the nearest to the widest. */
export type AddressScope = 'computer' | 'around' | 'everyone';

const WIDTH: Readonly<Record<AddressScope, number>> = { computer: 0, around: 1, everyone: 2 };

/** Of an address literal; what is none is for everyone. */
export function scopeOf(address: string): AddressScope {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  const { computer, around } = (lists ??= makeLists());
  if (computer.check(address, family)) return 'computer';
  return around.check(address, family) ? 'around' : 'everyone';
}

/**
 * A server may send us on to what it could reach itself, and no nearer: an address of the internet must
 * not make this computer ask the router, or a service behind it, for something.
 */
export function maySendTo(from: string, to: string): boolean {
  return WIDTH[scopeOf(to)] >= WIDTH[scopeOf(from)];
}

/** Never changed once they are made, by the first who asks: they cost more than a look at them. */
let lists: ReturnType<typeof makeLists> | undefined;

function makeLists(): Readonly<Record<'computer' | 'around', BlockList>> {
  return { computer: listOf(THIS_COMPUTER), around: listOf(AROUND) };
}

type Ranges = readonly (readonly [string, number, 'ipv4' | 'ipv6'])[];

function listOf(ranges: Ranges): BlockList {
  const list = new BlockList();
  for (const [network, prefix, family] of ranges) list.addSubnet(network, prefix, family);
  return list;
}
