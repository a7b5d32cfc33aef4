/** Being the same person again by the 24 words: what is wrong with them is said while they are typed. */
import type { WordsReport } from '@coequal/contract';
import { useEffect, useState } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { usePeer } from '../peer/use-peer.ts';
import { Button } from '../ui/controls.tsx';
import { TextField } from '../ui/fields.tsx';
import { Icon } from '../ui/icon.tsx';
import { useNotify, useTry } from '../ui/toasts.tsx';
import { DeviceNameField } from './device-name-field.tsx';
import { PassPhraseField, passPhraseProblem } from './pass-phrase.tsx';

const WORDS_LENGTH_MAX = 1_000;
/** After the last key; asking at each would be of no use. */
const ASK_AFTER_MS = 300;

export function RestoreCard({ onBack }: { readonly onBack: () => void }) {
  const { t } = useWords();
  const { client, queries } = usePeer();
  const attempt = useTry();
  const notify = useNotify();
  const [words, setWords] = useState('');
  const [deviceName, setDeviceName] = useState('');
  const [passPhrase, setPassPhrase] = useState('');
  const report = useReport(words);
  const isReady =
    report?.isGood === true && (passPhrase === '' || passPhraseProblem(passPhrase) === undefined);
  const restore = (): void =>
    void attempt(async () => {
      const body = {
        words,
        ...(deviceName.trim() !== '' && { deviceName: deviceName.trim() }),
        ...(passPhrase !== '' && { passPhrase }),
      };
      queries.setQueryData(['identity'], await client.call('restoreIdentity', { body }));
      notify({ title: t('restore.done'), hint: t('restore.done-text') });
    });
  return (
    <section className="card who" aria-labelledby="who">
      <h2 id="who">{t('restore.title')}</h2>
      <p>{t('restore.text')}</p>
      <TextField
        label={t('restore.words')}
        value={words}
        onChange={(text) => setWords(text.slice(0, WORDS_LENGTH_MAX))}
        lines={4}
        isCode
        autoFocus
      />
      {report !== undefined && (
        <Report
          report={report}
          onFix={(position, word) => setWords(fixed(words, position, word))}
        />
      )}
      <DeviceNameField value={deviceName} onChange={setDeviceName} />
      <PassPhraseField value={passPhrase} onChange={setPassPhrase} isNew />
      <div className="form-foot">
        <Button kind="primary" isDisabled={!isReady} onPress={restore}>
          {t('restore.do')}
        </Button>
        <Button onPress={onBack}>{t('first.back')}</Button>
      </div>
    </section>
  );
}

function useReport(words: string): WordsReport | undefined {
  const { client } = usePeer();
  const attempt = useTry();
  const [report, setReport] = useState<WordsReport>();
  useEffect(() => {
    let isWanted = true;
    const timer = setTimeout(() => {
      if (words.trim() === '') return setReport(undefined);
      return void attempt(async () => {
        const next = await client.call('examineWords', { body: { words } });
        if (isWanted) setReport(next);
      });
    }, ASK_AFTER_MS);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [words, client, attempt]);
  return report;
}

function Report(props: {
  readonly report: WordsReport;
  readonly onFix: (position: number, word: string) => void;
}) {
  const { isGood, count, wrong, isMixedUp } = props.report;
  const { t, format } = useWords();
  if (isGood)
    return (
      <p className="making-state is-good" role="status">
        <Icon name="check" /> {t('restore.good')}
      </p>
    );
  if (isMixedUp) return <p role="status">{t('restore.mixed-up')}</p>;
  return (
    <div role="status">
      <p className="muted">{t('restore.count', { count })}</p>
      <ul className="word-fixes">
        {wrong.map(({ position, word, near }) => (
          <li key={position}>
            <span>{t('restore.wrong', { number: format.number(position), word })}</span>
            {near.map((each) => (
              <button
                key={each}
                type="button"
                className="chip"
                onClick={() => props.onFix(position, each)}
              >
                {each}
              </button>
            ))}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Counted from 1, as the report does. */
function fixed(words: string, position: number, word: string): string {
  return words
    .trim()
    .split(/\s+/)
    .map((each, at) => (at === position - 1 ? word : each))
    .join(' ');
}
