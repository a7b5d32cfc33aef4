/** A disk in memory that outlives its host's processes, and the Disk port of one such process on it. */
import { assert, LocalFault } from '@coequal/base';
import type { Disk, DiskFile, FileStat, Millis, OpenMode, SafePath } from '@coequal/base';
import { DirectoryTree, partsOf } from './directory-tree.ts';
import type { FileImage } from './file-image.ts';
import type { Life } from './life.ts';
import type { SimRandom } from './sim-random.ts';

export type DiskOperation = keyof Disk | Exclude<keyof DiskFile, symbol>;

/** Plenty for a test, and few enough that a runaway writer is noticed. */
const CAPACITY_BYTES = 1_073_741_824;

/** A system call, and the transfer of a byte, of a middling SSD. */
const CALL_MS: readonly [number, number] = [0.02, 0.2];
const BYTES_PER_MS = 500_000;
/** A flush of the device's cache. */
const SYNC_MS: readonly [number, number] = [0.5, 8];

interface Failure {
  readonly code: string;
  left: number;
}

/** What stays when the host crashes, and what does not when it loses power. */
export class SimDisk {
  /** May be changed at any time, even to less than is taken. */
  capacityBytes: number;
  readonly tree: DirectoryTree = new DirectoryTree();
  readonly random: SimRandom;
  readonly #failures = new Map<DiskOperation, Failure>();
  #isReadOnly = false;

  constructor(random: SimRandom, capacityBytes: number = CAPACITY_BYTES) {
    this.random = random;
    this.capacityBytes = capacityBytes;
  }

  /** The next `times` of these operations reject with a LocalFault of that code; a write may be begun. */
  failNext(operation: DiskOperation, code: string, times = 1): void {
    this.#failures.set(operation, { code, left: times });
  }

  /** Every change rejects with READ_ONLY_DISK. */
  setReadOnly(isReadOnly: boolean): void {
    this.#isReadOnly = isReadOnly;
  }

  get usedBytes(): number {
    let bytes = 0;
    for (const [, file] of this.tree.files()) bytes += file.allocated;
    return bytes;
  }

  get freeBytes(): number {
    return Math.max(0, this.capacityBytes - this.usedBytes);
  }

  /** For tests: paths of all files, sorted. */
  paths(): readonly string[] {
    return [...this.tree.files()].map(([path]) => path).toSorted();
  }

  /** For tests: what a program would read; undefined when no file is there. */
  content(path: string): Uint8Array | undefined {
    const node = this.tree.find(path);
    if (node?.type !== 'file') return undefined;
    const bytes = new Uint8Array(node.length);
    node.read(bytes, 0);
    return bytes;
  }

  /** For tests: makes a file, durable at once. */
  put(path: string, bytes: Uint8Array): void {
    const found = this.tree.find(path);
    const node = found?.type === 'file' ? found : this.tree.makeFile(path, 0);
    node.truncate(0);
    node.write(bytes, 0);
    node.endSync(node.beginSync());
    const parts = partsOf(path);
    for (let depth = 0; depth < parts.length; depth++) {
      const directory = this.tree.findDirectory(`/${parts.slice(0, depth).join('/')}`);
      this.tree.sync(directory, this.tree.changes);
    }
  }

  /** Called by the host, when no process of it is alive. */
  losePower(): void {
    const files = new Set([...this.tree.files()].map(([, file]) => file));
    this.tree.losePower(this.random);
    for (const [, file] of this.tree.files()) files.add(file);
    for (const file of files) file.losePower(this.random);
  }

  /** Throws what `failNext` asked for. */
  check(operation: DiskOperation, path: string): void {
    const failure = this.#failures.get(operation);
    if (failure === undefined) return;
    failure.left -= 1;
    if (failure.left <= 0) this.#failures.delete(operation);
    throw new LocalFault(failure.code, { path, operation });
  }

  assertWritable(path: string): void {
    if (this.#isReadOnly) throw new LocalFault('READ_ONLY_DISK', { path });
  }
}

/** The port: each operation takes effect after a while, so those under way at once finish in any order. */
export class SimDiskPort implements Disk {
  readonly #disk: SimDisk;
  readonly #life: Life;
  readonly #epochNow: () => number;
  #openFiles = 0;

  constructor(disk: SimDisk, life: Life, epochNow: () => number) {
    this.#disk = disk;
    this.#life = life;
    this.#epochNow = epochNow;
  }

  /** Files that were opened and not disposed. */
  get openFiles(): number {
    return this.#openFiles;
  }

  open(path: SafePath, mode: OpenMode): Promise<DiskFile> {
    return this.#do('open', path, () => {
      const { tree } = this.#disk;
      const found = tree.find(path);
      if (found?.type === 'directory') throw new LocalFault('NOT_A_FILE', { path });
      if (found === undefined) tree.assertFolders(path);
      if (found === undefined && mode !== 'update' && mode !== 'secret')
        throw new LocalFault('NOT_FOUND', { path });
      if (mode !== 'read') this.#disk.assertWritable(path);
      const image = found ?? tree.makeFile(path, this.#epochNow());
      this.#openFiles += 1;
      return new SimFile(this.#disk, this.#life, this.#epochNow, image, path, mode, () => {
        this.#openFiles -= 1;
      });
    });
  }

  stat(path: SafePath): Promise<FileStat | undefined> {
    return this.#do('stat', path, () => {
      const node = this.#disk.tree.find(path);
      if (node === undefined) return undefined;
      const length = node.type === 'file' ? node.length : 0;
      return { type: node.type, length, modifiedMs: node.modifiedMs };
    });
  }

  list(path: SafePath, max: number): Promise<readonly string[]> {
    return this.#do('list', path, () => {
      const names = [...this.#disk.tree.findDirectory(path).entries.keys()];
      if (names.length > max) throw new LocalFault('TOO_MANY_FILES', { path, max });
      return names.toSorted();
    });
  }

  makeDirectory(path: SafePath): Promise<void> {
    return this.#change('makeDirectory', path, () => {
      this.#disk.tree.makeDirectories(partsOf(path), this.#epochNow());
    });
  }

  rename(from: SafePath, to: SafePath): Promise<void> {
    return this.#change('rename', from, () => this.#disk.tree.rename(from, to, this.#epochNow()));
  }

  remove(path: SafePath): Promise<void> {
    return this.#change('remove', path, () => this.#disk.tree.remove(path, this.#epochNow()));
  }

  syncDirectory(path: SafePath): Promise<void> {
    const { tree, random } = this.#disk;
    const upTo = tree.changes; // not what is changed while the sync is under way
    return this.#do(
      'syncDirectory',
      path,
      () => tree.sync(tree.findDirectory(path), upTo),
      random.between(...SYNC_MS),
    );
  }

  freeBytes(path: SafePath): Promise<number> {
    return this.#do('freeBytes', path, () => this.#disk.freeBytes);
  }

  #change(operation: DiskOperation, path: SafePath, work: () => void): Promise<void> {
    return this.#do(operation, path, () => {
      this.#disk.assertWritable(path);
      work();
    });
  }

  #do<Value>(
    operation: DiskOperation,
    path: SafePath,
    work: () => Value,
    extraMs: Millis = 0,
  ): Promise<Value> {
    const delay = this.#disk.random.between(...CALL_MS) + extraMs;
    return this.#life.later(delay, `disk ${operation}`, () => {
      this.#disk.check(operation, path);
      return work();
    });
  }
}

class SimFile implements DiskFile {
  readonly #disk: SimDisk;
  readonly #life: Life;
  readonly #epochNow: () => number;
  readonly #image: FileImage;
  readonly #path: SafePath;
  readonly #mode: OpenMode;
  readonly #onDispose: () => void;
  #isOpen = true;

  constructor(
    disk: SimDisk,
    life: Life,
    epochNow: () => number,
    image: FileImage,
    path: SafePath,
    mode: OpenMode,
    onDispose: () => void,
  ) {
    this.#disk = disk;
    this.#life = life;
    this.#epochNow = epochNow;
    this.#image = image;
    this.#path = path;
    this.#mode = mode;
    this.#onDispose = onDispose;
  }

  readAt(into: Uint8Array, position: number): Promise<number> {
    return this.#do('readAt', into.length / BYTES_PER_MS, () => {
      this.#disk.check('readAt', this.#path);
      return this.#image.read(into, position);
    });
  }

  writeAt(chunks: readonly Uint8Array[], position: number): Promise<void> {
    const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    return this.#do('writeAt', length / BYTES_PER_MS, () => this.#write(chunks, position));
  }

  sync(): Promise<void> {
    // What is written while the sync is under way is not part of it.
    const snapshot = this.#image.beginSync();
    return this.#do('sync', this.#disk.random.between(...SYNC_MS), () => {
      this.#disk.check('sync', this.#path);
      this.#image.endSync(snapshot);
    });
  }

  truncate(length: number): Promise<void> {
    return this.#do('truncate', 0, () => {
      this.#disk.check('truncate', this.#path);
      this.#assertUpdate();
      this.#image.truncate(length);
      this.#image.modifiedMs = this.#epochNow();
    });
  }

  length(): Promise<number> {
    return this.#do('length', 0, () => {
      this.#disk.check('length', this.#path);
      return this.#image.length;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#onDispose();
  }

  #write(chunks: readonly Uint8Array[], position: number): void {
    this.#assertUpdate();
    let at = position;
    try {
      this.#disk.check('writeAt', this.#path);
    } catch (error) {
      // Systems say how many bytes were written before the failure, and it may be any number.
      const [first] = chunks;
      const length = this.#disk.random.integer(0, first?.length ?? 0);
      if (first !== undefined) this.#image.write(first.subarray(0, length), at);
      throw error;
    }
    this.#image.modifiedMs = this.#epochNow();
    let free = this.#disk.freeBytes;
    for (const chunk of chunks) {
      const missing = this.#image.missing(at, chunk.length);
      if (missing > free) throw new LocalFault('DISK_FULL', { path: this.#path });
      free -= missing;
      this.#image.write(chunk, at);
      at += chunk.length;
    }
  }

  #assertUpdate(): void {
    if (this.#mode === 'read')
      throw new LocalFault('DISK_FAILED', { path: this.#path, errno: 'EBADF' });
    this.#disk.assertWritable(this.#path);
  }

  #do<Value>(operation: DiskOperation, extraMs: Millis, work: () => Value): Promise<Value> {
    assert(this.#isOpen, `${operation} after the file was closed`);
    const delay = this.#disk.random.between(...CALL_MS) + extraMs;
    return this.#life.later(delay, `disk ${operation}`, work);
  }
}
