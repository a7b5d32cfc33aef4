/** Files and folders that were dropped or chosen, each with its path below that. */

export interface DroppedFile {
  /** With `/`, such as `Holiday/lake.jpg`. */
  readonly path: string;
  readonly file: File;
}

/** As the peer takes in one go. */
export const FILES_MAX = 10_000;

/** Of a field for files; those of a folder know their path in it. */
export function filesOf(files: readonly File[]): DroppedFile[] {
  return files
    .slice(0, FILES_MAX + 1)
    .map((file) => ({ path: file.webkitRelativePath || file.name, file }));
}

/** To be called while the event is: afterwards the browser forgets what was dropped. */
export function readDropped(data: DataTransfer): Promise<DroppedFile[]> {
  const entries = [...data.items]
    .map((item) => item.webkitGetAsEntry())
    .filter((entry) => entry !== null);
  const plain = filesOf([...data.files]);
  return entries.length === 0 ? Promise.resolve(plain) : walk(entries);
}

/** All that is in folders, too. One more than can be taken says that it is too much. */
async function walk(entries: readonly FileSystemEntry[]): Promise<DroppedFile[]> {
  const found: DroppedFile[] = [];
  const left = [...entries];
  while (left.length > 0 && found.length <= FILES_MAX) {
    const entry = left.shift();
    if (entry === undefined) break;
    const path = entry.fullPath.replace(/^\//, '');
    if (isFile(entry)) found.push({ path, file: await fileOf(entry) });
    else if (isFolder(entry)) left.push(...(await entriesOf(entry)));
  }
  return found;
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

/** A reader gives some at a time, and at last none. */
async function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return all;
    all.push(...some);
  }
}

/** What the whole is called: the folder or file, or the first of several. */
export function nameOf(files: readonly DroppedFile[]): string {
  return files[0]?.path.split('/')[0] ?? '';
}

export function sizeOf(files: readonly DroppedFile[]): number {
  return files.reduce((sum, { file }) => sum + file.size, 0);
}
