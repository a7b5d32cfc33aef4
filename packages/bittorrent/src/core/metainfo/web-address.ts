/** Addresses of trackers and web seeds as torrents and magnets hold them: kept, or left out. */

/** Longest address that servers take, characters. */
export const ADDRESS_LENGTH_MAX = 2_048;

/** Trackers, or web seeds, of one torrent: public lists have some hundred. Further ones are left out. */
export const ADDRESS_COUNT_MAX = 500;

/** Undefined unless the text looks like an absolute address; who uses it knows which schemes it can. */
export function readWebAddress(text: string): string | undefined {
  const address = text.trim();
  if (address.length > ADDRESS_LENGTH_MAX) return undefined;
  // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
  return /^[a-z][a-z0-9+.-]*:\/\/[^\s\u0000-\u001f\u007f]+$/i.test(address) ? address : undefined;
}
