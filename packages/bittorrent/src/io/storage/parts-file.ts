/**
 * Bytes of had pieces that belong to files not selected, kept aside in one file. Its format, version 1:
 * `CQPARTS1`, the 20-byte info hash, 4 zero bytes; then records, each a check, the piece, the file and
 * a length (four big-endian u32) and that many bytes. A record's place never changes; nothing is reused.
 */
import {
  assert,
  ByteReader,
  encodeUtf8,
  equalBytes,
  joinPath,
  LeanMap,
  rootPath,
} from '@coequal/base';
import type { Disk, DiskFile, SafePath } from '@coequal/base';
import { idBytes } from '../../core/ids.ts';
import type { InfoHash } from '../../core/ids.ts';
import { recordCheck } from '../../core/record-check.ts';

const MAGIC = encodeUtf8('CQPARTS1');
const HEADER_LENGTH = 32;
const RECORD_HEADER_LENGTH = 16;

/** Files of this length or more cannot be: a piece has at most this many bytes, and the record's field 32 bits. */
const RECORD_LENGTH_MAX = 2 ** 31;

/** Which part of which file: the bytes of `file` in `piece`. */
interface PartKey {
  readonly piece: number;
  readonly file: number;
}

interface Part extends PartKey {
  readonly position: number;
  readonly length: number;
}

export class PartsFile {
  #path: SafePath;
  readonly #disk: Disk;
  readonly #infoHash: InfoHash;
  /** By file, then by piece: where the bytes are. */
  readonly #parts = new LeanMap<number, Map<number, Part>>();
  /** Where the next record goes; 0 while there is no file. */
  #end = 0;
  /** Bytes that are in the file, as far as was known at opening or since written by a record header. */
  #length = 0;
  #isThere = false;
  #isTrimmed = false;
  /** Records are added one after another: a gap would hide all that follow from the next opening. */
  #adding: Promise<unknown> = Promise.resolve();

  private constructor(path: SafePath, infoHash: InfoHash, disk: Disk) {
    this.#path = path;
    this.#infoHash = infoHash;
    this.#disk = disk;
  }

  /** Reads the index, as far as it is whole. A file that is not this torrent's is set aside as `….bad`. */
  static async open(directory: SafePath, infoHash: InfoHash, disk: Disk): Promise<PartsFile> {
    const path = partsPath(directory, infoHash);
    const parts = new PartsFile(path, infoHash, disk);
    if ((await disk.stat(parts.path))?.type !== 'file') return parts;
    parts.#isThere = await parts.#load();
    if (!parts.#isThere) await disk.rename(path, rootPath(`${path}.bad`));
    return parts;
  }

  get path(): SafePath {
    return this.#path;
  }

  /** The file is there by now; nobody uses it meanwhile. */
  moved(directory: SafePath): void {
    this.#path = partsPath(directory, this.#infoHash);
  }

  /** There is a file, if only an empty one. */
  get exists(): boolean {
    return this.#isThere;
  }

  hasFile(file: number): boolean {
    return (this.#parts.get(file)?.size ?? 0) > 0;
  }

  /** The pieces of which bytes of a file are here, written or not. */
  piecesOf(file: number): Iterable<number> {
    return this.#parts.get(file)?.keys() ?? [];
  }

  /** Where the bytes of a part begin, if it has a place. */
  positionOf(piece: number, file: number): number | undefined {
    return this.#parts.get(file)?.get(piece)?.position;
  }

  /** At opening: whether the part's bytes can be there. */
  isComplete(piece: number, file: number): boolean {
    const part = this.#parts.get(file)?.get(piece);
    return part !== undefined && part.position + part.length <= this.#length;
  }

  /** Makes a place for a part, unless it has one. Durable when the file is synced. */
  async add(piece: number, file: number, length: number): Promise<void> {
    const adding = this.#adding.then(() => this.#add({ piece, file }, length));
    this.#adding = adding.catch(() => undefined); // the next one starts where this one failed
    await adding;
  }

  /** A file's parts are of no more use. */
  forget(file: number): void {
    this.#parts.delete(file);
  }

  get isEmpty(): boolean {
    return this.#parts.size === 0;
  }

  /** The file goes. Nobody adds meanwhile. */
  async remove(): Promise<void> {
    assert(this.isEmpty, 'the parts file is removed when nothing in it is needed');
    this.#end = 0;
    this.#length = 0;
    this.#isTrimmed = false;
    await this.#disk.remove(this.path);
    this.#isThere = false;
  }

  async #add(key: PartKey, length: number): Promise<void> {
    if (this.#parts.get(key.file)?.has(key.piece)) return;
    assert(length > 0 && length < RECORD_LENGTH_MAX, 'a part has bytes');
    await using file = await this.#disk.open(this.path, 'update');
    this.#isThere = true;
    if (!this.#isTrimmed) await file.truncate(this.#end); // what a crash left there must not be read again
    this.#isTrimmed = true;
    if (this.#end === 0) {
      await file.writeAt([this.#header()], 0);
      this.#end = HEADER_LENGTH;
    }
    await file.writeAt([encodeRecord(key, length)], this.#end);
    this.#index(key, length);
  }

  /** Notes a record at the end. */
  #index(key: PartKey, length: number): void {
    const position = this.#end + RECORD_HEADER_LENGTH;
    let ofFile = this.#parts.get(key.file);
    if (ofFile === undefined) this.#parts.set(key.file, (ofFile = new Map()));
    ofFile.set(key.piece, { ...key, position, length });
    this.#end = position + length;
  }

  #header(): Uint8Array {
    const header = new Uint8Array(HEADER_LENGTH);
    header.set(MAGIC);
    header.set(idBytes(this.#infoHash), MAGIC.length);
    return header;
  }

  async #load(): Promise<boolean> {
    await using file = await this.#disk.open(this.path, 'read');
    const header = await readExactly(file, 0, HEADER_LENGTH);
    // Cut short, or never on the disk: a loss of power came before the first sync.
    if (header === undefined || header.every((byte) => byte === 0)) return true;
    if (!equalBytes(header, this.#header())) return false;
    this.#length = await file.length();
    this.#end = HEADER_LENGTH;
    for (;;) {
      const bytes = await readExactly(file, this.#end, RECORD_HEADER_LENGTH);
      const record = bytes && decodeRecord(bytes);
      if (record === undefined) return true;
      this.#index(record, record.length);
    }
  }
}

export function partsPath(directory: SafePath, infoHash: InfoHash): SafePath {
  return joinPath(directory, `.${infoHash}.parts`);
}

function encodeRecord({ piece, file }: PartKey, length: number): Uint8Array {
  const bytes = new Uint8Array(RECORD_HEADER_LENGTH);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, recordCheck(piece, file, length));
  view.setUint32(4, piece);
  view.setUint32(8, file);
  view.setUint32(12, length);
  return bytes;
}

/** Undefined for what is no record: zeros after the last one, or one that a crash cut short. */
function decodeRecord(bytes: Uint8Array): (PartKey & { readonly length: number }) | undefined {
  const reader = new ByteReader(bytes);
  const check = reader.u32();
  const [piece, file, length] = [reader.u32(), reader.u32(), reader.u32()];
  const isWhole = check === recordCheck(piece, file, length);
  return isWhole && length > 0 && length < RECORD_LENGTH_MAX ? { piece, file, length } : undefined;
}

async function readExactly(
  file: DiskFile,
  position: number,
  length: number,
): Promise<Uint8Array | undefined> {
  const bytes = new Uint8Array(length);
  return (await file.readAt(bytes, position)) === length ? bytes : undefined;
}
