/**
 * Where the bytes of a torrent are on disk: a file's own path, or the parts file for what boundary
 * pieces hold of files that are not selected. All paths are made here, by joinPath of checked names.
 */
import { joinPath } from '@coequal/base';
import type { SafePath, Span } from '@coequal/base';
import type { Bitfield } from '../../core/bitfield.ts';
import type { Metainfo } from '../../core/metainfo/metainfo.ts';
import type { PieceMap, PieceSpan } from '../../core/metainfo/piece-map.ts';
import type { PlaceChange } from '../../core/place-change.ts';
import type { PartsFile } from './parts-file.ts';

/** The last part of the paths of files that were renamed, by their index. */
export type FileNames = ReadonlyMap<number, string>;

/** Where content is: what changes when it is moved or renamed. */
export interface Whereabouts {
  /** The file, or the folder of the files. */
  readonly contentPath: SafePath;
  /** The folder of the parts file. */
  readonly directory: SafePath;
  readonly names: FileNames;
}

export class ContentLayout {
  readonly map: PieceMap;
  /** A move or a new name that was begun and has not ended. */
  change: PlaceChange | undefined;
  readonly parts: PartsFile;
  /** Files whose bytes are, or will be, at their own path; those of the others are in the parts file. */
  readonly real: Bitfield;
  readonly #metainfo: Metainfo;
  #at: Whereabouts;

  constructor(
    metainfo: Metainfo,
    map: PieceMap,
    at: Whereabouts,
    placement: { readonly parts: PartsFile; readonly real: Bitfield },
  ) {
    this.#metainfo = metainfo;
    this.map = map;
    this.#at = at;
    this.parts = placement.parts;
    this.real = placement.real;
  }

  get at(): Whereabouts {
    return this.#at;
  }

  get contentPath(): SafePath {
    return this.#at.contentPath;
  }

  /** All is there by now; nobody reads or writes meanwhile. */
  moved(at: Whereabouts): void {
    this.#at = at;
    this.parts.moved(at.directory);
  }

  pathOf(file: number): SafePath {
    return contentFilePath(this.#metainfo, this.#at, file);
  }

  /** What holds its bytes: the file itself, or the parts file. */
  placeOf(file: number): SafePath {
    return this.real.has(file) ? this.pathOf(file) : this.parts.path;
  }

  /** Where all bytes of a piece are; undefined when a part of it has no place, so cannot be had. */
  spansOf(piece: number, begin: number, length: number): readonly Span[] | undefined {
    const spans: Span[] = [];
    for (const span of this.map.spansOf(piece, begin, length)) {
      const placed = this.#place(piece, span);
      if (placed === undefined) return undefined;
      spans.push(placed);
    }
    return spans;
  }

  spans(piece: number): readonly Span[] | undefined {
    return this.spansOf(piece, 0, this.map.lengthOf(piece));
  }

  /** Makes places for the parts of a piece that have none yet. Rejects with the LocalFaults of Disk. */
  async makePlaces(piece: number): Promise<void> {
    for (const { file, length } of this.map.spans(piece)) {
      if (file !== undefined && !this.real.has(file)) await this.parts.add(piece, file, length);
    }
  }

  #place(piece: number, { file, position, length }: PieceSpan): Span | undefined {
    if (file === undefined) return { type: 'zeros', length };
    if (this.real.has(file)) return { type: 'file', path: this.pathOf(file), position, length };
    const begin = this.parts.positionOf(piece, file);
    if (begin === undefined) return undefined;
    const first = partBegin(this.map, piece, file);
    return { type: 'file', path: this.parts.path, position: begin + position - first, length };
  }
}

/** The path of a file of a torrent whose content is there. */
export function contentFilePath(
  metainfo: Metainfo,
  { contentPath, names }: Pick<Whereabouts, 'contentPath' | 'names'>,
  file: number,
): SafePath {
  if (!metainfo.isFolder) return contentPath;
  const path = metainfo.files[file]?.path ?? [];
  const name = names.get(file);
  return joinPath(contentPath, ...(name === undefined ? path : [...path.slice(0, -1), name]));
}

/** Where in the file its first byte of this piece is. */
function partBegin(map: PieceMap, piece: number, file: number): number {
  return map.spans(piece).find((span) => span.file === file)?.position ?? 0;
}
