/** Category and tags of one transfer, or of many at once. */
import { useState } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { useAnswer, usePeer, useTransfers } from '../peer/use-peer.ts';
import { Sheet, SheetFooter } from '../ui/controls.tsx';
import { Select, TextField } from '../ui/fields.tsx';
import { useTry } from '../ui/toasts.tsx';
import { tagsIn } from './tags.ts';

const KEEP = ' keep';
const NONE = ' none';

export function LabelsSheet(props: {
  readonly ids: readonly string[];
  readonly onClose: () => void;
}) {
  const { ids, onClose } = props;
  const { t } = useWords();
  const peer = usePeer();
  const attempt = useTry();
  const { byId } = useTransfers();
  const [only] = ids.length === 1 ? ids : [];
  const one = only === undefined ? undefined : byId.get(only);
  const [category, setCategory] = useState(one === undefined ? KEEP : (one.category ?? NONE));
  const [tags, setTags] = useState(one?.tags.join(', ') ?? '');
  const { data } = useAnswer(['categories'], 'listCategories', {});
  const names = data?.categories.map(({ name }) => name) ?? [];
  const options = [
    ...(one === undefined ? [{ id: KEEP, label: t('labels.keep') }] : []),
    { id: NONE, label: t('filter.no-category') },
    ...names.map((name) => ({ id: name, label: name })),
  ];
  const save = async (): Promise<void> => {
    const body = {
      ...(category !== KEEP && { category: category === NONE ? null : category }),
      ...((one !== undefined || tags !== '') && { tags: tagsIn(tags) }),
    };
    const isDone = await attempt(async () => {
      for (const id of ids) await peer.client.call('changeTransfer', { params: { id }, body });
      await peer.queries.invalidateQueries({ queryKey: ['transfer'] });
    });
    if (isDone) onClose();
  };
  return (
    <Sheet
      title={t('labels.title')}
      size="small"
      onClose={onClose}
      footer={<SheetFooter onCancel={onClose} onDo={() => void save()} doing={t('common.save')} />}
    >
      <Select
        label={t('labels.category')}
        options={options}
        value={category}
        onChange={setCategory}
      />
      <TextField
        label={t('labels.tags')}
        description={t(one === undefined ? 'labels.tags-many' : 'labels.tags-text')}
        value={tags}
        onChange={setTags}
      />
    </Sheet>
  );
}
