/** Taking a file's bytes out of the parts file, to its own path, when the file is selected after all. */
import { LocalFault } from '@coequal/base';
import type { Disk } from '@coequal/base';
import type { Bitfield } from '../../core/bitfield.ts';
import type { ContentLayout } from './content-layout.ts';

/** Bytes copied at a time. */
const COPY_LENGTH = 2 ** 20;

/** Rejects with the LocalFaults of Disk, and `CONTENT_MISSING` when the parts file is shorter than its index says. */
export async function copyParts(
  layout: ContentLayout,
  file: number,
  have: Bitfield,
  disk: Disk,
): Promise<void> {
  const { map, parts } = layout;
  const pieces = [...parts.piecesOf(file)].filter((piece) => have.has(piece));
  if (pieces.length === 0) return;
  await using from = await disk.open(parts.path, 'read');
  await using to = await disk.open(layout.pathOf(file), 'update');
  for (const piece of pieces) {
    const begin = parts.positionOf(piece, file) ?? 0;
    const span = map.spans(piece).find((each) => each.file === file);
    const end = map.endInFile(piece, file);
    const first = span?.position ?? end;
    for (let at = first; at < end; at += COPY_LENGTH) {
      const bytes = new Uint8Array(Math.min(COPY_LENGTH, end - at));
      const count = await from.readAt(bytes, begin + at - first);
      if (count < bytes.length) throw new LocalFault('CONTENT_MISSING', { path: parts.path });
      await to.writeAt([bytes], at);
    }
  }
}
