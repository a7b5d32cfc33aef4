/** A check of small stored records, so that zeros and torn writes are told from records. Not for safety. */

/** A 32-bit mix (FNV-1a over whole numbers) that is never 0 for what an unwritten place holds. */
export function recordCheck(...values: readonly number[]): number {
  let mix = 0x811c9dc5;
  for (const value of values) {
    mix = Math.imul(mix ^ (value & 0xffff), 0x01000193);
    mix = Math.imul(mix ^ (value >>> 16), 0x01000193);
  }
  return mix >>> 0;
}
