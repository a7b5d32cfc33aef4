/**
 * The names in what is compressed as a whole, as gzip (RFC 1952) or Zstandard (RFC 8878): those of the tar archive in it,
 * or of the one file that it is. What comes out is looked at as it comes, and kept nowhere.
 */
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { constants, createGunzip, createZstdDecompress } from 'node:zlib';
import type { DiskFile } from '@coequal/base';
import { BEGINNING_LENGTH, beginsAsProgram } from '../program-bytes.ts';
import { beginsAsTar, namesInTar } from './tar-names.ts';
import { odd, Sequence } from './window.ts';
import type { LookBudget } from './window.ts';

/** Read, and come out, at a time. */
const CHUNK_LENGTH = 65_536;
/** Of Zstandard, the logarithm of what a file may have us keep while it is unpacked: 8 MiB, what its format recommends. */
const WINDOW_LOG_MAX = 23;
/** What the warnings know a program by that has no name. */
const NAMELESS_PROGRAM = 'program.exe';

/** `stem`: its name without what says how it is compressed. Throws as `namesIn`. */
export async function* namesInCompressed(
  file: DiskFile,
  form: 'gz' | 'zst',
  stem: string,
  budget: LookBudget,
): AsyncGenerator<readonly string[]> {
  const unpacked = new Sequence(unpack(file, form, budget), budget);
  try {
    if (await beginsAsTar(unpacked)) return yield* namesInTar(unpacked);
    yield [stem];
    const length = (await unpacked.reaches(0, BEGINNING_LENGTH)) ? BEGINNING_LENGTH : 0;
    const { buffer, byteOffset } = await unpacked.read(0, length);
    if (beginsAsProgram(new Uint8Array(buffer, byteOffset, length))) yield [NAMELESS_PROGRAM];
  } finally {
    await unpacked.end();
  }
}

async function* unpack(
  file: DiskFile,
  form: 'gz' | 'zst',
  budget: LookBudget,
): AsyncGenerator<Uint8Array> {
  const packed = Readable.from(chunksOf(file, budget));
  const unpacker =
    form === 'gz'
      ? createGunzip({ chunkSize: CHUNK_LENGTH })
      : createZstdDecompress({
          chunkSize: CHUNK_LENGTH,
          params: { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG_MAX },
        });
  packed.on('error', (error) => unpacker.destroy(error)).pipe(unpacker);
  try {
    for await (const chunk of unpacker as AsyncIterable<Uint8Array>) yield chunk;
  } catch (error) {
    throw isOfFormat(error) ? odd('it cannot be unpacked') : error;
  } finally {
    packed.destroy();
    unpacker.destroy();
    if (!packed.closed) await once(packed, 'close'); // nothing is read of the file any more
  }
}

async function* chunksOf(file: DiskFile, budget: LookBudget): AsyncGenerator<Uint8Array> {
  for (let at = 0; ;) {
    const bytes = new Uint8Array(CHUNK_LENGTH);
    const length = await file.readAt(bytes, at);
    if (length === 0) return;
    budget.spend(length);
    yield bytes.subarray(0, length);
    at += length;
  }
}

/** Of the library, about what it was given. */
function isOfFormat(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code.startsWith('Z_') || code.startsWith('ZSTD_');
}
