/** Which files are wanted and how much, as `torrent_set` and `torrent_add` have it: lists of indexes, an empty one for all. */
import type { ChangeTransfer, FilePriority } from '@coequal/contract';
import type { Arguments } from './arguments.ts';

type FileChange = NonNullable<ChangeTransfer['files']>[number];

/** In this order: a priority alone does not make a file wanted that is named as unwanted. */
const CHOICES: readonly (readonly [string, FilePriority])[] = [
  ['priority_low', 'low'],
  ['priority_normal', 'normal'],
  ['priority_high', 'high'],
  ['files_unwanted', 'skip'],
];

/**
 * Of a torrent with so many files; indexes beyond are passed over. `prioritiesNow`: those that are skipped get a priority
 * only by being wanted again.
 */
export function fileChanges(
  args: Arguments,
  fileCount: number,
  prioritiesNow: readonly FilePriority[] = [],
): FileChange[] {
  const chosen = new Map<number, FilePriority>();
  const indexesOf = (name: string): readonly number[] => {
    const indexes = args.counts(name) ?? [];
    const isAll = args.has(name) && indexes.length === 0;
    return isAll ? Array.from({ length: fileCount }, (_, index) => index) : indexes;
  };
  const wanted = new Set(indexesOf('files_wanted'));
  for (const index of wanted) if (prioritiesNow[index] === 'skip') chosen.set(index, 'normal');
  for (const [name, priority] of CHOICES) {
    for (const index of indexesOf(name)) {
      const staysUnwanted = prioritiesNow[index] === 'skip' && !wanted.has(index);
      if (priority === 'skip' ? !wanted.has(index) : !staysUnwanted) chosen.set(index, priority);
    }
  }
  return [...chosen]
    .filter(([index]) => index < fileCount)
    .map(([index, priority]) => ({ index, priority }));
}
