/** Categories: their names and folders. */
import type { Category } from '@coequal/contract';
import { useState } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { useAnswer, usePeer } from '../peer/use-peer.ts';
import { Button, IconButton, Sheet, SheetFooter } from '../ui/controls.tsx';
import { TextField } from '../ui/fields.tsx';
import { FolderField } from '../ui/folder-field.tsx';
import { Answered } from '../ui/parts.tsx';
import { useTry } from '../ui/toasts.tsx';

type Edited = Category | 'new';

export function CategorySettings() {
  const { t } = useWords();
  const { client, queries } = usePeer();
  const attempt = useTry();
  const answer = useAnswer(['categories'], 'listCategories', {});
  const [edited, setEdited] = useState<Edited>();
  const remove = (name: string): void =>
    void attempt(async () => {
      await client.call('removeCategory', { params: { name } });
      await queries.invalidateQueries({ queryKey: ['categories'] });
    });
  return (
    <section className="card" aria-labelledby="categories">
      <h2 id="categories">{t('categories.title')}</h2>
      <p className="muted">{t('categories.text')}</p>
      <Answered answer={answer}>
        {({ categories }) => (
          <ul className="lines">
            {categories.map((category) => (
              <li key={category.name}>
                <div>
                  <p className="line-name" dir="auto">
                    {category.name}
                  </p>
                  <p className="code muted" dir="ltr">
                    {category.directory ?? ''}
                  </p>
                </div>
                <Button kind="plain" onPress={() => setEdited(category)}>
                  {t('categories.change')}
                </Button>
                <IconButton
                  icon="remove"
                  label={t('categories.remove', { name: category.name })}
                  onPress={() => remove(category.name)}
                />
              </li>
            ))}
          </ul>
        )}
      </Answered>
      <Button icon="add" onPress={() => setEdited('new')}>
        {t('categories.add')}
      </Button>
      {edited !== undefined && (
        <CategorySheet edited={edited} onClose={() => setEdited(undefined)} />
      )}
    </section>
  );
}

function CategorySheet({
  edited,
  onClose,
}: {
  readonly edited: Edited;
  readonly onClose: () => void;
}) {
  const { t } = useWords();
  const { client, queries } = usePeer();
  const attempt = useTry();
  const [name, setName] = useState(edited === 'new' ? '' : edited.name);
  const [directory, setDirectory] = useState(edited === 'new' ? '' : (edited.directory ?? ''));
  const save = async (): Promise<void> => {
    const isDone = await attempt(async () => {
      const body = directory === '' ? {} : { directory };
      await client.call('putCategory', { params: { name: name.trim() }, body });
      await queries.invalidateQueries({ queryKey: ['categories'] });
    });
    if (isDone) onClose();
  };
  return (
    <Sheet
      title={t(edited === 'new' ? 'categories.add' : 'categories.change')}
      onClose={onClose}
      footer={
        <SheetFooter
          onCancel={onClose}
          onDo={() => void save()}
          doing={t('common.save')}
          isDisabled={name.trim() === ''}
        />
      }
    >
      <TextField
        label={t('categories.name')}
        value={name}
        onChange={setName}
        isDisabled={edited !== 'new'}
      />
      <FolderField
        label={t('categories.folder')}
        description={t('categories.folder-text')}
        value={directory}
        onChange={setDirectory}
      />
    </Sheet>
  );
}
