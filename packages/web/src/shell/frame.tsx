/** The frame around every screen: a rail of jobs at the side, on the phone a bar below. */
import { lazy, useCallback, useState } from 'react';
import { Button as AriaButton } from 'react-aria-components';
import { Arrivals } from '../handover/arrivals.tsx';
import { GoingLines } from '../handover/outgoing-lines.tsx';
import { Home } from '../home/home.tsx';
import { useWords } from '../i18n/words-context.tsx';
import { isSomebody, useIdentity, useInbox } from '../people/people-answers.ts';
import { useStatus } from '../peer/use-peer.ts';
import { Transfers } from '../transfers/transfers.tsx';
import { IconButton, Sheet } from '../ui/controls.tsx';
import { Icon, Logo } from '../ui/icon.tsx';
import type { IconName } from '../ui/icon.tsx';
import { Loaded } from '../ui/loaded.tsx';
import { PHONE, useMedia } from '../ui/parts.tsx';
import { useActions } from './actions.tsx';
import { Announcer } from './announcer.tsx';
import { Help } from './help.tsx';
import { useNavigation } from './navigation.tsx';
import { ConnectionBanner } from './no-peer.tsx';
import { formatPlace } from './place.ts';
import type { Place, ScreenName } from './place.ts';
import { useShortcuts } from './shortcuts.ts';

const ICONS: Readonly<Record<ScreenName, IconName>> = {
  home: 'home',
  transfers: 'transfers',
  share: 'share',
  people: 'people',
  handover: 'handover',
  seen: 'eye',
  me: 'people',
  reach: 'reach',
  doctor: 'doctor',
  log: 'log',
  settings: 'settings',
  import: 'down',
};

/** One group a job; computing and money get theirs before the last. */
const FILES: readonly ScreenName[] = ['home', 'transfers', 'share'];
const PEOPLE: readonly ScreenName[] = ['people', 'handover', 'seen'];
const CARE: readonly ScreenName[] = ['reach', 'doctor', 'log', 'settings'];

const Share = lazy(async () => ({ default: (await import('../share/share.tsx')).Share }));
const People = lazy(async () => ({ default: (await import('../people/people.tsx')).People }));
const Contact = lazy(async () => ({ default: (await import('../people/contact.tsx')).Contact }));
const Me = lazy(async () => ({ default: (await import('../identity/me.tsx')).Me }));
const Handover = lazy(async () => ({
  default: (await import('../handover/handover.tsx')).Handover,
}));
const Seen = lazy(async () => ({ default: (await import('../seen/seen.tsx')).Seen }));
const Reach = lazy(async () => ({ default: (await import('../care/reach.tsx')).Reach }));
const Doctor = lazy(async () => ({ default: (await import('../care/doctor.tsx')).Doctor }));
const Log = lazy(async () => ({ default: (await import('../care/log.tsx')).Log }));
const Import = lazy(async () => ({ default: (await import('../import/import.tsx')).Import }));
const SettingsScreen = lazy(async () => ({
  default: (await import('../settings/settings-screen.tsx')).SettingsScreen,
}));

export function Frame() {
  const isPhone = useMedia(PHONE);
  const { place } = useNavigation();
  const { t } = useWords();
  const [isHelpOpen, setIsHelpOpen] = useState(false);
  const help = useCallback(() => setIsHelpOpen(true), []);
  useShortcuts(help);
  return (
    <div className="frame">
      <a className="skip" href="#main" onClick={skipToMain}>
        {t('nav.skip')}
      </a>
      {!isPhone && <Rail onHelp={help} />}
      <main id="main" tabIndex={-1}>
        <ConnectionBanner />
        <Arrivals />
        {place.screen !== 'handover' && <GoingLines />}
        <Loaded key={place.screen}>
          <Shown place={place} />
        </Loaded>
      </main>
      {isPhone && <BottomBar onHelp={help} />}
      <Announcer />
      {isHelpOpen && <Help onClose={() => setIsHelpOpen(false)} />}
    </div>
  );
}

/** Not by the address: it says where the page is. */
function skipToMain(event: { preventDefault(): void }): void {
  event.preventDefault();
  document.querySelector<HTMLElement>('#main')?.focus();
}

function Shown({ place: { screen, person } }: { readonly place: Place }) {
  switch (screen) {
    case 'home':
      return <Home />;
    case 'transfers':
      return <Transfers />;
    case 'share':
      return <Share />;
    case 'people':
      return person === undefined ? <People /> : <Contact person={person} />;
    case 'handover':
      return <Handover />;
    case 'seen':
      return <Seen />;
    case 'me':
      return <Me />;
    case 'reach':
      return <Reach />;
    case 'doctor':
      return <Doctor />;
    case 'log':
      return <Log />;
    case 'settings':
      return <SettingsScreen />;
    case 'import':
      return <Import />;
  }
}

function Rail({ onHelp }: { readonly onHelp: () => void }) {
  const { t } = useWords();
  const { add } = useActions();
  return (
    <nav className="rail" aria-label={t('nav.label')}>
      <a className="brand" href="#/home">
        <Logo />
        <span>Coequal</span>
      </a>
      <AriaButton className="button primary rail-add" onPress={() => add()}>
        <Icon name="add" size={18} />
        <span>{t('nav.add')}</span>
      </AriaButton>
      <Links screens={FILES} />
      <Links screens={PEOPLE} title={t('nav.people-group')} />
      <div className="rail-room" />
      <Links screens={CARE} />
      <div className="rail-foot">
        <RailSpeed />
        <IconButton icon="help" label={t('help.title')} onPress={onHelp} />
      </div>
    </nav>
  );
}

function Links(props: { readonly screens: readonly ScreenName[]; readonly title?: string }) {
  const { screens, title } = props;
  const { t } = useWords();
  const { place } = useNavigation();
  return (
    <ul className="rail-links" {...(title !== undefined && { 'aria-label': title })}>
      {screens.map((screen) => (
        <li key={screen}>
          <a
            href={formatPlace({ screen })}
            className="rail-link"
            aria-current={isAt(place, screen) ? 'page' : undefined}
          >
            <Icon name={ICONS[screen]} />
            <span>{t(`nav.${screen}`)}</span>
            {screen === 'handover' && <WaitingCount />}
          </a>
        </li>
      ))}
    </ul>
  );
}

/** One's own things are reached from People. */
function isAt(place: Place, screen: ScreenName): boolean {
  return place.screen === screen || (place.screen === 'me' && screen === 'people');
}

/** Offers that nobody has answered. */
function WaitingCount() {
  const { t } = useWords();
  const identity = useIdentity();
  const { data } = useInbox(isSomebody(identity.data));
  const count = (data?.offers ?? []).filter(({ state }) => state === 'waiting').length;
  if (count === 0) return null;
  return (
    <span className="count-badge">
      <span aria-hidden="true">{count}</span>
      <span className="offscreen">{t('person.waiting', { count })}</span>
    </span>
  );
}

/** Apart from the rail: it is drawn each second. */
function RailSpeed() {
  const { t, format } = useWords();
  const { down, up } = useStatus();
  return (
    <dl className="rail-speed">
      <div className="is-down">
        <dt>
          <Icon name="down" size={14} />
          <span className="offscreen">{t('speed.down')}</span>
        </dt>
        <dd>{format.rate(down)}</dd>
      </div>
      <div className="is-up">
        <dt>
          <Icon name="up" size={14} />
          <span className="offscreen">{t('speed.up')}</span>
        </dt>
        <dd>{format.rate(up)}</dd>
      </div>
    </dl>
  );
}

const BAR_LINKS: readonly ScreenName[] = ['home', 'transfers'];
/** What has no room in the bar. */
const MORE: readonly ScreenName[] = ['handover', 'seen', 'share', ...CARE];

function BottomBar({ onHelp }: { readonly onHelp: () => void }) {
  const { t } = useWords();
  const { add } = useActions();
  const { place } = useNavigation();
  const [isMoreOpen, setIsMoreOpen] = useState(false);
  const link = (screen: ScreenName) => (
    <a
      key={screen}
      href={formatPlace({ screen })}
      className="bar-link"
      aria-current={isAt(place, screen) ? 'page' : undefined}
    >
      <Icon name={ICONS[screen]} size={22} />
      <span>{t(`nav.${screen}`)}</span>
    </a>
  );
  return (
    <nav className="bottom-bar" aria-label={t('nav.label')}>
      {BAR_LINKS.map(link)}
      <AriaButton className="bar-add" onPress={() => add()} aria-label={t('nav.add')}>
        <Icon name="add" size={26} />
      </AriaButton>
      {link('people')}
      <AriaButton
        className={MORE.includes(place.screen) ? 'bar-link is-here' : 'bar-link'}
        onPress={() => setIsMoreOpen(true)}
      >
        <Icon name="more" size={22} />
        <span>{t('nav.more')}</span>
        <WaitingCount />
      </AriaButton>
      {isMoreOpen && (
        <Sheet title={t('nav.more')} size="small" onClose={() => setIsMoreOpen(false)}>
          <ul className="more-links">
            {MORE.map((screen) => (
              <li key={screen}>
                <a href={formatPlace({ screen })} onClick={() => setIsMoreOpen(false)}>
                  <Icon name={ICONS[screen]} size={22} />
                  <span>{t(`nav.${screen}`)}</span>
                  {screen === 'handover' && <WaitingCount />}
                </a>
              </li>
            ))}
            <li>
              <AriaButton
                onPress={() => {
                  setIsMoreOpen(false);
                  onHelp();
                }}
              >
                <Icon name="help" size={22} />
                <span>{t('help.title')}</span>
              </AriaButton>
            </li>
          </ul>
        </Sheet>
      )}
    </nav>
  );
}
