/** What others can reach of this peer, whom it asks by itself, and how to end either. */
import type { ReachReport, Service } from '@coequal/contract';
import { useWords } from '../i18n/words-context.tsx';
import { useAnswer, usePeer, useStatus } from '../peer/use-peer.ts';
import { Icon } from '../ui/icon.tsx';
import { Answered, Empty, Screen } from '../ui/parts.tsx';
import { Switch } from '../ui/fields.tsx';
import { useTry } from '../ui/toasts.tsx';
import { Devices } from './devices.tsx';

const REACH_EVERY_MS = 10_000;

export function Reach() {
  const { t } = useWords();
  const status = useStatus();
  const answer = useAnswer(['reach'], 'showReach', {}, { everyMs: REACH_EVERY_MS });
  return (
    <Screen title={t('reach.title')} lead={t('reach.lead')}>
      <section className="card verdict" data-good={status.isReachable}>
        <Icon name={status.isReachable === 'no' ? 'warn' : 'reach'} size={28} />
        <div>
          <h2>{t(`reachable.${status.isReachable}`)}</h2>
          <p>{t(`reachable.${status.isReachable}-text`)}</p>
          {status.reach !== 'anywhere' && <p>{t(`home.reach-${status.reach}`)}</p>}
        </div>
      </section>
      <Answered answer={answer}>
        {(report) => (
          <>
            <Listening report={report} />
            <Contacts report={report} />
          </>
        )}
      </Answered>
      <Devices />
      <Services services={status.services} />
    </Screen>
  );
}

function Listening({ report }: { readonly report: ReachReport }) {
  const { t } = useWords();
  const { listening, mappings } = report;
  return (
    <section className="card" aria-labelledby="listening">
      <h2 id="listening">{t('reach.listening')}</h2>
      <p className="muted">{t('reach.listening-text')}</p>
      {listening.length === 0 && <Empty icon="lock" title={t('reach.nothing')} />}
      <ul className="lines">
        {listening.map(({ what, address, port, from }) => (
          <li key={`${what} ${address} ${port}`}>
            <div>
              <p className="line-name">{t(`listen.${what}`)}</p>
              <p className="code muted" dir="ltr">
                {address.includes(':') ? `[${address}]` : address}:{port}
              </p>
            </div>
            <span className="badge" data-from={from}>
              <Icon
                name={from === 'this-computer' ? 'lock' : from === 'anyone' ? 'reach' : 'home'}
                size={15}
              />
              {t(`from.${from}`)}
            </span>
          </li>
        ))}
      </ul>
      {mappings.map(({ port, externalPort, protocol }) => (
        <p key={`${protocol} ${port}`} className="muted">
          {t('reach.mapping', { port: String(port), external: String(externalPort), protocol })}
        </p>
      ))}
    </section>
  );
}

function Contacts({ report }: { readonly report: ReachReport }) {
  const { t } = useWords();
  return (
    <section className="card" aria-labelledby="contacts">
      <h2 id="contacts">{t('reach.contacts')}</h2>
      <p className="muted">{t('reach.contacts-text')}</p>
      {report.contacts.length === 0 && <Empty icon="lock" title={t('reach.nobody')} />}
      <ul className="lines">
        {report.contacts.map((contact) => (
          <li key={`${contact.what} ${contact.address}`}>
            <div>
              <p className="line-name">{t(`contact.${contact.what}`)}</p>
              <p className="muted">{t(`contact.${contact.what}-text`)}</p>
              <p className="code muted" dir="ltr">
                {contact.address}
              </p>
            </div>
            <ContactSwitch contact={contact} />
          </li>
        ))}
      </ul>
    </section>
  );
}

type Contact = ReachReport['contacts'][number];
const SWITCHES = [
  'usesDht',
  'usesTrackers',
  'usesLsd',
  'mapsPorts',
  'usesPex',
  'usesPeopleDht',
  'findsPeopleNearby',
] as const;

function ContactSwitch({ contact }: { readonly contact: Contact }) {
  const { t } = useWords();
  const { client, queries } = usePeer();
  const attempt = useTry();
  const { data } = useAnswer(['settings'], 'showSettings', {});
  const key = SWITCHES.find((name) => name === contact.setting);
  const isLocked =
    key !== undefined && !['default', 'page'].includes(data?.origins[key] ?? 'default');
  const isOn = key === undefined ? contact.isOn : (data?.values[key] ?? contact.isOn);
  if (key === undefined)
    return <span className="badge">{t(contact.isOn ? 'common.on' : 'common.off')}</span>;
  return (
    <Switch
      label={t('reach.switch', { what: t(`contact.${contact.what}`) })}
      isOn={isOn}
      isDisabled={isLocked}
      onChange={(next) =>
        void attempt(async () => {
          const body = { values: { [key]: next } };
          queries.setQueryData(['settings'], await client.call('changeSettings', { body }));
          await queries.invalidateQueries({ queryKey: ['reach'] });
        })
      }
    />
  );
}

function Services({ services }: { readonly services: readonly Service[] }) {
  const { t, tell, hint } = useWords();
  return (
    <section className="card" aria-labelledby="services">
      <h2 id="services">{t('services.title')}</h2>
      <p className="muted">{t('services.text')}</p>
      <ul className="lines">
        {services.map(({ name, state, restarts, problem }) => (
          <li key={name}>
            <div>
              <p className="line-name code">{name}</p>
              {problem !== undefined && (
                <p className="muted">
                  {tell(problem)} {hint(problem)}
                </p>
              )}
              {restarts > 0 && (
                <p className="muted">{t('services.restarts', { count: restarts })}</p>
              )}
            </div>
            <span className="badge" data-service={state}>
              <Icon
                name={state === 'running' ? 'check' : state === 'failed' ? 'warn' : 'wait'}
                size={15}
              />
              {t(`service.${state}`)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
