/**
 * Files that a browser handed to its own peer, in a folder of the data directory until their send has ended.
 * `ID/files/…` is the content, `ID/keep` says why it outlives a restart: as the gift of an invitation, or for a send.
 * What has no such mark when the peer starts was broken off, and goes.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, statfs } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LocalFault } from '@coequal/base';
import type { BeginSend, BeginStaging, Send, SendStaged, StagedFile } from '@coequal/contract';
import type { Staging as StagingReport } from '@coequal/contract';
import { errnoOf } from '../errno.ts';
import { stagedPaths } from './staged-path.ts';
import type { StagingDesk } from './staging-handlers.ts';
import { ID_LENGTH } from '../sends/wire/send-message.ts';

/** Goes at once that have not been sent; each page has one, and one that was left behind. */
export const STAGINGS_OPEN_MAX = 16;
/** On the disk, with those of sends that still run. */
const STAGINGS_MAX = 1_000;
/** Left free on the disk: the peer's own state lies there too. */
const SPACE_KEPT_BYTES = 200_000_000;
/** Nobody put anything for as long: the browser is gone. */
export const STAGING_IDLE_MS = 21_600_000;

/** What is asked of sends and invitations. */
export interface StagingView {
  begin(request: BeginSend): Send;
  /** Under an id that is made of what it is for; the one of before, if it had begun. */
  beginOnce(id: string, request: BeginSend): Send;
  /** The send still needs its files. */
  isSendLive(id: string): boolean;
  /** It is the gift of an invitation by which somebody may still come, or came and is not among those. */
  isGiftAwaited(id: string, given: ReadonlySet<string>): boolean;
  now(): number;
}

export interface StagingOptions {
  readonly directory: string;
  /** Bytes that are free there; the disk is asked if absent. */
  readonly freeBytes?: () => Promise<number>;
}

interface Held {
  readonly parts: readonly string[];
  readonly size: number;
  received: number;
  isBusy: boolean;
}

/** Of what is held: who has got it, by which send. */
interface Given {
  readonly person: string;
  readonly send: string;
}

type Purpose =
  | { readonly type: 'open' }
  | { readonly type: 'held'; readonly given: readonly Given[] }
  | { readonly type: 'sent'; readonly send: string };

interface Stage {
  readonly id: string;
  /** None of one from before a restart: it is whole. */
  readonly files: readonly Held[];
  readonly count: number;
  readonly size: number;
  purpose: Purpose;
  usedAt: number;
  /** It is deleted, or about to be sent: nobody else may. */
  isClosing: boolean;
}

/** `ID/keep`. */
interface Mark {
  readonly purpose: Purpose;
  readonly count: number;
  readonly size: number;
}

export class Staging implements StagingDesk {
  readonly #options: StagingOptions;
  readonly #view: StagingView;
  readonly #stages = new Map<string, Stage>();

  private constructor(options: StagingOptions, view: StagingView) {
    this.#options = options;
    this.#view = view;
  }

  /** Deletes what was broken off before, and what has ended since. */
  static async open(options: StagingOptions, view: StagingView): Promise<Staging> {
    const staging = new Staging(options, view);
    await mkdir(options.directory, { recursive: true, mode: 0o700 });
    for (const id of await readdir(options.directory)) await staging.#restore(id);
    await staging.sweep();
    return staging;
  }

  async begin({ files }: BeginStaging): Promise<StagingReport> {
    const unsent = [...this.#stages.values()].filter(({ purpose }) => purpose.type === 'open');
    if (unsent.length >= STAGINGS_OPEN_MAX || this.#stages.size >= STAGINGS_MAX)
      throw new LocalFault('STAGING_FULL', { count: this.#stages.size });
    const paths = stagedPaths(files.map(({ path }) => path));
    const size = files.reduce((sum, file) => sum + file.size, 0);
    await this.#requireSpace(size);
    const stage: Stage = {
      id: randomBytes(16).toString('hex'),
      files: files.map((file, at) => ({
        parts: paths[at] ?? [],
        size: file.size,
        received: 0,
        isBusy: false,
      })),
      count: files.length,
      size,
      purpose: { type: 'open' },
      usedAt: this.#view.now(),
      isClosing: false,
    };
    this.#stages.set(stage.id, stage);
    await mkdir(this.#content(stage), { recursive: true, mode: 0o700 });
    return reportOf(stage);
  }

  show(id: string): StagingReport {
    return reportOf(this.#of(id));
  }

  showFile(id: string, index: number): StagedFile {
    const { received, size } = fileOf(this.#of(id), index);
    return { received, size };
  }

  /** One writer a file; what came before it broke off is counted. */
  async put(
    id: string,
    index: number,
    offset: number,
    bytes: AsyncIterable<Uint8Array>,
  ): Promise<StagedFile> {
    const stage = this.#of(id);
    const file = fileOf(stage, index);
    if (stage.purpose.type !== 'open' || stage.isClosing || file.isBusy || offset !== file.received)
      throw new LocalFault('NOT_POSSIBLE_NOW', { received: file.received });
    file.isBusy = true;
    stage.usedAt = this.#view.now();
    try {
      await this.#write(stage, file, bytes);
    } catch (error) {
      if (errnoOf(error) !== 'ENOSPC') throw error;
      const { directory: path } = this.#options;
      const needed = file.size - file.received;
      throw new LocalFault('NOT_ENOUGH_SPACE', { needed, free: 0, path }, { cause: error });
    } finally {
      file.isBusy = false;
      // it was deleted meanwhile, and the folder may have been made again
      if (!this.#stages.has(id)) await this.#remove(stage);
    }
    return { received: file.received, size: file.size };
  }

  /** Synced before the send begins: what it names has to be there after a power loss. */
  async send(id: string, { to, name, note }: SendStaged): Promise<Send> {
    const stage = this.#of(id);
    if (stage.purpose.type !== 'open') throw new LocalFault('NOT_POSSIBLE_NOW');
    return await this.#closing(stage, async () => {
      await this.#complete(stage);
      const paths = await this.#paths(stage);
      // with no send yet: if the peer is killed between here and the next mark, it is kept for a start longer
      await this.#mark(stage, { type: 'sent', send: '' });
      const send = await this.#begun(stage, {
        to,
        paths,
        ...(name !== undefined && { name }),
        ...(note !== undefined && { note }),
      });
      await this.#mark(stage, { type: 'sent', send: send.id });
      return send;
    });
  }

  async hold(id: string): Promise<StagingReport> {
    const stage = this.#of(id);
    if (stage.purpose.type !== 'open') throw new LocalFault('NOT_POSSIBLE_NOW');
    await this.#closing(stage, async () => {
      await this.#complete(stage);
      await this.#mark(stage, { type: 'held', given: [] });
    });
    return reportOf(stage);
  }

  /** Who has got what is held as a gift; undefined of what is not held. */
  givenTo(id: string): ReadonlySet<string> | undefined {
    const purpose = this.#stages.get(id)?.purpose;
    return purpose?.type === 'held' ? personsOf(purpose.given) : undefined;
  }

  /**
   * Hands what is held to these as well, to each in a send of its own. Killed between the send and the mark, the next
   * start comes upon that send by its id, and begins no other.
   */
  async give(id: string, { to, name }: Required<Omit<SendStaged, 'note'>>): Promise<void> {
    const stage = this.#of(id);
    if (stage.purpose.type !== 'held') throw new LocalFault('NOT_POSSIBLE_NOW');
    let { given } = stage.purpose;
    await this.#closing(stage, async () => {
      const paths = await this.#paths(stage);
      for (const person of to) {
        const send = this.#view.beginOnce(giftSendId(id, person), { to: [person], paths, name });
        given = [...given, { person, send: send.id }];
        await this.#mark(stage, { type: 'held', given });
      }
    });
  }

  async cancel(id: string): Promise<void> {
    const stage = this.#of(id);
    if (stage.purpose.type === 'sent' || stage.isClosing) throw new LocalFault('NOT_POSSIBLE_NOW');
    await this.#remove(stage);
  }

  /** Deletes what nobody needs any more. To be called now and then, and when a send or an invitation has ended. */
  async sweep(): Promise<void> {
    for (const stage of this.#stages.values())
      if (!stage.isClosing && !this.#isNeeded(stage)) await this.#remove(stage);
  }

  #isNeeded(stage: Stage): boolean {
    const { purpose, usedAt, id, files } = stage;
    switch (purpose.type) {
      case 'open':
        return files.some(({ isBusy }) => isBusy) || this.#view.now() - usedAt < STAGING_IDLE_MS;
      case 'held':
        // it is held before there is the invitation
        if (this.#view.now() - usedAt < STAGING_IDLE_MS) return true;
        if (this.#view.isGiftAwaited(id, personsOf(purpose.given))) return true;
        return purpose.given.some(({ send }) => this.#view.isSendLive(send));
      case 'sent':
        if (purpose.send === '') return this.#view.now() - usedAt < STAGING_IDLE_MS;
        return this.#view.isSendLive(purpose.send);
    }
  }

  async #begun(stage: Stage, request: BeginSend): Promise<Send> {
    try {
      return this.#view.begin(request);
    } catch (error) {
      // nobody to send it to, and the like: it is as it was
      await this.#mark(stage, { type: 'open' });
      throw error;
    }
  }

  async #write(stage: Stage, file: Held, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    const path = join(this.#content(stage), ...file.parts);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await using handle = await open(path, file.received === 0 ? 'w' : 'r+', 0o600);
    for await (const chunk of bytes) {
      if (stage.isClosing) throw new LocalFault('NO_SUCH_STAGING');
      if (file.received + chunk.length > file.size) throw new LocalFault('TOO_LARGE');
      await writeAll(handle, chunk, file.received);
      file.received += chunk.length;
    }
    if (file.received === file.size) await handle.sync();
  }

  /** All is here; files of no length are made now. Throws LocalFault `NOT_POSSIBLE_NOW`. */
  async #complete(stage: Stage): Promise<void> {
    if (stage.files.some(({ received, size, isBusy }) => isBusy || received < size))
      throw new LocalFault('NOT_POSSIBLE_NOW');
    for (const file of stage.files) if (file.size === 0) await this.#write(stage, file, NOTHING);
  }

  async #closing<T>(stage: Stage, task: () => Promise<T>): Promise<T> {
    if (stage.isClosing) throw new LocalFault('NOT_POSSIBLE_NOW');
    stage.isClosing = true;
    try {
      return await task();
    } finally {
      stage.isClosing = false;
    }
  }

  async #remove(stage: Stage): Promise<void> {
    stage.isClosing = true;
    this.#stages.delete(stage.id);
    await rm(join(this.#options.directory, stage.id), { recursive: true, force: true });
  }

  /** Written beside, synced and renamed: it is the old one or the new one. */
  async #mark(stage: Stage, purpose: Purpose): Promise<void> {
    stage.purpose = purpose;
    stage.usedAt = this.#view.now();
    const folder = join(this.#options.directory, stage.id);
    if (purpose.type === 'open') return await rm(join(folder, 'keep'), { force: true });
    const mark: Mark = { purpose, count: stage.count, size: stage.size };
    await using handle = await open(join(folder, 'keep.new'), 'w', 0o600);
    await handle.writeFile(JSON.stringify(mark));
    await handle.sync();
    await rename(join(folder, 'keep.new'), join(folder, 'keep'));
  }

  /** Of before a restart. */
  async #restore(id: string): Promise<void> {
    const folder = join(this.#options.directory, id);
    const mark = /^[0-9a-f]{32}$/.test(id) ? await readMark(join(folder, 'keep')) : undefined;
    if (mark === undefined) return await rm(folder, { recursive: true, force: true });
    // all of them are whole, and none is asked for by its number any more
    const { purpose, count, size } = mark;
    const usedAt = this.#view.now();
    this.#stages.set(id, { id, files: [], count, size, purpose, usedAt, isClosing: false });
  }

  async #requireSpace(size: number): Promise<void> {
    const { directory: path, freeBytes = () => freeAt(path) } = this.#options;
    const free = await freeBytes();
    const needed = size + SPACE_KEPT_BYTES;
    if (free < needed) throw new LocalFault('NOT_ENOUGH_SPACE', { needed, free, path });
  }

  async #paths(stage: Stage): Promise<string[]> {
    const content = this.#content(stage);
    return (await readdir(content)).map((entry) => join(content, entry));
  }

  #content({ id }: Stage): string {
    return join(this.#options.directory, id, 'files');
  }

  #of(id: string): Stage {
    const stage = this.#stages.get(id);
    if (stage === undefined) throw new LocalFault('NO_SUCH_STAGING');
    return stage;
  }
}

const NOTHING: AsyncIterable<Uint8Array> = {
  // oxlint-disable-next-line require-yield -- there is nothing
  async *[Symbol.asyncIterator]() {},
};

/** The same for the same gift and person, and for no others: what the receiver knows it by, too. */
function giftSendId(gift: string, person: string): string {
  const hash = createHash('sha256').update(`coequal gift/1 ${gift} ${person}`);
  return hash.digest('hex').slice(0, ID_LENGTH * 2);
}

function personsOf(given: readonly Given[]): ReadonlySet<string> {
  return new Set(given.map(({ person }) => person));
}

function reportOf({ id, purpose, files, count, size }: Stage): StagingReport {
  const missing = files.reduce((sum, file) => sum + file.size - file.received, 0);
  return { id, state: purpose.type, files: count, size, received: size - missing };
}

function fileOf({ files }: Stage, index: number): Held {
  const file = files[index];
  if (file === undefined) throw new LocalFault('NO_SUCH_STAGING');
  return file;
}

/** A write may take less than it was given. */
async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, at, bytes.length - at, position + at);
    at += bytesWritten;
  }
}

/** Undefined: there is none, or it is no mark of ours. */
async function readMark(path: string): Promise<Mark | undefined> {
  try {
    const mark = JSON.parse(await readFile(path, 'utf8')) as Mark;
    const { purpose } = mark;
    // one of before had nobody named in it
    return purpose.type !== 'held'
      ? mark
      : { ...mark, purpose: { ...purpose, given: purpose.given ?? [] } };
  } catch (error) {
    if (error instanceof SyntaxError || ['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? ''))
      return undefined;
    throw error;
  }
}

async function freeAt(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}
