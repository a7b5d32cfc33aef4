/** The words again: until they were checked, and afterwards for who knows the pass phrase. */
import { RequestRefused } from '@coequal/contract';
import { useEffect, useState } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { usePeer } from '../peer/use-peer.ts';
import { Sheet, SheetFooter } from '../ui/controls.tsx';
import { problemWords } from '../ui/toasts.tsx';
import { PassPhraseField } from './pass-phrase.tsx';
import { WordSteps } from './word-steps.tsx';

/** What the pass phrase changes. */
const NEEDS_IT = ['PASS_PHRASE_MISSING', 'PASS_PHRASE_WRONG'];

export function WordsSheet({ onClose }: { readonly onClose: () => void }) {
  const words = useWords();
  const { t } = words;
  const { client } = usePeer();
  const [shown, setShown] = useState<readonly string[]>();
  const [passPhrase, setPassPhrase] = useState('');
  const [problem, setProblem] = useState<unknown>();
  const ask = async (given?: string): Promise<void> => {
    try {
      const body = given === undefined ? {} : { passPhrase: given };
      setShown((await client.call('showWords', { body })).words);
    } catch (error) {
      setProblem(error);
    }
  };
  const [first] = useState(() => ask);
  useEffect(() => void first(), [first]);
  const isAsked = problem instanceof RequestRefused && NEEDS_IT.includes(problem.code);
  const { title = '', hint = '' } = problem === undefined ? {} : problemWords(words, problem);
  return (
    <Sheet
      title={t('words.sheet')}
      onClose={onClose}
      {...(shown === undefined &&
        isAsked && {
          footer: (
            <SheetFooter
              onCancel={onClose}
              onDo={() => void ask(passPhrase)}
              doing={t('words.show')}
              icon="eye"
              isDisabled={passPhrase === ''}
            />
          ),
        })}
    >
      {shown !== undefined && <WordSteps words={shown} onDone={onClose} />}
      {shown === undefined && problem === undefined && <p role="status">{t('common.asking')}</p>}
      {shown === undefined && isAsked && (
        <>
          <p>{t('words.sealed')}</p>
          <PassPhraseField
            value={passPhrase}
            onChange={setPassPhrase}
            onEnter={() => void ask(passPhrase)}
            error={problem.code === 'PASS_PHRASE_WRONG' ? title : undefined}
          />
        </>
      )}
      {shown === undefined && problem !== undefined && !isAsked && (
        <p role="alert">
          {title}. {hint}
        </p>
      )}
    </Sheet>
  );
}
