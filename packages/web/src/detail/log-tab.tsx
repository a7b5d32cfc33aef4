/** What happened to one transfer, in words. */
import { memo } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { useAnswer } from '../peer/use-peer.ts';
import { LogList } from '../ui/log-list.tsx';
import { Answered, Empty } from '../ui/parts.tsx';

export const LogTab = memo(function LogTab({ id }: { readonly id: string }) {
  const { t } = useWords();
  const answer = useAnswer(['log', id], 'readLog', { query: { transfer: id } });
  return (
    <Answered answer={answer}>
      {({ entries }) =>
        entries.length === 0 ? (
          <Empty icon="log" title={t('log.none')} />
        ) : (
          <LogList entries={entries} />
        )
      }
    </Answered>
  );
});
