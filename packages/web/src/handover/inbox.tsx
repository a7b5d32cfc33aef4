/** What others offer and gave, and what is accepted without asking. */
import type { InboxRule, Offer } from '@coequal/contract';
import { useWords } from '../i18n/words-context.tsx';
import { useInbox } from '../people/people-answers.ts';
import { usePeer } from '../peer/use-peer.ts';
import { formatPlace } from '../shell/place.ts';
import { IconButton } from '../ui/controls.tsx';
import { Answered, Empty } from '../ui/parts.tsx';
import { useTry } from '../ui/toasts.tsx';
import { OfferCard } from './offer-card.tsx';

const GROUPS = [
  ['inbox.waiting', ['waiting', 'quarantined']],
  ['inbox.coming', ['receiving']],
  ['inbox.before', ['done', 'declined', 'withdrawn', 'expired', 'failed']],
] as const;

export function Inbox() {
  const { t } = useWords();
  const answer = useInbox();
  return (
    <Answered answer={answer}>
      {({ offers, rules }) => (
        <>
          {offers.length === 0 && (
            <section className="card">
              <Empty icon="down" title={t('inbox.empty')}>
                <p>{t('inbox.empty-text')}</p>
              </Empty>
            </section>
          )}
          {GROUPS.map(([title, states]) => (
            <Group key={title} title={t(title)} offers={offers.filter(isIn(states))} />
          ))}
          <Rules rules={rules} />
        </>
      )}
    </Answered>
  );
}

const isIn =
  (states: readonly Offer['state'][]) =>
  ({ state }: Offer): boolean =>
    states.includes(state);

function Group(props: { readonly title: string; readonly offers: readonly Offer[] }) {
  const { title, offers } = props;
  if (offers.length === 0) return null;
  return (
    <section className="card" aria-label={title}>
      <h2>{title}</h2>
      <ul className="things">
        {offers.map((offer) => (
          <OfferCard key={offer.id} offer={offer} />
        ))}
      </ul>
    </section>
  );
}

function Rules({ rules }: { readonly rules: readonly InboxRule[] }) {
  const { t, format } = useWords();
  const { client, queries } = usePeer();
  const attempt = useTry();
  const end = (person: string): void =>
    void attempt(async () => {
      await client.call('removeInboxRule', { params: { person } });
      await queries.invalidateQueries({ queryKey: ['sends'] });
    });
  return (
    <section className="card" aria-labelledby="rules">
      <h2 id="rules">{t('rules.title')}</h2>
      <p className="muted">{t(rules.length === 0 ? 'rules.none' : 'rules.text')}</p>
      {rules.length > 0 && (
        <ul className="lines">
          {rules.map(({ person, personName, sizeMax, directory }) => (
            <li key={person}>
              <div>
                <p className="line-name" dir="auto">
                  <a href={formatPlace({ screen: 'people', person })}>{personName}</a>
                </p>
                <p className="muted">{t('rules.up-to', { size: format.bytes(sizeMax) })}</p>
                {directory !== undefined && (
                  <p className="code muted" dir="ltr">
                    {directory}
                  </p>
                )}
              </div>
              <IconButton
                icon="close"
                label={t('rules.end', { name: personName })}
                onPress={() => end(person)}
              />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
