/** The page on other devices: whether it is open, where, and who is signed in. */
import type { RemotePage, Session } from '@coequal/contract';
import { useState } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { useAnswer, usePeer } from '../peer/use-peer.ts';
import { Button, IconButton } from '../ui/controls.tsx';
import { Switch } from '../ui/fields.tsx';
import { Icon } from '../ui/icon.tsx';
import { Answered, Empty, useNow } from '../ui/parts.tsx';
import { useNotify, useTry } from '../ui/toasts.tsx';
import { PairSheet } from './pair-sheet.tsx';

/** No event tells when it has been opened. */
const LOOK_EVERY_MS = 2_000;
const SESSIONS_EVERY_MS = 10_000;
/** When one was last seen is known to the hour. */
const NOW_EVERY_MS = 60_000;

export function Devices() {
  const { t } = useWords();
  const answer = useAnswer(['remote-page'], 'showRemotePage', {}, { everyMs: LOOK_EVERY_MS });
  return (
    <>
      <section className="card" aria-labelledby="devices">
        <h2 id="devices">{t('devices.title')}</h2>
        <p className="muted">{t('devices.text')}</p>
        <Answered answer={answer}>
          {(page) => (
            <>
              <OpenSwitch page={page} />
              <PageState page={page} />
            </>
          )}
        </Answered>
        <PairButton />
      </section>
      <Sessions />
    </>
  );
}

/** Opens the sheet with the code. */
export function PairButton() {
  const { t } = useWords();
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <Button icon="phone" onPress={() => setIsOpen(true)}>
        {t('pair.title')}
      </Button>
      {isOpen && <PairSheet onClose={() => setIsOpen(false)} />}
    </>
  );
}

function OpenSwitch({ page }: { readonly page: RemotePage }) {
  const { t } = useWords();
  const { client, queries } = usePeer();
  const attempt = useTry();
  const { data } = useAnswer(['settings'], 'showSettings', {});
  const origin = data?.origins['pageReach'] ?? 'default';
  const isLocked = origin !== 'default' && origin !== 'page';
  return (
    <>
      <Switch
        label={t('devices.switch')}
        isOn={page.wanted !== 'off'}
        isDisabled={isLocked || page.state === 'forbidden'}
        onChange={(isOn) =>
          void attempt(async () => {
            const body = { values: { pageReach: isOn ? ('https' as const) : ('off' as const) } };
            queries.setQueryData(['settings'], await client.call('changeSettings', { body }));
            await queries.invalidateQueries({ queryKey: ['remote-page'] });
            await queries.invalidateQueries({ queryKey: ['sessions'] });
          })
        }
      >
        {t('devices.switch')}
      </Switch>
      {isLocked && (
        <p className="setting-lock">
          <Icon name="lock" size={16} /> {t(`origin.${origin}`)}
        </p>
      )}
    </>
  );
}

function PageState({ page }: { readonly page: RemotePage }) {
  const { t, tell, hint } = useWords();
  const { state, problem, wanted } = page;
  if (state === 'off') return <p>{t('devices.closed')}</p>;
  if (state === 'starting') return <p role="status">{t('devices.starting')}</p>;
  if (problem !== undefined)
    return (
      <p role="status">
        <Icon name="warn" size={16} /> {tell(problem)} {hint(problem)}
      </p>
    );
  return (
    <>
      <p>{t(wanted === 'https' ? 'devices.open-https' : 'devices.open-http')}</p>
      <Addresses page={page} />
    </>
  );
}

function Addresses({ page: { addresses, certificate } }: { readonly page: RemotePage }) {
  const { t, format } = useWords();
  return (
    <>
      <h3>{t('devices.addresses')}</h3>
      <ul className="lines">
        {addresses.map(({ url }) => (
          <li key={url}>
            <p className="code" dir="ltr">
              {url}
            </p>
          </li>
        ))}
      </ul>
      {certificate !== undefined && (
        <>
          <h3>{t('devices.fingerprint')}</h3>
          <p className="code fingerprint" dir="ltr">
            {certificate.fingerprint}
          </p>
          <p className="muted">
            {t(certificate.isOwn ? 'devices.own' : 'devices.given', {
              date: format.date(certificate.validUntil),
            })}
          </p>
        </>
      )}
    </>
  );
}

function Sessions() {
  const { t } = useWords();
  const { client, queries } = usePeer();
  const attempt = useTry();
  const notify = useNotify();
  const answer = useAnswer(['sessions'], 'listSessions', {}, { everyMs: SESSIONS_EVERY_MS });
  const end = (id: string, name: string): void =>
    void attempt(async () => {
      await client.call('endSession', { params: { id } });
      await queries.invalidateQueries({ queryKey: ['sessions'] });
      notify({ title: t('sessions.ended', { name }) });
    });
  return (
    <section className="card" aria-labelledby="sessions">
      <h2 id="sessions">{t('sessions.title')}</h2>
      <p className="muted">{t('sessions.text')}</p>
      <Answered answer={answer}>
        {({ sessions }) => (
          <>
            {sessions.length === 0 && <Empty icon="lock" title={t('sessions.nobody')} />}
            <ul className="lines">
              {sessions.map((session) => (
                <SessionLine key={session.id} session={session} onEnd={end} />
              ))}
            </ul>
          </>
        )}
      </Answered>
    </section>
  );
}

function SessionLine(props: {
  readonly session: Session;
  readonly onEnd: (id: string, name: string) => void;
}) {
  const { id, name, door, address, usedAt, isThis } = props.session;
  const { t, format } = useWords();
  const now = useNow(NOW_EVERY_MS);
  const shown = name === '' ? t('sessions.unknown') : name;
  const told = [
    t(`sessions.${door}`, { address }),
    t('sessions.seen', { when: format.ago(usedAt, now) }),
  ];
  return (
    <li>
      <div>
        <p className="line-name" dir="auto">
          {shown}
        </p>
        <p className="muted">{told.join(' · ')}</p>
      </div>
      {isThis && <span className="badge">{t('sessions.this')}</span>}
      <IconButton
        icon="close"
        label={t('sessions.end', { name: shown })}
        onPress={() => props.onEnd(id, shown)}
      />
    </li>
  );
}
