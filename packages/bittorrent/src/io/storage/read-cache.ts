/**
 * What uploads read: chunks of pieces, read once and sent as views, in memory that is bounded over all
 * torrents and used again. Data path: a fresh buffer a read costs a page fault for each 4 KiB of it, and a
 * read of its own for each 16 KiB block costs a third more processor time (0.45 s against 0.33 s a GB).
 */
import { assert, LeanMap } from '@coequal/base';

/** For all torrents: 16 of the longest chunks, enough for the pieces that many peers ask for at a time. */
const READ_CACHE_LENGTH: number = 16 * 2 ** 20;

/** Longer reads are not cheaper, and one chunk would be too large a part of the cache. */
const CHUNK_LENGTH_MAX: number = 2 ** 20;

/** Of it, what was read ahead of need and not used yet: more would push out what is being sent. */
const READ_AHEAD_MAX: number = 4 * 2 ** 20;

/** Smallest buffer: one block. Buffers are powers of two, so that chunks of other torrents can use them. */
const BUFFER_LENGTH_MIN = 16_384;

/** Bytes of a piece: views that stay unchanged until `release`. */
export interface StoredBytes {
  readonly chunks: readonly Uint8Array[];
  /** To be called once. */
  release(): void;
}

/** Where the bytes of one torrent come from. */
export interface ChunkSource {
  lengthOf(piece: number): number;
  /** Fills `into` with the piece's bytes from `begin`, or rejects. */
  load(piece: number, begin: number, into: Uint8Array): Promise<void>;
}

interface Chunk {
  readonly key: number;
  readonly owner: TorrentReads;
  readonly buffer: Uint8Array;
  readonly bytes: Uint8Array;
  /** Until the bytes are there. */
  loading: Promise<void> | undefined;
  /** Views that were given out, and the read under way. */
  users: number;
  /** Not in the cache any more: its buffer is free once unused. */
  isDropped: boolean;
  /** Where a sequential reader goes on, bytes from the start of the chunk. */
  nextBegin: number;
  /** Read by `prepare`, and not used since. */
  isAhead: boolean;
}

/** The memory, and which chunk was unused for longest. */
export class ReadCache {
  readonly lengthMax: number;
  /** Bytes of all buffers, free ones too. */
  #length = 0;
  /** Bytes of the buffers of chunks that are ahead. */
  #lengthAhead = 0;
  readonly #free = new Map<number, Uint8Array[]>();
  /** Least recently used first. */
  readonly #chunks = new Set<Chunk>();

  constructor(lengthMax: number = READ_CACHE_LENGTH) {
    this.lengthMax = lengthMax;
  }

  /** Bytes of memory held, in use or not. */
  get length(): number {
    return this.#length;
  }

  /** Gives up all that nobody uses at present. */
  rest(): void {
    while (this.#dropOneChunk() || this.#dropOneFree());
  }

  /** One torrent's reads. */
  join(pieceLength: number, source: ChunkSource): TorrentReads {
    return new TorrentReads(this, Math.min(pieceLength, CHUNK_LENGTH_MAX), source);
  }

  /** For TorrentReads: a buffer of at least `length` bytes, or undefined when all memory is in use. */
  takeBuffer(length: number): Uint8Array | undefined {
    const size = Math.max(BUFFER_LENGTH_MIN, 2 ** Math.ceil(Math.log2(length)));
    const free = this.#free.get(size)?.pop();
    if (free !== undefined) return free;
    while (this.#length + size > this.lengthMax) {
      if (!this.#dropOneFree() && !this.#dropOneChunk()) return undefined;
      const freed = this.#free.get(size)?.pop();
      if (freed !== undefined) return freed;
    }
    this.#length += size;
    return new Uint8Array(ownPages(size), 0, size);
  }

  giveBuffer(buffer: Uint8Array): void {
    const free = this.#free.get(buffer.length);
    if (free === undefined) this.#free.set(buffer.length, [buffer]);
    else free.push(buffer);
  }

  /** For TorrentReads: marks a chunk as read ahead, or as used or dropped. */
  setAhead(chunk: Chunk, isAhead: boolean): void {
    if (chunk.isAhead === isAhead) return;
    chunk.isAhead = isAhead;
    this.#lengthAhead += isAhead ? chunk.buffer.length : -chunk.buffer.length;
  }

  /** For TorrentReads. */
  get hasRoomAhead(): boolean {
    return this.#lengthAhead < READ_AHEAD_MAX;
  }

  /** For TorrentReads: moves a chunk to the end of the queue of what is dropped. */
  touch(chunk: Chunk): void {
    this.#chunks.delete(chunk);
    this.#chunks.add(chunk);
  }

  /** For TorrentReads. */
  forget(chunk: Chunk): void {
    this.#chunks.delete(chunk);
  }

  /** Gives up a free buffer (of another size than the one that is needed). */
  #dropOneFree(): boolean {
    for (const buffers of this.#free.values()) {
      const dropped = buffers.pop();
      if (dropped === undefined) continue;
      this.#length -= dropped.length;
      return true;
    }
    return false;
  }

  #dropOneChunk(): boolean {
    for (const chunk of this.#chunks) {
      if (chunk.users > 0) continue;
      chunk.owner.drop(chunk);
      return true;
    }
    return false;
  }
}

/**
 * Memory that goes back to the system when nobody has it any more: a buffer that can be resized is mapped by itself,
 * where an ordinary one comes from malloc, which keeps it. Of 16 MiB it kept 15 (glibc 2.36), for small things lay above.
 */
function ownPages(length: number): ArrayBuffer {
  return new ArrayBuffer(length, { maxByteLength: length });
}

/** One torrent's part of the cache. */
export class TorrentReads {
  readonly #cache: ReadCache;
  readonly #chunkLength: number;
  readonly #source: ChunkSource;
  /** By piece and place in it: see `#keyOf`. */
  readonly #chunks = new LeanMap<number, Chunk>();
  readonly #keysPerPiece: number;

  constructor(cache: ReadCache, chunkLength: number, source: ChunkSource) {
    this.#cache = cache;
    this.#chunkLength = chunkLength;
    this.#source = source;
    this.#keysPerPiece = Math.ceil(PIECE_LENGTH_MAX / chunkLength);
  }

  /** At once when the bytes are in the cache. Rejects as the source does. */
  read(piece: number, begin: number, length: number): StoredBytes | Promise<StoredBytes> {
    const first = Math.floor(begin / this.#chunkLength);
    const last = Math.floor((begin + length - 1) / this.#chunkLength);
    const chunk = first === last ? this.#chunks.get(this.#keyOf(piece, first)) : undefined;
    if (chunk === undefined || chunk.loading !== undefined) {
      return this.#readSoon(piece, begin, length, first, last);
    }
    this.#cache.touch(chunk);
    this.#cache.setAhead(chunk, false);
    this.#readAhead(piece, first, chunk, begin - first * this.#chunkLength, length);
    return new OneView(chunk, begin - first * this.#chunkLength, length);
  }

  /** These bytes will be read soon: begins to load them if there is room for what is not needed yet. */
  prepare(piece: number, begin: number): void {
    const at = Math.floor(begin / this.#chunkLength);
    if (this.#chunks.has(this.#keyOf(piece, at)) || !this.#cache.hasRoomAhead) return;
    const chunk = this.#start(piece, at);
    if (chunk === undefined) return;
    this.#cache.setAhead(chunk, true);
    chunk.loading?.catch(() => undefined); // whoever asks for these bytes is told
  }

  /** What is cached of a piece no longer counts. Views that were given out stay as they are. */
  dropPiece(piece: number): void {
    const count = Math.ceil(this.#source.lengthOf(piece) / this.#chunkLength);
    for (let at = 0; at < count; at++) {
      const chunk = this.#chunks.get(this.#keyOf(piece, at));
      if (chunk !== undefined) this.drop(chunk);
    }
  }

  dropAll(): void {
    for (const chunk of this.#chunks.values()) this.drop(chunk);
  }

  /** For ReadCache. */
  drop(chunk: Chunk): void {
    this.#chunks.delete(chunk.key);
    this.#cache.forget(chunk);
    this.#cache.setAhead(chunk, false);
    chunk.isDropped = true;
    if (chunk.users === 0) this.#cache.giveBuffer(chunk.buffer);
  }

  /** For views: one user less. */
  static leave(chunk: Chunk): void {
    chunk.users -= 1;
    assert(chunk.users >= 0, 'stored bytes were released twice');
    if (chunk.users === 0 && chunk.isDropped) chunk.owner.#cache.giveBuffer(chunk.buffer);
  }

  async #readSoon(
    piece: number,
    begin: number,
    length: number,
    first: number,
    last: number,
  ): Promise<StoredBytes> {
    const views: StoredBytes[] = [];
    try {
      for (let at = first; at <= last; at++) {
        const from = Math.max(begin - at * this.#chunkLength, 0);
        const to = Math.min(begin + length - at * this.#chunkLength, this.#chunkLength);
        views.push(await this.#readChunk(piece, at, from, to - from));
      }
    } catch (error) {
      for (const view of views) view.release();
      throw error;
    }
    const [only] = views;
    return only !== undefined && views.length === 1 ? only : new ManyViews(views);
  }

  async #readChunk(piece: number, at: number, from: number, length: number): Promise<StoredBytes> {
    const chunk = this.#chunks.get(this.#keyOf(piece, at)) ?? this.#start(piece, at);
    if (chunk === undefined) return this.#readPast(piece, at * this.#chunkLength + from, length);
    chunk.users += 1; // so that it stays while we wait
    try {
      this.#cache.touch(chunk);
      this.#cache.setAhead(chunk, false);
      await chunk.loading;
      if (!chunk.isDropped) this.#readAhead(piece, at, chunk, from, length);
      return new OneView(chunk, from, length);
    } finally {
      TorrentReads.leave(chunk);
    }
  }

  /** Without the cache, whose memory is all in use: just the bytes that are sent, bounded by who sends them. */
  async #readPast(piece: number, begin: number, length: number): Promise<StoredBytes> {
    const bytes = new Uint8Array(length);
    await this.#source.load(piece, begin, bytes);
    return { chunks: [bytes], release: () => undefined };
  }

  /** Begins to load a chunk, unless there is no memory. */
  #start(piece: number, at: number): Chunk | undefined {
    const begin = at * this.#chunkLength;
    const length = Math.min(this.#source.lengthOf(piece) - begin, this.#chunkLength);
    const buffer = this.#cache.takeBuffer(length);
    if (buffer === undefined) return undefined;
    const chunk: Chunk = {
      key: this.#keyOf(piece, at),
      owner: this,
      buffer,
      bytes: buffer.subarray(0, length),
      loading: undefined,
      users: 1, // the load itself
      isDropped: false,
      nextBegin: 0,
      isAhead: false,
    };
    this.#chunks.set(chunk.key, chunk);
    this.#cache.touch(chunk);
    chunk.loading = this.#load(chunk, piece, begin);
    return chunk;
  }

  async #load(chunk: Chunk, piece: number, begin: number): Promise<void> {
    try {
      await this.#source.load(piece, begin, chunk.bytes);
    } catch (error) {
      if (!chunk.isDropped) this.drop(chunk);
      throw error;
    } finally {
      chunk.loading = undefined;
      TorrentReads.leave(chunk);
    }
  }

  /** Loads the next chunk of the piece when a reader who goes from front to back is past the middle of this one. */
  #readAhead(piece: number, at: number, chunk: Chunk, from: number, length: number): void {
    const isSequential = chunk.nextBegin === from;
    chunk.nextBegin = from + length;
    if (!isSequential || from + length < chunk.bytes.length / 2) return;
    const next = at + 1;
    if (next * this.#chunkLength >= this.#source.lengthOf(piece)) return;
    if (this.#chunks.has(this.#keyOf(piece, next))) return;
    this.#start(piece, next)?.loading?.catch(() => undefined); // whoever asks for these bytes is told
  }

  #keyOf(piece: number, at: number): number {
    return piece * this.#keysPerPiece + at;
  }
}

/** The longest piece there can be (the metainfo's limit is lower). */
const PIECE_LENGTH_MAX = 2 ** 30;

class OneView implements StoredBytes {
  readonly chunks: readonly Uint8Array[];
  readonly #chunk: Chunk;

  constructor(chunk: Chunk, from: number, length: number) {
    chunk.users += 1;
    this.#chunk = chunk;
    this.chunks = [chunk.bytes.subarray(from, from + length)];
  }

  release(): void {
    TorrentReads.leave(this.#chunk);
  }
}

class ManyViews implements StoredBytes {
  readonly chunks: readonly Uint8Array[];
  readonly #views: readonly StoredBytes[];

  constructor(views: readonly StoredBytes[]) {
    this.#views = views;
    this.chunks = views.flatMap((view) => view.chunks);
  }

  release(): void {
    for (const view of this.#views) view.release();
  }
}
