/** Hasher on ordinary memory and the simulated disk: one worker, which takes virtual time for each byte. */
import { createHash } from 'node:crypto';
import { assert, concatBytes, equalBytes, LocalFault } from '@coequal/base';
import type {
  Digests,
  DigestPlan,
  Disk,
  DiskFile,
  Hasher,
  HashKind,
  Millis,
  ReadPlan,
  SafePath,
  Span,
  WriteOutcome,
  WritePlan,
} from '@coequal/base';
import type { Life } from './life.ts';

export interface HasherOptions {
  /** A multiple of 16 KiB. Small, so that pieces of tests take several. */
  readonly slotLength?: number;
  readonly slotCount?: number;
}

const SLOT_LENGTH = 65_536;
const SLOT_COUNT = 64;

/** SHA-1 on one core, about. */
const BYTES_PER_MS = 1_000_000;
/** A message to the worker and back. */
const CALL_MS = 0.1;

/** Leaves of a BEP 52 tree are hashes of this much. */
const BLOCK_LENGTH = 16_384;

export class SimHasher implements Hasher {
  readonly slotLength: number;
  readonly slotCount: number;
  #memory: Uint8Array;
  readonly #disk: Disk;
  readonly #life: Life;
  readonly #now: () => Millis;
  /** Kept open as the real worker does, so that whoever moves a file and forgets `release` finds out. */
  readonly #files = new Map<SafePath, Promise<DiskFile>>();
  /** When the worker has done all it was given. */
  #freeAt: Millis = 0;
  #isOpen = true;

  constructor(options: HasherOptions, disk: Disk, life: Life, now: () => Millis) {
    this.slotLength = options.slotLength ?? SLOT_LENGTH;
    this.slotCount = options.slotCount ?? SLOT_COUNT;
    assert(this.slotLength % BLOCK_LENGTH === 0, 'a slot is whole blocks');
    this.#memory = new Uint8Array(this.slotLength * this.slotCount);
    this.#disk = disk;
    this.#life = life;
    this.#now = now;
  }

  hash(bytes: Uint8Array, kind: HashKind): Uint8Array {
    return digest(bytes, kind);
  }

  slot(index: number): Uint8Array {
    assert(Number.isInteger(index) && index >= 0 && index < this.slotCount, `no slot ${index}`);
    return this.#memory.subarray(index * this.slotLength, (index + 1) * this.slotLength);
  }

  async hashAndWrite(plan: WritePlan): Promise<WriteOutcome> {
    assertPlan(plan, this.slotLength);
    const piece = await this.#work(plan.length, () => this.#gather(plan));
    const found = digestsOf(piece, plan.digests);
    if (!isExpected(found, plan))
      return { isWritten: false, leaves: leavesOf(piece, plan.digests) };
    let at = 0;
    for (const span of plan.spans) {
      const part = piece.subarray(at, at + span.length);
      at += span.length;
      if (span.type === 'zeros') continue;
      const file = await this.#openFile(span.path);
      await file.writeAt([part], span.position);
    }
    return { isWritten: true, ...(found.leaves && { leaves: found.leaves }) };
  }

  async readAndHash(plan: ReadPlan, signal: AbortSignal): Promise<Digests | undefined> {
    signal.throwIfAborted();
    assert(this.#isOpen, 'the hasher is closed');
    const parts: Uint8Array[] = [];
    for (const span of plan.spans) {
      const part = span.type === 'zeros' ? new Uint8Array(span.length) : await this.#read(span);
      signal.throwIfAborted();
      if (part === undefined) return undefined;
      parts.push(part);
    }
    const piece = concatBytes(parts);
    const found = await this.#work(piece.length, () => digestsOf(piece, plan.digests));
    signal.throwIfAborted();
    return found;
  }

  async release(path: SafePath): Promise<void> {
    for (const [open, opening] of this.#files) {
      if (open !== path && !open.startsWith(`${path}/`)) continue;
      this.#files.delete(open);
      await closeFile(opening);
    }
  }

  /** Whoever kept a view of a slot writes to nowhere from now on, and finds out. */
  async rest(): Promise<void> {
    this.#memory = new Uint8Array(this.#memory.length);
    await this.#closeFiles();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOpen = false;
    await this.#closeFiles();
  }

  async #closeFiles(): Promise<void> {
    const files = [...this.#files.values()];
    this.#files.clear();
    await Promise.all(files.map(closeFile));
  }

  /** The worker does one thing at a time, in the order asked. */
  #work<Value>(length: number, work: () => Value): Promise<Value> {
    assert(this.#isOpen, 'the hasher is closed');
    this.#freeAt = Math.max(this.#freeAt, this.#now()) + length / BYTES_PER_MS;
    return this.#life.later(this.#freeAt - this.#now() + CALL_MS, 'hash', work);
  }

  /** The piece as it will be hashed: what the slots hold, and zeros where the plan says so. */
  #gather(plan: WritePlan): Uint8Array {
    const piece = concatBytes(plan.slots.map((slot) => this.slot(slot))).subarray(0, plan.length);
    let at = 0;
    for (const span of plan.spans) {
      if (span.type === 'zeros') piece.fill(0, at, at + span.length);
      at += span.length;
    }
    return piece;
  }

  async #openFile(path: SafePath): Promise<DiskFile> {
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    const opening = this.#disk.open(path, 'update');
    this.#files.set(path, opening);
    try {
      return await opening;
    } catch (error) {
      this.#files.delete(path);
      throw error;
    }
  }

  async #read(span: Span & { type: 'file' }): Promise<Uint8Array | undefined> {
    const file = await this.#openToRead(span.path);
    if (file === undefined) return undefined;
    await using open = file;
    const part = new Uint8Array(span.length);
    return (await open.readAt(part, span.position)) === part.length ? part : undefined;
  }

  async #openToRead(path: SafePath): Promise<DiskFile | undefined> {
    try {
      return await this.#disk.open(path, 'read');
    } catch (error) {
      if (error instanceof LocalFault && error.code === 'NOT_FOUND') return undefined;
      throw error;
    }
  }
}

/** One that could not be opened was reported to whoever asked for it. */
async function closeFile(opening: Promise<DiskFile>): Promise<void> {
  const [result] = await Promise.allSettled([opening]);
  if (result.status === 'fulfilled') await result.value[Symbol.asyncDispose]();
}

function assertPlan(plan: WritePlan, slotLength: number): void {
  const spanLength = plan.spans.reduce((sum, span) => sum + span.length, 0);
  assert(spanLength === plan.length, 'the spans add up to the piece');
  assert(plan.slots.length === Math.ceil(plan.length / slotLength), 'the piece fills its slots');
  assert(
    plan.digests.sha1 === (plan.expected.sha1 !== undefined),
    'each digest has an expected one',
  );
  const hasRoot = plan.digests.merkle !== undefined;
  assert(hasRoot === (plan.expected.root !== undefined), 'each digest has an expected one');
  assert(hasRoot || plan.digests.sha1, 'a piece is verified before it is written');
}

function isExpected(found: Digests, { expected }: WritePlan): boolean {
  return isSame(found.sha1, expected.sha1) && isSame(found.root, expected.root);
}

function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : equalBytes(a, b);
}

function digestsOf(piece: Uint8Array, plan: DigestPlan): Digests {
  return {
    ...(plan.sha1 ? { sha1: digest(piece, 'sha1') } : {}),
    ...(plan.merkle === undefined ? {} : { root: merkleRoot(piece, plan.merkle) }),
    ...(plan.leaves === true ? { leaves: leavesOf(piece, plan) } : {}),
  };
}

function leavesOf(piece: Uint8Array, { merkle }: DigestPlan): Uint8Array {
  const length = merkle?.length ?? piece.length;
  const leaves: Uint8Array[] = [];
  for (let at = 0; at < length; at += BLOCK_LENGTH) {
    leaves.push(digest(piece.subarray(at, Math.min(at + BLOCK_LENGTH, length)), 'sha256'));
  }
  return concatBytes(leaves);
}

function merkleRoot(piece: Uint8Array, plan: NonNullable<DigestPlan['merkle']>): Uint8Array {
  const data = piece.subarray(0, plan.length);
  let row: Uint8Array[] = [];
  for (let leaf = 0; leaf < plan.leaves; leaf++) {
    const block = data.subarray(leaf * BLOCK_LENGTH, (leaf + 1) * BLOCK_LENGTH);
    row.push(block.length === 0 ? new Uint8Array(32) : digest(block, 'sha256'));
  }
  while (row.length > 1) {
    const above: Uint8Array[] = [];
    for (let i = 0; i < row.length; i += 2) {
      above.push(digest(concatBytes(row.slice(i, i + 2)), 'sha256'));
    }
    row = above;
  }
  const [root] = row;
  assert(root !== undefined, 'a tree has at least one leaf');
  return root;
}

function digest(bytes: Uint8Array, kind: HashKind): Uint8Array {
  return Uint8Array.from(createHash(kind).update(bytes).digest());
}
