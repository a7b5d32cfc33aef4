/** The first screen: one place for everything that comes in, what moves now, and what happened. */
import type { SpeedHistory, Status, Transfer } from '@coequal/contract';
import { lazy, Suspense, useMemo } from 'react';
import { SourceInput } from '../add/source-input.tsx';
import { DemoOffer } from '../demo/demo-offer.tsx';
import { useWords } from '../i18n/words-context.tsx';
import { useAnswer, useTransfers } from '../peer/use-peer.ts';
import { useActions } from '../shell/actions.tsx';
import { formatPlace } from '../shell/place.ts';
import { STATE_ICONS, stateLine } from '../transfers/state-words.ts';
import { progressOf } from '../transfers/transfer-filter.ts';
import { Icon } from '../ui/icon.tsx';
import { LogList } from '../ui/log-list.tsx';
import { Answered, Bar, Screen } from '../ui/parts.tsx';

const SpeedGraph = lazy(async () => ({
  default: (await import('../ui/speed-graph.tsx')).SpeedGraph,
}));

const MOVING_SHOWN = 5;
const RECENT_SHOWN = 6;
const SPEED_EVERY_MS = 2_000;

export function Home({ status }: { readonly status: Status }) {
  const { t } = useWords();
  const { add } = useActions();
  const { byId } = useTransfers();
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
        </p>
      </section>
      {byId.size === 0 && (
        <section className="card home-demo" aria-label={t('demo.offer')}>
          <DemoOffer />
        </section>
      )}
      <Now status={status} />
      <Moving />
      <Recent />
    </Screen>
  );
}

function Now({ status }: { readonly status: Status }) {
  const { t, format } = useWords();
  const { data } = useAnswer(
    ['speed', 'all', 'minute'],
    'showSpeed',
    { query: { span: 'minute' } },
    {
      everyMs: SPEED_EVERY_MS,
    },
  );
  const isLimited = status.downMax !== undefined || status.upMax !== undefined;
  return (
    <section className="card now" aria-label={t('home.now')}>
      <div className="now-speeds">
        <div className="is-down">
          <p>{t('speed.down')}</p>
          <strong>{format.rate(status.down)}</strong>
        </div>
        <div className="is-up">
          <p>{t('speed.up')}</p>
          <strong>{format.rate(status.up)}</strong>
        </div>
      </div>
      <div className="now-graph">
        <Suspense>{data !== undefined && <Graph history={data} />}</Suspense>
      </div>
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
    </section>
  );
}

function Graph({ history }: { readonly history: SpeedHistory }) {
  return <SpeedGraph history={history} height={140} />;
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
