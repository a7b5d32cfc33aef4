/** The people one knows: who is there, how they are reached, and ways to know more of them. */
import type { Contact, Identity } from '@coequal/contract';
import { useState } from 'react';
import { ChooseFiles } from '../handover/choose-files.tsx';
import { useWords } from '../i18n/words-context.tsx';
import { Reminder } from '../identity/reminder.tsx';
import { Who } from '../identity/who.tsx';
import { formatPlace } from '../shell/place.ts';
import { usePeopleActions } from '../shell/people-actions.tsx';
import { Button } from '../ui/controls.tsx';
import { SearchField } from '../ui/fields.tsx';
import { Icon } from '../ui/icon.tsx';
import { Answered, Empty, Screen, useNow } from '../ui/parts.tsx';
import { Acceptances, Invitations } from './invitations.tsx';
import { pathLine, pathState } from './path-words.ts';
import { canReceive, isSomebody, useContacts, useIdentity, useInbox } from './people-answers.ts';
import { PersonMark } from './person-mark.tsx';

/** Fewer are found by looking. */
const SEARCHED_FROM = 9;
/** When one was last seen is told in minutes. */
const NOW_EVERY_MS = 30_000;

export function People() {
  const { t } = useWords();
  const answer = useIdentity();
  const { invite, accept } = usePeopleActions();
  // making an identity goes on after there is one: its words are to be written down
  const [isBeginning, setIsBeginning] = useState(false);
  const isReady = isSomebody(answer.data) && !isBeginning;
  return (
    <Screen
      title={t('people.title')}
      {...(isReady && {
        lead: t('people.lead'),
        actions: (
          <>
            <Button icon="link" onPress={() => accept()}>
              {t('people.accept')}
            </Button>
            <Button icon="add" kind="primary" onPress={invite}>
              {t('people.invite')}
            </Button>
          </>
        ),
      })}
    >
      <Answered answer={answer}>
        {(identity) =>
          isReady ? (
            <Known identity={identity} />
          ) : (
            <Who identity={identity} onBeginning={setIsBeginning} />
          )
        }
      </Answered>
    </Screen>
  );
}

function Known({ identity }: { readonly identity: Identity }) {
  const { t } = useWords();
  const answer = useContacts();
  return (
    <>
      <Reminder identity={identity} />
      <Acceptances />
      <section className="card" aria-labelledby="contacts-head">
        <header className="card-head">
          <h2 id="contacts-head">{t('people.contacts')}</h2>
          <a href={formatPlace({ screen: 'me' })}>{t('people.me')}</a>
        </header>
        <Answered answer={answer}>{({ contacts }) => <ContactList contacts={contacts} />}</Answered>
      </section>
      <Invitations />
    </>
  );
}

function ContactList({ contacts }: { readonly contacts: readonly Contact[] }) {
  const { t } = useWords();
  const { invite, accept, findByAddress, isRemoved } = usePeopleActions();
  const [search, setSearch] = useState('');
  const there = contacts.filter(({ person }) => !isRemoved(person));
  const shown = there
    .filter((contact) => matches(contact, search))
    .toSorted((one, other) => RANK[pathState(one)] - RANK[pathState(other)] || byName(one, other));
  if (there.length === 0)
    return (
      <Empty icon="people" title={t('people.nobody')}>
        <p>{t('people.nobody-text')}</p>
        <div className="card-buttons">
          <Button icon="add" kind="primary" onPress={invite}>
            {t('people.invite')}
          </Button>
          <Button icon="link" onPress={() => accept()}>
            {t('people.accept')}
          </Button>
        </div>
      </Empty>
    );
  return (
    <>
      {there.length >= SEARCHED_FROM && (
        <SearchField label={t('people.search')} value={search} onChange={setSearch} />
      )}
      <p className="muted drop-hint">{t('people.drop')}</p>
      {shown.length === 0 && <p className="muted">{t('people.no-match')}</p>}
      <ul className="people">
        {shown.map((contact) => (
          <ContactRow key={contact.person} contact={contact} />
        ))}
      </ul>
      <p className="muted">
        {t('people.not-found')}{' '}
        <button type="button" className="link-button" onClick={findByAddress}>
          {t('people.by-address')}
        </button>
      </p>
    </>
  );
}

const RANK = { here: 0, away: 1, closed: 2 } as const;

function byName(one: Contact, other: Contact): number {
  return one.name.localeCompare(other.name);
}

function matches({ name, ownName, note }: Contact, search: string): boolean {
  const wanted = search.trim().toLocaleLowerCase();
  return [name, ownName, note].some((text) => text.toLocaleLowerCase().includes(wanted));
}

/** Takes what is dropped on it; the buttons do the same. */
function ContactRow({ contact }: { readonly contact: Contact }) {
  const words = useWords();
  const { t } = words;
  const { send, dropOn } = usePeopleActions();
  const now = useNow(NOW_EVERY_MS);
  const { person, name, trust, verifiedAt } = contact;
  const waiting = useWaiting(person);
  const isOpen = canReceive(contact);
  return (
    <li className="person" data-person={person} {...(isOpen && dropOn([person]))}>
      <a href={formatPlace({ screen: 'people', person })} className="person-link">
        <PersonMark name={name} state={pathState(contact)} />
        <span className="name-lines">
          <span className="person-name">
            <span dir="auto">{name}</span>
            {verifiedAt !== undefined && (
              <span className="person-sure" title={t('person.verified')}>
                <Icon name="check" size={16} />
                <span className="offscreen">{t('person.verified')}</span>
              </span>
            )}
            {trust === 'new' && <span className="badge">{t('trust.new')}</span>}
          </span>
          <span className="person-path" data-path={pathState(contact)}>
            {pathLine(words, contact, now)}
          </span>
        </span>
      </a>
      {waiting > 0 && (
        <a className="badge is-waiting" href={formatPlace({ screen: 'handover' })}>
          {t('person.waiting', { count: waiting })}
        </a>
      )}
      {isOpen && (
        <ChooseFiles
          label={t('person.send-to', { name })}
          onChoose={(files) => send({ to: [person], files })}
        >
          {t('person.send')}
        </ChooseFiles>
      )}
    </li>
  );
}

/** Offers of theirs that nobody has answered. */
function useWaiting(person: string): number {
  const { data } = useInbox();
  const offers = data?.offers ?? [];
  return offers.filter((offer) => offer.person === person && offer.state === 'waiting').length;
}
