/** What can be done with all that are chosen. */
import type { TransferAction } from '@coequal/contract';
import { TRANSFER_ACTIONS } from '@coequal/contract';
import { useState } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { useActions } from '../shell/actions.tsx';
import { Button, IconButton, MenuButton } from '../ui/controls.tsx';
import type { MenuEntry } from '../ui/controls.tsx';
import { LabelsSheet } from './labels-sheet.tsx';

export interface BulkBarProps {
  readonly ids: readonly string[];
  readonly onAll: () => void;
  readonly onDone: () => void;
}

const MORE: readonly TransferAction[] = [
  'force',
  'recheck',
  'announce',
  'to-top',
  'up',
  'down',
  'to-bottom',
];

export function BulkBar({ ids, onAll, onDone }: BulkBarProps) {
  const { t, format } = useWords();
  const { act, remove, removeWithData } = useActions();
  const [isLabelling, setIsLabelling] = useState(false);
  const isNone = ids.length === 0;
  const more: MenuEntry[] = [
    { id: 'all', label: t('transfers.choose-all'), icon: 'check_all' },
    { id: 'labels', label: t('action.labels'), icon: 'tag', isDisabled: isNone },
    ...MORE.map((id) => ({ id, label: t(`action.${id}`), isDisabled: isNone })),
    {
      id: 'remove-data',
      label: t('action.remove-data'),
      icon: 'remove',
      isDanger: true,
      isDisabled: isNone,
    },
  ];
  const run = (id: string): void => {
    const action = TRANSFER_ACTIONS.find((known) => known === id);
    if (action !== undefined) act(ids, action);
    else if (id === 'all') onAll();
    else if (id === 'labels') setIsLabelling(true);
    else removeWithData(ids);
  };
  return (
    <div className="bulk" role="toolbar" aria-label={t('bulk.label')}>
      <IconButton icon="close" label={t('bulk.done')} onPress={onDone} />
      <p className="bulk-count" role="status">
        {t('bulk.count', { count: ids.length, shown: format.number(ids.length) })}
      </p>
      <Button icon="pause" kind="plain" isDisabled={isNone} onPress={() => act(ids, 'pause')}>
        {t('action.pause')}
      </Button>
      <Button icon="play" kind="plain" isDisabled={isNone} onPress={() => act(ids, 'resume')}>
        {t('action.resume')}
      </Button>
      <Button icon="remove" kind="plain" isDisabled={isNone} onPress={() => remove(ids)}>
        {t('action.remove')}
      </Button>
      <MenuButton label={t('action.more')} entries={more} onAction={run} />
      {isLabelling && <LabelsSheet ids={ids} onClose={() => setIsLabelling(false)} />}
    </div>
  );
}
