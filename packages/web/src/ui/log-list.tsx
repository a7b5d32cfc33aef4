/** Log entries in words, the newest first. */
import type { LogEntry } from '@coequal/contract';
import { useWords } from '../i18n/words-context.tsx';
import { Icon } from './icon.tsx';
import type { IconName } from './icon.tsx';
import { useNow } from './parts.tsx';

const ICONS: Readonly<Record<LogEntry['level'], IconName>> = {
  info: 'info',
  warning: 'warn',
  error: 'warn',
};

export function LogList({ entries }: { readonly entries: readonly LogEntry[] }) {
  const { t, tell, hint, format } = useWords();
  const now = useNow(30_000);
  return (
    <ul className="log">
      {entries.toReversed().map(({ number, at, level, what }) => (
        <li key={number} data-level={level}>
          <Icon name={ICONS[level]} size={18} />
          <div>
            <p dir="auto">
              {level !== 'info' && <span className="log-level">{t(`log.${level}`)}: </span>}
              {tell(what)}
            </p>
            {hint(what) !== undefined && <p className="muted">{hint(what)}</p>}
          </div>
          <time dateTime={new Date(at).toISOString()} title={format.dateTime(at)}>
            {format.ago(at, now)}
          </time>
        </li>
      ))}
    </ul>
  );
}
