/** What can be done with one transfer. */
import type { Transfer, TransferDetail } from '@coequal/contract';
import { memo, useState } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { usePeer } from '../peer/use-peer.ts';
import { useActions } from '../shell/actions.tsx';
import { LabelsSheet } from '../transfers/labels-sheet.tsx';
import { Button, MenuButton } from '../ui/controls.tsx';
import type { MenuEntry } from '../ui/controls.tsx';
import { copyText } from '../ui/parts.tsx';
import { useNotify, useTry } from '../ui/toasts.tsx';
import { saveResponse } from '../ui/save.ts';
import { LimitsSheet } from './limits-sheet.tsx';
import { MoveSheet, RenameSheet } from './place-sheets.tsx';

type OpenSheet = 'labels' | 'limits' | 'move' | 'rename';

export function DetailActions({ detail }: { readonly detail: TransferDetail }) {
  const [sheet, setSheet] = useState<OpenSheet>();
  const { id, name, state, isSequential } = detail.transfer;
  const close = (): void => setSheet(undefined);
  return (
    <>
      <Toolbar {...{ id, name, state, isSequential }} magnet={detail.magnet} onSheet={setSheet} />
      {sheet === 'labels' && <LabelsSheet ids={[id]} onClose={close} />}
      {sheet === 'limits' && <LimitsSheet detail={detail} onClose={close} />}
      {sheet === 'move' && <MoveSheet transfer={detail.transfer} onClose={close} />}
      {sheet === 'rename' && <RenameSheet id={id} name={name} onClose={close} />}
    </>
  );
}

/** What the buttons depend on, and no more: the rest of a transfer changes each second. */
interface ToolbarProps extends Pick<Transfer, 'id' | 'name' | 'state' | 'isSequential'> {
  readonly magnet: string;
  readonly onSheet: (sheet: OpenSheet) => void;
}

const Toolbar = memo(function Toolbar(props: ToolbarProps) {
  const { id, state } = props;
  const { t } = useWords();
  const { act, remove } = useActions();
  const isStopped = ['paused', 'finished', 'failed'].includes(state);
  return (
    <div className="detail-actions" role="toolbar" aria-label={t('detail.actions')}>
      {isStopped ? (
        <Button icon="play" kind="primary" onPress={() => act([id], 'resume')}>
          {t('action.resume')}
        </Button>
      ) : (
        <Button icon="pause" onPress={() => act([id], 'pause')}>
          {t('action.pause')}
        </Button>
      )}
      <Button icon="remove" onPress={() => remove([id])}>
        {t('action.remove')}
      </Button>
      <MoreMenu {...props} />
    </div>
  );
});

function MoreMenu(props: ToolbarProps) {
  const { id, state, isSequential, onSheet } = props;
  const { t } = useWords();
  const { act, removeWithData } = useActions();
  const run = useExtras(props);
  const entries: MenuEntry[] = [
    { id: 'copy-magnet', label: t('action.copy-magnet'), icon: 'link' },
    {
      id: 'save-torrent',
      label: t('action.save-torrent'),
      icon: 'file',
      isDisabled: state === 'metadata',
    },
    {
      id: 'sequential',
      label: t(isSequential ? 'action.any-order' : 'action.sequential'),
      icon: 'play',
    },
    { id: 'labels', label: t('action.labels'), icon: 'tag' },
    { id: 'limits', label: t('action.limits'), icon: 'settings' },
    state === 'moving'
      ? { id: 'cancel-move', label: t('action.cancel-move'), icon: 'close' }
      : { id: 'move', label: t('action.move'), icon: 'folder' },
    { id: 'rename', label: t('action.rename'), icon: 'rename' },
    { id: 'force', label: t('action.force') },
    { id: 'recheck', label: t('action.recheck') },
    { id: 'announce', label: t('action.announce') },
    { id: 'remove-data', label: t('action.remove-data'), icon: 'remove', isDanger: true },
  ];
  return (
    <MenuButton
      label={t('action.more')}
      showsLabel
      entries={entries}
      onAction={(action) => {
        switch (action) {
          case 'labels':
          case 'limits':
          case 'move':
          case 'rename':
            return onSheet(action);
          case 'force':
          case 'recheck':
          case 'announce':
            return act([id], action);
          case 'remove-data':
            return removeWithData([id]);
          default:
            return run(action);
        }
      }}
    />
  );
}

/** Copying, saving, and the order of pieces. */
function useExtras(props: ToolbarProps): (action: string) => void {
  const { id, name, isSequential, magnet } = props;
  const { t } = useWords();
  const { client, queries } = usePeer();
  const attempt = useTry();
  const notify = useNotify();
  return (action) =>
    void attempt(async () => {
      if (action === 'copy-magnet') {
        const isCopied = await copyText(magnet);
        notify({ title: t(isCopied ? 'copy.done' : 'copy.failed') });
      } else if (action === 'cancel-move') {
        await client.call('cancelMove', { params: { id } });
      } else if (action === 'save-torrent') {
        await saveResponse(
          await client.fetch('exportTorrent', { params: { id } }),
          `${name}.torrent`,
        );
      } else {
        const body = { isSequential: !isSequential };
        await client.call('changeTransfer', { params: { id }, body });
        await queries.invalidateQueries({ queryKey: ['transfer', id] });
      }
    });
}
