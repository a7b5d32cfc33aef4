/** The first screen: one place for everything that comes in, what moves now, and what happened. */
import type { Transfer } from '@coequal/contract';
import { lazy, useMemo, useState } from 'react';
import { SourceInput } from '../add/source-input.tsx';
import { DemoOffer } from '../demo/demo-offer.tsx';
import { useWords } from '../i18n/words-context.tsx';
import { useAnswer, useStatus, useTransfers } from '../peer/use-peer.ts';
import { useActions } from '../shell/actions.tsx';
import { formatPlace } from '../shell/place.ts';
import { STATE_ICONS, stateLine } from '../transfers/state-words.ts';
import { progressOf } from '../transfers/transfer-filter.ts';
import { Icon } from '../ui/icon.tsx';
import { Loaded } from '../ui/loaded.tsx';
import { LogList } from '../ui/log-list.tsx';
import { Answered, Bar, PHONE, Screen, useMedia } from '../ui/parts.tsx';
import { SpanChoice, SPEED_EVERY_MS } from '../ui/span-choice.tsx';
import type { Span } from '../ui/span-choice.tsx';

const SpeedGraph = lazy(async () => ({
  default: (await import('../ui/speed-graph.tsx')).SpeedGraph,
}));
const SpeedTable = lazy(async () => ({
  default: (await import('../ui/speed-graph.tsx')).SpeedTable,
}));

const MOVING_SHOWN = 5;
const RECENT_SHOWN = 6;
const GRAPH_HEIGHT = 140;

export function Home() {
  const { t } = useWords();
  const { add } = useActions();
  const isPhone = useMedia(PHONE);
  return (
    <Screen title={t('home.title')} lead={t('home.lead')} className="home">
      <section className="card drop-card" aria-label={t('home.get')}>
        <div className="drop-words">
          <span className="drop-mark">
            <Icon name="down" size={30} />
          </span>
          <div>
            <h2>{t('home.drop')}</h2>
            <p className="muted">{t('home.drop-text')}</p>
          </div>
        </div>
        <SourceInput onTake={add} isCompact />
        <p className="drop-or">
          <a href={formatPlace({ screen: 'share' })}>
            <Icon name="share" size={18} /> {t('home.share')}
          </a>
          {!isPhone && (
            <a href={formatPlace({ screen: 'reach' })}>
              <Icon name="phone" size={18} /> {t('pair.title')}
            </a>
          )}
        </p>
      </section>
      <FirstTry />
      <Now />
      <Moving />
      <Recent />
    </Screen>
  );
}

/** While there is nothing: how it would be. */
function FirstTry() {
  const { t } = useWords();
  const { byId } = useTransfers();
  if (byId.size > 0) return null;
  return (
    <section className="card home-demo" aria-label={t('demo.offer')}>
      <DemoOffer />
    </section>
  );
}

function Now() {
  const { t } = useWords();
  return (
    <section className="card now" aria-label={t('home.now')}>
      <Speeds />
      <Graph />
      <Facts />
    </section>
  );
}

function Speeds() {
  const { t, format } = useWords();
  const { down, up } = useStatus();
  return (
    <div className="now-speeds">
      <div className="is-down">
        <p>{t('speed.down')}</p>
        <strong>{format.rate(down)}</strong>
      </div>
      <div className="is-up">
        <p>{t('speed.up')}</p>
        <strong>{format.rate(up)}</strong>
      </div>
    </div>
  );
}

function Graph() {
  const [span, setSpan] = useState<Span>('minute');
  const { data } = useAnswer(
    ['speed', 'all', span],
    'showSpeed',
    { query: { span } },
    { everyMs: SPEED_EVERY_MS[span], keepsLast: true },
  );
  return (
    <div className="now-graph">
      <SpanChoice value={span} onChange={setSpan} />
      <Loaded waiting={<div style={{ height: GRAPH_HEIGHT }} />}>
        {data !== undefined && (
          <>
            <SpeedGraph history={data} height={GRAPH_HEIGHT} />
            <SpeedTable history={data} />
          </>
        )}
      </Loaded>
    </div>
  );
}

function Facts() {
  const { t, format } = useWords();
  const status = useStatus();
  const isLimited = status.downMax !== undefined || status.upMax !== undefined;
  return (
    <ul className="now-facts">
      <li data-good={status.isReachable}>
        <Icon name={status.isReachable === 'no' ? 'warn' : 'reach'} size={16} />
        <a href={formatPlace({ screen: 'reach' })}>{t(`reachable.${status.isReachable}`)}</a>
      </li>
      <li>
        <Icon name="people" size={16} /> {t('home.peers', { count: status.peers })}
      </li>
      {status.freeBytes !== undefined && (
        <li>
          <Icon name="folder" size={16} />
          {t('folder.free', { free: format.bytes(status.freeBytes) })}
        </li>
      )}
      {isLimited && (
        <li>
          <Icon name="settings" size={16} />
          <a href={formatPlace({ screen: 'settings' })}>
            {t(status.isScheduleActive ? 'home.limited-by-schedule' : 'home.limited')}
          </a>
        </li>
      )}
      {status.reach !== 'anywhere' && (
        <li>
          <Icon name="lock" size={16} /> {t(`home.reach-${status.reach}`)}
        </li>
      )}
    </ul>
  );
}

function Moving() {
  const { t } = useWords();
  const { byId } = useTransfers();
  const moving = useMemo(() => busiest(byId), [byId]);
  return (
    <section className="card" aria-labelledby="moving">
      <header className="card-head">
        <h2 id="moving">{t('home.moving')}</h2>
        <a href={formatPlace({ screen: 'transfers' })}>{t('home.all-transfers')}</a>
      </header>
      {moving.length === 0 ? (
        <p className="muted">{t(byId.size === 0 ? 'home.nothing-yet' : 'home.nothing-moves')}</p>
      ) : (
        <ul className="moving">
          {moving.map((transfer) => (
            <MovingRow key={transfer.id} transfer={transfer} />
          ))}
        </ul>
      )}
    </section>
  );
}

/** What fetches goes first; then the fastest. */
function busiest(byId: ReadonlyMap<string, Transfer>): Transfer[] {
  return [...byId.values()]
    .filter(({ down, up, state }) => down > 0 || up > 0 || state === 'failed')
    .toSorted((one, other) => rank(other) - rank(one))
    .slice(0, MOVING_SHOWN);
}

function rank({ state, down, up }: Transfer): number {
  return (state === 'failed' ? 1e15 : 0) + (state === 'downloading' ? 1e12 : 0) + down + up;
}

function MovingRow({ transfer }: { readonly transfer: Transfer }) {
  const words = useWords();
  const { format, t } = words;
  return (
    <li>
      <a href={formatPlace({ screen: 'transfers', id: transfer.id, tab: 'overview' })}>
        <span className="state-mark" data-state={transfer.state}>
          <Icon name={STATE_ICONS[transfer.state]} size={18} />
        </span>
        <span className="name-lines">
          <span className="name" dir="auto">
            {transfer.name}
          </span>
          <span className="line">
            {t(`state.${transfer.state}`)} · {stateLine(words, transfer)}
          </span>
          <Bar share={progressOf(transfer)} state={transfer.state} />
        </span>
        <span className="number moving-rate">
          <span className={transfer.down > 0 ? 'is-down' : 'is-up'}>
            {transfer.state === 'failed'
              ? ''
              : format.rate(transfer.down > 0 ? transfer.down : transfer.up)}
          </span>
          <span className="muted">{format.percent(transfer.have, transfer.wanted)}</span>
        </span>
      </a>
    </li>
  );
}

function Recent() {
  const { t } = useWords();
  const answer = useAnswer(['log', 'all'], 'readLog', { query: {} });
  return (
    <section className="card" aria-labelledby="recent">
      <header className="card-head">
        <h2 id="recent">{t('home.recent')}</h2>
        <a href={formatPlace({ screen: 'log' })}>{t('home.whole-log')}</a>
      </header>
      <Answered answer={answer}>
        {({ entries }) =>
          entries.length === 0 ? (
            <p className="muted">{t('log.none')}</p>
          ) : (
            <LogList entries={entries.slice(-RECENT_SHOWN)} />
          )
        }
      </Answered>
    </section>
  );
}
