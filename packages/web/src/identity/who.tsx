/** The first time: “Who are you to others?” A name, then 24 words; or words of before, or a device that is there. */
import type { Identity } from '@coequal/contract';
import { useState } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { usePeopleActions } from '../shell/people-actions.tsx';
import { Button } from '../ui/controls.tsx';
import { Icon } from '../ui/icon.tsx';
import { Points } from '../ui/points.tsx';
import type { Point } from '../ui/points.tsx';
import { useTry } from '../ui/toasts.tsx';
import { JoinCard } from './join-card.tsx';
import { NameField, nameProblem, useMakeIdentity } from './make-identity.tsx';
import { PassPhraseField, passPhraseProblem } from './pass-phrase.tsx';
import { RestoreCard } from './restore-card.tsx';
import { WordSteps } from './word-steps.tsx';

type Way = 'new' | 'restore' | 'join';

const POINTS: readonly Point[] = [
  ['people', 'who.point-name'],
  ['lock', 'who.point-nobody'],
  ['reset', 'who.point-words'],
];

export function Who(props: {
  readonly identity: Identity;
  /** While its words are shown, it is not over. */
  readonly onBeginning: (isBeginning: boolean) => void;
}) {
  const { t } = useWords();
  const [way, setWay] = useState<Way>('new');
  const [words, setWords] = useState<readonly string[]>();
  const { onBeginning } = props;
  if (words !== undefined)
    return (
      <section className="card who" aria-labelledby="who">
        <WordSteps words={words} onDone={() => onBeginning(false)} />
      </section>
    );
  return (
    <>
      {props.identity.isRevoked && (
        <p className="import-problem" role="status">
          <Icon name="warn" size={18} /> {t('who.revoked')}
        </p>
      )}
      {way === 'new' && <New onMade={setWords} onBeginning={onBeginning} />}
      {way === 'restore' && <RestoreCard onBack={() => setWay('new')} />}
      {way === 'join' && <JoinCard onBack={() => setWay('new')} />}
      {way === 'new' && (
        <section className="card" aria-labelledby="who-before">
          <h2 id="who-before">{t('who.before')}</h2>
          <p className="muted">{t('who.before-text')}</p>
          <div className="card-buttons">
            <Button icon="phone" onPress={() => setWay('join')}>
              {t('who.join')}
            </Button>
            <Button icon="reset" onPress={() => setWay('restore')}>
              {t('who.restore')}
            </Button>
          </div>
        </section>
      )}
    </>
  );
}

function New(props: {
  readonly onMade: (words: readonly string[]) => void;
  readonly onBeginning: (isBeginning: boolean) => void;
}) {
  const { t } = useWords();
  const [name, setName] = useState('');
  const [passPhrase, setPassPhrase] = useState('');
  const attempt = useTry();
  const make = useMakeIdentity();
  const isReady =
    nameProblem(name) === undefined &&
    (passPhrase === '' || passPhraseProblem(passPhrase) === undefined);
  const begin = async (): Promise<void> => {
    if (!isReady) return;
    props.onBeginning(true);
    const isMade = await attempt(async () => {
      const { words } = await make(name.trim(), passPhrase);
      props.onMade(words);
    });
    if (!isMade) props.onBeginning(false);
  };
  const { accept } = usePeopleActions();
  return (
    <section className="card who" aria-labelledby="who">
      <h2 id="who">{t('who.title')}</h2>
      <p className="lead">{t('who.lead')}</p>
      <Points points={POINTS} heading="h3" />
      <NameField value={name} onChange={setName} onEnter={() => void begin()} />
      <details className="more-options">
        <summary>{t('who.pass-phrase')}</summary>
        <PassPhraseField value={passPhrase} onChange={setPassPhrase} isNew />
      </details>
      <div className="form-foot">
        <Button kind="primary" isDisabled={!isReady} onPress={() => void begin()}>
          {t('who.begin')}
        </Button>
        <Button icon="link" onPress={() => accept()}>
          {t('who.invited')}
        </Button>
      </div>
    </section>
  );
}
