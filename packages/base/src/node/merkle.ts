/** The hash tree of BEP 52: SHA-256 over blocks of 16 KiB. */
import { hash } from 'node:crypto';
import { assert } from '../fault.ts';

/** A leaf of the tree (BEP 52). */
const BLOCK_LENGTH = 16_384;

const HASH_LENGTH = 32;

/**
 * Collects the leaves of one piece. One-shot hashing: 1.68 GB/s over 16 KiB, where a Hash object each
 * gives 1.20. The hash comes as a string of bytes: a Buffer each costs 0.6 us more, which over the two
 * hashes that there are for each block is a tenth of all the work.
 */
export class LeafRow {
  /** The hashes of all blocks, one after another; those that have not come yet are zero. */
  readonly bytes: Uint8Array;
  readonly #row: Buffer;
  #count = 0;

  /** `length`: of the piece, in bytes. */
  constructor(length: number) {
    this.#row = Buffer.alloc(Math.ceil(length / BLOCK_LENGTH) * HASH_LENGTH);
    this.bytes = bytesOf(this.#row);
  }

  /** The next bytes; all calls but the last bring whole blocks. */
  add(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += BLOCK_LENGTH) {
      putHash(bytes.subarray(at, at + BLOCK_LENGTH), this.#row, this.#count);
      this.#count += 1;
    }
  }
}

/** The root over `leaves` leaves, of which those that `row` has not are zero. */
export function rootOf(row: Uint8Array, leaves: number): Uint8Array {
  const count = row.length / HASH_LENGTH;
  assert(Number.isInteger(Math.log2(leaves)), `${leaves} leaves are no power of two`);
  assert(count <= leaves, `${count} blocks are more than ${leaves} leaves hold`);
  let nodes = row;
  let empty: Uint8Array = new Uint8Array(HASH_LENGTH); // the root of a tree of missing leaves
  for (let width = leaves; width > 1; width /= 2) {
    const isWhole = nodes.length === width * HASH_LENGTH;
    nodes = rowAbove(nodes, empty);
    if (!isWhole) empty = hash('sha256', pairOf(empty, empty), 'buffer');
  }
  return nodes.length === 0 ? empty : nodes;
}

function rowAbove(row: Uint8Array, empty: Uint8Array): Uint8Array {
  const pairs = Math.ceil(row.length / (2 * HASH_LENGTH));
  const above = Buffer.alloc(pairs * HASH_LENGTH);
  for (let i = 0; i < pairs; i++) {
    const pair = row.subarray(i * 2 * HASH_LENGTH, (i + 1) * 2 * HASH_LENGTH);
    putHash(pair.length === HASH_LENGTH ? pairOf(pair, empty) : pair, above, i);
  }
  return bytesOf(above);
}

/** Writes the SHA-256 of `bytes` to a place in `row`. */
function putHash(bytes: Uint8Array, row: Buffer, index: number): void {
  row.write(hash('sha256', bytes, 'binary'), index * HASH_LENGTH, HASH_LENGTH, 'binary');
}

function pairOf(left: Uint8Array, right: Uint8Array): Uint8Array {
  const pair = new Uint8Array(2 * HASH_LENGTH);
  pair.set(left);
  pair.set(right, HASH_LENGTH);
  return pair;
}

/** Not a Buffer, whose methods differ. */
function bytesOf({ buffer, byteOffset, length }: Buffer): Uint8Array {
  return new Uint8Array(buffer, byteOffset, length);
}
