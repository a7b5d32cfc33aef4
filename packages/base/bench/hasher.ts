/** What the hasher does to pieces that arrive and to files that are there. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { joinPath, rootPath } from '../src/index.ts';
import type { Hasher, SafePath, WritePlan } from '../src/index.ts';
import { openHasher } from '../src/node/hasher.ts';
import { measure, printMachine, printMeasured } from './report.ts';

const TOTAL = 2 * 1_024 * 1_024 * 1_024;
const FILE_LENGTH = 512 * 1_024 * 1_024;
/** Slots in use at a time: as many as a fast download has pieces under way. */
const SLOTS_USED = 64;
const never = new AbortController().signal;

function sha1(bytes: Uint8Array): Uint8Array {
  return createHash('sha1').update(bytes).digest();
}

/** Writes `TOTAL` bytes over and over into one file, every slot free again when its piece is written. */
async function writePieces(hasher: Hasher, path: SafePath, pieceLength: number): Promise<void> {
  const slotsPerPiece = Math.ceil(pieceLength / hasher.slotLength);
  const lanes = Math.min(Math.floor(SLOTS_USED / slotsPerPiece), 32);
  const piece = new Uint8Array(pieceLength).fill(5);
  const expected = { sha1: sha1(piece) };
  const pieces = TOTAL / pieceLength;
  let next = 0;
  const lane = async (index: number): Promise<void> => {
    const slots = Array.from({ length: slotsPerPiece }, (_, i) => index * slotsPerPiece + i);
    for (const slot of slots) hasher.slot(slot).fill(5);
    while (next < pieces) {
      const position = (next++ * pieceLength) % FILE_LENGTH;
      const plan: WritePlan = {
        slots,
        length: pieceLength,
        spans: [{ type: 'file', path, position, length: pieceLength }],
        digests: { sha1: true },
        expected,
      };
      if (!(await hasher.hashAndWrite(plan)).isWritten) throw new Error('a good piece was refused');
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, i) => lane(i)));
}

async function readPieces(
  hasher: Hasher,
  path: SafePath,
  pieceLength: number,
  isV2: boolean,
): Promise<void> {
  const merkle = { length: pieceLength, leaves: pieceLength / 16_384 };
  const digests = isV2 ? { sha1: false, merkle } : { sha1: true };
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < FILE_LENGTH / pieceLength) {
      const position = next++ * pieceLength;
      const spans = [{ type: 'file', path, position, length: pieceLength } as const];
      if ((await hasher.readAndHash({ spans, digests }, never)) === undefined) {
        throw new Error('the file is too short');
      }
    }
  };
  await Promise.all(Array.from({ length: 16 }, lane));
}

const rss = (): string => `${(process.memoryUsage.rss() / 1_048_576).toFixed(0)} MiB resident`;

printMachine();
const folder = await mkdtemp(join(tmpdir(), 'coequal-bench-'));
try {
  const path = joinPath(rootPath(folder), 'file');
  console.log(`at start: ${rss()}`);
  for (const workers of [1, 2]) {
    await using hasher = openHasher({ workers });
    console.log(`${workers} worker(s) at most; opened: ${rss()}`);
    await hasher.readAndHash({ spans: [], digests: { sha1: true } }, never);
    console.log(`first worker started: ${rss()}`);
    for (const pieceLength of [16_384, 262_144, 1_048_576, 4_194_304]) {
      const input = `hashAndWrite, pieces of ${pieceLength / 1_024} KiB`;
      printMeasured(await measure(input, TOTAL, () => writePieces(hasher, path, pieceLength)));
    }
    for (const isV2 of [false, true]) {
      const input = `readAndHash, ${isV2 ? 'v2' : 'v1'} pieces of 1 MiB`;
      const work = (): Promise<void> => readPieces(hasher, path, 1_048_576, isV2);
      printMeasured(await measure(input, FILE_LENGTH, work));
    }
    console.log(`at end: ${rss()}`);
  }
} finally {
  await rm(folder, { recursive: true });
}
