/** Which addresses of IPv4 a local network may have. */

/** Undefined for what is none. */
export function parseIpv4(text: string): number | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  if (parts === undefined || parts.some((part) => part > 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

/** RFC 1918, RFC 3927, RFC 6598: first address and length of the prefix. */
const AROUND: readonly (readonly [number, number])[] = [
  [0x0a00_0000, 8],
  [0xac10_0000, 12],
  [0xc0a8_0000, 16],
  [0xa9fe_0000, 16],
  [0x6440_0000, 10],
];

export function isLocalIpv4(text: string): boolean {
  const address = parseIpv4(text);
  if (address === undefined) return false;
  return AROUND.some(
    ([network, prefix]) =>
      Math.floor(address / 2 ** (32 - prefix)) === network / 2 ** (32 - prefix),
  );
}
