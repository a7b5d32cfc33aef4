/** An end to all that goes out: exactly what ends is said first, and what could not be ended afterwards. */
import { useState } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { usePeer } from '../peer/use-peer.ts';
import { Sheet, SheetFooter } from '../ui/controls.tsx';
import { problemWords, useNotify, useTry } from '../ui/toasts.tsx';
import { useShared } from './shared-now.ts';
import type { Shared } from './shared-now.ts';

export function StopSheet({ onClose }: { readonly onClose: () => void }) {
  const words = useWords();
  const { t } = words;
  const shared = useShared();
  const stop = useStop();
  const notify = useNotify();
  const peer = usePeer();
  const attempt = useTry();
  const [isStopping, setIsStopping] = useState(false);
  const { transfers, sends, links, invitations } = shared;
  const count = transfers.length + sends.length + links.length + invitations.length;
  const run = async (): Promise<void> => {
    setIsStopping(true);
    const [problem] = await stop(shared);
    onClose();
    const ids = transfers.map(({ id }) => id);
    const resume = (): void => void attempt(() => peer.act(ids, 'resume'));
    notify(
      {
        title: t(problem === undefined ? 'stop.done' : 'stop.partly'),
        hint: problem === undefined ? t('stop.done-text') : problemWords(words, problem).title,
        ...(ids.length > 0 && { action: { label: t('stop.resume'), run: resume } }),
      },
      12_000,
    );
  };
  return (
    <Sheet
      title={t('stop.title')}
      size="small"
      onClose={onClose}
      footer={
        <SheetFooter
          onCancel={onClose}
          onDo={() => void run()}
          doing={t('stop.do')}
          kind="danger"
          icon="close"
          isDisabled={isStopping || count === 0}
        />
      }
    >
      {count === 0 ? (
        <p>{t('stop.nothing')}</p>
      ) : (
        <>
          <p>{t('stop.text')}</p>
          <ul className="dots">
            {transfers.length > 0 && <li>{t('stop.transfers', { count: transfers.length })}</li>}
            {sends.length > 0 && <li>{t('stop.sends', { count: sends.length })}</li>}
            {links.length > 0 && <li>{t('stop.links', { count: links.length })}</li>}
            {invitations.length > 0 && (
              <li>{t('stop.invitations', { count: invitations.length })}</li>
            )}
          </ul>
          <p className="muted">{t('stop.stays')}</p>
        </>
      )}
    </Sheet>
  );
}

/** All of them are tried, also when one cannot be ended. */
function useStop(): (shared: Shared) => Promise<unknown[]> {
  const peer = usePeer();
  const { client, queries } = peer;
  return async ({ transfers, sends, links, invitations }) => {
    const ids = transfers.map(({ id }) => id);
    const results = await Promise.allSettled([
      ...(ids.length > 0 ? [peer.act(ids, 'pause')] : []),
      ...sends.map(({ id }) => client.call('withdrawSend', { params: { id } })),
      ...links.map(({ id }) => client.call('revokeGuestLink', { params: { id } })),
      ...invitations.map(({ id }) => client.call('revokeInvitation', { params: { id } })),
    ]);
    await queries.invalidateQueries();
    return results.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
  };
}
