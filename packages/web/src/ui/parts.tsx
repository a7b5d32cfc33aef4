/** Small parts that many screens are made of. */
import type { ReactNode } from 'react';
import { useEffect, useState } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { Icon } from './icon.tsx';
import type { IconName } from './icon.tsx';
import { problemWords } from './toasts.tsx';
import { Button } from './controls.tsx';

/** An empty, waiting or failed screen: what it is, and what to do next. */
export function Empty(props: {
  readonly icon: IconName;
  readonly title: string;
  readonly children?: ReactNode;
}) {
  return (
    <div className="empty">
      <span className="empty-icon">
        <Icon name={props.icon} size={28} />
      </span>
      <p className="empty-title">{props.title}</p>
      {props.children}
    </div>
  );
}

interface Answer<T> {
  readonly data: T | undefined;
  readonly error: unknown;
  readonly refetch: () => unknown;
}

/** What the peer answered, or that it has not yet, or why it does not. */
export function Answered<T>(props: {
  readonly answer: Answer<T>;
  readonly children: (data: T) => ReactNode;
}) {
  const words = useWords();
  const { data, error, refetch } = props.answer;
  if (data !== undefined) return props.children(data);
  if (error === null || error === undefined) return <Waiting />;
  const { title, hint } = problemWords(words, error);
  return (
    <Empty icon="warn" title={title}>
      {hint !== undefined && <p>{hint}</p>}
      <Button onPress={() => void refetch()}>{words.t('common.try-again')}</Button>
    </Empty>
  );
}

/** Nothing for an instant, so that what comes at once does not flicker. */
function Waiting() {
  const { t } = useWords();
  return (
    <p className="waiting" role="status">
      {t('common.asking')}
    </p>
  );
}

export function Bar(props: {
  readonly share: number;
  readonly state?: string;
  readonly label?: string;
  readonly text?: string;
}) {
  const { share, state = 'downloading', label, text } = props;
  const width = `${Math.round(Math.min(Math.max(share, 0), 1) * 1_000) / 10}%`;
  const named = label !== undefined && {
    role: 'progressbar',
    'aria-label': label,
    'aria-valuenow': Math.floor(share * 100),
    'aria-valuemin': 0,
    'aria-valuemax': 100,
    ...(text !== undefined && { 'aria-valuetext': text }),
  };
  return (
    <span className="bar" data-state={state} {...named}>
      <span style={{ inlineSize: width }} />
    </span>
  );
}

/** A pair of a name and a value. */
export function Fact(props: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className="fact">
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}

export function Screen(props: {
  readonly title: string;
  readonly lead?: string;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
  readonly className?: string;
}) {
  useEffect(() => {
    document.title = `${props.title} · Coequal`;
  }, [props.title]);
  return (
    <div className={`screen ${props.className ?? ''}`}>
      <header className="screen-head">
        <div>
          <h1>{props.title}</h1>
          {props.lead !== undefined && <p className="lead">{props.lead}</p>}
        </div>
        {props.actions !== undefined && <div className="screen-actions">{props.actions}</div>}
      </header>
      {props.children}
    </div>
  );
}

/** Whether the window is so, such as `(max-width: 899px)`. */
export function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const list = matchMedia(query);
    const listen = (): void => setMatches(list.matches);
    list.addEventListener('change', listen);
    listen();
    return () => list.removeEventListener('change', listen);
  }, [query]);
  return matches;
}

export const PHONE = '(max-width: 799px)';

/** The time, looked at now and then. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

/** navigator.clipboard is not there over plain http beyond loopback; selecting and copying works everywhere. */
export async function copyText(text: string): Promise<boolean> {
  if (globalThis.isSecureContext) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // refused by the browser: the old way may still work
    }
  }
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'offscreen';
  (document.querySelector('[role=dialog]') ?? document.body).append(area);
  area.select();
  // the only way left that needs no secure context
  const isCopied = document.execCommand('copy');
  area.remove();
  return isCopied;
}
