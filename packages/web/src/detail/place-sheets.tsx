/** Where a transfer lies and what it is called. */
import type { Transfer } from '@coequal/contract';
import { useState } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { usePeer } from '../peer/use-peer.ts';
import { Sheet, SheetFooter } from '../ui/controls.tsx';
import { TextField } from '../ui/fields.tsx';
import { FolderField } from '../ui/folder-field.tsx';
import { useTry } from '../ui/toasts.tsx';

export function MoveSheet(props: { readonly transfer: Transfer; readonly onClose: () => void }) {
  const { transfer, onClose } = props;
  const { id } = transfer;
  const { t } = useWords();
  const { client } = usePeer();
  const attempt = useTry();
  const [directory, setDirectory] = useState(transfer.directory);
  // it may take long: meanwhile its row says how far it is
  const save = (): void => {
    void attempt(() => client.call('moveTransfer', { params: { id }, body: { directory } }));
    onClose();
  };
  return (
    <Sheet
      title={t('move.title')}
      onClose={onClose}
      footer={
        <SheetFooter
          onCancel={onClose}
          onDo={save}
          doing={t('move.do')}
          isDisabled={directory === '' || directory === transfer.directory}
        />
      }
    >
      <FolderField
        label={t('move.to')}
        description={t('move.text')}
        value={directory}
        onChange={setDirectory}
      />
    </Sheet>
  );
}

export function RenameSheet(props: {
  readonly id: string;
  readonly name: string;
  /** Of a file; the whole transfer if absent. */
  readonly index?: number;
  readonly onClose: () => void;
}) {
  const { id, index, onClose } = props;
  const { t } = useWords();
  const { client, queries } = usePeer();
  const attempt = useTry();
  const [name, setName] = useState(props.name);
  const save = async (): Promise<void> => {
    const body = { name: name.trim(), ...(index !== undefined && { index }) };
    const isDone = await attempt(() => client.call('renameTransfer', { params: { id }, body }));
    if (!isDone) return;
    await queries.invalidateQueries({ queryKey: ['files', id] });
    onClose();
  };
  return (
    <Sheet
      title={t('rename.title')}
      size="small"
      onClose={onClose}
      footer={
        <SheetFooter
          onCancel={onClose}
          onDo={() => void save()}
          doing={t('rename.do')}
          isDisabled={name.trim() === ''}
        />
      }
    >
      <TextField
        label={t('rename.name')}
        description={t('rename.text')}
        value={name}
        onChange={setName}
        autoFocus
      />
    </Sheet>
  );
}
