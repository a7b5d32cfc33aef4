/** A host of a simulated world with one torrent in its store: the frame of the storage tests. */
import assert from 'node:assert/strict';
import { equalBytes } from '@coequal/base';
import type { Ports } from '@coequal/base';
import { World } from '@coequal/simulator';
import type { SimHost } from '@coequal/simulator';
import { PieceStore } from '../../../src/io/storage/piece-store.ts';
import type { PieceStoreOptions } from '../../../src/io/storage/piece-store.ts';
import { SharedStorage } from '../../../src/io/storage/shared-storage.ts';
import { DOWNLOADS, pathOf, RESUME } from './content-maker.ts';
import type { MadeTorrent } from './content-maker.ts';

export const NEVER: AbortSignal = new AbortController().signal;

export const OPTIONS: PieceStoreOptions = {
  directory: DOWNLOADS,
  resumeDirectory: RESUME,
  trust: false,
};

/** Virtual time that no test needs. */
const LIMIT_MS = 10_000_000;

export function makeWorld(seed: number | string = 1): { world: World; host: SimHost } {
  const world = new World({ seed });
  return { world, host: world.host('disk') };
}

/** Runs a test's steps on virtual time. */
export async function inWorld(
  run: (world: World, host: SimHost) => Promise<void>,
  seed: number | string = 1,
): Promise<void> {
  const { world, host } = makeWorld(seed);
  await world.run(() => run(world, host), LIMIT_MS);
}

export interface OpenStore extends AsyncDisposable {
  readonly store: PieceStore;
  readonly shared: SharedStorage;
}

export async function openStore(
  torrent: MadeTorrent,
  ports: Ports,
  options: Partial<PieceStoreOptions> = {},
): Promise<OpenStore> {
  const shared = new SharedStorage(ports);
  const all = { ...OPTIONS, ...options };
  const store = await PieceStore.open(torrent.metainfo, all, shared, ports, NEVER);
  return {
    store,
    shared,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await shared[Symbol.asyncDispose]();
    },
  };
}

/** Fetches a piece, as a swarm would. */
export async function fetchPiece(
  store: PieceStore,
  torrent: MadeTorrent,
  piece: number,
): Promise<'written' | 'mismatch'> {
  const buffer = store.reserve(piece);
  assert(buffer, 'there is memory');
  fill(buffer, torrent.piece(piece));
  const { isWritten } = await store.commit(buffer, false);
  if (!isWritten) store.discard(buffer);
  return isWritten ? 'written' : 'mismatch';
}

export async function fetchPieces(
  store: PieceStore,
  torrent: MadeTorrent,
  pieces: Iterable<number>,
): Promise<void> {
  for (const piece of pieces) {
    assert.equal(await fetchPiece(store, torrent, piece), 'written');
  }
}

export function fill(
  buffer: { readonly length: number; block(begin: number, length: number): Uint8Array },
  bytes: Uint8Array,
): void {
  for (let begin = 0; begin < buffer.length; begin += 16_384) {
    const block = bytes.subarray(begin, begin + 16_384);
    buffer.block(begin, block.length).set(block);
  }
}

/** All bytes of a had piece through the store, copied. */
export async function readPiece(store: PieceStore, piece: number): Promise<Uint8Array> {
  const stored = await store.read(piece, 0, store.map.lengthOf(piece));
  const bytes = Buffer.concat(stored.chunks);
  stored.release();
  return Uint8Array.from(bytes);
}

/** Every piece that the store says it has is right, as read through it. */
export async function assertHadIsRight(store: PieceStore, torrent: MadeTorrent): Promise<void> {
  for (const piece of store.have) {
    const bytes = await readPiece(store, piece);
    assert.ok(equalBytes(bytes, torrent.piece(piece)), `piece ${piece} is what it should be`);
  }
}

/** The files on disk are the content. */
export function assertFiles(torrent: MadeTorrent, host: SimHost, files: Iterable<number>): void {
  for (const file of files) {
    const path = pathOf(torrent, file);
    const found = host.disk.content(path);
    assert.ok(found && equalBytes(found, torrent.files[file] ?? found), `${path} is whole`);
  }
}

export function range(end: number): number[] {
  return Array.from({ length: end }, (_, at) => at);
}
