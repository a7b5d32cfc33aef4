/** What a .torrent file says: metainfo v1, v2 and hybrid (BEP 3, 12, 27, 47, 52). */
import type { Endpoint } from '@coequal/base';
import type { InfoHash, InfoHashV2 } from '../ids.ts';

/** One file of a torrent, in the order of the piece space. Padding (BEP 47) is not listed: see PieceMap. */
export interface TorrentFile {
  /** Safe to create on any system: no separators, reserved or colliding names. At least one part. */
  readonly path: readonly string[];
  /** Bytes. */
  readonly length: number;
  /** Where it begins in the piece space, padding counted, bytes. */
  readonly offset: number;
  readonly isExecutable: boolean;
  /** Root of the file's SHA-256 tree (BEP 52, "pieces root"); absent in v1 and for empty files. */
  readonly piecesRoot?: Uint8Array;
}

export interface Metainfo {
  readonly version: 'v1' | 'v2' | 'hybrid';
  /** Name of the file, or of the folder that holds the files; safe to create on any system. */
  readonly name: string;
  /** True: the content is a folder `name` with `files` below it. False: one file called `name`. */
  readonly isFolder: boolean;
  /** SHA-1 of `infoBytes`; in v1 and hybrid. */
  readonly infoHash?: InfoHash;
  /** SHA-256 of `infoBytes`; in v2 and hybrid. */
  readonly infoHashV2?: InfoHashV2;
  /** The info dictionary exactly as it was read (BEP 9 passes it on byte by byte). */
  readonly infoBytes: Uint8Array;
  readonly pieceLength: number;
  readonly pieceCount: number;
  /** v1 and hybrid: zeros that the last piece has after the last file; absent when there are none. */
  readonly trailingPadding?: number;
  /** Bytes of all files, without padding. */
  readonly length: number;
  readonly files: readonly TorrentFile[];
  /** v1: the SHA-1 of every piece, 20 bytes each, one after another. */
  readonly pieceHashes?: Uint8Array;
  /**
   * v2: for every piece the 32-byte root of its own tree (the piece layer, or `piecesRoot` of a file
   * no longer than a piece), one after another. Absent until known: a magnet's info carries none.
   */
  readonly pieceRoots?: Uint8Array;
  readonly isPrivate: boolean;
  /** Tiers of tracker addresses (BEP 12); a lone `announce` is one tier. */
  readonly trackers: readonly (readonly string[])[];
  readonly webSeeds: readonly string[];
  /** DHT nodes to begin with, of torrents without a tracker (BEP 5). */
  readonly nodes?: readonly Endpoint[];
  readonly comment?: string;
  readonly createdBy?: string;
  /** Seconds since 1970. */
  readonly createdAt?: number;
}
