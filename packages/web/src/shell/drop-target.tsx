/** The whole page takes what is dropped or pasted: .torrent files, links, invitations; and files on a name. */
import type { DragEvent, ReactNode } from 'react';
import { useEffect, useRef, useState } from 'react';
import { linksIn, readTorrentFiles } from '../add/sources.ts';
import type { Source } from '../add/sources.ts';
import { useWords } from '../i18n/words-context.tsx';
import { Icon } from '../ui/icon.tsx';
import { useNotify } from '../ui/toasts.tsx';
import { readDropped } from '../handover/dropped-files.ts';
import { invitationIn } from '../people/invitation-text.ts';
import { canReceive, isSomebody, useContacts, useIdentity } from '../people/people-answers.ts';
import { PersonMark } from '../people/person-mark.tsx';
import { useActions } from './actions.tsx';
import { usePeopleActions } from './people-actions.tsx';

/** Files and text as sources, and a word about what is neither. */
function useTake(): (data: DataTransfer, text: string) => Promise<void> {
  const { add } = useActions();
  const { accept, send } = usePeopleActions();
  const identity = useIdentity();
  const { t } = useWords();
  const notify = useNotify();
  return async (data, text) => {
    const files = [...data.files];
    const dropped = readDropped(data);
    const invitation = invitationIn(text);
    if (invitation !== undefined) return accept(invitation);
    const { sources, refused } = await readTorrentFiles(files);
    const links: Source[] = linksIn(text).map((link) => ({ type: 'link', link }));
    const all = [...sources, ...links];
    if (all.length > 0) add(all);
    else if (refused.length > 0 && isSomebody(identity.data))
      send({ to: [], files: await dropped });
    else if (refused.length > 0)
      notify({
        title: t('drop.refused', { name: refused[0] ?? '' }),
        hint: t('drop.refused-hint'),
      });
    else notify({ title: t('drop.nothing'), hint: t('drop.nothing-hint') });
  };
}

export function DropTarget({ children }: { readonly children: ReactNode }) {
  const { t } = useWords();
  const take = useTake();
  const [isOver, setIsOver] = useState(false);
  usePaste(take);
  const carries = ({ dataTransfer }: DragEvent): boolean =>
    dataTransfer.types.some((type) => ['Files', 'text/uri-list', 'text/plain'].includes(type));
  return (
    <div
      className="drop-root"
      onDragOver={(event) => {
        if (!carries(event)) return;
        event.preventDefault();
        setIsOver(true);
      }}
      onDragLeave={(event) => {
        if (event.relatedTarget === null) setIsOver(false);
      }}
      onDrop={(event) => {
        if (!carries(event)) return;
        setIsOver(false);
        // on a name: that takes it
        if (event.isDefaultPrevented()) return;
        event.preventDefault();
        const text =
          event.dataTransfer.getData('text/uri-list') || event.dataTransfer.getData('text/plain');
        void take(event.dataTransfer, text);
      }}
    >
      {children}
      {isOver && (
        <div className="drop-over" aria-hidden="true">
          <div className="drop-add">
            <Icon name="down" size={40} />
            <p>{t('drop.here')}</p>
          </div>
          <Names />
        </div>
      )}
    </div>
  );
}

/** Fit beside each other; the others are found under People. */
const NAMES_MAX = 12;

/** Whom it can be dropped on, wherever in the page one is. Buttons do the same for who does not drag. */
function Names() {
  const { t } = useWords();
  const { dropOn, isRemoved } = usePeopleActions();
  const identity = useIdentity();
  const { data } = useContacts(isSomebody(identity.data));
  const contacts = (data?.contacts ?? [])
    .filter((contact) => canReceive(contact) && !isRemoved(contact.person))
    .toSorted((one, other) => (other.lastSeen ?? 0) - (one.lastSeen ?? 0))
    .slice(0, NAMES_MAX);
  if (contacts.length === 0) return null;
  return (
    <div className="drop-names">
      <p>{t('drop.names')}</p>
      <ul>
        {contacts.map(({ person, name, path }) => (
          <li key={person} data-drop={person} {...dropOn([person])}>
            <PersonMark name={name} state={path === 'none' ? 'away' : 'here'} isLarge />
            <span dir="auto">{name}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Pasting into a field is the field's. */
function usePaste(take: (data: DataTransfer, text: string) => Promise<void>): void {
  const latest = useRef(take);
  useEffect(() => {
    latest.current = take;
  }, [take]);
  useEffect(() => {
    const listen = (event: ClipboardEvent): void => {
      const isField = event.target instanceof Element && event.target.closest('input, textarea');
      if (isField || event.clipboardData === null) return;
      const { files } = event.clipboardData;
      const text = event.clipboardData.getData('text/plain');
      const isNothing = linksIn(text).length === 0 && invitationIn(text) === undefined;
      if (files.length === 0 && isNothing) return;
      event.preventDefault();
      void latest.current(event.clipboardData, text);
    };
    document.addEventListener('paste', listen);
    return () => document.removeEventListener('paste', listen);
  }, []);
}
