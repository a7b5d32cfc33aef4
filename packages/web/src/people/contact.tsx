/** One contact: how they are reached, what is handed over, whether it is really them, what they may, what they see. */
import type { Contact as ContactData } from '@coequal/contract';
import { useState } from 'react';
import { ChooseFiles } from '../handover/choose-files.tsx';
import { OfferCard } from '../handover/offer-card.tsx';
import { SendCard } from '../handover/sent.tsx';
import { useWords } from '../i18n/words-context.tsx';
import { useAnswer, usePeer } from '../peer/use-peer.ts';
import { SeenLines } from '../seen/seen-lines.tsx';
import { useNavigation } from '../shell/navigation.tsx';
import { formatPlace } from '../shell/place.ts';
import { usePeopleActions } from '../shell/people-actions.tsx';
import { Button } from '../ui/controls.tsx';
import { Icon } from '../ui/icon.tsx';
import { Answered, Empty, Screen, useNow } from '../ui/parts.tsx';
import { useNotify, useTry } from '../ui/toasts.tsx';
import { ContactFields } from './contact-fields.tsx';
import { Safety } from './contact-safety.tsx';
import { deviceLine, pathLine, pathState } from './path-words.ts';
import { canReceive, useContacts, useInbox, useSends } from './people-answers.ts';
import { PersonMark } from './person-mark.tsx';

const NOW_EVERY_MS = 30_000;
/** Of what went back and forth; the rest is under Send and receive. */
const EXCHANGED_SHOWN = 3;

export function Contact({ person }: { readonly person: string }) {
  const { t } = useWords();
  const answer = useContacts();
  const contact = answer.data?.contacts.find((each) => each.person === person);
  return (
    <Screen title={contact?.name ?? t('people.title')} className="contact">
      <p className="contact-back">
        <a href={formatPlace({ screen: 'people' })}>
          <Icon name="back" size={18} /> {t('contact.back')}
        </a>
      </p>
      <Answered answer={answer}>
        {() =>
          contact === undefined ? (
            <Empty icon="people" title={t('contact.unknown')}>
              <p>{t('contact.unknown-text')}</p>
            </Empty>
          ) : (
            <Known key={person} contact={contact} />
          )
        }
      </Answered>
    </Screen>
  );
}

function Known({ contact }: { readonly contact: ContactData }) {
  return (
    <>
      <Head contact={contact} />
      <Exchanged person={contact.person} />
      <ContactFields contact={contact} />
      {contact.trust !== 'blocked' && <Safety contact={contact} />}
      <TheirDevices contact={contact} />
      <TheySee contact={contact} />
      <End contact={contact} />
    </>
  );
}

function Head({ contact }: { readonly contact: ContactData }) {
  const words = useWords();
  const { t, tell, hint, format } = words;
  const { send, dropOn, findByAddress } = usePeopleActions();
  const now = useNow(NOW_EVERY_MS);
  const { person, name, ownName, givenName, verifiedAt, problem, trust, isGone } = contact;
  const isOpen = canReceive(contact);
  const state = pathState(contact);
  return (
    <section
      className="card contact-head"
      aria-label={t('contact.now')}
      {...(isOpen && dropOn([person]))}
    >
      <PersonMark name={name} state={state} isLarge />
      <div>
        <p className="person-path" data-path={state}>
          {pathLine(words, contact, now)}
        </p>
        {state === 'away' && (
          <p className="muted">
            {t('path.away-text', { name })}{' '}
            <button type="button" className="link-button" onClick={findByAddress}>
              {t('people.by-address')}
            </button>
          </p>
        )}
        {isGone && trust !== 'blocked' && <p className="muted">{t('path.gone-text', { name })}</p>}
        {givenName !== undefined && givenName !== ownName && (
          <p className="muted">{t('contact.own-name', { name: ownName })}</p>
        )}
        <p className={verifiedAt === undefined ? 'muted' : 'is-sure'}>
          <Icon name={verifiedAt === undefined ? 'info' : 'check'} size={16} />{' '}
          {verifiedAt === undefined
            ? t('contact.unverified')
            : t('contact.verified', { date: format.date(verifiedAt) })}
        </p>
        {problem !== undefined && (
          <p className="import-problem" role="status">
            <Icon name="warn" size={18} />
            <span>
              {tell(problem)}. {hint(problem)}
            </span>
          </p>
        )}
      </div>
      {isOpen && (
        <div className="contact-send">
          <ChooseFiles kind="primary" onChoose={(files) => send({ to: [person], files })}>
            {t('contact.send')}
          </ChooseFiles>
          <Button icon="folder" onPress={() => send({ to: [person], files: [] })}>
            {t('contact.send-more')}
          </Button>
          <p className="muted drop-hint">{t('contact.drop')}</p>
        </div>
      )}
    </section>
  );
}

function Exchanged({ person }: { readonly person: string }) {
  const { t } = useWords();
  const inbox = useInbox();
  const sent = useSends();
  const offers = (inbox.data?.offers ?? []).filter((offer) => offer.person === person);
  const sends = (sent.data?.sends ?? []).filter(({ receivers }) =>
    receivers.some((each) => each.person === person),
  );
  if (offers.length === 0 && sends.length === 0) return null;
  return (
    <section className="card" aria-labelledby="exchanged">
      <header className="card-head">
        <h2 id="exchanged">{t('contact.exchanged')}</h2>
        <a href={formatPlace({ screen: 'handover' })}>{t('contact.all')}</a>
      </header>
      <ul className="things">
        {offers.slice(0, EXCHANGED_SHOWN).map((offer) => (
          <OfferCard key={offer.id} offer={offer} />
        ))}
        {sends.slice(0, EXCHANGED_SHOWN).map((send) => (
          <SendCard key={send.id} send={send} />
        ))}
      </ul>
    </section>
  );
}

function TheirDevices({ contact }: { readonly contact: ContactData }) {
  const words = useWords();
  const { t } = words;
  const now = useNow(NOW_EVERY_MS);
  return (
    <section className="card" aria-labelledby="their-devices">
      <h2 id="their-devices">{t('contact.devices')}</h2>
      <p className="muted">{t('contact.devices-text', { name: contact.name })}</p>
      <ul className="lines">
        {contact.devices.map((device) => (
          <li key={device.key}>
            <Icon name="phone" />
            <div>
              <p className="line-name" dir="auto">
                {device.name}
              </p>
              <p className="muted">{deviceLine(words, device, now)}</p>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

function TheySee({ contact: { person, name } }: { readonly contact: ContactData }) {
  const { t } = useWords();
  const answer = useAnswer(['contacts', 'seen'], 'showSeenByOthers', {});
  return (
    <section className="card" aria-labelledby="they-see">
      <header className="card-head">
        <h2 id="they-see">{t('contact.sees', { name })}</h2>
        <a href={formatPlace({ screen: 'seen' })}>{t('contact.sees-all')}</a>
      </header>
      <p className="muted">{t('contact.sees-text')}</p>
      <Answered answer={answer}>
        {({ seen }) => <SeenLines seen={seen.filter((each) => each.person === person)} />}
      </Answered>
    </section>
  );
}

/** Blocking and removing; either can be undone. */
function End({ contact }: { readonly contact: ContactData }) {
  const { person, name, trust } = contact;
  const { t } = useWords();
  const { remove } = usePeopleActions();
  const { go } = useNavigation();
  const changeTrust = useTrust(contact);
  const [before, setBefore] = useState<Exclude<ContactData['trust'], 'blocked'>>('known');
  const isBlocked = trust === 'blocked';
  return (
    <section className="card" aria-labelledby="contact-end">
      <h2 id="contact-end">{t('contact.end')}</h2>
      <p className="muted">{t(isBlocked ? 'contact.blocked-text' : 'contact.block-text')}</p>
      <div className="card-buttons">
        {isBlocked ? (
          <Button onPress={() => changeTrust(before, t('contact.let-in-done', { name }))}>
            {t('contact.let-in')}
          </Button>
        ) : (
          <Button
            icon="lock"
            onPress={() => {
              setBefore(trust);
              changeTrust('blocked', t('contact.blocked-done', { name }));
            }}
          >
            {t('contact.block')}
          </Button>
        )}
        <Button
          icon="remove"
          onPress={() => {
            remove(person, name);
            go({ screen: 'people' });
          }}
        >
          {t('contact.remove')}
        </Button>
      </div>
      <p className="muted">{t('contact.remove-text')}</p>
    </section>
  );
}

/** With a notice, and its undo. */
function useTrust({ person, trust: before }: ContactData) {
  const { client, queries } = usePeer();
  const { t } = useWords();
  const attempt = useTry();
  const notify = useNotify();
  const put = async (trust: ContactData['trust']): Promise<void> => {
    await client.call('changeContact', { params: { person }, body: { trust } });
    await queries.invalidateQueries({ queryKey: ['contacts'] });
  };
  return (trust: ContactData['trust'], title: string): void =>
    void attempt(async () => {
      await put(trust);
      const undo = (): void => void attempt(() => put(before));
      notify({ title, action: { label: t('common.undo'), run: undo } });
    });
}
