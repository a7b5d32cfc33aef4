/** What was sent: how far each receiver is, and taking it back. */
import type { Send, SendReceiver } from '@coequal/contract';
import { useWords } from '../i18n/words-context.tsx';
import { useSends } from '../people/people-answers.ts';
import { usePeer } from '../peer/use-peer.ts';
import { formatPlace } from '../shell/place.ts';
import { Button } from '../ui/controls.tsx';
import { Icon } from '../ui/icon.tsx';
import { Answered, Bar, Empty, useNow } from '../ui/parts.tsx';
import { useTry } from '../ui/toasts.tsx';
import { GoingLines } from './outgoing-lines.tsx';

const NOW_EVERY_MS = 60_000;

export function Sent() {
  const { t } = useWords();
  const answer = useSends();
  return (
    <>
      <GoingLines />
      <Answered answer={answer}>
        {({ sends }) => (
          <section className="card" aria-label={t('handover.sent')}>
            {sends.length === 0 ? (
              <Empty icon="up" title={t('sent.empty')}>
                <p>{t('sent.empty-text')}</p>
                <p>
                  <a href={formatPlace({ screen: 'people' })}>{t('sent.to-people')}</a>
                </p>
              </Empty>
            ) : (
              <ul className="things">
                {sends.map((send) => (
                  <SendCard key={send.id} send={send} />
                ))}
              </ul>
            )}
          </section>
        )}
      </Answered>
    </>
  );
}

export function SendCard({ send }: { readonly send: Send }) {
  const { name, size, files, note, state, problem, prepared, up, canLeave, receivers } = send;
  const { t, format, tell, hint } = useWords();
  const now = useNow(NOW_EVERY_MS);
  const facts = [
    size > 0 ? format.bytes(size) : '',
    files > 1 ? t('offer.files', { count: files }) : '',
    format.ago(send.createdAt, now),
    up > 0 ? format.rate(up) : '',
  ];
  return (
    <li className="thing" data-state={state}>
      <span className="state-mark" data-state={state === 'failed' ? 'failed' : 'seeding'}>
        <Icon name={state === 'failed' ? 'warn' : 'up'} size={18} />
      </span>
      <div className="thing-body">
        <p className="thing-title">
          <strong dir="auto">{name}</strong>
        </p>
        <p className="muted">{facts.filter(Boolean).join(' · ')}</p>
        {note !== '' && (
          <p className="thing-note" dir="auto">
            {note}
          </p>
        )}
        {state === 'preparing' && (
          <>
            <Bar
              share={size === 0 ? 0 : (prepared ?? 0) / size}
              state="checking"
              label={t('send.preparing')}
            />
            <p className="muted">{t('send.preparing')}</p>
          </>
        )}
        {problem !== undefined && (
          <p className="thing-problem">
            <Icon name="warn" size={16} /> {tell(problem)}. {hint(problem)}
          </p>
        )}
        {state === 'withdrawn' && <p className="thing-state">{t('send.withdrawn')}</p>}
        <ul className="receivers-list">
          {receivers.map((receiver) => (
            <Receiver key={receiver.person} receiver={receiver} size={size} />
          ))}
        </ul>
        {state === 'offered' && (
          <p className="muted">{t(canLeave ? 'send.can-leave' : 'send.stay')}</p>
        )}
        <SendButtons send={send} />
      </div>
    </li>
  );
}

const DONE: ReadonlySet<SendReceiver['state']> = new Set(['done']);

function Receiver(props: { readonly receiver: SendReceiver; readonly size: number }) {
  const { person, name, state, have } = props.receiver;
  const { t, format } = useWords();
  return (
    <li>
      <p>
        <a href={formatPlace({ screen: 'people', person })} dir="auto">
          {name}
        </a>{' '}
        <span className="muted">
          {state === 'receiving'
            ? t('receiver.receiving', { percent: format.percent(have, props.size) })
            : t(`receiver.${state}`)}
        </span>
        {DONE.has(state) && <Icon name="check" size={16} />}
      </p>
      {state === 'receiving' && (
        <Bar
          share={props.size === 0 ? 0 : have / props.size}
          state="seeding"
          label={t('receiver.progress', { name })}
        />
      )}
    </li>
  );
}

function SendButtons({ send: { id, state } }: { readonly send: Send }) {
  const { t } = useWords();
  const { client, queries } = usePeer();
  const attempt = useTry();
  const act = (name: 'withdrawSend' | 'forgetSend'): void =>
    void attempt(async () => {
      await client.call(name, { params: { id } });
      await queries.invalidateQueries({ queryKey: ['sends'] });
    });
  const isLive = state === 'preparing' || state === 'offered';
  return (
    <div className="card-buttons">
      {isLive ? (
        <Button onPress={() => act('withdrawSend')}>{t('send.withdraw')}</Button>
      ) : (
        <Button onPress={() => act('forgetSend')}>{t('offer.forget')}</Button>
      )}
    </div>
  );
}
