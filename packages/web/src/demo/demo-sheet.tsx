/** The demo: several peers on this computer share a made-up folder, and what happens is shown step by step. */
import type { Demo } from '@coequal/contract';
import { useWords } from '../i18n/words-context.tsx';
import { useAnswer, usePeer } from '../peer/use-peer.ts';
import { Button, Sheet } from '../ui/controls.tsx';
import { Icon } from '../ui/icon.tsx';
import { Answered, Bar } from '../ui/parts.tsx';
import { useTry } from '../ui/toasts.tsx';

/** As often as the peer looks itself. */
const LOOK_MS = 250;
const STEPS = ['making', 'sharing', 'comparing'] as const;
const RUNNING: ReadonlySet<Demo['state']> = new Set(['making', 'sharing', 'comparing']);

export function DemoSheet({ onClose }: { readonly onClose: () => void }) {
  const { t } = useWords();
  const { client, queries } = usePeer();
  const attempt = useTry();
  const answer = useAnswer(['demo'], 'showDemo', {}, { everyMs: LOOK_MS });
  const isRunning = answer.data !== undefined && RUNNING.has(answer.data.state);
  const begin = (): void =>
    void attempt(async () => queries.setQueryData(['demo'], await client.call('beginDemo', {})));
  const cancel = (): void =>
    void attempt(async () => queries.setQueryData(['demo'], await client.call('cancelDemo', {})));
  const leave = (): void => {
    if (isRunning) cancel();
    onClose();
  };
  return (
    <Sheet
      title={t('demo.title')}
      onClose={leave}
      footer={
        <>
          <Button onPress={leave}>{t('common.close')}</Button>
          {isRunning ? (
            <Button icon="close" onPress={cancel}>
              {t('demo.stop')}
            </Button>
          ) : (
            <Button kind="primary" icon="play" onPress={begin}>
              {t(answer.data?.state === 'off' ? 'demo.begin' : 'demo.again')}
            </Button>
          )}
        </>
      }
    >
      <p>{t('demo.about')}</p>
      <Answered answer={answer}>{(demo) => <Steps demo={demo} />}</Answered>
    </Sheet>
  );
}

function Steps({ demo }: { readonly demo: Demo }) {
  const { t, format, tell } = useWords();
  const { state, problem } = demo;
  const at = state === 'done' ? STEPS.length : STEPS.findIndex((step) => step === state);
  const values = { size: format.bytes(demo.size), peers: Math.max(demo.peers.length - 1, 0) };
  return (
    <>
      <ol className="demo-steps">
        {STEPS.map((step, index) => (
          <li
            key={step}
            aria-current={index === at ? 'step' : undefined}
            data-done={at > index || undefined}
          >
            <Icon name={at > index ? 'check' : 'wait'} size={18} /> {t(`demo.step-${step}`, values)}
          </li>
        ))}
      </ol>
      {demo.peers.length > 0 && <Peers demo={demo} />}
      <p role="status" className="demo-end">
        {state === 'done' &&
          t('demo.done', {
            share: format.percent(demo.passedOn ?? 0, 1),
            time: format.duration(demo.seconds ?? 0) ?? '',
          })}
        {state === 'cancelled' && t('demo.cancelled')}
        {state === 'failed' && (problem === undefined ? t('demo.differ') : tell(problem))}
      </p>
    </>
  );
}

function Peers({ demo }: { readonly demo: Demo }) {
  const { t, format } = useWords();
  return (
    <ul className="demo-peers">
      {demo.peers.map(({ isSeed, have, total, taken, given }, index) => {
        const name = isSeed ? t('demo.seed') : t('demo.peer', { number: index });
        return (
          <li key={name}>
            <p>
              <span>{name}</span>
              <span className="muted number">
                {t('demo.took-gave', { taken: format.bytes(taken), given: format.bytes(given) })}
              </span>
            </p>
            <Bar
              share={total === 0 ? 0 : have / total}
              state={have === total && total > 0 ? 'seeding' : 'downloading'}
              label={name}
              text={format.percent(have, total)}
            />
          </li>
        );
      })}
    </ul>
  );
}
