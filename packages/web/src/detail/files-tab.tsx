/** The files of a transfer: how much of each is here, and which come first. */
import { FILE_PRIORITIES } from '@coequal/contract';
import type { FilePriority, TransferFile } from '@coequal/contract';
import { memo, useState } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { useAnswer, usePeer } from '../peer/use-peer.ts';
import { IconButton } from '../ui/controls.tsx';
import { Select } from '../ui/fields.tsx';
import type { Option } from '../ui/fields.tsx';
import { common } from '../ui/file-tree-rows.ts';
import { FileTree } from '../ui/file-tree.tsx';
import { Answered, Bar, Empty } from '../ui/parts.tsx';
import { useTry } from '../ui/toasts.tsx';
import { RenameSheet } from './place-sheets.tsx';

const FILES_EVERY_MS = 3_000;
/** A folder whose files differ. */
const MIXED = 'mixed';
type Shown = FilePriority | typeof MIXED;

export const FilesTab = memo(function FilesTab({ id }: { readonly id: string }) {
  const answer = useAnswer(
    ['files', id],
    'listFiles',
    { params: { id } },
    {
      everyMs: FILES_EVERY_MS,
    },
  );
  return <Answered answer={answer}>{({ files }) => <Files id={id} files={files} />}</Answered>;
});

function Files({ id, files }: { readonly id: string; readonly files: readonly TransferFile[] }) {
  const { t, format } = useWords();
  const set = usePriorities(id);
  const [renamed, setRenamed] = useState<TransferFile>();
  if (files.length === 0)
    return (
      <Empty icon="file" title={t('files.unknown')}>
        <p>{t('files.unknown-text')}</p>
      </Empty>
    );
  const priorityOf = (index: number): FilePriority => files[index]?.priority ?? 'normal';
  return (
    <>
      <p className="muted">{t('files.count', { count: files.length })}</p>
      <FileTree
        label={t('tab.files')}
        files={files}
        isSizeHidden
        below={(row) => {
          const have = row.files.reduce((sum, index) => sum + (files[index]?.have ?? 0), 0);
          const share = row.length === 0 ? 1 : have / row.length;
          const isSkipped = common(row.files, priorityOf) === 'skip';
          return (
            <span className="tree-progress">
              <Bar share={share} state={isSkipped ? 'paused' : 'downloading'} />
              <span className="number">
                {format.percent(have, row.length)} · {format.bytes(row.length)}
              </span>
            </span>
          );
        }}
        after={(row) => {
          const priority: Shown = common(row.files, priorityOf) ?? MIXED;
          const [index] = row.files;
          const file = row.type === 'file' && index !== undefined ? files[index] : undefined;
          return (
            <>
              <Select<Shown>
                className="priority"
                label={t('files.priority', { name: row.name })}
                isLabelHidden
                value={priority}
                options={optionsOf(priority, t)}
                onChange={(next) => next !== MIXED && set(row.files, next)}
              />
              {file !== undefined && (
                <IconButton
                  icon="rename"
                  label={t('files.rename', { name: row.name })}
                  onPress={() => setRenamed(file)}
                />
              )}
            </>
          );
        }}
      />
      {renamed !== undefined && (
        <RenameSheet
          id={id}
          index={renamed.index}
          name={renamed.path.slice(renamed.path.lastIndexOf('/') + 1)}
          onClose={() => setRenamed(undefined)}
        />
      )}
    </>
  );
}

function optionsOf(priority: Shown, t: ReturnType<typeof useWords>['t']): Option<Shown>[] {
  const all = FILE_PRIORITIES.map((id): Option<Shown> => ({ id, label: t(`priority.${id}`) }));
  return priority === MIXED ? [{ id: MIXED, label: t('priority.mixed') }, ...all] : all;
}

/** Shown at once; asked for again when the peer refuses. */
function usePriorities(id: string): (indexes: readonly number[], priority: FilePriority) => void {
  const { client, queries } = usePeer();
  const attempt = useTry();
  return (indexes, priority) =>
    void attempt(async () => {
      const chosen = new Set(indexes);
      queries.setQueryData<{ files: TransferFile[] }>(['files', id], (before) =>
        before === undefined
          ? before
          : {
              files: before.files.map((file) =>
                chosen.has(file.index) ? { ...file, priority } : file,
              ),
            },
      );
      const files = indexes.map((index) => ({ index, priority }));
      try {
        await client.call('changeTransfer', { params: { id }, body: { files } });
      } finally {
        await queries.invalidateQueries({ queryKey: ['files', id] });
      }
    });
}
