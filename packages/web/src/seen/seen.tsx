/** What others see: as contacts' computers report it, what is announced and where, and an end to all of it. */
import type { Status } from '@coequal/contract';
import { useState } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { isSomebody, useIdentity, useProfile } from '../people/people-answers.ts';
import { useAnswer, useStatus } from '../peer/use-peer.ts';
import { formatPlace } from '../shell/place.ts';
import type { Place } from '../shell/place.ts';
import { Button } from '../ui/controls.tsx';
import { Icon } from '../ui/icon.tsx';
import type { IconName } from '../ui/icon.tsx';
import { Answered, Screen } from '../ui/parts.tsx';
import { useShared } from './shared-now.ts';
import { SeenLines } from './seen-lines.tsx';
import { StopSheet } from './stop-sheet.tsx';

const REACH_EVERY_MS = 10_000;

export function Seen() {
  const { t } = useWords();
  const [isStopping, setIsStopping] = useState(false);
  const identity = useIdentity();
  const hasPeople = isSomebody(identity.data);
  return (
    <Screen
      title={t('seen.title')}
      lead={t('seen.lead')}
      actions={
        <Button kind="danger" icon="close" onPress={() => setIsStopping(true)}>
          {t('stop.all')}
        </Button>
      }
    >
      <Given />
      {hasPeople && <Reported />}
      {hasPeople && <Told />}
      <Announced />
      <p className="notice">{t('seen.honest')}</p>
      {isStopping && <StopSheet onClose={() => setIsStopping(false)} />}
    </Screen>
  );
}

/** What goes out now, of one's own will. */
function Given() {
  const { t } = useWords();
  const shared = useShared();
  const lines: readonly (readonly [IconName, string, Place, number])[] = [
    [
      'transfers',
      t('shared.transfers', { count: shared.transfers.length }),
      { screen: 'transfers' },
      shared.transfers.length,
    ],
    [
      'up',
      t('shared.sends', { count: shared.sends.length }),
      { screen: 'handover', part: 'sent' },
      shared.sends.length,
    ],
    [
      'link',
      t('shared.links', { count: shared.links.length }),
      { screen: 'handover', part: 'links' },
      shared.links.length,
    ],
    [
      'people',
      t('shared.invitations', { count: shared.invitations.length }),
      { screen: 'people' },
      shared.invitations.length,
    ],
  ];
  return (
    <section className="card" aria-labelledby="given">
      <h2 id="given">{t('shared.title')}</h2>
      <ul className="shared">
        {lines.map(([icon, text, place, count]) => (
          <li key={icon} data-any={count > 0}>
            <a href={formatPlace(place)}>
              <Icon name={icon} /> <span>{text}</span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Reported() {
  const { t } = useWords();
  const answer = useAnswer(['contacts', 'seen'], 'showSeenByOthers', {});
  return (
    <section className="card" aria-labelledby="reported">
      <h2 id="reported">{t('seen.reported')}</h2>
      <p className="muted">{t('seen.reported-text')}</p>
      <Answered answer={answer}>{({ seen }) => <SeenLines seen={seen} />}</Answered>
    </section>
  );
}

/** What every contact is told. */
function Told() {
  const { t, format } = useWords();
  const profile = useProfile();
  const devices = useAnswer(['identity', 'devices'], 'listDevices', {});
  const names = format.list((devices.data?.devices ?? []).map(({ name }) => name));
  return (
    <section className="card" aria-labelledby="told">
      <header className="card-head">
        <h2 id="told">{t('seen.contacts')}</h2>
        <a href={formatPlace({ screen: 'me' })}>{t('seen.change')}</a>
      </header>
      <ul className="dots">
        <li>{t('seen.contacts-name', { name: profile.data?.name ?? '' })}</li>
        <li>{t('seen.contacts-devices', { names })}</li>
        <li>{t('seen.contacts-when')}</li>
        <li>{t('seen.contacts-never')}</li>
      </ul>
    </section>
  );
}

function Announced() {
  const { t } = useWords();
  const status = useStatus();
  const answer = useAnswer(['reach'], 'showReach', {}, { everyMs: REACH_EVERY_MS });
  return (
    <section className="card" aria-labelledby="announced">
      <header className="card-head">
        <h2 id="announced">{t('seen.announced')}</h2>
        <a href={formatPlace({ screen: 'reach' })}>{t('seen.reach')}</a>
      </header>
      <p className="muted">{t('seen.announced-text')}</p>
      <Answered answer={answer}>
        {({ listening, contacts }) => {
          const doors = listening.filter(({ from }) => from !== 'this-computer');
          const asked = contacts.filter(({ isOn }) => isOn);
          return (
            <ul className="lines">
              {doors.map(({ what, address, port, from }) => (
                <li key={`${what} ${address} ${port}`}>
                  <Icon name={from === 'anyone' ? 'reach' : 'home'} />
                  <div>
                    <p className="line-name">{t(`listen.${what}`)}</p>
                    <p className="muted">{t(`seen.door-${from}`)}</p>
                  </div>
                </li>
              ))}
              {asked.map(({ what, address }) => (
                <li key={`${what} ${address}`}>
                  <Icon name="up" />
                  <div>
                    <p className="line-name">{t(`contact.${what}`)}</p>
                    <p className="muted">{t(`seen.asked-${what}`, { count: swarms(status) })}</p>
                    <p className="code muted" dir="ltr">
                      {address}
                    </p>
                  </div>
                </li>
              ))}
              {doors.length + asked.length === 0 && (
                <li className="muted">{t('seen.nothing-announced')}</li>
              )}
            </ul>
          );
        }}
      </Answered>
    </section>
  );
}

/** Transfers that others can know of. */
function swarms({ transfers }: Status): number {
  return (
    (transfers['downloading'] ?? 0) + (transfers['seeding'] ?? 0) + (transfers['metadata'] ?? 0)
  );
}
