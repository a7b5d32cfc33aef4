/** Where a request comes from, and who that stands for. */
import { isIPv6 } from 'node:net';

/** A socket that hears both families names IPv4 addresses as IPv6 (RFC 4291, section 2.5.5.2). */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '').replace(/%.*$/, '');
}

/** An IPv4 address, or the /64 of an IPv6 one: whoever has one has all the addresses in it (RFC 6177). */
export function networkOf(address: string): string {
  const plain = plainAddress(address);
  if (!isIPv6(plain)) return plain;
  const [head = [], tail = []] = plain
    .split('::')
    .map((part) => (part === '' ? [] : part.split(':')));
  const missing = plain.includes('::') ? 8 - head.length - tail.length : 0;
  const groups = [...head, ...Array<string>(Math.max(0, missing)).fill('0'), ...tail];
  return `${groups.slice(0, 4).join(':')}::/64`;
}
