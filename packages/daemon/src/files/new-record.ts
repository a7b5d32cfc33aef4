/** The record of a transfer that is added. */
import type { AddTransfer } from '@coequal/contract';
import { NO_FIGURES, OPTION_DEFAULTS } from '../store/transfer-records.ts';
import type { TransferRecord } from '../store/transfer-records.ts';
import { transferIdOf } from './transfer-source.ts';
import type { ParsedSource } from './transfer-source.ts';

/** What the request leaves open. */
export interface RecordDefaults {
  readonly directory: string;
  readonly isPaused: boolean;
  readonly queuePosition: number;
  readonly addedAt: number;
}

export function newRecord(
  parsed: ParsedSource,
  request: AddTransfer,
  defaults: RecordDefaults,
): TransferRecord {
  const { category, tags = [], contentPath, isSequential = false, isTrusted = false } = request;
  const metainfo = parsed.type === 'metainfo' ? parsed.metainfo : undefined;
  const magnet = parsed.type === 'magnet' ? parsed.magnet : undefined;
  const id = transferIdOf(parsed);
  return {
    id,
    magnet: parsed.type === 'magnet' ? parsed.text : undefined,
    name: metainfo?.name ?? magnet?.name ?? id,
    directory: request.directory ?? defaults.directory,
    contentPath,
    intent: (request.isPaused ?? defaults.isPaused) ? 'pause' : 'run',
    category: category ?? undefined,
    tags: [...new Set(tags)],
    options: {
      ...OPTION_DEFAULTS,
      isSequential,
      isFirstAndLastFirst: request.isFirstAndLastFirst ?? false,
      isTrusted,
      priorities: prioritiesOf(request.files, metainfo?.files.length),
    },
    queuePosition: defaults.queuePosition,
    addedAt: defaults.addedAt,
    completedAt: undefined,
    figures: {
      ...NO_FIGURES,
      size: metainfo?.length ?? 0,
      wanted: metainfo?.length ?? 0,
      isPrivate: metainfo?.isPrivate ?? false,
    },
    removedUntil: undefined,
    deletesData: false,
  };
}

/** Which of the files are not wanted, by index. */
function prioritiesOf(
  wanted: readonly number[] | undefined,
  fileCount: number | undefined,
): TransferRecord['options']['priorities'] {
  if (wanted === undefined || fileCount === undefined) return {};
  const chosen = new Set(wanted);
  const skipped = Array.from({ length: fileCount }, (_, index) => index).filter(
    (index) => !chosen.has(index),
  );
  return Object.fromEntries(skipped.map((index) => [index, 'skip' as const]));
}
