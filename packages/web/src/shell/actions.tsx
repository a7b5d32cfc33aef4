/** What every screen may start: adding, removing with undo, and acting on transfers. */
import type { TransferAction } from '@coequal/contract';
import type { ReactNode } from 'react';
import { createContext, use, useCallback, useMemo, useState } from 'react';
import { AddSheet } from '../add/add-sheet.tsx';
import { mergeSources } from '../add/source-key.ts';
import type { Source } from '../add/sources.ts';
import { useWords } from '../i18n/words-context.tsx';
import { usePeer } from '../peer/use-peer.ts';
import { Sheet, SheetFooter } from '../ui/controls.tsx';
import { useNotify, useTry } from '../ui/toasts.tsx';

export interface Actions {
  /** Without sources, the dialog asks for them. */
  readonly add: (sources?: readonly Source[]) => void;
  readonly act: (ids: readonly string[], action: TransferAction) => void;
  /** Their data stays. */
  readonly remove: (ids: readonly string[]) => void;
  /** After asking. */
  readonly removeWithData: (ids: readonly string[]) => void;
}

const ActionsContext = createContext<Actions | undefined>(undefined);

export function useActions(): Actions {
  const actions = use(ActionsContext);
  if (actions === undefined) throw new Error('outside of ActionsProvider');
  return actions;
}

export function ActionsProvider({ children }: { readonly children: ReactNode }) {
  const peer = usePeer();
  const attempt = useTry();
  const [adding, setAdding] = useState<readonly Source[]>();
  const [doomed, setDoomed] = useState<readonly string[]>();
  const removeNow = useRemoval();
  const actions = useMemo<Actions>(
    () => ({
      add: (sources = []) => setAdding((before = []) => mergeSources(before, sources)),
      act: (ids, action) => void attempt(() => peer.act(ids, action)),
      remove: (ids) => removeNow(ids, false),
      removeWithData: (ids) => setDoomed(ids),
    }),
    [peer, attempt, removeNow],
  );
  return (
    <ActionsContext value={actions}>
      {children}
      {adding !== undefined && (
        <AddSheet sources={adding} onSources={setAdding} onClose={() => setAdding(undefined)} />
      )}
      {doomed !== undefined && (
        <RemoveDataSheet
          count={doomed.length}
          onClose={() => setDoomed(undefined)}
          onConfirm={() => {
            setDoomed(undefined);
            removeNow(doomed, true);
          }}
        />
      )}
    </ActionsContext>
  );
}

/** Removes at once and offers to undo it for as long as the peer can. */
function useRemoval(): (ids: readonly string[], deleteData: boolean) => void {
  const peer = usePeer();
  const { t } = useWords();
  const attempt = useTry();
  const notify = useNotify();
  return useCallback(
    (ids, deleteData) =>
      void attempt(async () => {
        const undoUntil = await peer.remove(ids, deleteData);
        const undo = (): void => void attempt(() => peer.undoRemoval(ids));
        notify(
          {
            title: t(deleteData ? 'remove.done-with-data' : 'remove.done', { count: ids.length }),
            action: { label: t('common.undo'), run: undo },
          },
          Math.max(undoUntil - Date.now(), 5_000),
        );
      }),
    [peer, t, attempt, notify],
  );
}

function RemoveDataSheet(props: {
  readonly count: number;
  readonly onClose: () => void;
  readonly onConfirm: () => void;
}) {
  const { t } = useWords();
  const { count, onClose, onConfirm } = props;
  return (
    <Sheet
      title={t('remove.data-title', { count })}
      size="small"
      onClose={onClose}
      footer={
        <SheetFooter
          onCancel={onClose}
          onDo={onConfirm}
          doing={t('remove.data-confirm')}
          kind="danger"
          icon="remove"
        />
      }
    >
      <p>{t('remove.data-text')}</p>
    </Sheet>
  );
}
