/** A transfer's state in words: what it does, or why it does not. */
import type { Transfer } from '@coequal/contract';
import type { Words } from '../i18n/language.ts';
import type { IconName } from '../ui/icon.tsx';

export const STATE_ICONS: Readonly<Record<Transfer['state'], IconName>> = {
  queued: 'wait',
  paused: 'pause',
  metadata: 'search',
  checking: 'check_all',
  downloading: 'down',
  seeding: 'up',
  finished: 'check',
  moving: 'folder',
  failed: 'warn',
};

/** What the peer gives as a reason, else what can be seen from the numbers. */
export function stateLine(words: Words, transfer: Transfer): string {
  const { t, format } = words;
  const { state, reason, down, up, peers, etaSeconds } = transfer;
  if (reason !== undefined) return words.tell(reason);
  if (state === 'downloading' && down > 0) {
    const left = etaSeconds === undefined ? undefined : format.duration(etaSeconds);
    return left === undefined
      ? t('line.fetching', { peers })
      : t('line.fetching-left', { peers, left });
  }
  if (state === 'seeding') return up > 0 ? t('line.passing-on', { peers }) : t('line.nobody-asks');
  if (state === 'queued') return t('line.queued', { position: transfer.queuePosition });
  if (state === 'finished' && transfer.completedAt !== undefined)
    return t('line.finished', { date: format.date(transfer.completedAt) });
  return t(`line.${state}`);
}

/** One sentence for a screen reader. */
export function transferLabel(words: Words, transfer: Transfer): string {
  const { t, format } = words;
  return t('transfers.row-label', {
    name: transfer.name,
    state: t(`state.${transfer.state}`),
    progress: format.percent(transfer.have, transfer.wanted),
  });
}
