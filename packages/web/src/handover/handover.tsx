/** Send and receive: what others offer, what was sent, and links for people without the program. */
import { lazy } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { useInbox, useIdentity, isSomebody } from '../people/people-answers.ts';
import { usePeopleActions } from '../shell/people-actions.tsx';
import { useNavigation } from '../shell/navigation.tsx';
import { formatPlace, HANDOVER_PARTS } from '../shell/place.ts';
import type { HandoverPart } from '../shell/place.ts';
import { Button } from '../ui/controls.tsx';
import { Loaded } from '../ui/loaded.tsx';
import { Empty, Screen } from '../ui/parts.tsx';
import { Inbox } from './inbox.tsx';
import { Sent } from './sent.tsx';

const GuestLinks = lazy(async () => ({
  default: (await import('./guest-links.tsx')).GuestLinks,
}));

export function Handover() {
  const { t } = useWords();
  const { place } = useNavigation();
  const { send } = usePeopleActions();
  const { data } = useIdentity();
  const part = place.part ?? 'inbox';
  return (
    <Screen
      title={t('handover.title')}
      lead={t('handover.lead')}
      {...(isSomebody(data) && {
        actions: (
          <Button kind="primary" icon="up" onPress={() => send({ to: [], files: [] })}>
            {t('handover.send')}
          </Button>
        ),
      })}
    >
      <Parts part={part} />
      {part !== 'links' && data !== undefined && !isSomebody(data) && <Nobody />}
      {part === 'inbox' && isSomebody(data) && <Inbox />}
      {part === 'sent' && isSomebody(data) && <Sent />}
      {part === 'links' && (
        <Loaded>
          <GuestLinks />
        </Loaded>
      )}
    </Screen>
  );
}

/** Links for guests need nobody; the rest does. */
function Nobody() {
  const { t } = useWords();
  return (
    <section className="card">
      <Empty icon="people" title={t('me.nobody')}>
        <p>{t('who.lead')}</p>
        <p>
          <a href={formatPlace({ screen: 'people' })}>{t('me.begin')}</a>
        </p>
      </Empty>
    </section>
  );
}

function Parts({ part }: { readonly part: HandoverPart }) {
  const { t } = useWords();
  const identity = useIdentity();
  const { data } = useInbox(isSomebody(identity.data));
  const waiting = (data?.offers ?? []).filter(({ state }) => state === 'waiting').length;
  return (
    <nav className="part-links" aria-label={t('handover.parts')}>
      {HANDOVER_PARTS.map((each) => (
        <a
          key={each}
          href={formatPlace({ screen: 'handover', part: each })}
          aria-current={each === part ? 'page' : undefined}
        >
          {t(`handover.${each}`)}
          {each === 'inbox' && waiting > 0 && (
            <span className="count-badge">
              <span aria-hidden="true">{waiting}</span>
              <span className="offscreen">{t('person.waiting', { count: waiting })}</span>
            </span>
          )}
        </a>
      ))}
    </nav>
  );
}
