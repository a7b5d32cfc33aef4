/** Whether it is really them: words that both see while they talk, or a number that is always the same. */
import type { Comparison, Contact } from '@coequal/contract';
import { useState } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { useAnswer, usePeer } from '../peer/use-peer.ts';
import { Button } from '../ui/controls.tsx';
import { Icon } from '../ui/icon.tsx';
import { Answered } from '../ui/parts.tsx';
import { useTry } from '../ui/toasts.tsx';

/** Two people sit and wait for it. */
const LOOK_EVERY_MS = 1_000;

export function Safety({ contact }: { readonly contact: Contact }) {
  const { person, name, path } = contact;
  const { t } = useWords();
  const { client, queries } = usePeer();
  const attempt = useTry();
  const key = ['identity', 'comparison', person];
  const { data } = useAnswer(
    key,
    'showComparison',
    { params: { person } },
    {
      everyMs: LOOK_EVERY_MS,
    },
  );
  const start = (): void =>
    void attempt(async () => {
      queries.setQueryData(key, await client.call('startComparison', { params: { person } }));
    });
  const answer = (isSame: boolean): void =>
    void attempt(async () => {
      const request = { params: { person }, body: { isSame } };
      queries.setQueryData(key, await client.call('answerComparison', request));
      await queries.invalidateQueries({ queryKey: ['contacts'] });
    });
  return (
    <section className="card" aria-labelledby="safety">
      <h2 id="safety">{t('safety.title', { name })}</h2>
      <p className="muted">{t('safety.text', { name })}</p>
      {data !== undefined && (
        <Compared comparison={data} name={name} onStart={start} onAnswer={answer} />
      )}
      {path === 'none' && data?.state === 'none' && (
        <p className="muted">{t('safety.away', { name })}</p>
      )}
      <Number person={person} />
    </section>
  );
}

function Compared(props: {
  readonly comparison: Comparison;
  readonly name: string;
  readonly onStart: () => void;
  readonly onAnswer: (isSame: boolean) => void;
}) {
  const { comparison, name, onStart, onAnswer } = props;
  const { t, tell, hint } = useWords();
  const { state, problem } = comparison;
  switch (state) {
    case 'none':
      return (
        <Button icon="people" onPress={onStart}>
          {t('safety.start')}
        </Button>
      );
    case 'connecting':
      return <p role="status">{t('safety.connecting', { name })}</p>;
    case 'shown':
      return <Shown comparison={comparison} name={name} onAnswer={onAnswer} />;
    case 'same':
      return (
        <p className="making-state is-good" role="status">
          <Icon name="check" /> {t('safety.same', { name })}
        </p>
      );
    case 'different':
      return (
        <div className="pairing-note is-bad" role="alert">
          <h3>
            <Icon name="warn" size={18} /> {t('safety.different')}
          </h3>
          <p>{t('safety.different-text', { name })}</p>
          <div className="card-buttons">
            <Button onPress={onStart}>{t('safety.again')}</Button>
          </div>
        </div>
      );
    case 'failed':
      return (
        <div className="pairing-note" role="status">
          <p>
            {problem === undefined
              ? t('safety.failed')
              : `${tell(problem)}. ${hint(problem) ?? ''}`}
          </p>
          <div className="card-buttons">
            <Button onPress={onStart}>{t('safety.again')}</Button>
          </div>
        </div>
      );
  }
}

function Shown(props: {
  readonly comparison: Comparison;
  readonly name: string;
  readonly onAnswer: (isSame: boolean) => void;
}) {
  const { words = [], numbers = [] } = props.comparison;
  const { t } = useWords();
  return (
    <div className="pairing-note" role="status">
      <p>{t('safety.say', { name: props.name })}</p>
      <ol className="safety-words" dir="ltr">
        {words.map((word, at) => (
          <li key={word}>
            <span lang="en">{word}</span>
            <span className="muted number">{numbers[at]}</span>
          </li>
        ))}
      </ol>
      <div className="card-buttons">
        <Button kind="primary" icon="check" onPress={() => props.onAnswer(true)}>
          {t('safety.yes')}
        </Button>
        <Button icon="close" onPress={() => props.onAnswer(false)}>
          {t('safety.no')}
        </Button>
      </div>
    </div>
  );
}

function Number({ person }: { readonly person: string }) {
  const { t } = useWords();
  const [isOpen, setIsOpen] = useState(false);
  const answer = useAnswer(
    ['identity', 'number', person],
    'showSafetyNumber',
    { params: { person } },
    { isEnabled: isOpen },
  );
  return (
    <details className="more-options" onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary>{t('safety.number')}</summary>
      <p className="muted">{t('safety.number-text')}</p>
      {isOpen && (
        <Answered answer={answer}>
          {({ groups }) => (
            <p className="safety-number code" dir="ltr">
              {groups.map((group, at) => (
                // groups may be the same
                // oxlint-disable-next-line react/no-array-index-key
                <span key={at}>{group}</span>
              ))}
            </p>
          )}
        </Answered>
      )}
    </details>
  );
}
