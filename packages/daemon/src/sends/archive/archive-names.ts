/** The names in an archive. Nothing is written, and what is not as every program reads it is not trusted. */
import { PeerFault } from '@coequal/base';
import type { DiskFile } from '@coequal/base';
import { namesInCompressed } from './compressed-names.ts';
import { namesInRar } from './rar-names.ts';
import { namesInSevenZip } from './seven-zip-names.ts';
import { namesInTar } from './tar-names.ts';
import { odd, Window } from './window.ts';
import type { LookBudget } from './window.ts';
import { namesInZip } from './zip-names.ts';

/** `closed`: what none of ours looks into. */
export type ArchiveForm = 'zip' | 'tar' | 'gz' | 'zst' | 'rar' | '7z' | 'closed';

/** Read at a time: a list lies together, heads of files apart. */
const LIST_CHUNK = 65_536;
const HEAD_CHUNK = 4_096;
const SIGNATURE_LENGTH = 4;

export interface Archive {
  readonly file: DiskFile;
  readonly form: ArchiveForm;
  /** Its name without the part that says how it is compressed. */
  readonly stem: string;
}

/**
 * In the order of the archive, some at a time. Throws PeerFault `ARCHIVE_ODD` for what programs may read in several ways,
 * `ARCHIVE_CLOSED` for what is encrypted or in a form that none of ours reads, and `ARCHIVE_TOO_LONG`.
 */
export async function* namesIn(
  { file, form, stem }: Archive,
  budget: LookBudget,
): AsyncGenerator<readonly string[]> {
  const window = (chunk: number): Promise<Window> => Window.of(file, chunk, budget);
  switch (await trueForm(file, form)) {
    case 'zip':
      return yield* namesInZip(await window(LIST_CHUNK));
    case 'tar':
      return yield* namesInTar(await window(HEAD_CHUNK));
    case 'rar':
      return yield* namesInRar(await window(HEAD_CHUNK));
    case '7z':
      return yield* namesInSevenZip(await window(LIST_CHUNK), budget);
    case 'gz':
    case 'zst':
      return yield* namesInCompressed(file, form === 'zst' ? 'zst' : 'gz', stem, budget);
    case 'closed':
      throw new PeerFault('ARCHIVE_CLOSED');
  }
}

/** Some programs go by the name, others by the beginning: comic books that end in `cbr` are ZIP files as often as not. */
async function trueForm(file: DiskFile, form: ArchiveForm): Promise<ArchiveForm> {
  const bytes = new Uint8Array(SIGNATURE_LENGTH);
  await file.readAt(bytes, 0);
  const seen = SIGNATURES.find(([, signature]) =>
    signature.every((byte, at) => bytes[at] === byte),
  );
  if (seen === undefined || seen[0] === form) return form;
  const isLoose = form === 'rar' || form === '7z';
  if (isLoose && (seen[0] === 'zip' || seen[0] === 'rar' || seen[0] === '7z')) return seen[0];
  throw odd('it begins as another');
}

const SIGNATURES: readonly (readonly [ArchiveForm, readonly number[]])[] = [
  ['zip', [0x50, 0x4b, 0x03, 0x04]],
  ['zip', [0x50, 0x4b, 0x05, 0x06]],
  ['rar', [0x52, 0x61, 0x72, 0x21]],
  ['7z', [0x37, 0x7a, 0xbc, 0xaf]],
  ['gz', [0x1f, 0x8b, 0x08]],
  ['zst', [0x28, 0xb5, 0x2f, 0xfd]],
];
