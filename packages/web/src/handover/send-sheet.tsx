/** What is handed over, and to whom: one look, and one button. */
import type { Contact } from '@coequal/contract';
import { useState } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { canReceive, useContacts } from '../people/people-answers.ts';
import { pathLine, pathState } from '../people/path-words.ts';
import { PersonMark } from '../people/person-mark.tsx';
import { usePeer } from '../peer/use-peer.ts';
import { usePeopleActions } from '../shell/people-actions.tsx';
import type { SendWish } from '../shell/people-actions.tsx';
import { Sheet, SheetFooter } from '../ui/controls.tsx';
import { Checkbox, TextField } from '../ui/fields.tsx';
import { FolderField } from '../ui/folder-field.tsx';
import { Icon } from '../ui/icon.tsx';
import { Answered, useNow } from '../ui/parts.tsx';
import { useNotify, useTry } from '../ui/toasts.tsx';
import { ChooseFiles } from './choose-files.tsx';
import { FILES_MAX, nameOf, sizeOf } from './dropped-files.ts';
import type { DroppedFile } from './dropped-files.ts';

/** As the peer takes it. */
const NOTE_LENGTH_MAX = 1_000;
const NOW_EVERY_MS = 30_000;

export function SendSheet({ wish, onClose }: { readonly wish: SendWish; onClose: () => void }) {
  const { t } = useWords();
  const answer = useContacts();
  const [to, setTo] = useState<ReadonlySet<string>>(new Set(wish.to));
  const [files, setFiles] = useState(wish.files);
  const [path, setPath] = useState('');
  const [note, setNote] = useState('');
  const contacts = (answer.data?.contacts ?? []).filter(canReceive);
  const chosen = contacts.filter(({ person }) => to.has(person));
  const isTooMuch = files.length > FILES_MAX;
  const isReady = (files.length > 0 || path.trim() !== '') && chosen.length > 0 && !isTooMuch;
  const send = useSend(chosen, note);
  const [first] = chosen;
  const isOne = wish.to.length === 1 && first !== undefined;
  return (
    <Sheet
      title={isOne ? t('send.title-to', { name: first.name }) : t('send.title')}
      onClose={onClose}
      footer={
        <SheetFooter
          onCancel={onClose}
          onDo={() => {
            onClose();
            send(files, path.trim());
          }}
          doing={t('send.do')}
          icon="up"
          isDisabled={!isReady}
          takesFocus={isReady}
        />
      }
    >
      {files.length > 0 ? (
        <Given files={files} onClear={() => setFiles([])} />
      ) : (
        <Sources path={path} onPath={setPath} onFiles={setFiles} />
      )}
      {isTooMuch && (
        <p className="import-problem" role="alert">
          <Icon name="warn" size={18} /> {t('send.too-many', { max: FILES_MAX })}
        </p>
      )}
      <Answered answer={answer}>
        {() => <Receivers contacts={contacts} to={to} onTo={setTo} isOpen={wish.to.length === 0} />}
      </Answered>
      <TextField
        label={t('send.note')}
        value={note}
        onChange={(text) => setNote(text.slice(0, NOTE_LENGTH_MAX))}
        lines={2}
      />
      <p className="muted">{t('send.how')}</p>
    </Sheet>
  );
}

/** Files of the browser are copied to the peer first; those of the peer's computer are there. */
function useSend(to: readonly Contact[], note: string) {
  const { client, queries } = usePeer();
  const { outgoing } = usePeopleActions();
  const { t, format } = useWords();
  const notify = useNotify();
  const attempt = useTry();
  const persons = to.map(({ person }) => person);
  const name = format.list(to.map((contact) => contact.name));
  const told = { to: persons, ...(note.trim() !== '' && { note: note.trim() }) };
  const isUnder = async (): Promise<void> => {
    await queries.invalidateQueries({ queryKey: ['sends'] });
    notify({ title: t('send.under-way', { name }), hint: t('send.under-way-text') });
  };
  return (files: readonly DroppedFile[], path: string): void => {
    if (files.length === 0)
      return void attempt(async () => {
        await client.call('beginSend', { body: { ...told, paths: [path] } });
        await isUnder();
      });
    const finish = (id: string): Promise<unknown> =>
      client.call('sendStaged', { params: { id }, body: told });
    const title = t('outgoing.to', { what: nameOf(files), name });
    void outgoing.start(title, files, finish).then(async (isDone) => {
      if (isDone) await isUnder();
    });
  };
}

const SHOWN_MAX = 4;

function Given(props: { readonly files: readonly DroppedFile[]; readonly onClear: () => void }) {
  const { files } = props;
  const { t, format } = useWords();
  const shown = files.length > SHOWN_MAX ? files.slice(0, SHOWN_MAX - 1) : files;
  return (
    <section className="given" aria-label={t('send.what')}>
      <ul>
        {shown.map(({ path, file }) => (
          <li key={path}>
            <Icon name={path.includes('/') ? 'folder' : 'file'} />
            <span dir="auto">{path}</span>
            <span className="number muted">{format.bytes(file.size)}</span>
          </li>
        ))}
      </ul>
      {files.length > shown.length && (
        <p className="muted">{t('send.more', { count: files.length - shown.length })}</p>
      )}
      <p className="given-sum">
        <span>{t('send.sum', { count: files.length, size: format.bytes(sizeOf(files)) })}</span>
        <button type="button" className="link-button" onClick={props.onClear}>
          {t('send.others')}
        </button>
      </p>
    </section>
  );
}

function Sources(props: {
  readonly path: string;
  readonly onPath: (path: string) => void;
  readonly onFiles: (files: readonly DroppedFile[]) => void;
}) {
  const { t } = useWords();
  return (
    <section className="given" aria-label={t('send.what')}>
      <div className="card-buttons">
        <ChooseFiles onChoose={props.onFiles} icon="file">
          {t('send.choose')}
        </ChooseFiles>
        <ChooseFiles onChoose={props.onFiles} icon="folder" takesFolder>
          {t('send.choose-folder')}
        </ChooseFiles>
      </div>
      <FolderField
        label={t('send.path')}
        description={t('send.path-text')}
        takesFiles
        value={props.path}
        onChange={props.onPath}
      />
    </section>
  );
}

function Receivers(props: {
  readonly contacts: readonly Contact[];
  readonly to: ReadonlySet<string>;
  readonly onTo: (to: ReadonlySet<string>) => void;
  readonly isOpen: boolean;
}) {
  const { contacts, to, onTo, isOpen } = props;
  const words = useWords();
  const { t } = words;
  const now = useNow(NOW_EVERY_MS);
  if (contacts.length === 0) return <p className="muted">{t('send.nobody')}</p>;
  const toggle = (person: string, isOn: boolean): void => {
    const next = new Set(to);
    if (isOn) next.add(person);
    else next.delete(person);
    onTo(next);
  };
  return (
    <details className="more-options receivers" open={isOpen}>
      <summary>
        {isOpen ? t('send.to-whom') : t('send.to-others', { count: Math.max(to.size - 1, 0) })}
      </summary>
      <ul>
        {contacts.map((contact) => (
          <li key={contact.person}>
            <Checkbox
              isOn={to.has(contact.person)}
              onChange={(isOn) => toggle(contact.person, isOn)}
            >
              <span className="receiver">
                <PersonMark name={contact.name} state={pathState(contact)} />
                <span className="name-lines">
                  <span dir="auto">{contact.name}</span>
                  <span className="muted line">{pathLine(words, contact, now)}</span>
                </span>
              </span>
            </Checkbox>
          </li>
        ))}
      </ul>
    </details>
  );
}
