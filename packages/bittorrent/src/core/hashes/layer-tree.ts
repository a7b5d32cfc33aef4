/**
 * A row of nodes of a hash tree with all that is above it, for answering hash requests (BEP 52). Of the
 * rows above every fourth is kept, which takes a fifteenth of the first row's memory; what lies between
 * is folded when it is asked for, from eight nodes at most.
 */
import { assert } from '@coequal/base';
import { HASH_LENGTH, merkleRoot, padHash } from '../metainfo/hash-tree.ts';
import type { HashFunction } from '../metainfo/hash-tree.ts';

/** Layers from one row that is kept to the next. */
const KEPT_LAYERS = 4;
/** Nodes below one node of the next row that is kept. */
const GROUP = 2 ** KEPT_LAYERS;

export class LayerTree {
  /** Layers from the first row up to the root. */
  readonly height: number;
  readonly #level: number;
  readonly #hash: HashFunction;
  /** The first row, and those kept above it; the last one is under way. */
  readonly #rows: Uint8Array[];
  /** Nodes of the last row that are folded. */
  #done: number;

  /**
   * `row` lies `level` layers above the leaves and is borrowed; `height` layers above it is the root. It
   * answers nothing until `build` has said that it is built.
   */
  constructor(row: Uint8Array, level: number, height: number, hash: HashFunction) {
    assert(row.length <= 2 ** height * HASH_LENGTH, 'a row has no more nodes than its tree');
    this.height = height;
    this.#level = level;
    this.#hash = hash;
    this.#rows = [row];
    this.#done = row.length / HASH_LENGTH;
  }

  /** Folds at most so many groups of sixteen nodes: the work of about 25 us each. True: it is built. */
  build(groups: number): boolean {
    for (let left = groups; !this.#isBuilt; left--) {
      if (left === 0) return false;
      this.#foldGroup();
    }
    return true;
  }

  /** `count` nodes of a layer above the first row, one after another. */
  nodes(layer: number, index: number, count: number): Uint8Array {
    const nodes = new Uint8Array(count * HASH_LENGTH);
    for (let at = 0; at < count; at++) nodes.set(this.#node(layer, index + at), at * HASH_LENGTH);
    return nodes;
  }

  /** The uncles of the node: its sibling, then its parent's, and so on, `count` of them. */
  uncles(layer: number, index: number, count: number): readonly Uint8Array[] {
    assert(layer + count <= this.height, 'the root has no sibling');
    return Array.from({ length: count }, (_, up) =>
      this.#node(layer + up, Math.floor(index / 2 ** up) ^ 1),
    );
  }

  get #isBuilt(): boolean {
    return this.#isLastRowDone && this.#rows.length * KEPT_LAYERS > this.height;
  }

  get #isLastRowDone(): boolean {
    return this.#done * HASH_LENGTH >= (this.#rows.at(-1)?.length ?? 0);
  }

  #foldGroup(): void {
    if (this.#isLastRowDone) {
      const below = this.#rows.at(-1)?.length ?? 0;
      this.#rows.push(new Uint8Array(Math.ceil(below / HASH_LENGTH / GROUP) * HASH_LENGTH));
      this.#done = 0;
    }
    const from = this.#rows.length - 2;
    const node = this.#fold(from, this.#done * GROUP, GROUP);
    this.#rows.at(-1)?.set(node, this.#done * HASH_LENGTH);
    this.#done += 1;
  }

  #node(layer: number, index: number): Uint8Array {
    const row = Math.floor(layer / KEPT_LAYERS);
    const width = 2 ** (layer % KEPT_LAYERS);
    return this.#fold(row, index * width, width);
  }

  /** The node above `count` nodes of a row that is kept. */
  #fold(row: number, index: number, count: number): Uint8Array {
    const kept = this.#rows[row];
    assert(kept, 'the tree is built as far as it is asked for');
    const level = this.#level + row * KEPT_LAYERS;
    const nodes = kept.subarray(index * HASH_LENGTH, (index + count) * HASH_LENGTH);
    if (nodes.length === 0) return padHash(level + Math.log2(count), this.#hash);
    return merkleRoot(nodes, count, this.#hash, level);
  }
}
