/** A backup of the data directory in one sealed file, and a new data directory of such a file. */
import { createReadStream, existsSync, mkdirSync, openSync, closeSync, fsyncSync } from 'node:fs';
import { mkdtemp, open, readdir, readFile, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { LocalFault } from '@coequal/base';
import { CERTIFICATE_FILE } from '../remote-page/page-certificate.ts';
import { seal, unseal } from './seal.ts';

/**
 * What a backup holds. Not the owner's secret: where it is restored another is made. Nor the content of transfers. With
 * the identity it is the same device that is restored: it must not run in two places at once.
 */
const NAME =
  /^(daemon\.sqlite|config\.toml|page-certificate\.pem|identity\/person|resume\/[\w.-]{1,200})$/;
const NAME_LENGTH_MAX = 255;

export interface BackupReport {
  readonly files: number;
  readonly bytes: number;
}

/**
 * The peer may run meanwhile. Throws LocalFault `NO_HOME` when there is nothing to keep, `FILE_EXISTS`, and those of
 * the disk.
 */
export async function backUp(
  home: string,
  file: string,
  passPhrase: string,
): Promise<BackupReport> {
  if (!existsSync(join(home, 'daemon.sqlite'))) throw new LocalFault('NO_HOME', { home });
  if (existsSync(file)) throw new LocalFault('FILE_EXISTS', { path: file });
  const work = await mkdtemp(join(dirname(file), '.coequal-backup-'));
  try {
    const report = { files: 0, bytes: 0 };
    const next = join(work, basename(file));
    await using target = await open(next, 'wx', 0o600);
    for await (const bytes of seal(entriesOf(home, work, report), passPhrase))
      await target.writeFile(bytes);
    await target.sync();
    await rename(next, file);
    syncFolder(dirname(file));
    return report;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Throws LocalFault `HOME_NOT_EMPTY`, and as `unseal`; then there is nothing at `home`. */
export async function restore(
  file: string,
  home: string,
  passPhrase: string,
): Promise<BackupReport> {
  const isThere = existsSync(home);
  if (isThere && (await readdir(home)).length > 0) throw new LocalFault('HOME_NOT_EMPTY', { home });
  mkdirSync(dirname(home), { recursive: true });
  const work = await mkdtemp(join(dirname(home), '.coequal-restore-'));
  try {
    const report = await writeEntries(unseal(createReadStream(file), passPhrase), work);
    if (isThere) await rmdir(home);
    await rename(work, home);
    syncFolder(dirname(home));
    return report;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Each file: length of its name (1), its name, its length (8), its bytes. A name of no length ends them. */
async function* entriesOf(
  home: string,
  work: string,
  report: { files: number; bytes: number },
): AsyncGenerator<Uint8Array, void, undefined> {
  const snapshot = join(work, 'daemon.sqlite');
  copyDatabase(join(home, 'daemon.sqlite'), snapshot);
  const resume = existsSync(join(home, 'resume')) ? await readdir(join(home, 'resume')) : [];
  const places: [name: string, path: string][] = [
    ['daemon.sqlite', snapshot],
    ['config.toml', join(home, 'config.toml')],
    // so that devices that know it are not warned again
    [CERTIFICATE_FILE, join(home, CERTIFICATE_FILE)],
    // written whole beside the old one, so that what is read is of one moment
    ['identity/person', join(home, 'identity', 'person')],
    ...resume.map((name): [string, string] => [`resume/${name}`, join(home, 'resume', name)]),
  ];
  for (const [name, path] of places) {
    if (!NAME.test(name) || name.endsWith('.lock')) continue;
    const bytes = await readIfThere(path);
    if (bytes === undefined) continue;
    report.files += 1;
    report.bytes += bytes.length;
    yield headOf(name, bytes.length);
    yield bytes;
  }
  yield Uint8Array.of(0);
}

/** As it is at one moment, whoever writes to it. */
function copyDatabase(from: string, to: string): void {
  const database = new DatabaseSync(from, { readOnly: true, timeout: 5_000 });
  try {
    database.prepare('VACUUM INTO ?').run(to);
  } finally {
    database.close();
  }
}

function headOf(name: string, length: number): Uint8Array {
  const bytes = Buffer.from(name);
  const head = Buffer.alloc(1 + bytes.length + 8);
  head[0] = bytes.length;
  head.set(bytes, 1);
  head.writeBigUInt64BE(BigInt(length), 1 + bytes.length);
  return head;
}

async function writeEntries(
  plain: AsyncIterable<Uint8Array>,
  folder: string,
): Promise<BackupReport> {
  const report = { files: 0, bytes: 0 };
  await using source = new Source(plain);
  for (;;) {
    const [nameLength = 0] = await source.take(1);
    if (nameLength === 0 || nameLength > NAME_LENGTH_MAX) break;
    const name = Buffer.from(await source.take(nameLength)).toString('latin1');
    if (!NAME.test(name)) throw new LocalFault('BACKUP_DAMAGED');
    const length = Number(Buffer.from(await source.take(8)).readBigUInt64BE());
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    await using file = await open(path, 'wx', 0o600);
    for (let left = length; left > 0;) {
      const bytes = await source.takeSome(left);
      await file.writeFile(bytes);
      left -= bytes.length;
    }
    await file.sync();
    report.files += 1;
    report.bytes += length;
  }
  await source.end();
  return report;
}

/** Reads so many bytes at a time from pieces of any length. Throws LocalFault `BACKUP_DAMAGED` at an early end. */
class Source implements AsyncDisposable {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #rest = new Uint8Array(0);

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  /** At most `length`, at least one. */
  async takeSome(length: number): Promise<Uint8Array> {
    while (this.#rest.length === 0) {
      const { value, done } = await this.#pieces.next();
      if (done === true) throw new LocalFault('BACKUP_DAMAGED');
      this.#rest = Uint8Array.from(value);
    }
    const taken = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(taken.length);
    return taken;
  }

  async take(length: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for (let left = length; left > 0;) {
      const part = await this.takeSome(left);
      parts.push(part);
      left -= part.length;
    }
    return Buffer.concat(parts);
  }

  /** Nothing more may come: the last chunk has been opened then. */
  async end(): Promise<void> {
    const { done } = await this.#pieces.next();
    if (this.#rest.length > 0 || done !== true) throw new LocalFault('BACKUP_DAMAGED');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pieces.return?.();
  }
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    // resume data of a transfer that was removed a moment ago
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  fsyncSync(folder);
  closeSync(folder);
}
