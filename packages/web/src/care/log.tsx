/** What happened, in words. */
import type { LogEntry } from '@coequal/contract';
import { useDeferredValue, useMemo, useState } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { useAnswer } from '../peer/use-peer.ts';
import { SearchField, Select } from '../ui/fields.tsx';
import { LogList } from '../ui/log-list.tsx';
import { Answered, Empty, Screen } from '../ui/parts.tsx';

const LEVELS = ['info', 'warning', 'error'] as const;
type Level = (typeof LEVELS)[number];

export function Log() {
  const { t } = useWords();
  const answer = useAnswer(['log', 'all'], 'readLog', { query: {} });
  return (
    <Screen title={t('log.title')} lead={t('log.lead')}>
      <Answered answer={answer}>{({ entries }) => <Entries entries={entries} />}</Answered>
    </Screen>
  );
}

function Entries({ entries }: { readonly entries: readonly LogEntry[] }) {
  const { t, tell } = useWords();
  const [level, setLevel] = useState<Level>('info');
  const [text, setText] = useState('');
  const calmText = useDeferredValue(text.toLocaleLowerCase());
  const shown = useMemo(() => {
    const least = LEVELS.indexOf(level);
    return entries.filter(
      (entry) =>
        LEVELS.indexOf(entry.level) >= least &&
        tell(entry.what).toLocaleLowerCase().includes(calmText),
    );
  }, [entries, level, calmText, tell]);
  return (
    <>
      <div className="log-filters">
        <SearchField label={t('log.search')} value={text} onChange={setText} />
        <Select
          label={t('log.level')}
          isLabelHidden
          value={level}
          options={LEVELS.map((id) => ({ id, label: t(`log.from-${id}`) }))}
          onChange={setLevel}
        />
      </div>
      {shown.length === 0 ? (
        <Empty icon="log" title={t(entries.length === 0 ? 'log.none' : 'log.none-match')} />
      ) : (
        <section className="card">
          <LogList entries={shown} />
        </section>
      )}
    </>
  );
}
