/** A number from 0 to 2^32 - 1 as our protocols have it: four bytes, the highest first. */
export function encodeU32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}
