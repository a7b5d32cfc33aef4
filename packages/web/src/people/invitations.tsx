/** Invitations that are open, and those of others that are being accepted. */
import type { Acceptance, Invitation } from '@coequal/contract';
import { useEffect, useRef, useState } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { useAnswer, usePeer } from '../peer/use-peer.ts';
import { Button, IconButton, Sheet } from '../ui/controls.tsx';
import { Icon } from '../ui/icon.tsx';
import { Answered } from '../ui/parts.tsx';
import { useEndNotices, useNotify, useTry } from '../ui/toasts.tsx';
import { Made } from './invite-sheet.tsx';
import { subjectOf, useAcceptances } from './people-answers.ts';

/** The last ones that are over; the rest is of no use. */
const OVER_SHOWN = 3;

export function Invitations() {
  const { t } = useWords();
  const answer = useAnswer(['invitations'], 'listInvitations', {});
  const { data } = answer;
  if (data?.invitations.length === 0) return null;
  return (
    <section className="card" aria-labelledby="invitations">
      <h2 id="invitations">{t('invitations.title')}</h2>
      <Answered answer={answer}>
        {({ invitations }) => {
          const open = invitations.filter(({ state }) => state === 'open');
          const over = invitations.filter(({ state }) => state !== 'open').slice(0, OVER_SHOWN);
          return (
            <ul className="lines">
              {[...open, ...over].map((invitation) => (
                <InvitationLine key={invitation.id} invitation={invitation} />
              ))}
            </ul>
          );
        }}
      </Answered>
    </section>
  );
}

function InvitationLine({ invitation }: { readonly invitation: Invitation }) {
  const { id, note, state, usedBy, usesMax, validUntil, gift } = invitation;
  const { t, format } = useWords();
  const { client, queries } = usePeer();
  const attempt = useTry();
  const [isOpen, setIsOpen] = useState(false);
  const name = note === '' ? t('invitations.someone') : note;
  const revoke = (): void =>
    void attempt(async () => {
      await client.call('revokeInvitation', { params: { id } });
      await queries.invalidateQueries({ queryKey: ['invitations'] });
    });
  const told = [
    state === 'open'
      ? t('invitations.open', { date: format.dateTime(validUntil) })
      : t(`invitation.${state}`),
    ...(usesMax > 1 ? [t('invitations.used', { used: usedBy.length, max: usesMax })] : []),
    ...(gift === undefined ? [] : [t('invitations.gift', { what: gift.name })]),
  ];
  return (
    <li>
      <div>
        <p className="line-name" dir="auto">
          {usedBy.length > 0 ? format.list(usedBy.map((each) => each.name)) : name}
        </p>
        <p className="muted">{told.join(' · ')}</p>
        {usedBy.length > usesMax && <p>{t('invitations.more')}</p>}
      </div>
      {state === 'open' && (
        <>
          <Button onPress={() => setIsOpen(true)}>{t('invitations.show')}</Button>
          <IconButton icon="close" label={t('invitations.revoke', { name })} onPress={revoke} />
        </>
      )}
      {isOpen && (
        <Sheet title={t('invite.made')} size="large" onClose={() => setIsOpen(false)}>
          <Made made={invitation} />
        </Sheet>
      )}
    </li>
  );
}

/** Until they are done; then the contact is in the list. */
export function Acceptances() {
  const { t } = useWords();
  const { data } = useAcceptances();
  useArrival(data?.acceptances);
  const shown = (data?.acceptances ?? []).filter(({ state }) => state !== 'done');
  if (shown.length === 0) return null;
  return (
    <section className="card" aria-labelledby="acceptances">
      <h2 id="acceptances">{t('acceptances.title')}</h2>
      <ul className="lines">
        {shown.map((acceptance) => (
          <AcceptanceLine key={acceptance.id} acceptance={acceptance} />
        ))}
      </ul>
    </section>
  );
}

/** Says so when one of them is done that was not, when this was opened. */
function useArrival(acceptances: readonly Acceptance[] | undefined): void {
  const { t } = useWords();
  const { queries } = usePeer();
  const notify = useNotify();
  const endNotices = useEndNotices();
  const open = useRef<ReadonlySet<string>>(new Set());
  useEffect(() => {
    if (acceptances === undefined) return;
    const ended = acceptances.filter(({ id, state }) => open.current.has(id) && !isUnderWay(state));
    open.current = new Set(
      acceptances.filter(({ state }) => isUnderWay(state)).map(({ id }) => id),
    );
    for (const { id, state, name = '' } of ended) {
      const subject = subjectOf(id);
      // why it failed is in the list
      if (state === 'failed') endNotices(subject);
      else notify({ title: t('acceptances.done', { name }), hint: t('invite.came-text'), subject });
      void queries.invalidateQueries({ queryKey: ['contacts'] });
    }
  }, [acceptances, endNotices, notify, queries, t]);
}

function isUnderWay(state: Acceptance['state']): boolean {
  return state === 'looking' || state === 'greeting';
}

function AcceptanceLine({ acceptance }: { readonly acceptance: Acceptance }) {
  const { id, state, name, problem } = acceptance;
  const { t, tell, hint } = useWords();
  const { client, queries } = usePeer();
  const endNotices = useEndNotices();
  const attempt = useTry();
  const forget = (): void =>
    void attempt(async () => {
      await client.call('forgetAcceptance', { params: { id } });
      endNotices(subjectOf(id));
      await queries.invalidateQueries({ queryKey: ['invitations'] });
    });
  const shown = name ?? t('invitations.someone');
  return (
    <li>
      <Icon name={state === 'failed' ? 'warn' : 'wait'} />
      <div role="status">
        <p className="line-name" dir="auto">
          {shown}
        </p>
        <p className="muted">{t(`acceptance.${state}`)}</p>
        {problem !== undefined && (
          <p className="muted">
            {tell(problem)}. {hint(problem)}
          </p>
        )}
      </div>
      <IconButton icon="close" label={t('acceptances.forget', { name: shown })} onPress={forget} />
    </li>
  );
}
