/** Answers hash requests (BEP 52): piece layers from memory, what is below them from the pieces on disk. */
import { concatBytes, formatHex, LeanMap, sleep } from '@coequal/base';
import type { Ports } from '@coequal/base';
import { HASH_LENGTH, pieceLevelOf } from '../../core/metainfo/hash-tree.ts';
import type { HashFunction } from '../../core/metainfo/hash-tree.ts';
import type { Metainfo, TorrentFile } from '../../core/metainfo/metainfo.ts';
import { isValidRange, treeShapeOf, uncleCountOf } from '../../core/hashes/hash-range.ts';
import { LayerTree } from '../../core/hashes/layer-tree.ts';
import type { HashRange } from '../../core/wire/peer-wire.ts';

/** Groups folded in one turn of the event loop: about 3 ms. */
const GROUPS_PER_TURN = 128;

const NEVER = new AbortController().signal;

/** A metainfo of v2 or both whose piece layers are known. */
export type HashedMetainfo = Pick<Metainfo, 'files' | 'pieceLength'> & {
  readonly pieceRoots: Uint8Array;
};

/** What is asked of the content. */
export interface LeafSource {
  /** Hashes of the blocks of a had piece; undefined if it is not there. */
  leavesOf(piece: number): Promise<Uint8Array | undefined>;
}

type ServePorts = Pick<Ports, 'clock' | 'hasher'>;

export class HashServe {
  readonly #metainfo: HashedMetainfo;
  readonly #leaves: LeafSource;
  readonly #ports: ServePorts;
  readonly #hash: HashFunction;
  /** Files by the roots of their trees, in hex; of files that are alike the first. */
  readonly #files: ReadonlyMap<string, TorrentFile>;
  readonly #layers = new LeanMap<TorrentFile, Promise<LayerTree>>();

  constructor(metainfo: HashedMetainfo, leaves: LeafSource, ports: ServePorts) {
    this.#metainfo = metainfo;
    this.#leaves = leaves;
    this.#ports = ports;
    this.#hash = (bytes, kind) => ports.hasher.hash(bytes, kind);
    const files = metainfo.files.toReversed();
    this.#files = new Map(
      files.flatMap((file) => (file.piecesRoot ? [[formatHex(file.piecesRoot), file]] : [])),
    );
  }

  /** Hashes of all piece layers. */
  get hashCount(): number {
    return this.#metainfo.pieceRoots.length / HASH_LENGTH;
  }

  /** Whether it can only be answered from a piece on disk. */
  isWithinPiece({ baseLayer }: HashRange): boolean {
    return baseLayer < pieceLevelOf(this.#metainfo.pieceLength);
  }

  /** The run and its uncles; undefined: it is to be rejected. */
  async answer(range: HashRange): Promise<Uint8Array | undefined> {
    const file = this.#files.get(formatHex(range.piecesRoot));
    if (file === undefined || !isValidRange(range, treeShapeOf(file.length))) return undefined;
    if (this.isWithinPiece(range)) return await this.#answerWithin(file, range);
    const tree = await this.#layersOf(file);
    const layer = range.baseLayer - pieceLevelOf(this.#metainfo.pieceLength);
    return answerFrom(tree, layer, range.index, range);
  }

  async #answerWithin(file: TorrentFile, range: HashRange): Promise<Uint8Array | undefined> {
    const { pieceLength } = this.#metainfo;
    const { height } = treeShapeOf(file.length);
    const pieceHeight = Math.min(pieceLevelOf(pieceLength), height);
    const width = 2 ** (pieceHeight - range.baseLayer);
    const piece = Math.floor(range.index / width);
    if (range.length > width) return undefined; // a run of several pieces: nobody needs it
    const leaves = await this.#leaves.leavesOf(file.offset / pieceLength + piece);
    if (leaves === undefined) return undefined;
    const tree = new LayerTree(leaves, 0, pieceHeight, this.#hash);
    tree.build(Infinity); // at most 8,192 leaves, and most have 64
    const uncleCount = uncleCountOf(range);
    const inPiece = pieceHeight - range.baseLayer - Math.log2(range.length);
    const index = range.index - piece * width;
    const within = answerFrom(tree, range.baseLayer, index, range, Math.min(uncleCount, inPiece));
    if (uncleCount <= inPiece) return within;
    const above = await this.#layersOf(file);
    return concatBytes([within, ...above.uncles(0, piece, uncleCount - inPiece)]);
  }

  #layersOf(file: TorrentFile): Promise<LayerTree> {
    const known = this.#layers.get(file);
    if (known !== undefined) return known;
    const building = this.#build(file);
    this.#layers.set(file, building);
    return building;
  }

  async #build({ offset, length }: TorrentFile): Promise<LayerTree> {
    const { pieceLength, pieceRoots } = this.#metainfo;
    const level = pieceLevelOf(pieceLength);
    const begin = (offset / pieceLength) * HASH_LENGTH;
    const row = pieceRoots.subarray(begin, begin + Math.ceil(length / pieceLength) * HASH_LENGTH);
    const tree = new LayerTree(row, level, treeShapeOf(length).height - level, this.#hash);
    while (!tree.build(GROUPS_PER_TURN)) await sleep(this.#ports.clock, 0, NEVER);
    return tree;
  }
}

function answerFrom(
  tree: LayerTree,
  layer: number,
  index: number,
  range: HashRange,
  uncleCount = uncleCountOf(range),
): Uint8Array {
  const { length } = range;
  const nodes = tree.nodes(layer, index, length);
  const uncles = tree.uncles(layer + Math.log2(length), index / length, uncleCount);
  return concatBytes([nodes, ...uncles]);
}
