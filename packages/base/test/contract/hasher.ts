/** The contract of Hasher: what every implementation does, real or simulated. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { concatBytes, joinPath } from '../../src/index.ts';
import type { Digests, Disk, Hasher, SafePath, Span, WritePlan } from '../../src/index.ts';
import { assertSameBytes, content, localFault } from './world.ts';
import type { World } from './world.ts';

export interface HasherWorld extends World {
  readonly hasher: Hasher;
  /** The disk that the hasher writes to. */
  readonly disk: Disk;
  /** An empty folder that exists on it. */
  readonly root: SafePath;
}

const never = new AbortController().signal;
const BLOCK = 16_384;

const sha1 = (bytes: Uint8Array): Uint8Array =>
  Uint8Array.from(createHash('sha1').update(bytes).digest());
const sha256 = (bytes: Uint8Array): Uint8Array =>
  Uint8Array.from(createHash('sha256').update(bytes).digest());

/** BEP 52, written as plainly as possible: the tree over 16 KiB blocks, padded with zero hashes. */
export function merkleRoot(bytes: Uint8Array, leaves: number): Uint8Array {
  let row: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += BLOCK) row.push(sha256(bytes.subarray(at, at + BLOCK)));
  while (row.length < leaves) row.push(new Uint8Array(32));
  while (row.length > 1) {
    const above: Uint8Array[] = [];
    for (let i = 0; i < row.length; i += 2) above.push(sha256(concatBytes(row.slice(i, i + 2))));
    row = above;
  }
  const [root] = row;
  assert.ok(root);
  return root;
}

function leavesOf(bytes: Uint8Array): Uint8Array {
  const leaves: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += BLOCK)
    leaves.push(sha256(bytes.subarray(at, at + BLOCK)));
  return concatBytes(leaves);
}

/** Puts a piece into these slots, as its receiver would. */
function fill(hasher: Hasher, slots: readonly number[], piece: Uint8Array): void {
  for (const [i, slot] of slots.entries()) {
    const part = piece.subarray(i * hasher.slotLength, (i + 1) * hasher.slotLength);
    hasher.slot(slot).set(part);
  }
}

function fileSpan(path: SafePath, position: number, length: number): Span {
  return { type: 'file', path, position, length };
}

async function read(disk: Disk, path: SafePath): Promise<Uint8Array> {
  await using file = await disk.open(path, 'read');
  const bytes = new Uint8Array(await file.length());
  await file.readAt(bytes, 0);
  return bytes;
}

async function write(disk: Disk, path: SafePath, bytes: Uint8Array): Promise<void> {
  await using file = await disk.open(path, 'update');
  await file.writeAt([bytes], 0);
}

/** A piece of one file, checked by SHA-1, ready in its slots. */
function simplePlan(
  { hasher, root }: HasherWorld,
  slots: readonly number[],
  piece: Uint8Array,
): WritePlan & { readonly path: SafePath } {
  const path = joinPath(root, 'folder', 'file');
  fill(hasher, slots, piece);
  return {
    path,
    slots,
    length: piece.length,
    spans: [fileSpan(path, 0, piece.length)],
    digests: { sha1: true },
    expected: { sha1: sha1(piece) },
  };
}

type Scenario = (title: string, run: (world: HasherWorld) => Promise<void>) => void;

export function describeHasher(name: string, open: () => Promise<HasherWorld>): void {
  const scenario: Scenario = (title, run) => {
    void test(title, async () => {
      await using world = await open();
      await world.pump(run(world));
    });
  };
  void describe(`Hasher: ${name}`, () => {
    describeWriting(scenario);
    describeReading(scenario);
  });
}

function describeWriting(scenario: Scenario): void {
  scenario('hashes what is small at once', async ({ hasher }) => {
    for (const length of [0, 1, 64, 20_000]) {
      assert.deepEqual(hasher.hash(content(length), 'sha1'), sha1(content(length)));
      assert.deepEqual(hasher.hash(content(length), 'sha256'), sha256(content(length)));
    }
  });

  scenario('slots are apart from each other and whole in blocks', async ({ hasher }) => {
    assert.ok(hasher.slotCount >= 16);
    assert.equal(hasher.slotLength % BLOCK, 0);
    hasher.slot(0).fill(1);
    hasher.slot(1).fill(2);
    assert.equal(hasher.slot(0).length, hasher.slotLength);
    assert.ok(hasher.slot(0).every((byte) => byte === 1));
    assert.throws(() => hasher.slot(hasher.slotCount), { name: 'AssertionError' });
  });

  scenario('writes a piece that is what was expected', async (world) => {
    for (const slots of [[0], [0, 1, 2, 3], [5, 3, 9], [2, 3, 7, 8]]) {
      const piece = content(slots.length * world.hasher.slotLength - 1_000, slots.length);
      const plan = simplePlan(world, slots, piece);
      assert.deepEqual(await world.hasher.hashAndWrite(plan), { isWritten: true });
      assertSameBytes((await read(world.disk, plan.path)).subarray(0, piece.length), piece);
    }
  });

  scenario('writes nothing when the piece is not what was expected', async (world) => {
    const piece = content(300_000);
    const plan = simplePlan(world, [0, 1], piece);
    world.hasher.slot(1)[37_000] = 1 ^ (piece[world.hasher.slotLength + 37_000] ?? 0);
    assert.equal((await world.hasher.hashAndWrite(plan)).isWritten, false);
    assert.equal(await world.disk.stat(plan.path), undefined);
  });

  scenario('spreads a piece over files, leaving out the padding', async (world) => {
    const { hasher, disk, root } = world;
    const [a, b] = [joinPath(root, 'a'), joinPath(root, 'deep', 'er', 'b')];
    const piece = content(3 * hasher.slotLength);
    piece.fill(0, 100_000, 131_072);
    const spans: Span[] = [
      fileSpan(a, 7_000, 100_000),
      { type: 'zeros', length: 31_072 },
      fileSpan(b, 0, piece.length - 131_072),
    ];
    const slots = [4, 1, 2];
    fill(hasher, slots, piece);
    hasher.slot(4).fill(0xaa, 110_000, 120_000); // what stands where the padding is does not matter
    const plan = {
      slots,
      length: piece.length,
      spans,
      digests: { sha1: true },
      expected: { sha1: sha1(piece) },
    };
    assert.deepEqual(await hasher.hashAndWrite(plan), { isWritten: true });
    const expected = concatBytes([new Uint8Array(7_000), piece.subarray(0, 100_000)]);
    assertSameBytes(await read(disk, a), expected);
    assertSameBytes(await read(disk, b), piece.subarray(131_072));
  });

  scenario('checks v2 pieces by the root of their tree', async (world) => {
    const { hasher, root, disk } = world;
    for (const [length, leaves] of [
      [8 * BLOCK, 8],
      [5 * BLOCK + 100, 8],
      [1, 1],
      [20, 16],
      [3 * BLOCK, 64],
      [hasher.slotLength + 5, 64],
    ] as const) {
      const piece = content(length, leaves);
      const slots = length > hasher.slotLength ? [6, 3] : [6];
      const plan: WritePlan = {
        ...simplePlan(world, slots, piece),
        spans: [fileSpan(joinPath(root, `${length}`), 0, length)],
        digests: { sha1: false, merkle: { length, leaves } },
        expected: { root: merkleRoot(piece, leaves) },
      };
      assert.deepEqual(await hasher.hashAndWrite(plan), { isWritten: true });
      assertSameBytes(await read(disk, joinPath(root, `${length}`)), piece);
      hasher.slot(6)[0] = 1 ^ (piece[0] ?? 0);
      assert.equal((await hasher.hashAndWrite(plan)).isWritten, false);
    }
  });

  scenario('a hybrid piece must match both, the tree without the padding', async (world) => {
    const { hasher, root } = world;
    const path = joinPath(root, 'a');
    const data = content(40_000);
    const piece = concatBytes([data, new Uint8Array(4 * BLOCK - data.length)]);
    fill(hasher, [0], piece);
    const expected = { sha1: sha1(piece), root: merkleRoot(data, 4) };
    const plan = (wanted: Digests): WritePlan => ({
      slots: [0],
      length: piece.length,
      spans: [
        fileSpan(path, 0, data.length),
        { type: 'zeros', length: piece.length - data.length },
      ],
      digests: { sha1: true, merkle: { length: data.length, leaves: 4 } },
      expected: wanted,
    });
    const wrong = new Uint8Array(20);
    assert.equal((await hasher.hashAndWrite(plan({ ...expected, sha1: wrong }))).isWritten, false);
    assert.equal(
      (await hasher.hashAndWrite(plan({ ...expected, root: new Uint8Array(32) }))).isWritten,
      false,
    );
    assert.equal(await world.disk.stat(path), undefined);
    assert.deepEqual(await hasher.hashAndWrite(plan(expected)), { isWritten: true });
    assertSameBytes(await read(world.disk, path), data);
  });

  scenario(
    'tells the hash of each block of a wrong piece, of a right one when asked',
    async (world) => {
      const { hasher, root } = world;
      const piece = content(2 * BLOCK + 5_000);
      const path = joinPath(root, 'leaves');
      const covered = 2 * BLOCK + 3_000;
      fill(hasher, [0, 1].slice(0, Math.ceil(piece.length / hasher.slotLength)), piece);
      for (const [digests, expected, length] of [
        [{ sha1: true }, { sha1: sha1(piece) }, piece.length],
        [
          { sha1: true, merkle: { length: covered, leaves: 4 } },
          { sha1: sha1(piece), root: merkleRoot(piece.subarray(0, covered), 4) },
          covered,
        ],
      ] as const) {
        const leaves = leavesOf(piece.subarray(0, length));
        const plan = {
          slots: [0, 1].slice(0, Math.ceil(piece.length / hasher.slotLength)),
          length: piece.length,
          spans: [fileSpan(path, 0, piece.length)],
          digests,
          expected,
        };
        assert.deepEqual(await hasher.hashAndWrite(plan), { isWritten: true });
        const asked = { ...plan, digests: { ...digests, leaves: true } };
        assert.deepEqual(await hasher.hashAndWrite(asked), { isWritten: true, leaves });
        const wrong = { ...expected, sha1: new Uint8Array(20) };
        for (const each of [plan, asked]) {
          const outcome = await hasher.hashAndWrite({ ...each, expected: wrong });
          assert.deepEqual(outcome, { isWritten: false, leaves });
        }
        const read = await hasher.readAndHash({ spans: plan.spans, digests: asked.digests }, never);
        assert.deepEqual(read, { ...expected, leaves });
      }
    },
  );

  scenario('many pieces at once all come out right', async (world) => {
    const { hasher, root, disk } = world;
    const path = joinPath(root, 'file');
    const length = 20_000;
    const pieces = Array.from({ length: 16 }, (_, i) => content(length, i + 1));
    const results = await Promise.all(
      pieces.map((piece, i) => {
        fill(hasher, [i], piece);
        return hasher.hashAndWrite({
          slots: [i],
          length,
          spans: [fileSpan(path, i * length, length)],
          digests: { sha1: true },
          expected: { sha1: sha1(i === 3 ? content(1) : piece) },
        });
      }),
    );
    assert.deepEqual(
      results.map(({ isWritten }) => isWritten),
      pieces.map((_, i) => i !== 3),
    );
    pieces[3] = new Uint8Array(length);
    assertSameBytes(await read(disk, path), concatBytes(pieces));
  });

  scenario('works on after a rest, and has forgotten what the slots held', async (world) => {
    const { hasher, disk } = world;
    await hasher.rest();
    const first = simplePlan(world, [0, 1], content(hasher.slotLength + 1_000));
    assert.deepEqual(await hasher.hashAndWrite(first), { isWritten: true });
    await hasher.rest();
    assert.ok(hasher.slot(1).every((byte) => byte === 0));
    const plan = { spans: first.spans, digests: first.digests };
    const reading = hasher.readAndHash(plan, never);
    await hasher.rest();
    assert.deepEqual(await reading, first.expected);
    const piece = content(2_000, 7);
    const { path, ...next } = simplePlan(world, [1], piece);
    assert.deepEqual(await hasher.hashAndWrite(next), { isWritten: true });
    assertSameBytes((await read(disk, path)).subarray(0, piece.length), piece);
  });

  scenario('expected digests may be views of a long table', async (world) => {
    const piece = content(1_000);
    const table = concatBytes([content(200_000), sha1(piece), content(100)]);
    const plan = simplePlan(world, [0], piece);
    const expected = { sha1: table.subarray(200_000, 200_020) };
    assert.deepEqual(await world.hasher.hashAndWrite({ ...plan, expected }), { isWritten: true });
  });

  scenario('a folder in the way is a fault, and the next piece is fine', async (world) => {
    const plan = simplePlan(world, [0], content(1_000));
    await world.disk.makeDirectory(plan.path);
    await assert.rejects(world.hasher.hashAndWrite(plan), localFault('NOT_A_FILE'));
    await world.disk.remove(plan.path);
    assert.deepEqual(await world.hasher.hashAndWrite(plan), { isWritten: true });
  });

  scenario('a released file can be moved, and is made anew by the next piece', async (world) => {
    const { hasher, disk, root } = world;
    const plan = simplePlan(world, [0], content(1_000));
    assert.deepEqual(await hasher.hashAndWrite(plan), { isWritten: true });
    await hasher.release(joinPath(root, 'folder'));
    await disk.rename(plan.path, joinPath(root, 'moved'));
    assert.deepEqual(await hasher.hashAndWrite(plan), { isWritten: true });
    assertSameBytes(await read(disk, plan.path), content(1_000));
    await hasher.release(joinPath(root, 'nothing', 'here'));
  });
}

function describeReading(scenario: Scenario): void {
  scenario('reads and hashes pieces over files and padding', async ({ hasher, disk, root }) => {
    const [a, b] = [joinPath(root, 'a'), joinPath(root, 'b')];
    const data = content(5_000_000);
    await write(disk, a, data);
    await write(disk, b, content(100, 2));
    const parts = [data.subarray(1_000, 4_000_000), new Uint8Array(70_000), content(100, 2)];
    const piece = concatBytes(parts);
    const length = 3_999_000;
    const found = await hasher.readAndHash(
      {
        spans: [fileSpan(a, 1_000, length), { type: 'zeros', length: 70_000 }, fileSpan(b, 0, 100)],
        digests: { sha1: true, merkle: { length, leaves: 256 } },
      },
      never,
    );
    assert.deepEqual(found, {
      sha1: sha1(piece),
      root: merkleRoot(piece.subarray(0, length), 256),
    });
  });

  scenario('reads small pieces too, and gives only what was asked', async (world) => {
    const { hasher, disk, root } = world;
    const path = joinPath(root, 'a');
    await write(disk, path, content(40_000));
    const check = async (length: number, withSha1: boolean): Promise<Digests | undefined> =>
      hasher.readAndHash(
        {
          spans: [fileSpan(path, 0, length)],
          digests: withSha1 ? { sha1: true } : { sha1: false, merkle: { length, leaves: 4 } },
        },
        never,
      );
    for (const length of [1, BLOCK, 40_000]) {
      const piece = content(40_000).subarray(0, length);
      assert.deepEqual(await check(length, true), { sha1: sha1(piece) });
      assert.deepEqual(await check(length, false), { root: merkleRoot(piece, 4) });
    }
  });

  scenario('a piece of zeros alone needs no file', async ({ hasher }) => {
    const spans: Span[] = [{ type: 'zeros', length: 3_000_000 }];
    const found = await hasher.readAndHash({ spans, digests: { sha1: true } }, never);
    assert.deepEqual(found, { sha1: sha1(new Uint8Array(3_000_000)) });
  });

  scenario('a missing or short file gives undefined', async ({ hasher, disk, root }) => {
    const path = joinPath(root, 'a');
    const check = (file: SafePath, position: number): Promise<Digests | undefined> =>
      hasher.readAndHash(
        { spans: [fileSpan(file, position, 1_000)], digests: { sha1: true } },
        never,
      );
    assert.equal(await check(path, 0), undefined);
    await write(disk, path, content(1_500));
    assert.equal(await check(path, 501), undefined);
    assert.equal(await check(joinPath(root, 'no', 'folder'), 0), undefined);
    assert.deepEqual(await check(path, 500), { sha1: sha1(content(1_500).subarray(500)) });
    await disk.remove(path);
    assert.equal(await check(path, 0), undefined);
  });

  scenario('a folder where a file should be is a fault', async ({ hasher, disk, root }) => {
    await disk.makeDirectory(joinPath(root, 'a'));
    const spans = [fileSpan(joinPath(root, 'a'), 0, 1_000)];
    await assert.rejects(
      hasher.readAndHash({ spans, digests: { sha1: true } }, never),
      localFault('NOT_A_FILE'),
    );
  });

  scenario('reads what was just written', async (world) => {
    const plan = simplePlan(world, [0], content(1_000));
    assert.deepEqual(await world.hasher.hashAndWrite(plan), { isWritten: true });
    const { spans, digests, expected } = plan;
    assert.deepEqual(await world.hasher.readAndHash({ spans, digests }, never), expected);
  });

  scenario('an aborted read rejects with the reason', async ({ hasher }) => {
    const reason = new Error('changed my mind');
    const plan = { spans: [{ type: 'zeros', length: 10_000 } as const], digests: { sha1: true } };
    await assert.rejects(
      hasher.readAndHash(plan, AbortSignal.abort(reason)),
      (error) => error === reason,
    );
    const abort = new AbortController();
    const reading = Array.from({ length: 40 }, () => hasher.readAndHash(plan, abort.signal));
    abort.abort(reason);
    for (const result of await Promise.allSettled(reading)) {
      assert.deepEqual(result, { status: 'rejected', reason });
    }
    assert.notEqual(await hasher.readAndHash(plan, never), undefined);
  });
}
