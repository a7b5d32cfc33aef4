/** The piece layers of a torrent (BEP 52), put together from runs that peers send. */
import { assert, formatHex } from '@coequal/base';
import { HASH_LENGTH } from '../metainfo/hash-tree.ts';
import type { Metainfo, TorrentFile } from '../metainfo/metainfo.ts';
import { layerJobs } from './hash-range.ts';
import type { HashJob } from './hash-range.ts';

type LayeredMetainfo = Pick<Metainfo, 'files' | 'pieceLength' | 'pieceCount'>;

export class LayerAssembly {
  /** What is to be fetched: of files that are alike, once. */
  readonly jobs: readonly HashJob[];
  /** As in Metainfo; whole when the nodes of all jobs were added. */
  readonly pieceRoots: Uint8Array;
  readonly #metainfo: LayeredMetainfo;
  /** Files longer than a piece, by their roots in hex. */
  readonly #files = new Map<string, TorrentFile[]>();

  constructor(metainfo: LayeredMetainfo) {
    const { files, pieceLength, pieceCount } = metainfo;
    this.#metainfo = metainfo;
    this.pieceRoots = new Uint8Array(pieceCount * HASH_LENGTH);
    for (const file of files) {
      if (file.piecesRoot === undefined) continue;
      if (file.length <= pieceLength) this.pieceRoots.set(file.piecesRoot, this.#placeOf(file));
      else this.#listFile(formatHex(file.piecesRoot), file);
    }
    this.jobs = [...this.#files.values()].flatMap(([file]) =>
      file === undefined ? [] : layerJobs(file, pieceLength),
    );
  }

  /** Takes the proven nodes of a job; those beyond the file are padding. */
  add({ range }: HashJob, nodes: Uint8Array): void {
    const files = this.#files.get(formatHex(range.piecesRoot));
    assert(files, 'a job is of a file');
    for (const file of files) {
      const count = Math.ceil(file.length / this.#metainfo.pieceLength) - range.index;
      const own = nodes.subarray(0, count * HASH_LENGTH);
      this.pieceRoots.set(own, this.#placeOf(file) + range.index * HASH_LENGTH);
    }
  }

  #listFile(root: string, file: TorrentFile): void {
    const alike = this.#files.get(root);
    // one root over two lengths cannot be: the pieces of the second file stay without a hash to match
    if (alike === undefined) this.#files.set(root, [file]);
    else if (alike[0]?.length === file.length) alike.push(file);
  }

  #placeOf({ offset }: TorrentFile): number {
    return (offset / this.#metainfo.pieceLength) * HASH_LENGTH;
  }
}
