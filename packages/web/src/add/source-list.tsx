/** What is about to be added, and what is known of it. */
import type { Inspection } from '@coequal/contract';
import { useWords } from '../i18n/words-context.tsx';
import { IconButton } from '../ui/controls.tsx';
import { Icon } from '../ui/icon.tsx';
import { problemWords } from '../ui/toasts.tsx';
import { sourceKey } from './source-key.ts';
import type { Source } from './sources.ts';

export interface Inspected {
  readonly source: Source;
  readonly inspection: Inspection | undefined;
  /** Null: none. */
  readonly error: unknown;
}

export interface SourceListProps {
  readonly items: readonly Inspected[];
  readonly onRemove: (source: Source) => void;
}

export function SourceList({ items, onRemove }: SourceListProps) {
  const { t } = useWords();
  return (
    <ul className="source-list">
      {items.map((item) => (
        <li key={sourceKey(item.source)} className={item.error === null ? '' : 'problem'}>
          <Icon name={item.error === null ? iconOf(item) : 'warn'} />
          <div>
            <p className="name" dir="auto">
              {nameOf(item)}
            </p>
            <p className="muted">
              <About item={item} />
            </p>
          </div>
          <IconButton
            icon="close"
            label={t('add.leave-out', { name: nameOf(item) })}
            onPress={() => onRemove(item.source)}
          />
        </li>
      ))}
    </ul>
  );
}

function iconOf({ source, inspection }: Inspected): 'check' | 'link' | 'file' {
  if (inspection?.isAdded) return 'check';
  return source.type;
}

function nameOf({ source, inspection }: Inspected): string {
  if (inspection !== undefined && inspection.name !== '') return inspection.name;
  return source.type === 'link' ? source.link : source.name;
}

function About({ item }: { readonly item: Inspected }) {
  const words = useWords();
  const { t, format } = words;
  const { inspection, error } = item;
  if (error !== null) {
    const { title, hint } = problemWords(words, error);
    return hint === undefined ? title : `${title}. ${hint}`;
  }
  if (inspection === undefined) return t('add.looking');
  if (inspection.isAdded) return t('add.already');
  if (inspection.files === undefined) return t('add.magnet');
  const parts = [
    format.bytes(inspection.size),
    t('files.count', { count: inspection.files.length }),
    ...(inspection.isPrivate ? [t('add.private')] : []),
  ];
  return parts.join(' · ');
}
