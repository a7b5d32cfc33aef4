/** Files as a tree of folders: the rows that show it, and what a folder's files have in common. */

export interface TreeFile {
  readonly index: number;
  /** Parts joined by `/`. */
  readonly path: string;
  readonly length: number;
}

export type TreeRow =
  | {
      readonly type: 'folder';
      readonly path: string;
      readonly name: string;
      readonly depth: number;
      readonly isOpen: boolean;
      readonly length: number;
      /** All below it. */
      readonly files: readonly number[];
    }
  | {
      readonly type: 'file';
      readonly path: string;
      readonly name: string;
      readonly depth: number;
      readonly length: number;
      readonly files: readonly number[];
    };

interface Folder {
  readonly path: string;
  readonly name: string;
  readonly folders: Map<string, Folder>;
  readonly files: TreeFile[];
}

/** Folders first, each in the order of the torrent. */
export function treeRows(files: readonly TreeFile[], closed: ReadonlySet<string>): TreeRow[] {
  const rows: TreeRow[] = [];
  addRows(treeOf(files), 0, closed, rows);
  return rows;
}

function treeOf(files: readonly TreeFile[]): Folder {
  const root: Folder = { path: '', name: '', folders: new Map(), files: [] };
  for (const file of files) {
    let folder = root;
    for (const name of file.path.split('/').slice(0, -1)) folder = folderIn(folder, name);
    folder.files.push(file);
  }
  return root;
}

function folderIn(parent: Folder, name: string): Folder {
  const known = parent.folders.get(name);
  if (known !== undefined) return known;
  const path = parent.path === '' ? name : `${parent.path}/${name}`;
  const made: Folder = { path, name, folders: new Map(), files: [] };
  parent.folders.set(name, made);
  return made;
}

function addRows(
  folder: Folder,
  depth: number,
  closed: ReadonlySet<string>,
  rows: TreeRow[],
): void {
  for (const child of folder.folders.values()) {
    const files = filesBelow(child);
    const isOpen = !closed.has(child.path);
    const length = files.reduce((sum, file) => sum + file.length, 0);
    const { path, name } = child;
    const indexes = files.map(({ index }) => index);
    rows.push({ type: 'folder', path, name, depth, isOpen, length, files: indexes });
    if (isOpen) addRows(child, depth + 1, closed, rows);
  }
  for (const { path, length, index } of folder.files) {
    const name = path.slice(path.lastIndexOf('/') + 1);
    rows.push({ type: 'file', path, name, depth, length, files: [index] });
  }
}

function filesBelow({ folders, files }: Folder): TreeFile[] {
  return [...[...folders.values()].flatMap(filesBelow), ...files];
}

/** What all of them have, or undefined if they differ. */
export function common<T>(
  indexes: readonly number[],
  valueOf: (index: number) => T,
): T | undefined {
  const [first] = indexes;
  if (first === undefined) return undefined;
  const value = valueOf(first);
  return indexes.every((index) => valueOf(index) === value) ? value : undefined;
}
