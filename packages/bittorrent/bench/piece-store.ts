/** Bench of storage on a real disk: pieces hashed and written, read for uploads, and rechecked. */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { hash, randomFillSync } from 'node:crypto';
import { openClock, openDisk, openHasher } from '@coequal/base/node';
import { rootPath } from '@coequal/base';
import { buildMetainfo, layOutContent } from '../src/core/metainfo/metainfo-build.ts';
import { parseMetainfo } from '../src/core/metainfo/metainfo-parse.ts';
import { PieceStore } from '../src/io/storage/piece-store.ts';
import { SharedStorage } from '../src/io/storage/shared-storage.ts';

const LENGTH = 2 ** 30;
const PIECE_LENGTH = 2 ** 20;
const BLOCK = 16_384;
const NEVER = new AbortController().signal;

const sha = (bytes: Uint8Array, kind: 'sha1' | 'sha256'): Uint8Array =>
  Uint8Array.from(hash(kind, bytes, 'buffer'));

/** One piece, repeated: the bench must not spend its time on making content. */
const pieceBytes = randomFillSync(new Uint8Array(PIECE_LENGTH));
const pieceHash = sha(pieceBytes, 'sha1');
const laidOut = layOutContent('v1', PIECE_LENGTH, {
  name: 'content',
  isFolder: false,
  files: [{ path: ['content'], length: LENGTH }],
});
const pieceHashes = Buffer.concat(Array.from({ length: laidOut.pieceCount }, () => pieceHash));
const metainfo = parseMetainfo(
  buildMetainfo(laidOut, { pieceHashes, pieceRoots: new Uint8Array() }, {}, sha),
  sha,
);

function report(what: string, bytes: number, startedAt: number, cpu: NodeJS.CpuUsage): void {
  const seconds = (performance.now() - startedAt) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  const rate = (bytes / seconds / 1e6).toFixed(0).padStart(6);
  const cpuPerGb = ((user + system) / 1e6 / (bytes / 1e9)).toFixed(2);
  console.log(`${what.padEnd(34)} ${rate} MB/s   ${cpuPerGb} CPU s/GB`);
}

async function fetchAll(store: PieceStore): Promise<void> {
  const commits: Promise<unknown>[] = [];
  for (let piece = 0; piece < laidOut.pieceCount; piece++) {
    let buffer = store.reserve(piece);
    while (buffer === undefined) {
      await new Promise<void>((resolve) => {
        store.onSlotsFree = resolve;
      });
      buffer = store.reserve(piece);
    }
    for (let begin = 0; begin < PIECE_LENGTH; begin += BLOCK) {
      buffer.block(begin, BLOCK).set(pieceBytes.subarray(begin, begin + BLOCK));
    }
    commits.push(store.commit(buffer, false));
  }
  await Promise.all(commits);
}

/** As peers ask: each piece by blocks in order, pieces in no order. Returns how many were not at once. */
async function readAll(store: PieceStore): Promise<number> {
  let waits = 0;
  for (let at = 0; at < laidOut.pieceCount; at++) {
    const piece = (at * 389) % laidOut.pieceCount;
    for (let begin = 0; begin < PIECE_LENGTH; begin += BLOCK) {
      const found = store.read(piece, begin, BLOCK);
      const isSoon = found instanceof Promise;
      if (isSoon) waits += 1;
      (isSoon ? await found : found).release();
    }
  }
  return waits;
}

const model = cpus()[0]?.model ?? 'unknown processor';
console.log(
  `${availableParallelism()} cores, ${model}, Node ${process.version}; ` +
    `${LENGTH / 2 ** 20} MiB in one file, pieces of ${PIECE_LENGTH / 2 ** 20} MiB, 1 MB = 10^6 bytes`,
);
const folder = await mkdtemp(join(process.argv[2] ?? tmpdir(), 'coequal-bench-'));
try {
  await using hasher = openHasher();
  const ports = { disk: openDisk(), clock: openClock(), hasher };
  await using shared = new SharedStorage(ports);
  const directory = rootPath(join(folder, 'downloads'));
  const resumeDirectory = rootPath(join(folder, 'resume'));
  const options = { directory, resumeDirectory, trust: false };
  for (let round = 0; round < 3; round++) {
    await using store = await PieceStore.open(metainfo, options, shared, ports, NEVER);
    if (round === 0) {
      const [startedAt, cpu] = [performance.now(), process.cpuUsage()];
      await fetchAll(store);
      report('commit (copy, hash, write)', LENGTH, startedAt, cpu);
      const saving = performance.now();
      await store.checkpoint();
      console.log(
        `${'checkpoint (sync)'.padEnd(34)} ${(performance.now() - saving).toFixed(0).padStart(6)} ms`,
      );
    }
    let [startedAt, cpu] = [performance.now(), process.cpuUsage()];
    const waits = await readAll(store);
    report(`read by 16 KiB (${waits} waits)`, LENGTH, startedAt, cpu);
    [startedAt, cpu] = [performance.now(), process.cpuUsage()];
    await store.recheck(NEVER);
    report('recheck', LENGTH, startedAt, cpu);
  }
} finally {
  await rm(folder, { recursive: true });
}
