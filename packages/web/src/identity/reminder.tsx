/** What is still to be done for one's own sake: the words, a list that has to be signed, devices that do not agree. */
import type { Identity } from '@coequal/contract';
import type { ReactNode } from 'react';
import { useState } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { Button } from '../ui/controls.tsx';
import { Icon } from '../ui/icon.tsx';
import { UnlockSheet } from './pass-phrase.tsx';
import { WordsSheet } from './words-sheet.tsx';

export function Reminder({ identity }: { readonly identity: Identity }) {
  const words = useWords();
  const { t } = words;
  const [isOpen, setIsOpen] = useState(false);
  const { state, needsSigning, isUnlocked, problem } = identity;
  const close = (): void => setIsOpen(false);
  if (needsSigning && !isUnlocked)
    return (
      <Remind text={t('reminder.sign')} doing={t('unlock.do')} onDo={() => setIsOpen(true)}>
        {isOpen && <UnlockSheet onClose={close} onOpen={close} />}
      </Remind>
    );
  if (problem !== undefined)
    return (
      <div className="reminder" role="status">
        <Icon name="warn" />
        <div>
          <p>{words.tell(problem)}</p>
          <p className="muted">{words.hint(problem)}</p>
        </div>
      </div>
    );
  // it stays open while the check changes the state
  if (state !== 'created' && !isOpen) return null;
  return (
    <Remind text={t('reminder.words')} doing={t('reminder.words-do')} onDo={() => setIsOpen(true)}>
      {isOpen && <WordsSheet onClose={close} />}
    </Remind>
  );
}

function Remind(props: {
  readonly text: string;
  readonly doing: string;
  readonly onDo: () => void;
  readonly children: ReactNode;
}) {
  return (
    <div className="reminder" role="status">
      <Icon name="warn" />
      <p>{props.text}</p>
      <Button onPress={props.onDo}>{props.doing}</Button>
      {props.children}
    </div>
  );
}
