/** A link or a code of somebody else: who it is from, and becoming a contact of theirs. */
import type { InvitationReading, ResponseOf, ROUTES } from '@coequal/contract';
import { useEffect, useState } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { NameField, nameProblem, useMakeIdentity } from '../identity/make-identity.tsx';
import { usePeer } from '../peer/use-peer.ts';
import { useNavigation } from '../shell/navigation.tsx';
import { Sheet, SheetFooter } from '../ui/controls.tsx';
import { TextField } from '../ui/fields.tsx';
import { Icon } from '../ui/icon.tsx';
import { problemWords, useNotify, useTry } from '../ui/toasts.tsx';
import { invitationIn } from './invitation-text.ts';
import { ACCEPTANCES_KEY, isSomebody, subjectOf, useIdentity } from './people-answers.ts';

export function AcceptSheet({ text, onClose }: { readonly text: string; onClose: () => void }) {
  const { t } = useWords();
  const [typed, setTyped] = useState(text);
  const [name, setName] = useState('');
  const identity = useIdentity();
  const isNew = identity.data !== undefined && !isSomebody(identity.data);
  const { reading, problem } = useReading(typed);
  const accept = useAccept(onClose);
  const isReady = reading !== undefined && (!isNew || nameProblem(name) === undefined);
  const begin = (): void => {
    if (isReady) accept(typed, isNew ? name.trim() : undefined);
  };
  return (
    <Sheet
      title={t('accept.title')}
      onClose={onClose}
      footer={
        <SheetFooter
          onCancel={onClose}
          onDo={begin}
          doing={t('accept.do')}
          icon="check"
          isDisabled={!isReady}
          takesFocus={isReady && !isNew}
        />
      }
    >
      <TextField
        label={t('accept.field')}
        description={t('accept.field-text')}
        value={typed}
        onChange={setTyped}
        onEnter={begin}
        isCode
        autoFocus={text === ''}
        error={problem}
        placeholder="7-amber-river-table"
      />
      {reading !== undefined && <Reading reading={reading} />}
      {isNew && reading !== undefined && (
        <NameField value={name} onChange={setName} onEnter={begin} autoFocus />
      )}
    </Sheet>
  );
}

interface Read {
  readonly reading?: InvitationReading;
  readonly problem?: string;
}

/** What the peer makes of it, whenever it may be one. */
function useReading(typed: string): Read {
  const { client } = usePeer();
  const words = useWords();
  const [read, setRead] = useState<Read>({});
  const text = invitationIn(typed);
  useEffect(() => {
    const asked = new AbortController();
    const ask = async (): Promise<void> => {
      if (text === undefined) return setRead({});
      try {
        const body = { text };
        setRead({ reading: await client.call('readInvitation', { body }, asked.signal) });
      } catch (error) {
        if (asked.signal.aborted) return;
        const { title, hint = '' } = problemWords(words, error);
        setRead({ problem: `${title}. ${hint}` });
      }
    };
    void ask();
    return () => asked.abort();
  }, [client, text, words]);
  if (text !== undefined) return read;
  // of one that is being typed nothing is said yet
  return typed.trim().length > 40 ? { problem: words.t('accept.none') } : {};
}

function Reading({ reading }: { readonly reading: InvitationReading }) {
  const { t, format } = useWords();
  const { type, name, validUntil, gift, isContact } = reading;
  if (type === 'code') return <p className="notice">{t('accept.code')}</p>;
  return (
    <div className="notice accept-reading" role="status">
      <p>
        <strong>{t(isContact ? 'accept.known' : 'accept.from', { name: name ?? '?' })}</strong>
      </p>
      {gift !== undefined && (
        <p>
          <Icon name="file" size={18} />{' '}
          {t('accept.gift', { what: gift.name, size: format.bytes(gift.size) })}
        </p>
      )}
      {validUntil !== undefined && (
        <p className="muted">{t('accept.until', { date: format.dateTime(validUntil) })}</p>
      )}
      <p className="muted">{t('accept.unproven')}</p>
    </div>
  );
}

/** With a name: there is nobody here yet, so that is made first. */
function useAccept(onClose: () => void) {
  const { client, queries } = usePeer();
  const { t } = useWords();
  const { go } = useNavigation();
  const attempt = useTry();
  const notify = useNotify();
  const make = useMakeIdentity();
  return (typed: string, name: string | undefined): void =>
    void attempt(async () => {
      if (name !== undefined) await make(name);
      const body = { text: invitationIn(typed) ?? typed };
      const acceptance = await client.call('acceptInvitation', { body });
      const subject = subjectOf(acceptance.id);
      notify({ title: t('accept.begun'), hint: t('accept.begun-text'), subject });
      // as it begins: it may be done by the time that the list is here
      queries.setQueryData<ResponseOf<typeof ROUTES.listAcceptances>>(
        ACCEPTANCES_KEY,
        ({ acceptances } = { acceptances: [] }) => ({
          acceptances: [acceptance, ...acceptances.filter(({ id }) => id !== acceptance.id)],
        }),
      );
      onClose();
      go({ screen: 'people' });
      await queries.invalidateQueries({ queryKey: ['invitations'] });
    });
}
