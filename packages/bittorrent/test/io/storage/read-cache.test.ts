import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { LocalFault } from '@coequal/base';
import { ReadCache } from '../../../src/io/storage/read-cache.ts';
import type { ChunkSource, StoredBytes, TorrentReads } from '../../../src/io/storage/read-cache.ts';

const MIB = 2 ** 20;
const PIECE = 2 * MIB + 100;

/** A torrent whose bytes tell where they are from; loads wait until `turn` when it is given. */
class Source implements ChunkSource {
  readonly loads: string[] = [];
  fault: LocalFault | undefined;
  turn: Promise<void> | undefined;

  lengthOf(): number {
    return PIECE;
  }

  async load(piece: number, begin: number, into: Uint8Array): Promise<void> {
    this.loads.push(`${piece}:${begin}+${into.length}`);
    await this.turn;
    if (this.fault) throw this.fault;
    for (let i = 0; i < into.length; i++) into[i] = byteAt(piece, begin + i);
  }
}

function byteAt(piece: number, at: number): number {
  return (piece * 31 + at + (at >> 8) * 7) & 0xff;
}

function assertBytes(stored: StoredBytes, piece: number, begin: number, length: number): void {
  let at = begin;
  for (const chunk of stored.chunks) {
    for (const byte of chunk) {
      if (byte !== byteAt(piece, at)) assert.fail(`piece ${piece}, byte ${at}`);
      at += 1;
    }
  }
  assert.equal(at, begin + length);
}

function open(lengthMax = 16 * MIB): { cache: ReadCache; source: Source; reads: TorrentReads } {
  const cache = new ReadCache(lengthMax);
  const source = new Source();
  return { cache, source, reads: cache.join(PIECE, source) };
}

describe('ReadCache', () => {
  test('reads a chunk once and answers at once from then on, with views of the same memory', async () => {
    const { source, reads } = open();
    const [a, b] = await Promise.all([reads.read(0, 0, 16_384), reads.read(0, 16_384, 16_384)]);
    const c = reads.read(0, 500_000, 16_384);
    assert.ok(!(c instanceof Promise), 'at once');
    assert.deepEqual(source.loads, [`0:0+${MIB}`]);
    assert.equal(a.chunks[0]?.buffer, c.chunks[0]?.buffer);
    for (const [stored, begin] of [
      [a, 0],
      [b, 16_384],
      [c, 500_000],
    ] as const) {
      assertBytes(stored, 0, begin, 16_384);
      stored.release();
    }
  });

  test('a read over the border of two chunks has two views', async () => {
    const { reads } = open();
    const stored = await reads.read(3, MIB - 100, 16_384);
    assert.deepEqual(
      stored.chunks.map((chunk) => chunk.length),
      [100, 16_284],
    );
    assertBytes(stored, 3, MIB - 100, 16_384);
    stored.release();
  });

  test('who reads from front to back finds the next chunk there', async () => {
    const { source, reads } = open();
    for (let begin = 0; begin < PIECE; begin += 16_384) {
      const length = Math.min(16_384, PIECE - begin);
      const stored = await reads.read(1, begin, length);
      stored.release();
      if (begin === MIB / 2) assert.equal(source.loads.length, 2, 'the next was begun at half');
    }
    assert.equal(source.loads.length, 3);
    await reads.read(2, MIB + 900_000, 10); // somewhere: nothing is read ahead
    assert.equal(source.loads.length, 4);
  });

  test('what is prepared is read once, and there when it is asked for', async () => {
    const { source, reads } = open();
    reads.prepare(4, 0);
    reads.prepare(4, 100_000);
    await Promise.resolve();
    assert.deepEqual(source.loads, [`4:0+${MIB}`]);
    const stored = await reads.read(4, 50, 16_384);
    assertBytes(stored, 4, 50, 16_384);
    stored.release();
    assert.equal(source.loads.length, 1);
  });

  test('no more is prepared than a quarter of the cache, until some of it is used or dropped', async () => {
    const { source, reads } = open();
    for (let piece = 0; piece < 10; piece++) reads.prepare(piece, 0);
    assert.equal(source.loads.length, 4);
    (await reads.read(0, 0, 10)).release();
    reads.prepare(8, 0);
    reads.prepare(9, 0);
    assert.equal(source.loads.length, 5, 'one was used');
    reads.dropPiece(1);
    for (let piece = 5; piece < 8; piece++) reads.prepare(piece, 0);
    assert.equal(source.loads.length, 6, 'one was dropped');
  });

  test('a preparation that fails is no harm: who asks for the bytes is told', async () => {
    const { source, reads } = open();
    source.fault = new LocalFault('CONTENT_MISSING');
    reads.prepare(0, 0);
    await assert.rejects(Promise.resolve(reads.read(0, 0, 10)), { code: 'CONTENT_MISSING' });
    source.fault = undefined;
    for (let piece = 0; piece < 10; piece++) reads.prepare(piece, 0);
    assert.equal(source.loads.length, 5, 'what failed is not counted as ahead');
  });

  test('memory stays within the bound, is used again, and never changes under a view', async () => {
    const { cache, source, reads } = open(4 * MIB);
    const held = await reads.read(0, 0, 16_384);
    for (let piece = 1; piece < 20; piece++) {
      (await reads.read(piece, MIB + 7, 16_384)).release();
      assert.ok(cache.length <= 4 * MIB);
    }
    assertBytes(held, 0, 0, 16_384);
    held.release();
    assert.equal(source.loads.length, 20);
  });

  test('when all memory is in use, reads go past the cache instead of waiting for others', async () => {
    const { cache, source, reads } = open(2 * MIB);
    const held = [await reads.read(0, 0, 10), await reads.read(1, 0, 10)];
    const past = await reads.read(2, 1_000, 16_384);
    assert.equal(source.loads.at(-1), '2:1000+16384');
    assertBytes(past, 2, 1_000, 16_384);
    for (const stored of [...held, past]) stored.release();
    assert.equal(cache.length, 2 * MIB);
    (await reads.read(2, 1_000, 16_384)).release();
    assert.equal(source.loads.at(-1), `2:0+${MIB}`);
  });

  test('a failed load fails all who wait for it, and is tried anew by the next', async () => {
    const { source, reads } = open();
    source.fault = new LocalFault('CONTENT_MISSING');
    const waiting = [reads.read(0, 0, 10), reads.read(0, 100, 10)].map(async (read) => read);
    for (const result of await Promise.allSettled(waiting)) assert.equal(result.status, 'rejected');
    source.fault = undefined;
    const stored = await reads.read(0, 0, 10);
    assertBytes(stored, 0, 0, 10);
    stored.release();
  });

  test('at rest it holds what is in use, and nothing else', async () => {
    const { cache, reads } = open();
    const used = await reads.read(0, 0, 1_000);
    (await reads.read(1, 0, 1_000)).release();
    cache.rest();
    assert.equal(cache.length, MIB);
    assertBytes(used, 0, 0, 1_000);
    used.release();
    cache.rest();
    assert.equal(cache.length, 0);
  });

  test('a dropped piece is read again; views of before stay as they are', async () => {
    const { source, reads } = open();
    const before = await reads.read(5, 0, 100);
    reads.dropPiece(5);
    const after = await reads.read(5, 0, 100);
    assert.equal(source.loads.length, 2);
    assertBytes(before, 5, 0, 100);
    assertBytes(after, 5, 0, 100);
    before.release();
    after.release();
    assert.throws(() => before.release(), /released twice/);
  });

  test('any order of reads and releases gives right bytes within the bound', async () => {
    const step = fc.record({
      piece: fc.nat(6),
      begin: fc.nat(PIECE - 1),
      length: fc.integer({ min: 1, max: 40_000 }),
      keepFor: fc.nat(12),
      prepared: fc.nat(6),
      rests: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { cache, reads } = open(3 * MIB);
        const held: { until: number; release: () => void }[] = [];
        for (const [now, { piece, begin, length, keepFor, prepared, rests }] of steps.entries()) {
          const count = Math.min(length, PIECE - begin);
          reads.prepare(prepared, begin);
          if (rests) cache.rest();
          const stored = await reads.read(piece, begin, count);
          const release = (): void => {
            assertBytes(stored, piece, begin, count);
            stored.release();
          };
          held.push({ until: now + keepFor, release });
          for (const [at, each] of [...held.entries()].toReversed()) {
            if (each.until <= now) held.splice(at, 1)[0]?.release();
          }
          assert.ok(cache.length <= 3 * MIB);
        }
        for (const { release } of held) release();
        cache.rest();
        assert.ok(cache.length <= MIB, 'no more than what is being read ahead');
      }),
      { numRuns: 30 },
    );
  });
});
