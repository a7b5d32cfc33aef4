/** Keeps the identity in one file that is always whole: written anew beside the old one, synced, and put in its place. */
import { joinPath, LocalFault, parentPath } from '@coequal/base';
import type { Disk, SafePath } from '@coequal/base';
import {
  decodeStoredIdentity,
  encodeStoredIdentity,
  IDENTITY_FILE_LENGTH_MAX,
} from '../../core/identity/stored-identity.ts';
import type { StoredIdentity } from '../../core/identity/stored-identity.ts';

const NAME = 'person';
const NEXT_NAME = 'person.new';

export class IdentityFile {
  readonly #disk: Disk;
  readonly #folder: SafePath;
  readonly #path: SafePath;
  readonly #next: SafePath;
  #isFolderDurable = false;

  constructor(disk: Disk, folder: SafePath) {
    this.#disk = disk;
    this.#folder = folder;
    this.#path = joinPath(folder, NAME);
    this.#next = joinPath(folder, NEXT_NAME);
  }

  /** Takes away what a process that was killed had begun to write: it may hold words that are sealed by now. */
  async tidy(): Promise<void> {
    await this.#disk.remove(this.#next);
  }

  /** Undefined when there is none. Throws LocalFault `IDENTITY_UNREADABLE`, and those of the disk. */
  async read(): Promise<StoredIdentity | undefined> {
    const stat = await this.#disk.stat(this.#path);
    if (stat === undefined) return undefined;
    const unreadable = new LocalFault('IDENTITY_UNREADABLE', { path: this.#path });
    if (stat.type !== 'file' || stat.length > IDENTITY_FILE_LENGTH_MAX) throw unreadable;
    const bytes = new Uint8Array(stat.length);
    await using file = await this.#disk.open(this.#path, 'read');
    const stored =
      (await file.readAt(bytes, 0)) === bytes.length ? decodeStoredIdentity(bytes) : undefined;
    if (stored === undefined) throw unreadable;
    return stored;
  }

  /** Once it resolves it is on the disk; until then, and if it rejects, that or what was there before, and whole. */
  async write(stored: StoredIdentity): Promise<void> {
    const bytes = encodeStoredIdentity(stored);
    await this.#writeNext(bytes);
    await this.#disk.rename(this.#next, this.#path);
    await this.#disk.syncDirectory(this.#folder);
    bytes.fill(0);
  }

  async #writeNext(bytes: Uint8Array): Promise<void> {
    // one that was left by a crash may be readable by others: not by us
    await this.#disk.remove(this.#next);
    await using file = await this.#disk.open(this.#next, 'secret');
    await file.writeAt([bytes], 0);
    await file.sync();
    // a folder that is there may have been made by a process that was killed before it said so to the disk
    if (!this.#isFolderDurable) await this.#disk.syncDirectory(parentPath(this.#folder));
    this.#isFolderDurable = true;
  }
}
