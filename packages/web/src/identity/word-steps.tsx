/** The 24 words: to be written down, then three of them asked for. Either can wait, and it is reminded of. */
import { useState } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { usePeer } from '../peer/use-peer.ts';
import { Button } from '../ui/controls.tsx';
import { TextField } from '../ui/fields.tsx';
import { Empty } from '../ui/parts.tsx';
import { problemWords, useTry } from '../ui/toasts.tsx';

type Step =
  | { readonly type: 'shown' }
  | { readonly type: 'asked'; readonly positions: readonly number[] }
  | { readonly type: 'right' };

export function WordSteps(props: {
  readonly words: readonly string[];
  readonly onDone: () => void;
}) {
  const { t } = useWords();
  const { client } = usePeer();
  const attempt = useTry();
  const [step, setStep] = useState<Step>({ type: 'shown' });
  const ask = (): void =>
    void attempt(async () => {
      const { positions } = await client.call('askForWords', {});
      setStep({ type: 'asked', positions });
    });
  if (step.type === 'right')
    return (
      <Empty icon="check" title={t('words.right')}>
        <p>{t('words.right-text')}</p>
        <Button kind="primary" onPress={props.onDone} autoFocus>
          {t('words.done')}
        </Button>
      </Empty>
    );
  if (step.type === 'asked')
    return (
      <Check
        positions={step.positions}
        onBack={() => setStep({ type: 'shown' })}
        onRight={() => setStep({ type: 'right' })}
      />
    );
  return (
    <>
      <h2 id="who">{t('words.title')}</h2>
      <p>{t('words.text')}</p>
      <WordList words={props.words} />
      <p className="notice">{t('words.care')}</p>
      <div className="form-foot">
        <Button kind="primary" onPress={ask}>
          {t('words.written')}
        </Button>
        <Button onPress={props.onDone}>{t('words.later')}</Button>
      </div>
    </>
  );
}

function WordList({ words }: { readonly words: readonly string[] }) {
  const { t, format } = useWords();
  return (
    <ol className="word-list" dir="ltr" aria-label={t('words.list')}>
      {words.map((word, at) => (
        // a word may be there twice
        // oxlint-disable-next-line react/no-array-index-key
        <li key={at}>
          <span className="muted">{format.number(at + 1)}</span> <span lang="en">{word}</span>
        </li>
      ))}
    </ol>
  );
}

function Check(props: {
  readonly positions: readonly number[];
  readonly onBack: () => void;
  readonly onRight: () => void;
}) {
  const { positions } = props;
  const words = useWords();
  const { t, format } = words;
  const { client, queries } = usePeer();
  const [typed, setTyped] = useState<Readonly<Record<number, string>>>({});
  const [problem, setProblem] = useState<string>();
  const isWhole = positions.every((position) => (typed[position] ?? '').trim() !== '');
  const check = async (): Promise<void> => {
    if (!isWhole) return;
    const answers = positions.map((position) => ({
      position,
      word: (typed[position] ?? '').trim().toLowerCase(),
    }));
    try {
      queries.setQueryData(['identity'], await client.call('checkWords', { body: { answers } }));
      props.onRight();
    } catch (error) {
      const { title, hint = '' } = problemWords(words, error);
      setProblem(`${title}. ${hint}`);
    }
  };
  return (
    <>
      <h2 id="who">{t('words.check')}</h2>
      <p>{t('words.check-text')}</p>
      <div className="word-fields">
        {positions.map((position, at) => (
          <TextField
            key={position}
            label={t('words.number', { number: format.number(position) })}
            value={typed[position] ?? ''}
            onChange={(word) => {
              setProblem(undefined);
              setTyped({ ...typed, [position]: word });
            }}
            onEnter={() => void check()}
            isCode
            autoFocus={at === 0}
          />
        ))}
      </div>
      {problem !== undefined && (
        <p className="field-problem" role="alert">
          {problem}
        </p>
      )}
      <div className="form-foot">
        <Button kind="primary" isDisabled={!isWhole} onPress={() => void check()}>
          {t('words.check-do')}
        </Button>
        <Button onPress={props.onBack}>{t('words.again')}</Button>
      </div>
    </>
  );
}
