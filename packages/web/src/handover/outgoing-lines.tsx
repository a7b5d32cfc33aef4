/** Files that are on their way from this browser to the peer: how far, and stopping it. */
import { useEffect } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { usePeopleActions } from '../shell/people-actions.tsx';
import { Button, IconButton } from '../ui/controls.tsx';
import { Bar } from '../ui/parts.tsx';
import { problemWords } from '../ui/toasts.tsx';
import type { Going } from './outgoing.ts';
import { useOutgoing } from './use-outgoing.ts';

/** Shown on every screen: who closes the page breaks it off. */
export function GoingLines() {
  const going = useOutgoing();
  const isCopying = going.some(({ state }) => state === 'copying');
  useEffect(() => {
    if (!isCopying) return undefined;
    const warn = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [isCopying]);
  if (going.length === 0) return null;
  return (
    <ul className="going">
      {going.map((each) => (
        <GoingLine key={each.key} going={each} />
      ))}
    </ul>
  );
}

function GoingLine({ going }: { readonly going: Going }) {
  const { key, name, size, done, state, problem } = going;
  const words = useWords();
  const { t, format } = words;
  const { outgoing } = usePeopleActions();
  const { title, hint } = state === 'failed' ? problemWords(words, problem) : { title: '' };
  return (
    <li data-state={state}>
      <div>
        <p>
          <strong dir="auto">{name}</strong>{' '}
          <span className="muted number">{format.percent(done, size)}</span>
        </p>
        {state === 'copying' ? (
          <>
            <Bar
              share={size === 0 ? 0 : done / size}
              label={t('outgoing.progress', { what: name })}
            />
            <p className="muted">{t('outgoing.keep-open')}</p>
          </>
        ) : (
          <p role="alert">
            {title}. {hint}
          </p>
        )}
      </div>
      {state === 'failed' && (
        <Button icon="reset" onPress={() => outgoing.retry(key)}>
          {t('common.try-again')}
        </Button>
      )}
      <IconButton
        icon="close"
        label={t('outgoing.cancel', { what: name })}
        onPress={() => outgoing.cancel(key)}
      />
    </li>
  );
}
