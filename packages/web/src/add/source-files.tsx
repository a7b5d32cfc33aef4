/** Which files of a torrent are wanted. */
import { useMemo } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { Button } from '../ui/controls.tsx';
import { Checkbox } from '../ui/fields.tsx';
import { common } from '../ui/file-tree-rows.ts';
import { FileTree } from '../ui/file-tree.tsx';

export interface SourceFilesProps {
  readonly files: readonly { readonly path: string; readonly length: number }[];
  /** Undefined: all. */
  readonly chosen: ReadonlySet<number> | undefined;
  readonly onChange: (chosen: ReadonlySet<number> | undefined) => void;
}

export function SourceFiles({ files, chosen, onChange }: SourceFilesProps) {
  const { t, format } = useWords();
  const rows = useMemo(() => files.map((file, index) => ({ ...file, index })), [files]);
  const isChosen = (index: number): boolean => chosen?.has(index) ?? true;
  const wanted = rows.filter(({ index }) => isChosen(index));
  const size = wanted.reduce((sum, { length }) => sum + length, 0);
  const set = (indexes: readonly number[], isOn: boolean): void => {
    const next = new Set(wanted.map(({ index }) => index));
    for (const index of indexes) {
      if (isOn) next.add(index);
      else next.delete(index);
    }
    onChange(next.size === files.length ? undefined : next);
  };
  return (
    <section className="source-files" aria-label={t('add.files')}>
      <header>
        <h3>{t('add.files')}</h3>
        <p className="muted" role="status">
          {t('add.files-chosen', {
            count: wanted.length,
            total: files.length,
            size: format.bytes(size),
          })}
        </p>
        <Button kind="plain" onPress={() => onChange(undefined)}>
          {t('add.all')}
        </Button>
        <Button kind="plain" onPress={() => onChange(new Set())}>
          {t('add.none')}
        </Button>
      </header>
      <FileTree
        label={t('add.files')}
        files={rows}
        before={(row) => {
          const state = common(row.files, isChosen);
          return (
            <Checkbox
              label={t('add.want', { name: row.name })}
              isOn={state === true}
              isMixed={state === undefined}
              onChange={(isOn) => set(row.files, isOn)}
            />
          );
        }}
      />
    </section>
  );
}
