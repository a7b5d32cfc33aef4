/** Tells a screen reader what happened, not more often than one can listen to. */
import type { LogEntry } from '@coequal/contract';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { useAnswer } from '../peer/use-peer.ts';

/** A sentence takes about as long to hear. */
const ANNOUNCED_EVERY_MS = 5_000;
/** More at once are told by their number. */
const TOLD_MAX = 2;

export function Announcer() {
  const { tell, t } = useWords();
  const queries = useQueryClient();
  const { data } = useAnswer(['log', 'all'], 'readLog', { query: {} });
  const [text, setText] = useState('');
  const isLoaded = data !== undefined;
  useEffect(() => {
    if (!isLoaded) return undefined;
    const read = (): readonly LogEntry[] =>
      queries.getQueryData<{ entries: LogEntry[] }>(['log', 'all'])?.entries ?? [];
    let told = read().at(-1)?.number ?? 0;
    const timer = setInterval(() => {
      const fresh = read().filter(({ number }) => number > told);
      if (fresh.length === 0) return;
      told = fresh.at(-1)?.number ?? told;
      const words = fresh.slice(-TOLD_MAX).map(({ what }) => tell(what));
      const more = fresh.length - words.length;
      setText([...(more > 0 ? [t('announce.more', { count: more })] : []), ...words].join('. '));
    }, ANNOUNCED_EVERY_MS);
    return () => clearInterval(timer);
  }, [isLoaded, queries, tell, t]);
  return (
    <div className="offscreen" role="status" aria-live="polite">
      {text}
    </div>
  );
}
