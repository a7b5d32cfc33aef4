/** Bytes of files on their way to a guest: read as fast as they are taken, and only while the file is what it was. */
import type { ServerResponse } from 'node:http';
import { setTimeout as after } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { PeerFault } from '@coequal/base';
import { openUnchanged, requireUnchanged } from './content-snapshot.ts';
import type { GuestFile } from './content-snapshot.ts';
import type { ZipLayout, ZipPart } from './zip-layout.ts';

/** Read and written at once. A connection holds two of them. */
const CHUNK_LENGTH = 262_144;

/** How many of so many bytes may go now: asked before they are read, so that nothing is held while it waits. */
export type Pace = (max: number) => Promise<number>;

export const AT_ONCE: Pace = async (max) => max;
const NOTHING = new Uint8Array(0);

/**
 * From `first` to `last`, both inclusive; before them nothing, once the file is open and what it was. Throws LocalFault
 * `GUEST_CONTENT_CHANGED` before the last bytes are given.
 */
export async function* fileBytes(
  file: GuestFile,
  first: number,
  last: number,
  pace: Pace,
): AsyncGenerator<Uint8Array> {
  const handle = await openUnchanged(file);
  try {
    yield NOTHING;
    let at = first;
    while (at <= last) {
      const chunk = Buffer.allocUnsafe(await pace(Math.min(CHUNK_LENGTH, last + 1 - at)));
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, at);
      at += bytesRead;
      // what was written meanwhile shows in its time, or it is shorter
      if (at > last || bytesRead === 0) await requireUnchanged(handle, file);
      if (bytesRead === 0) return;
      yield chunk.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

/** Checksums of files as ZIP has them, each computed once: while it is sent, or when it is needed before. */
export class FileSums {
  readonly #files: readonly GuestFile[];
  readonly #known = new Map<number, Promise<number>>();

  constructor(files: readonly GuestFile[]) {
    this.#files = files;
  }

  note(entry: number, sum: number): void {
    this.#known.set(entry, Promise.resolve(sum));
  }

  async of(entry: number): Promise<number> {
    const known = this.#known.get(entry);
    if (known !== undefined) return await known;
    const computing = this.#compute(entry);
    this.#known.set(entry, computing);
    try {
      return await computing;
    } catch (error) {
      this.#known.delete(entry); // a file that was away may be there again
      throw error;
    }
  }

  async #compute(entry: number): Promise<number> {
    const file = this.#files[entry];
    if (file === undefined) return 0;
    let sum = 0;
    for await (const chunk of fileBytes(file, 0, file.length - 1, AT_ONCE)) sum = crc32(chunk, sum);
    return sum;
  }
}

/** Bytes of the ZIP from `first` to `last`, both inclusive, as `fileBytes`. */
export async function* zipBytes(
  layout: ZipLayout,
  files: readonly GuestFile[],
  sums: FileSums,
  first: number,
  last: number,
  pace: Pace,
): AsyncGenerator<Uint8Array> {
  yield NOTHING;
  for (const part of layout.parts(first, last)) {
    const from = Math.max(first - part.begin, 0);
    const to = Math.min(last - part.begin, part.length - 1);
    if (part.type === 'content') {
      const file = files[part.entry];
      if (file !== undefined) yield* summed(file, part.entry, sums, [from, to], pace);
      continue;
    }
    const whole = await bytesOf(part, layout, files.length, sums);
    for (let at = from; at <= to;) {
      const end = at + (await pace(to + 1 - at));
      yield whole.subarray(at, end);
      at = end;
    }
  }
}

async function bytesOf(
  part: Exclude<ZipPart, { type: 'content' }>,
  layout: ZipLayout,
  count: number,
  sums: FileSums,
): Promise<Uint8Array> {
  if (part.type === 'header') return layout.header(part.entry);
  if (part.type === 'descriptor') return layout.descriptor(part.entry, await sums.of(part.entry));
  const all: number[] = [];
  for (let entry = 0; entry < count; entry += 1) all.push(await sums.of(entry));
  return layout.end((entry) => all[entry] ?? 0);
}

async function* summed(
  file: GuestFile,
  entry: number,
  sums: FileSums,
  [first, last]: readonly [number, number],
  pace: Pace,
): AsyncGenerator<Uint8Array> {
  const isWhole = first === 0 && last === file.length - 1;
  let sum = 0;
  for await (const chunk of fileBytes(file, first, last, pace)) {
    if (isWhole) sum = crc32(chunk, sum);
    yield chunk;
  }
  if (isWhole) sums.note(entry, sum);
}

/**
 * Writes them as the answer's body, no faster than they are taken. Resolves when the system has all of it. Rejects with
 * PeerFault `GUEST_LEFT`, or `GUEST_TOO_SLOW` when a chunk was not taken within `stallMs`; the connection is closed then.
 */
export async function writeBody(
  response: ServerResponse,
  chunks: AsyncIterable<Uint8Array>,
  { length, stallMs }: { readonly length: number; readonly stallMs: number },
  onWritten: (length: number) => void,
): Promise<void> {
  const { socket } = response;
  let left = length;
  try {
    for await (const chunk of chunks) {
      if (response.destroyed) throw new PeerFault('GUEST_LEFT');
      if (chunk.length === 0) continue;
      left -= chunk.length;
      const isTaken = response.write(chunk);
      onWritten(chunk.length);
      if (!isTaken) await onceTaken(response, 'drain', stallMs);
    }
    response.end();
    if (!response.writableFinished) await onceTaken(response, 'finish', stallMs);
  } catch (error) {
    response.destroy();
    // who has all of it may close before we are told that it went out
    if (left > 0 || socket?.writableFinished !== true) throw error;
  }
}

async function onceTaken(
  response: ServerResponse,
  event: 'drain' | 'finish',
  stallMs: number,
): Promise<void> {
  const given = new AbortController();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onTaken = (): void => resolve();
  const onClose = (): void => reject(new PeerFault('GUEST_LEFT'));
  response.once(event, onTaken).once('close', onClose);
  const late = after(stallMs, undefined, { signal: given.signal, ref: false }).then(
    () => reject(new PeerFault('GUEST_TOO_SLOW')),
    () => undefined, // it was taken in time
  );
  try {
    if (response.destroyed) onClose();
    await promise;
  } finally {
    given.abort();
    response.off(event, onTaken).off('close', onClose);
    await late;
  }
}
