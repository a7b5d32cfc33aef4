/** Adding: what, which of its files, where to, and how. */
import type { AddTransfer } from '@coequal/contract';
import { useQueries } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { useAnswer, usePeer } from '../peer/use-peer.ts';
import { useNavigation } from '../shell/navigation.tsx';
import { tagsIn } from '../transfers/tags.ts';
import { Sheet, SheetFooter } from '../ui/controls.tsx';
import { Checkbox, Select, TextField } from '../ui/fields.tsx';
import { FolderField } from '../ui/folder-field.tsx';
import { useNotify, useTry } from '../ui/toasts.tsx';
import { SourceFiles } from './source-files.tsx';
import { SourceInput } from './source-input.tsx';
import { sourceKey } from './source-key.ts';
import { SourceList } from './source-list.tsx';
import type { Inspected } from './source-list.tsx';
import type { Source } from './sources.ts';

export interface AddSheetProps {
  readonly sources: readonly Source[];
  readonly onSources: (sources: readonly Source[]) => void;
  readonly onClose: () => void;
}

function bodyOf(source: Source): Pick<AddTransfer, 'source' | 'torrent'> {
  return source.type === 'link' ? { source: source.link } : { torrent: source.torrent };
}

export function AddSheet({ sources, onSources, onClose }: AddSheetProps) {
  const { t } = useWords();
  const inspected = useInspections(sources);
  const [options, setOptions] = useState(NO_OPTIONS);
  const [files, setFiles] = useState<ReadonlySet<number>>();
  const addAll = useAdding(inspected, options, files, (left) =>
    left.length === 0 ? onClose() : onSources(left),
  );
  const good = inspected.filter(isAddable);
  const isReady = good.length > 0 && files?.size !== 0;
  const [only] = inspected.length === 1 ? inspected : [];
  return (
    <Sheet
      title={t('add.title')}
      size={sources.length === 0 ? 'medium' : 'large'}
      onClose={onClose}
      footer={
        <SheetFooter
          onCancel={onClose}
          onDo={() => void addAll()}
          doing={t('add.do', { count: Math.max(good.length, 1) })}
          icon="add"
          isDisabled={!isReady}
        />
      }
    >
      {sources.length === 0 ? (
        <SourceInput onTake={onSources} />
      ) : (
        <>
          <SourceList
            items={inspected}
            onRemove={(source) => onSources(sources.filter((one) => one !== source))}
          />
          {only?.inspection?.files !== undefined && (
            <SourceFiles files={only.inspection.files} chosen={files} onChange={setFiles} />
          )}
          <AddOptions options={options} onChange={setOptions} />
        </>
      )}
    </Sheet>
  );
}

function isAddable({ inspection, error }: Inspected): boolean {
  return error === null && !inspection?.isAdded;
}

function useInspections(sources: readonly Source[]): readonly Inspected[] {
  const { client } = usePeer();
  const answers = useQueries({
    queries: sources.map((source) => ({
      queryKey: ['inspection', sourceKey(source)],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        client.call('inspectTransfer', { body: bodyOf(source) }, signal),
      staleTime: Infinity,
      gcTime: 0,
    })),
  });
  return sources.map((source, at) => ({
    source,
    inspection: answers[at]?.data,
    error: answers[at]?.error ?? null,
  }));
}

interface Options {
  readonly directory: string;
  /** Empty: none. */
  readonly category: string;
  readonly tags: string;
  readonly isPaused: boolean | undefined;
  readonly isSequential: boolean;
}

const NO_OPTIONS: Options = {
  directory: '',
  category: '',
  tags: '',
  isPaused: undefined,
  isSequential: false,
};

function useAdding(
  inspected: readonly Inspected[],
  options: Options,
  files: ReadonlySet<number> | undefined,
  /** Those that could not be added, to be tried again. */
  onAdded: (left: readonly Source[]) => void,
): () => Promise<void> {
  const { client } = usePeer();
  const { t } = useWords();
  const { go } = useNavigation();
  const attempt = useTry();
  const notify = useNotify();
  const addOne = async ({ source }: Inspected): Promise<string> => {
    const { directory, category, tags, isPaused, isSequential } = options;
    const added = await client.call('addTransfer', {
      body: {
        ...bodyOf(source),
        ...(directory !== '' && { directory }),
        ...(category !== '' && { category }),
        ...(tags !== '' && { tags: tagsIn(tags) }),
        ...(isPaused !== undefined && { isPaused }),
        ...(isSequential && { isSequential }),
        ...(files !== undefined && { files: [...files] }),
      },
    });
    return added.name;
  };
  return async () => {
    const names: string[] = [];
    const left: Source[] = [];
    for (const item of inspected.filter(isAddable)) {
      const isAdded = await attempt(async () => names.push(await addOne(item)));
      if (!isAdded) left.push(item.source);
    }
    const [name = ''] = names;
    if (names.length === 0) return;
    const show = { label: t('add.show'), run: () => go({ screen: 'transfers' }) };
    notify({ title: t('add.done', { count: names.length, name }), action: show });
    onAdded(left);
  };
}

function AddOptions(props: {
  readonly options: Options;
  readonly onChange: (to: Options) => void;
}) {
  const { options, onChange } = props;
  const { t } = useWords();
  const { data: settings } = useAnswer(['settings'], 'showSettings', {});
  const { data } = useAnswer(['categories'], 'listCategories', {});
  const chosen = data?.categories.find(({ name }) => name === options.category);
  const usual = chosen?.directory ?? settings?.values.downloadDirectory ?? '';
  const categories = useMemo(
    () => [
      { id: '', label: t('filter.no-category') },
      ...(data?.categories ?? []).map(({ name }) => ({ id: name, label: name })),
    ],
    [data, t],
  );
  return (
    <div className="add-options">
      <FolderField
        label={t('add.folder')}
        placeholder={usual}
        value={options.directory}
        onChange={(directory) => onChange({ ...options, directory })}
        description={options.directory === '' ? t('add.folder-usual') : undefined}
      />
      <div className="pair">
        <Select
          label={t('labels.category')}
          options={categories}
          value={options.category}
          onChange={(category) => onChange({ ...options, category })}
        />
        <TextField
          label={t('labels.tags')}
          placeholder={t('labels.tags-example')}
          value={options.tags}
          onChange={(tags) => onChange({ ...options, tags })}
        />
      </div>
      <div className="checks">
        <Checkbox
          isOn={options.isPaused ?? settings?.values.addsPaused ?? false}
          onChange={(isPaused) => onChange({ ...options, isPaused })}
        >
          {t('add.paused')}
        </Checkbox>
        <Checkbox
          isOn={options.isSequential}
          onChange={(isSequential) => onChange({ ...options, isSequential })}
        >
          {t('add.sequential')}
        </Checkbox>
      </div>
    </div>
  );
}
