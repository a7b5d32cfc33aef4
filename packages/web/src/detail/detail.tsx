/** One transfer in detail: beside the list, or alone where there is no room for both. */
import type { TransferDetail } from '@coequal/contract';
import { createContext, lazy, memo, use, useEffect, useRef } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import { useWords } from '../i18n/words-context.tsx';
import { useAnswer, useTransfer } from '../peer/use-peer.ts';
import { useNavigation } from '../shell/navigation.tsx';
import { DETAIL_TABS } from '../shell/place.ts';
import type { DetailTab } from '../shell/place.ts';
import { IconButton } from '../ui/controls.tsx';
import { Loaded } from '../ui/loaded.tsx';
import { Answered, Bar } from '../ui/parts.tsx';
import { progressOf } from '../transfers/transfer-filter.ts';
import { stateLine } from '../transfers/state-words.ts';
import { DetailActions } from './detail-actions.tsx';
import { FilesTab } from './files-tab.tsx';
import { LogTab } from './log-tab.tsx';
import { Overview } from './overview.tsx';
import { PeersTab } from './peers-tab.tsx';
import { PiecesTab } from './pieces-tab.tsx';
import { TrackersTab } from './trackers-tab.tsx';

/** For what shows it. Tabs and buttons, which cost much more to draw, do not depend on what changes each second. */
const DetailContext = createContext<TransferDetail | undefined>(undefined);

const SpeedTab = lazy(async () => ({ default: (await import('./speed-tab.tsx')).SpeedTab }));

/** What no event tells of is asked for as often as one looks at a number. */
const DETAIL_EVERY_MS = 3_000;

export interface DetailProps {
  readonly id: string;
  readonly tab: DetailTab;
  readonly onClose: () => void;
}

export function Detail({ id, tab, onClose }: DetailProps) {
  const { t } = useWords();
  const row = useTransfer(id);
  useGone(row !== undefined, onClose);
  const answer = useAnswer(
    ['transfer', id],
    'showTransfer',
    { params: { id } },
    {
      everyMs: DETAIL_EVERY_MS,
    },
  );
  // the row is newer: it comes by events
  const detail =
    answer.data === undefined || row === undefined
      ? answer.data
      : { ...answer.data, transfer: row };
  return (
    <aside
      className="detail"
      aria-label={t('detail.label')}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && !event.defaultPrevented) onClose();
      }}
    >
      {/* one by one: who takes all of an answer is also told whenever it is asked for again */}
      <Answered answer={{ data: detail, error: answer.error, refetch: answer.refetch }}>
        {(known) => <Known detail={known} tab={tab} onClose={onClose} />}
      </Answered>
      {detail === undefined && (
        <div className="detail-back">
          <IconButton icon="close" label={t('common.close')} onPress={onClose} />
        </div>
      )}
    </aside>
  );
}

/** Removed, here or by another: what is left to see is the list. */
function useGone(isThere: boolean, onGone: () => void): void {
  const wasThere = useRef(false);
  const latest = useRef(onGone);
  useEffect(() => {
    latest.current = onGone;
  }, [onGone]);
  useEffect(() => {
    if (isThere) wasThere.current = true;
    else if (wasThere.current) latest.current();
  }, [isThere]);
}

function Known(props: {
  readonly detail: TransferDetail;
  readonly tab: DetailTab;
  readonly onClose: () => void;
}) {
  const { detail, tab, onClose } = props;
  const words = useWords();
  const { t, format } = words;
  const { transfer } = detail;
  const hint = transfer.reason === undefined ? undefined : words.hint(transfer.reason);
  return (
    <>
      <header className="detail-head">
        <CloseButton onClose={onClose} />
        <div className="detail-title">
          <h2 dir="auto">{transfer.name}</h2>
          <p className="detail-line" data-state={transfer.state}>
            <strong>{t(`state.${transfer.state}`)}</strong> · {stateLine(words, transfer)}
          </p>
          {hint !== undefined && <p className="detail-hint">{hint}</p>}
        </div>
      </header>
      <div className="detail-progress">
        <Bar
          share={progressOf(transfer)}
          state={transfer.state}
          label={t('detail.progress')}
          text={format.percent(transfer.have, transfer.wanted)}
        />
        <span className="number">{format.percent(transfer.have, transfer.wanted)}</span>
      </div>
      <DetailActions detail={detail} />
      <DetailContext value={detail}>
        <DetailTabs id={transfer.id} tab={tab} />
      </DetailContext>
    </>
  );
}

const CloseButton = memo(function CloseButton({ onClose }: { readonly onClose: () => void }) {
  const { t } = useWords();
  return (
    <IconButton icon="back" className="detail-close" label={t('detail.close')} onPress={onClose} />
  );
});

const DetailTabs = memo(function DetailTabs(props: {
  readonly id: string;
  readonly tab: DetailTab;
}) {
  const { id, tab } = props;
  const { t } = useWords();
  const { go } = useNavigation();
  useEffect(() => {
    const chosen = document.querySelector('.tab[data-selected]');
    chosen?.scrollIntoView({ inline: 'nearest', block: 'nearest' });
  }, [tab]);
  return (
    <Tabs
      className="tabs"
      selectedKey={tab}
      onSelectionChange={(key) => {
        const next = DETAIL_TABS.find((known) => known === key);
        if (next !== undefined) go({ screen: 'transfers', id, tab: next }, 'replace');
      }}
    >
      <TabList className="tab-list" aria-label={t('detail.tabs')}>
        {DETAIL_TABS.map((name) => (
          <Tab key={name} id={name} className="tab">
            {t(`tab.${name}`)}
          </Tab>
        ))}
      </TabList>
      {DETAIL_TABS.map((name) => (
        <TabPanel key={name} id={name} className="tab-panel">
          <Loaded>
            <Panel tab={name} />
          </Loaded>
        </TabPanel>
      ))}
    </Tabs>
  );
});

function Panel({ tab }: { readonly tab: DetailTab }) {
  const detail = use(DetailContext);
  if (detail === undefined) throw new Error('outside of DetailContext');
  const { id } = detail.transfer;
  switch (tab) {
    case 'overview':
      return <Overview detail={detail} />;
    case 'files':
      return <FilesTab id={id} />;
    case 'peers':
      return <PeersTab id={id} />;
    case 'trackers':
      return <TrackersTab detail={detail} />;
    case 'pieces':
      return <PiecesTab id={id} pieceLength={detail.pieceLength} />;
    case 'speed':
      return <SpeedTab id={id} />;
    case 'log':
      return <LogTab id={id} />;
  }
}
