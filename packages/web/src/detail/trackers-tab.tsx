/** Where peers are found: trackers, which can be changed, and all other ways. */
import type { PeerSourceReport, Tracker, TransferDetail } from '@coequal/contract';
import { useState } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { usePeer } from '../peer/use-peer.ts';
import { useActions } from '../shell/actions.tsx';
import { Button, Sheet, SheetFooter } from '../ui/controls.tsx';
import { TextField } from '../ui/fields.tsx';
import { Icon } from '../ui/icon.tsx';
import type { IconName } from '../ui/icon.tsx';
import { Empty, useNow } from '../ui/parts.tsx';
import { useTry } from '../ui/toasts.tsx';

const TRACKER_ICONS: Readonly<Record<Tracker['state'], IconName>> = {
  idle: 'wait',
  announcing: 'wait',
  working: 'check',
  failed: 'warn',
  off: 'pause',
};

export function TrackersTab({ detail }: { readonly detail: TransferDetail }) {
  const { t } = useWords();
  const { act } = useActions();
  const [isEditing, setIsEditing] = useState(false);
  const { trackers, sources, transfer } = detail;
  return (
    <>
      <div className="tab-head">
        <h3>{t('trackers.title')}</h3>
        <Button kind="plain" icon="reset" onPress={() => act([transfer.id], 'announce')}>
          {t('trackers.ask')}
        </Button>
        <Button kind="plain" onPress={() => setIsEditing(true)}>
          {t('trackers.edit')}
        </Button>
      </div>
      {trackers.length === 0 ? (
        <Empty icon="reach" title={t('trackers.none')}>
          <p>{t(transfer.isPrivate ? 'trackers.none-private' : 'trackers.none-text')}</p>
        </Empty>
      ) : (
        <ul className="trackers">
          {trackers.map((tracker) => (
            <TrackerRow key={tracker.url} tracker={tracker} />
          ))}
        </ul>
      )}
      <h3>{t('sources.title')}</h3>
      <Sources sources={sources} />
      {isEditing && <TrackersSheet detail={detail} onClose={() => setIsEditing(false)} />}
    </>
  );
}

function TrackerRow({ tracker }: { readonly tracker: Tracker }) {
  const words = useWords();
  const { t, format } = words;
  const now = useNow(10_000);
  const { url, state, problem, nextAnnounceAt, seeds, leeches, given } = tracker;
  const next =
    nextAnnounceAt === undefined || nextAnnounceAt <= now
      ? undefined
      : format.duration((nextAnnounceAt - now) / 1_000);
  const told = [
    t(`tracker.${state}`),
    ...(problem === undefined ? [] : [words.problem(problem)]),
    ...(given === undefined ? [] : [t('trackers.given', { count: given })]),
    ...(seeds === undefined ? [] : [t('trackers.seeds', { count: seeds })]),
    ...(leeches === undefined ? [] : [t('trackers.leeches', { count: leeches })]),
    ...(next === undefined ? [] : [t('trackers.next', { time: next })]),
  ];
  return (
    <li data-state={state}>
      <Icon name={TRACKER_ICONS[state]} />
      <div>
        <p className="code" dir="ltr">
          {url}
        </p>
        <p className="muted">{told.join(' · ')}</p>
      </div>
    </li>
  );
}

function Sources({ sources }: { readonly sources: readonly PeerSourceReport[] }) {
  const { t, format } = useWords();
  const now = useNow(10_000);
  if (sources.length === 0) return <p className="muted">{t('sources.resting')}</p>;
  return (
    <table className="table sources">
      <thead>
        <tr>
          <th scope="col">{t('sources.from')}</th>
          {NUMBERS.map((name) => (
            <th key={name} scope="col" className="number">
              {t(name)}
            </th>
          ))}
        </tr>
      </thead>
      {sources.map((report) => (
        <tbody key={report.source} data-source={report.source}>
          <tr>
            <th scope="rowgroup">{t(`source.${report.source}`)}</th>
            <td className="number">{format.number(report.given)}</td>
            <td className="number">{format.number(report.links)}</td>
            <td className="number">{format.bytes(report.downloaded)}</td>
          </tr>
          <tr>
            <td colSpan={1 + NUMBERS.length}>
              <SourceState report={report} now={now} />
            </td>
          </tr>
        </tbody>
      ))}
    </table>
  );
}

const NUMBERS = ['sources.given', 'sources.links', 'sources.fetched'] as const;

function SourceState(props: { readonly report: PeerSourceReport; readonly now: number }) {
  const words = useWords();
  const { t, format } = words;
  const { state, why, problem, nextTryAt, nodes, connected } = props.report;
  const seconds = nextTryAt === undefined ? 0 : (nextTryAt - props.now) / 1_000;
  const time = seconds > 0 ? format.duration(seconds) : undefined;
  const parts = [
    state === 'off' ? t(`source-off.${why ?? 'switched-off'}`) : t(`source-state.${state}`),
    ...(problem === undefined ? [] : [words.problem(problem)]),
    ...(nodes === undefined ? [] : [t('sources.nodes', { count: nodes })]),
    ...(connected === 0 ? [] : [t('sources.connected', { count: connected })]),
    ...(time === undefined
      ? []
      : [t(state === 'failed' ? 'sources.next-try' : 'sources.next', { time })]),
  ];
  return <p className="muted">{parts.join(' · ')}</p>;
}

/** Tiers, with an empty line between them. */
function formatTiers(trackers: readonly Tracker[]): string {
  const tiers = new Map<number, string[]>();
  for (const { url, tier } of trackers) tiers.set(tier, [...(tiers.get(tier) ?? []), url]);
  return [...tiers.values()].map((urls) => urls.join('\n')).join('\n\n');
}

function parseTiers(text: string): string[][] {
  return text
    .split(/\n\s*\n/)
    .map((tier) => tier.split(/\s+/).filter(Boolean))
    .filter((tier) => tier.length > 0);
}

function TrackersSheet(props: { readonly detail: TransferDetail; readonly onClose: () => void }) {
  const { detail, onClose } = props;
  const { t } = useWords();
  const { client, queries } = usePeer();
  const attempt = useTry();
  const { id } = detail.transfer;
  const [text, setText] = useState(() => formatTiers(detail.trackers));
  const save = async (): Promise<void> => {
    const isDone = await attempt(async () => {
      const body = { trackers: parseTiers(text) };
      queries.setQueryData(
        ['transfer', id],
        await client.call('changeTransfer', { params: { id }, body }),
      );
    });
    if (isDone) onClose();
  };
  return (
    <Sheet
      title={t('trackers.edit')}
      onClose={onClose}
      footer={<SheetFooter onCancel={onClose} onDo={() => void save()} doing={t('common.save')} />}
    >
      <TextField
        label={t('trackers.list')}
        description={t('trackers.list-text')}
        lines={8}
        isCode
        value={text}
        onChange={setText}
      />
    </Sheet>
  );
}
