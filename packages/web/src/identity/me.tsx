/** Who one is to others: the name, the words behind it, the pass phrase, the devices. */
import type { Identity } from '@coequal/contract';
import { useEffect, useState } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { isSomebody, useIdentity, useProfile } from '../people/people-answers.ts';
import { PersonMark } from '../people/person-mark.tsx';
import { usePeer } from '../peer/use-peer.ts';
import { formatPlace } from '../shell/place.ts';
import { Button } from '../ui/controls.tsx';
import { Icon } from '../ui/icon.tsx';
import { Answered, Empty, Screen } from '../ui/parts.tsx';
import { useNotify, useTry } from '../ui/toasts.tsx';
import { NameField, nameProblem } from './make-identity.tsx';
import { OwnDevices } from './own-devices.tsx';
import { PassPhraseSheet } from './pass-phrase.tsx';
import { Reminder } from './reminder.tsx';
import { WordsSheet } from './words-sheet.tsx';

export function Me() {
  const { t } = useWords();
  const answer = useIdentity();
  return (
    <Screen title={t('me.title')} lead={t('me.lead')}>
      <Answered answer={answer}>
        {(identity) =>
          isSomebody(identity) ? (
            <>
              <Reminder identity={identity} />
              <Name />
              <OwnDevices identity={identity} />
              {identity.state !== 'member' && <Keeping identity={identity} />}
            </>
          ) : (
            <Empty icon="people" title={t('me.nobody')}>
              <p>
                <a href={formatPlace({ screen: 'people' })}>{t('me.begin')}</a>
              </p>
            </Empty>
          )
        }
      </Answered>
    </Screen>
  );
}

function Name() {
  const { t } = useWords();
  const { client, queries } = usePeer();
  const { data } = useProfile();
  const attempt = useTry();
  const notify = useNotify();
  const known = data?.name ?? '';
  const [name, setName] = useState(known);
  useEffect(() => setName(known), [known]);
  const save = (): void => {
    const wanted = name.trim();
    if (wanted === known || nameProblem(wanted) !== undefined) return;
    void attempt(async () => {
      const answer = await client.call('changeProfile', { body: { name: wanted } });
      queries.setQueryData(['contacts', 'profile'], answer);
      notify({ title: t('me.renamed', { name: wanted }) });
    });
  };
  return (
    <section className="card me-name" aria-label={t('who.name')}>
      <PersonMark name={name === '' ? '?' : name} isLarge />
      <NameField value={name} onChange={setName} onCommit={save} />
    </section>
  );
}

function Keeping({ identity }: { readonly identity: Identity }) {
  const { t } = useWords();
  const [open, setOpen] = useState<'words' | 'pass-phrase'>();
  const { state, isSealed } = identity;
  const close = (): void => setOpen(undefined);
  const areChecked = state !== 'created';
  return (
    <section className="card" aria-labelledby="keeping">
      <h2 id="keeping">{t('keeping.title')}</h2>
      <p className="muted">{t('keeping.text')}</p>
      <ul className="lines">
        <li>
          <Icon name={areChecked ? 'check' : 'warn'} />
          <div>
            <p className="line-name">{t('keeping.words')}</p>
            <p className="muted">{t(`keeping.${state === 'created' ? 'created' : 'checked'}`)}</p>
          </div>
          <Button onPress={() => setOpen('words')}>{t('words.show')}</Button>
        </li>
        <li>
          <Icon name={isSealed ? 'lock' : 'info'} />
          <div>
            <p className="line-name">{t('pass-phrase.label')}</p>
            <p className="muted">{t(isSealed ? 'keeping.sealed' : 'keeping.open')}</p>
          </div>
          <Button onPress={() => setOpen('pass-phrase')}>
            {t(isSealed ? 'pass-phrase.change' : 'pass-phrase.set')}
          </Button>
        </li>
      </ul>
      {open === 'words' && <WordsSheet onClose={close} />}
      {open === 'pass-phrase' && <PassPhraseSheet identity={identity} onClose={close} />}
    </section>
  );
}
