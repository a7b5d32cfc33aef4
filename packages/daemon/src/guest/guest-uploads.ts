/**
 * What guests put here: streamed into a folder of unfinished files, synced, and renamed into the folder of its link
 * once it is whole. An upload that breaks off goes on from what is certainly on disk.
 */
import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { LocalFault, PeerFault } from '@coequal/base';
import type { Clock } from '@coequal/base';
import type { SharedRates } from '@coequal/bittorrent';
import { errnoOf } from '../errno.ts';
import { markOrigin } from '../mark-origin.ts';
import { freeBytes } from '../peer/folders.ts';
import type { GuestLinkRecord, GuestRecords, GuestUploadRecord } from '../store/guest-records.ts';
import { numberedName, safeName } from './guest-names.ts';

/** Of one link, whole and unfinished: a folder that a person can still look through. */
const UPLOADS_MAX = 1_000;
/** Of one link; who begins one more gives up the oldest that nobody goes on with. */
const UPLOADS_UNFINISHED_MAX = 20;
/** What stays free on the disk for everything else. */
const FREE_LEFT_BYTES = 1_073_741_824;
/** What a power failure may cost of an upload. */
const SYNC_LENGTH = 16_777_216;
/** Beside the folders of links; nothing that is whole is in it. */
const UNFINISHED = '.unfinished';

export interface UploadRequest {
  readonly link: GuestLinkRecord;
  /** As the guest has it. */
  readonly name: string;
  /** Chosen by the guest, and hard to guess: who knows it goes on with this upload. */
  readonly key: string;
  readonly first: number;
  readonly length: number;
}

export interface UploadPlan {
  readonly records: GuestRecords;
  readonly clock: Clock;
  /** Where all that guests put here goes. */
  directory(): string;
  /** Of all that this peer takes in. */
  readonly rates: SharedRates;
  /** Within it at least 64 KiB must come, if they may: what the limit holds back is nobody's fault. */
  readonly stallMs: number;
}

/** Bytes that must come within the time of a stall. */
const STALL_LENGTH = 65_536;

export class GuestUploads {
  readonly #plan: UploadPlan;
  /** One writer each; whoever comes again ends who came before. */
  readonly #running = new Map<string, { cut(): void; readonly ended: Promise<void> }>();

  constructor(plan: UploadPlan) {
    this.#plan = plan;
  }

  /** What guests of a link have put here, and what is still to come of it. */
  bytesOf(link: string): number {
    const all = [...this.#plan.records.uploads(link).values()];
    return all.reduce((sum, { path, length, synced }) => sum + (path ? length : synced), 0);
  }

  directoryOf({ title, id }: GuestLinkRecord): string {
    return join(this.#plan.directory(), `${safeName(title).slice(0, 60)} ${id}`);
  }

  /** From where it goes on; undefined: it is whole. */
  async offset(link: string, key: string): Promise<number | undefined> {
    const hash = hashOf(key);
    const record = this.#plan.records.uploads(link).get(hash);
    if (record?.path !== undefined) return undefined;
    return record === undefined ? 0 : await this.#synced(link, hash, record);
  }

  /** Ends who writes it now: a connection that broke is often not known to have. */
  async takeOver(link: string, key: string): Promise<void> {
    const running = this.#running.get(runningKey(link, hashOf(key)));
    running?.cut();
    await running?.ended;
  }

  /**
   * Whether there is room, and its offset is right. Throws LocalFault `UPLOAD_OFFSET` (with the right one),
   * `UPLOAD_TOO_LONG`, `UPLOADS_TOO_MANY`, or `UPLOAD_NO_SPACE`.
   */
  async check(request: UploadRequest): Promise<void> {
    const { link, key, first, length } = request;
    const known = this.#plan.records.uploads(link.id).get(hashOf(key));
    const isOther = known !== undefined && known.length !== length;
    if (isOther) throw new LocalFault('UPLOAD_OFFSET', { offset: 0 });
    const offset = (await this.offset(link.id, key)) ?? length;
    if (first !== offset) throw new LocalFault('UPLOAD_OFFSET', { offset });
    this.#requireRoom(request);
    await this.#makeFolders(link);
    const free = await freeBytes(this.#plan.directory());
    if (free !== undefined && free - (length - offset) < FREE_LEFT_BYTES)
      throw new LocalFault('UPLOAD_NO_SPACE', { free });
  }

  /** Checked and noted in one go: of several at once each counts. Throws as `check`. */
  async reserve(request: UploadRequest): Promise<void> {
    const { link, first, length } = request;
    const stale = this.#requireRoom(request);
    const hash = hashOf(request.key);
    this.#put(link.id, hash, {
      name: safeName(request.name),
      length,
      synced: first,
      path: undefined,
    });
    if (stale === undefined) return;
    this.#plan.records.deleteUpload(link.id, stale);
    await rm(this.#partial(link.id, stale), { force: true });
  }

  /** Where it lies, once it is whole. Rejects with what broke it off; it can go on then. */
  async receive(
    request: UploadRequest,
    body: IncomingMessage,
    onReceived: (done: number) => void,
  ): Promise<string> {
    const { link, key, length } = request;
    const hash = hashOf(key);
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const at = runningKey(link.id, hash);
    const running = { cut: () => void body.destroy(), ended };
    this.#running.set(at, running);
    try {
      const name = safeName(request.name);
      await this.#write(request, hash, body, onReceived);
      const path = await this.#settle(link, hash, name);
      // the link may have ended meanwhile: the file stays all the same
      if (this.#plan.records.uploads(link.id).has(hash))
        this.#put(link.id, hash, { name, length, synced: length, path });
      return path;
    } finally {
      if (this.#running.get(at) === running) this.#running.delete(at);
      end();
    }
  }

  /** What is unfinished of a link; what is whole stays. */
  async drop(link: string): Promise<void> {
    const unfinished = [...this.#plan.records.uploads(link)].filter(([, each]) => !each.path);
    for (const [hash] of unfinished) await rm(this.#partial(link, hash), { force: true });
  }

  /** Files of uploads that no link knows any more. */
  async sweep(links: readonly string[]): Promise<void> {
    const folder = join(this.#plan.directory(), UNFINISHED);
    const known = new Set(
      links.flatMap((link) =>
        [...this.#plan.records.uploads(link).keys()].map((hash) => fileName(link, hash)),
      ),
    );
    let names: string[];
    try {
      names = await readdir(folder);
    } catch {
      return; // nobody has put anything here
    }
    for (const name of names)
      if (name.endsWith(PARTIAL) && !known.has(name)) await rm(join(folder, name), { force: true });
  }

  async #write(
    { link, first, length }: UploadRequest,
    hash: string,
    body: IncomingMessage,
    onReceived: (done: number) => void,
  ): Promise<void> {
    const file = await openPartial(this.#partial(link.id, hash));
    const watch = new StallWatch(body, this.#plan.stallMs);
    const reading = this.#plan.rates.readBeside();
    body.once('close', () => reading[Symbol.dispose]()); // nothing comes that one could wait for
    let [at, synced] = [first, first];
    try {
      await file.truncate(first); // what came after it is not certain
      // when it fails here, the guest is to be told: the connection is not cut off
      const chunks: AsyncIterable<Buffer> = body.iterator({ destroyOnReturn: false });
      for await (const chunk of chunks) {
        watch.note(chunk.length);
        reading.spend(chunk.length);
        if (at + chunk.length > length) throw new PeerFault('UPLOAD_OVERRUN');
        await writeAll(file, chunk, at);
        at += chunk.length;
        onReceived(at);
        if (at - synced >= SYNC_LENGTH) synced = await this.#sync(file, link.id, hash, at);
        if (reading.held !== undefined) await watch.during(reading.held);
      }
      if (at < length) throw new PeerFault('GUEST_LEFT');
    } finally {
      watch[Symbol.dispose]();
      reading[Symbol.dispose]();
      try {
        if (at > synced) await this.#sync(file, link.id, hash, at);
      } finally {
        await file.close();
      }
    }
  }

  async #sync(file: FileHandle, link: string, hash: string, at: number): Promise<number> {
    await file.datasync();
    const record = this.#plan.records.uploads(link).get(hash);
    // the link may have ended meanwhile
    if (record !== undefined) this.#put(link, hash, { ...record, synced: at });
    return at;
  }

  /** Under a name that nothing has, and marked as being from elsewhere before. */
  async #settle(link: GuestLinkRecord, hash: string, name: string): Promise<string> {
    const partial = this.#partial(link.id, hash);
    await markOrigin({ root: partial, files: [partial] }, this.#plan.clock.epochNow());
    const folder = this.directoryOf(link);
    for (let number = 1; ; number += 1) {
      const path = join(folder, numberedName(name, number));
      try {
        // taken first: rename would replace what is there
        await (await open(path, 'wx', 0o600)).close();
      } catch (error) {
        if (errnoOf(error) === 'EEXIST' && number < UPLOADS_MAX) continue;
        throw error;
      }
      await rename(partial, path);
      syncFolder(folder);
      return path;
    }
  }

  /** The upload that has to give way, if one has to. Throws LocalFault `UPLOAD_TOO_LONG` or `UPLOADS_TOO_MANY`. */
  #requireRoom({ link, key, length }: UploadRequest): string | undefined {
    const all = this.#plan.records.uploads(link.id);
    if (all.has(hashOf(key))) return undefined; // it has its room
    const promised = [...all.values()].reduce((sum, each) => sum + each.length, 0);
    const left = Math.max(0, link.uploadBytesMax - promised);
    if (length > left) throw new LocalFault('UPLOAD_TOO_LONG', { left });
    if (all.size >= UPLOADS_MAX) throw new LocalFault('UPLOADS_TOO_MANY', { count: UPLOADS_MAX });
    const unfinished = [...all].filter(([, { path }]) => path === undefined);
    if (unfinished.length < UPLOADS_UNFINISHED_MAX) return undefined;
    const resting = unfinished.find(([hash]) => !this.#running.has(runningKey(link.id, hash)));
    if (resting !== undefined) return resting[0];
    throw new LocalFault('UPLOADS_TOO_MANY', { count: UPLOADS_UNFINISHED_MAX });
  }

  async #makeFolders(link: GuestLinkRecord): Promise<void> {
    await mkdir(join(this.#plan.directory(), UNFINISHED), { recursive: true, mode: 0o700 });
    await mkdir(this.directoryOf(link), { recursive: true, mode: 0o700 });
  }

  /** No more than is there: the folder may have been emptied. */
  async #synced(link: string, hash: string, { synced }: GuestUploadRecord): Promise<number> {
    try {
      return Math.min(synced, (await stat(this.#partial(link, hash))).size);
    } catch {
      return 0;
    }
  }

  #partial(link: string, hash: string): string {
    return join(this.#plan.directory(), UNFINISHED, fileName(link, hash));
  }

  #put(link: string, hash: string, upload: GuestUploadRecord): void {
    this.#plan.records.putUpload(link, hash, upload);
  }
}

const PARTIAL = '.part';

function fileName(link: string, hash: string): string {
  return `${link}-${hash}${PARTIAL}`;
}

function runningKey(link: string, hash: string): string {
  return `${link} ${hash}`;
}

function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 32);
}

async function openPartial(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r+');
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    return await open(path, 'wx+', 0o600);
  }
}

async function writeAll(file: FileHandle, chunk: Buffer, at: number): Promise<void> {
  let written = 0;
  while (written < chunk.length) {
    const { bytesWritten } = await file.write(chunk, written, chunk.length - written, at + written);
    written += bytesWritten;
  }
}

/** So that the name is there after a power failure, too. Windows has no such call for folders. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Ends a body of which too little comes: it holds a place, and a file open. */
class StallWatch implements Disposable {
  readonly #body: IncomingMessage;
  readonly #stallMs: number;
  /** Of the time in which enough must come. */
  #leftMs: number;
  #since = 0;
  #timer: NodeJS.Timeout | undefined;
  #come = 0;

  constructor(body: IncomingMessage, stallMs: number) {
    this.#body = body;
    this.#stallMs = stallMs;
    this.#leftMs = stallMs;
    this.#go();
  }

  note(length: number): void {
    this.#come += length;
  }

  /** A time in which nothing has to come. */
  async during(held: Promise<void>): Promise<void> {
    clearTimeout(this.#timer);
    this.#leftMs -= performance.now() - this.#since;
    await held;
    this.#go();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #go(): void {
    this.#since = performance.now();
    this.#timer = setTimeout(() => this.#judge(), Math.max(0, this.#leftMs)).unref();
  }

  #judge(): void {
    if (this.#come < STALL_LENGTH) this.#body.destroy(new PeerFault('GUEST_TOO_SLOW'));
    this.#come = 0;
    this.#leftMs = this.#stallMs;
    this.#go();
  }
}
