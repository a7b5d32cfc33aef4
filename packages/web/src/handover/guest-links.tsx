/** Links for people without the program: who uses them, and ending them. */
import type { GuestLink, GuestTransfer } from '@coequal/contract';
import { useState } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { useAnswer, usePeer } from '../peer/use-peer.ts';
import { Button, IconButton } from '../ui/controls.tsx';
import { Icon } from '../ui/icon.tsx';
import { Answered, Bar, Empty } from '../ui/parts.tsx';
import { useNotify, useTry } from '../ui/toasts.tsx';
import { GuestLinkSheet, ShowGuestLink } from './guest-link-sheet.tsx';
import { GuestOutside } from './guest-outside.tsx';

export function GuestLinks() {
  const { t } = useWords();
  const answer = useAnswer(['guest-links'], 'listGuestLinks', {});
  const [isMaking, setIsMaking] = useState(false);
  return (
    <>
      <section className="card" aria-labelledby="guest-links">
        <header className="card-head">
          <h2 id="guest-links">{t('guest.title')}</h2>
          <Button icon="add" onPress={() => setIsMaking(true)}>
            {t('guest.make')}
          </Button>
        </header>
        <p className="muted">{t('guest.text')}</p>
        <Answered answer={answer}>
          {({ links }) =>
            links.length === 0 ? (
              <Empty icon="link" title={t('guest.none')}>
                <p>{t('guest.none-text')}</p>
              </Empty>
            ) : (
              <ul className="things">
                {links.map((link) => (
                  <GuestLinkCard key={link.id} link={link} />
                ))}
              </ul>
            )
          }
        </Answered>
      </section>
      {isMaking && <GuestLinkSheet onClose={() => setIsMaking(false)} />}
    </>
  );
}

function GuestLinkCard({ link }: { readonly link: GuestLink }) {
  const { id, title, state, problem, size, fileCount, guests, guestsMax, expiresAt } = link;
  const { t, format, tell, hint } = useWords();
  const { client, queries } = usePeer();
  const attempt = useTry();
  const notify = useNotify();
  const [isShown, setIsShown] = useState(false);
  const revoke = (): void =>
    void attempt(async () => {
      await client.call('revokeGuestLink', { params: { id } });
      await queries.invalidateQueries({ queryKey: ['guest-links'] });
      notify({ title: t('guest.revoked', { what: title }) });
    });
  const facts = [
    fileCount > 0 ? `${format.bytes(size)} · ${t('offer.files', { count: fileCount })}` : '',
    guestsMax === undefined
      ? t('guest.guests', { count: guests })
      : t('guest.guests-of', { count: guests, max: guestsMax }),
    t('guest.until', { date: format.dateTime(expiresAt) }),
  ];
  return (
    <li className="thing" data-state={state}>
      <span className="state-mark" data-state={state === 'failed' ? 'failed' : 'seeding'}>
        <Icon name={state === 'failed' || state === 'changed' ? 'warn' : 'link'} size={18} />
      </span>
      <div className="thing-body">
        <p className="thing-title">
          <strong dir="auto">{title}</strong>{' '}
          <span className="badge" data-from={link.reach === 'internet' ? 'anyone' : undefined}>
            {t(`guest-reach.${link.reach}`)}
          </span>
        </p>
        <p className="muted">{facts.filter(Boolean).join(' · ')}</p>
        {state !== 'open' && <p className="thing-state">{t(`guest-state.${state}`)}</p>}
        {problem !== undefined && (
          <p className="thing-problem">
            <Icon name="warn" size={16} /> {tell(problem)}. {hint(problem)}
          </p>
        )}
        <GuestOutside outside={link.outside} />
        {link.mayUpload && (
          <p className="muted">
            {t('guest.box', {
              used: format.bytes(link.uploadedBytes),
              max: format.bytes(link.uploadBytesMax ?? 0),
            })}
          </p>
        )}
        {link.transfers.length > 0 && (
          <ul className="receivers-list">
            {link.transfers.map((transfer) => (
              <TransferLine key={transfer.id} link={id} transfer={transfer} />
            ))}
          </ul>
        )}
        <div className="card-buttons">
          {link.addresses.length > 0 && (
            <Button icon="eye" onPress={() => setIsShown(true)}>
              {t('guest.show')}
            </Button>
          )}
          <Button icon="close" onPress={revoke}>
            {t('guest.revoke')}
          </Button>
        </div>
      </div>
      {isShown && <ShowGuestLink link={link} onClose={() => setIsShown(false)} />}
    </li>
  );
}

function TransferLine(props: { readonly link: string; readonly transfer: GuestTransfer }) {
  const { id, direction, guest, name, done, size, state, path } = props.transfer;
  const { t, format } = useWords();
  const { client, queries } = usePeer();
  const attempt = useTry();
  const stop = (): void =>
    void attempt(async () => {
      const params = { id: props.link, transfer: id };
      await client.call('stopGuestTransfer', { params });
      await queries.invalidateQueries({ queryKey: ['guest-links'] });
    });
  const who = guest === '' ? t('guest.somebody') : guest;
  return (
    <li className="guest-transfer">
      <Icon name={direction === 'download' ? 'up' : 'down'} size={16} />
      <div>
        <p>
          {t(direction === 'download' ? 'guest.takes' : 'guest.puts', { who, what: name })}{' '}
          <span className="muted">
            {state === 'running' ? format.percent(done, size) : t(`guest-transfer.${state}`)}
          </span>
        </p>
        {state === 'running' && (
          <Bar
            share={size === 0 ? 0 : done / size}
            state={direction === 'download' ? 'seeding' : 'downloading'}
            label={name}
          />
        )}
        {path !== undefined && (
          <p className="code muted" dir="ltr">
            {path}
          </p>
        )}
      </div>
      {state === 'running' && (
        <IconButton icon="close" label={t('guest.stop', { who })} onPress={stop} />
      )}
    </li>
  );
}
