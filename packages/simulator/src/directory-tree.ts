/** Names of a simulated disk, twice: as programs see them, and as a power loss would leave them. */
import { LocalFault } from '@coequal/base';
import { FileImage } from './file-image.ts';
import type { SimRandom } from './sim-random.ts';

export type Node = Directory | FileImage;

export interface Directory {
  readonly type: 'directory';
  readonly entries: Map<string, Node>;
  readonly durable: Map<string, Node>;
  /** Changes that are not durable, oldest first. */
  readonly log: NameChange[];
  /** The change that made it, and where; undefined for the root. */
  madeBy: { readonly parent: Directory; readonly number: number } | undefined;
  modifiedMs: number;
}

/** One change that happens wholly or not at all: a rename is two edits. */
interface NameChange {
  readonly number: number;
  readonly edits: readonly Edit[];
}

interface Edit {
  readonly directory: Directory;
  readonly name: string;
  /** Undefined: the name goes. */
  readonly node: Node | undefined;
}

export class DirectoryTree {
  readonly root: Directory = makeDirectory(0);
  /** Those with something in their log. */
  readonly #dirty = new Set<Directory>();
  #changes = 0;

  /** Undefined when nothing is there. */
  find(path: string): Node | undefined {
    let node: Node | undefined = this.root;
    for (const name of partsOf(path)) {
      if (node?.type !== 'directory') return undefined;
      node = node.entries.get(name);
    }
    return node;
  }

  /** Throws NOT_FOUND, or NOT_A_FILE when a file is where a folder should be. */
  findDirectory(path: string): Directory {
    const node = this.find(path);
    if (node?.type === 'directory') return node;
    if (node === undefined) this.assertFolders(path);
    throw new LocalFault(node === undefined ? 'NOT_FOUND' : 'NOT_A_FILE', { path });
  }

  /** Throws NOT_A_FILE when what holds `path`, or should, is a file. */
  assertFolders(path: string): void {
    let node: Node | undefined = this.root;
    for (const name of partsOf(path).slice(0, -1)) {
      node = node?.type === 'directory' ? node.entries.get(name) : undefined;
      if (node?.type === 'file') throw new LocalFault('NOT_A_FILE', { path });
    }
  }

  /** Makes what is missing of the way to a folder. */
  makeDirectories(parts: readonly string[], nowMs: number): Directory {
    let directory = this.root;
    for (const name of parts) {
      let next = directory.entries.get(name);
      if (next === undefined) {
        next = makeDirectory(nowMs);
        this.#change([{ directory, name, node: next }], nowMs);
        next.madeBy = { parent: directory, number: this.#changes };
      }
      if (next.type === 'file') throw new LocalFault('NOT_A_FILE', { path: parts.join('/') });
      directory = next;
    }
    return directory;
  }

  makeFile(path: string, nowMs: number): FileImage {
    const [folders, name] = splitPath(path);
    const directory = this.makeDirectories(folders, nowMs);
    const node = new FileImage(nowMs);
    this.#change([{ directory, name, node }], nowMs);
    return node;
  }

  rename(from: string, to: string, nowMs: number): void {
    const node = this.find(from);
    this.assertFolders(from);
    this.assertFolders(to);
    const [fromFolders, fromName] = splitPath(from);
    const [toFolders, toName] = splitPath(to);
    const toDirectory = this.findDirectory(`/${toFolders.join('/')}`);
    if (node === undefined) throw new LocalFault('NOT_FOUND', { path: from });
    const old = toDirectory.entries.get(toName);
    if (old === node) return;
    assertReplaceable(node, old, to);
    if (`${to}/`.startsWith(`${from}/`)) throw new LocalFault('DISK_FAILED', { path: to });
    const fromDirectory = this.findDirectory(`/${fromFolders.join('/')}`);
    const edits = [
      { directory: fromDirectory, name: fromName, node: undefined },
      { directory: toDirectory, name: toName, node },
    ];
    this.#change(edits, nowMs);
  }

  remove(path: string, nowMs: number): void {
    const node = this.find(path);
    if (node === undefined) return;
    if (node.type === 'directory' && node.entries.size > 0) {
      throw new LocalFault('DISK_FAILED', { path, errno: 'ENOTEMPTY' });
    }
    const [folders, name] = splitPath(path);
    const directory = this.findDirectory(`/${folders.join('/')}`);
    this.#change([{ directory, name, node: undefined }], nowMs);
  }

  /** For `sync`: changes made so far. */
  get changes(): number {
    return this.#changes;
  }

  /** Makes durable what was changed in a directory, up to that change. */
  sync(directory: Directory, upTo: number): void {
    for (let first = directory.log[0]; first !== undefined; first = directory.log[0]) {
      if (first.number > upTo) return;
      // In order: what happened before on the other side of a rename is durable with it.
      for (const edit of first.edits) {
        if (edit.directory === directory) continue;
        this.#syncWayTo(edit.directory);
        this.#syncWayTo(directory);
        this.sync(edit.directory, first.number - 1);
      }
      this.#makeDurable(first);
    }
  }

  /**
   * In each directory, the changes survive up to some point, with all they need elsewhere: a rename
   * happens on both sides or on none.
   */
  losePower(random: SimRandom): void {
    for (const directory of this.#dirty) {
      const last = directory.log[random.integer(0, directory.log.length) - 1];
      if (last !== undefined) this.sync(directory, last.number);
    }
    for (const directory of this.#dirty) {
      directory.log.length = 0;
      restore(directory);
    }
    this.#dirty.clear();
  }

  /** All files there are. */
  *files(directory: Directory = this.root, path = ''): Generator<[string, FileImage]> {
    for (const [name, node] of directory.entries) {
      if (node.type === 'file') yield [`${path}/${name}`, node];
      else yield* this.files(node, `${path}/${name}`);
    }
  }

  #change(edits: readonly Edit[], nowMs: number): void {
    const change: NameChange = { number: ++this.#changes, edits };
    for (const { directory, name, node } of edits) {
      directory.modifiedMs = nowMs;
      setEntry(directory.entries, name, node);
      if (directory.log.at(-1) !== change) directory.log.push(change);
      this.#dirty.add(directory);
    }
  }

  /** A file that moves must not end in a folder that is lost. */
  #syncWayTo(directory: Directory): void {
    if (directory.madeBy === undefined) return;
    const { parent, number } = directory.madeBy;
    this.#syncWayTo(parent);
    this.sync(parent, number);
  }

  #makeDurable(change: NameChange): void {
    for (const { directory, name, node } of change.edits) {
      setEntry(directory.durable, name, node);
      if (directory.log[0] === change) directory.log.shift();
      if (directory.log.length === 0) this.#dirty.delete(directory);
    }
  }
}

export function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '');
}

function splitPath(path: string): [string[], string] {
  const parts = partsOf(path);
  const name = parts.pop();
  if (name === undefined) throw new LocalFault('NOT_A_FILE', { path });
  return [parts, name];
}

function makeDirectory(nowMs: number): Directory {
  return {
    type: 'directory',
    entries: new Map(),
    durable: new Map(),
    log: [],
    madeBy: undefined,
    modifiedMs: nowMs,
  };
}

function setEntry(entries: Map<string, Node>, name: string, node: Node | undefined): void {
  if (node === undefined) entries.delete(name);
  else entries.set(name, node);
}

function restore(directory: Directory): void {
  directory.entries.clear();
  for (const [name, node] of directory.durable) directory.entries.set(name, node);
}

/** A file replaces a file, a folder an empty folder. */
function assertReplaceable(node: Node, old: Node | undefined, path: string): void {
  if (old === undefined) return;
  if (old.type === 'directory' && node.type === 'file')
    throw new LocalFault('NOT_A_FILE', { path });
  const isInTheWay = old.type === 'file' ? node.type !== 'file' : old.entries.size > 0;
  if (isInTheWay) throw new LocalFault('DISK_FAILED', { path, errno: 'ENOTEMPTY' });
}
