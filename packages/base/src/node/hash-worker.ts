/**
 * The worker of the hasher: hashes pieces in shared memory, writes those that are right, and reads
 * back what is on disk. Everything here blocks: that is what the thread is for (STYLE 5.11).
 *
 * Measured with pieces of 1 MiB: one-shot hash and one write a piece 1.3-1.6 GB/s; asynchronous
 * writes of 16 KiB alone reach 1.1 and cost as much again.
 */
import { createHash, hash } from 'node:crypto';
import { closeSync, readSync, writeSync, writevSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { equalBytes } from '../bytes.ts';
import { assert } from '../fault.ts';
import type { DigestPlan, Digests, Span, WritePlan } from '../ports.ts';
import type { SafePath } from '../safe-path.ts';
import { diskFault } from './disk-fault.ts';
import { withoutFirst } from './disk-file.ts';
import { FileCache, openFileSync } from './file-cache.ts';
import type { Command, Reply, Result, WorkerData } from './hash-messages.ts';
import { LeafRow, rootOf } from './merkle.ts';

/** Read at a time: larger reads are no faster, and most pieces fit. Whole blocks. */
const READ_LENGTH = 1_024 * 1_024;

const { memory, slotLength }: WorkerData = workerData;
const port = parentPort;
assert(port !== null, 'this file is for worker threads');
const slots = new Uint8Array(memory);
const files = new FileCache();
let readBuffer: Uint8Array | undefined; // made by the first read: many workers only write

port.on('message', (command: Command) => {
  switch (command.type) {
    case 'write':
      answer(command.id, () => hashAndWrite(command.plan));
      return;
    case 'read':
      answer(command.id, () => readAndHash(command.spans, command.digests));
      return;
    case 'release':
      answer(command.id, () => {
        files.release(command.path);
        return { type: 'released' };
      });
      return;
    case 'end':
      files.closeAll();
      port.close();
  }
});

function answer(id: number, work: () => Result): void {
  const reply: Reply = { id, result: settle(work) };
  port?.postMessage(reply);
}

/** The system's errors become answers. What else is thrown is a bug and ends the worker. */
function settle(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof PathError)) throw error;
    const { code, details } = diskFault(error.cause, error.path);
    return { type: 'failed', code, details };
  }
}

/** What the system threw, and over which path. */
class PathError extends Error {
  readonly path: SafePath;
  constructor(path: SafePath, cause: unknown) {
    super(path, { cause });
    this.path = path;
  }
}

function onPath<T>(path: SafePath, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new PathError(path, error);
  }
}

function hashAndWrite(plan: WritePlan): Result {
  const views = viewsOf(plan.slots, plan.length);
  zeroPadding(views, plan.spans);
  const { digests, expected, length } = plan;
  const { sha1, root, leaves } = digest(views, digests, length);
  if (isExpected(sha1, expected.sha1) && isExpected(root, expected.root)) {
    write(views, plan.spans);
    return { type: 'written', isWritten: true, ...(leaves && { leaves }) };
  }
  const found = leaves ?? leavesOf(views, digests.merkle?.length ?? length);
  return { type: 'written', isWritten: false, leaves: found };
}

function isExpected(found: Uint8Array | undefined, expected: Uint8Array | undefined): boolean {
  if (found === undefined) return true; // not in the plan
  return expected !== undefined && equalBytes(found, expected);
}

/** The piece as views of memory: one, if its slots follow each other. */
function viewsOf(indexes: readonly number[], length: number): Uint8Array[] {
  assert(length <= indexes.length * slotLength, 'a piece is longer than its slots');
  const views: Uint8Array[] = [];
  let left = length;
  for (let i = 0; i < indexes.length && left > 0;) {
    const first = indexes[i] ?? 0;
    let count = 1;
    while (i + count < indexes.length && indexes[i + count] === first + count) count += 1;
    const end = first * slotLength + Math.min(count * slotLength, left);
    assert(end <= slots.length, `slot ${first + count - 1} does not exist`);
    views.push(slots.subarray(first * slotLength, end));
    left -= count * slotLength;
    i += count;
  }
  return views;
}

/** The part of `views` from `start`, `length` bytes long. */
function slice(views: readonly Uint8Array[], start: number, length: number): Uint8Array[] {
  const [only] = views;
  if (views.length === 1 && only !== undefined) return [only.subarray(start, start + length)];
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const view of views) {
    const from = Math.max(start - at, 0);
    const to = Math.min(start + length - at, view.length);
    if (from < to) parts.push(view.subarray(from, to));
    at += view.length;
  }
  return parts;
}

function zeroPadding(views: readonly Uint8Array[], spans: readonly Span[]): void {
  let at = 0;
  for (const span of spans) {
    if (span.type === 'zeros') for (const part of slice(views, at, span.length)) part.fill(0);
    at += span.length;
  }
}

function digest(views: readonly Uint8Array[], plan: DigestPlan, length: number): Digests {
  const { sha1, merkle } = plan;
  const needsLeaves = merkle !== undefined || plan.leaves === true;
  const row = needsLeaves ? leavesOf(views, merkle?.length ?? length) : undefined;
  return { ...(sha1 && { sha1: sha1Of(views) }), ...treeDigests(row, plan) };
}

function treeDigests(row: Uint8Array | undefined, { merkle, leaves }: DigestPlan): Digests {
  if (row === undefined) return {};
  return {
    ...(merkle && { root: rootOf(row, merkle.leaves) }),
    ...(leaves === true && { leaves: row }),
  };
}

function leavesOf(views: readonly Uint8Array[], length: number): Uint8Array {
  const row = new LeafRow(length);
  for (const part of slice(views, 0, length)) row.add(part);
  return row.bytes;
}

function sha1Of(views: readonly Uint8Array[]): Uint8Array {
  const [only] = views;
  if (views.length === 1 && only !== undefined) return hash('sha1', only, 'buffer');
  const running = createHash('sha1');
  for (const view of views) running.update(view);
  return running.digest();
}

function write(views: readonly Uint8Array[], spans: readonly Span[]): void {
  let at = 0;
  for (const span of spans) {
    if (span.type === 'file') {
      const { path, position, length } = span;
      const parts = slice(views, at, length);
      onPath(path, () => writeAll(files.open(path), parts, position));
    }
    at += span.length;
  }
}

function writeAll(file: number, parts: Uint8Array[], position: number): void {
  let left = parts;
  let at = position;
  while (left.length > 0) {
    const [first] = left;
    const isOne = left.length === 1 && first !== undefined;
    const count = isOne ? writeSync(file, first, 0, first.length, at) : writevSync(file, left, at);
    at += count;
    left = withoutFirst(left, count);
  }
}

function readAndHash(spans: readonly Span[], plan: DigestPlan): Result {
  const reader = new SpanReader(spans);
  try {
    return { type: 'read', digests: digestOf(reader, plan) };
  } catch (error) {
    if (error instanceof PathError && diskFault(error.cause, error.path).code === 'NOT_FOUND') {
      return { type: 'read', digests: undefined };
    }
    throw error;
  } finally {
    reader.close();
  }
}

/** Undefined when a file ends early. */
function digestOf(reader: SpanReader, plan: DigestPlan): Digests | undefined {
  readBuffer ??= new Uint8Array(READ_LENGTH);
  const { sha1, merkle, leaves } = plan;
  const running = sha1 ? createHash('sha1') : undefined;
  let treeLeft = merkle?.length ?? (leaves === true ? reader.left : 0);
  const row = merkle !== undefined || leaves === true ? new LeafRow(treeLeft) : undefined;
  while (reader.left > 0) {
    const bytes = readBuffer.subarray(0, Math.min(reader.left, READ_LENGTH));
    if (!reader.fill(bytes)) return undefined;
    running?.update(bytes);
    row?.add(bytes.subarray(0, treeLeft));
    treeLeft -= Math.min(treeLeft, bytes.length);
  }
  return { ...(running && { sha1: running.digest() }), ...treeDigests(row?.bytes, plan) };
}

/** Reads spans one after another. Files are opened anew: a check must not see one that is gone. */
class SpanReader {
  /** Bytes not read yet. */
  left: number;
  readonly #spans: readonly Span[];
  #index = 0;
  #offset = 0;
  #file: number | undefined;

  constructor(spans: readonly Span[]) {
    this.#spans = spans;
    this.left = spans.reduce((sum, span) => sum + span.length, 0);
  }

  /** False when a file ends early. `into` is at most as long as `left`. */
  fill(into: Uint8Array): boolean {
    let count = 0;
    while (count < into.length) {
      const span = this.#spans[this.#index];
      assert(span !== undefined, 'read beyond the spans');
      const part = into.subarray(count, count + span.length - this.#offset);
      if (span.type === 'zeros') part.fill(0);
      else if (!onPath(span.path, () => this.#read(span.path, span.position, part))) return false;
      count += part.length;
      this.left -= part.length;
      this.#offset += part.length;
      if (this.#offset === span.length) this.#next();
    }
    return true;
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #next(): void {
    this.close();
    this.#index += 1;
    this.#offset = 0;
  }

  #read(path: SafePath, position: number, into: Uint8Array): boolean {
    this.#file ??= openFileSync(path, 'read');
    let count = 0;
    while (count < into.length) {
      const at = position + this.#offset + count;
      const read = readSync(this.#file, into, count, into.length - count, at);
      if (read === 0) return false;
      count += read;
    }
    return true;
  }
}
