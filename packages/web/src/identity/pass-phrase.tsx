/** The pass phrase that seals the words: a field for it, setting it, and unsealing for some minutes. */
import type { Identity } from '@coequal/contract';
import { useState } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { usePeer } from '../peer/use-peer.ts';
import { Sheet, SheetFooter } from '../ui/controls.tsx';
import { TextField } from '../ui/fields.tsx';
import { useTry } from '../ui/toasts.tsx';

/** Letters; shorter ones the peer refuses. */
const PASS_PHRASE_LENGTH_MIN = 10;

export function passPhraseProblem(text: string): 'short' | undefined {
  return Array.from(text).length < PASS_PHRASE_LENGTH_MIN ? 'short' : undefined;
}

export function PassPhraseField(props: {
  readonly value: string;
  readonly onChange: (text: string) => void;
  readonly onEnter?: () => void;
  readonly isNew?: boolean;
  readonly isLabelledNew?: boolean;
  readonly error?: string | undefined;
  readonly autoFocus?: boolean;
}) {
  const { t } = useWords();
  const { value, onChange, onEnter, isNew = false, error, autoFocus = false } = props;
  const isShort = isNew && value !== '' && passPhraseProblem(value) !== undefined;
  return (
    <TextField
      type="password"
      label={t(isNew ? 'pass-phrase.new' : 'pass-phrase.label')}
      description={isNew ? t('pass-phrase.new-text') : undefined}
      value={value}
      onChange={onChange}
      autoFocus={autoFocus}
      {...(onEnter !== undefined && { onEnter })}
      error={
        error ?? (isShort ? t('pass-phrase.short', { count: PASS_PHRASE_LENGTH_MIN }) : undefined)
      }
    />
  );
}

/** Another one, the first one, or none. */
export function PassPhraseSheet(props: {
  readonly identity: Identity;
  readonly onClose: () => void;
}) {
  const { identity, onClose } = props;
  const { t } = useWords();
  const { client, queries } = usePeer();
  const attempt = useTry();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const { isSealed } = identity;
  const isReady = passPhraseProblem(next) === undefined && (!isSealed || current !== '');
  const change = async (wanted: string | null): Promise<void> => {
    const isDone = await attempt(async () => {
      const body = { next: wanted, ...(isSealed && { current }) };
      queries.setQueryData(['identity'], await client.call('changePassPhrase', { body }));
    });
    if (isDone) onClose();
  };
  return (
    <Sheet
      title={t(isSealed ? 'pass-phrase.change' : 'pass-phrase.set')}
      onClose={onClose}
      footer={
        <SheetFooter
          onCancel={onClose}
          onDo={() => void change(next)}
          doing={t('pass-phrase.do')}
          icon="lock"
          isDisabled={!isReady}
        />
      }
    >
      <p>{t('pass-phrase.text')}</p>
      {isSealed && <PassPhraseField value={current} onChange={setCurrent} autoFocus />}
      <PassPhraseField
        value={next}
        onChange={setNext}
        isNew
        autoFocus={!isSealed}
        onEnter={() => isReady && void change(next)}
      />
      {isSealed && (
        <p>
          <button
            type="button"
            className="link-button"
            disabled={current === ''}
            onClick={() => void change(null)}
          >
            {t('pass-phrase.none')}
          </button>
        </p>
      )}
    </Sheet>
  );
}

/** Asked for before something is signed; what was wanted goes on afterwards. */
export function UnlockSheet(props: { readonly onClose: () => void; readonly onOpen: () => void }) {
  const { t } = useWords();
  const { client, queries } = usePeer();
  const attempt = useTry();
  const [passPhrase, setPassPhrase] = useState('');
  const unlock = async (): Promise<void> => {
    const isDone = await attempt(async () => {
      const body = { passPhrase };
      queries.setQueryData(['identity'], await client.call('unlockIdentity', { body }));
    });
    if (isDone) props.onOpen();
  };
  return (
    <Sheet
      title={t('unlock.title')}
      size="small"
      onClose={props.onClose}
      footer={
        <SheetFooter
          onCancel={props.onClose}
          onDo={() => void unlock()}
          doing={t('unlock.do')}
          icon="lock"
          isDisabled={passPhrase === ''}
        />
      }
    >
      <p>{t('unlock.text')}</p>
      <PassPhraseField
        value={passPhrase}
        onChange={setPassPhrase}
        onEnter={() => void unlock()}
        autoFocus
      />
    </Sheet>
  );
}
