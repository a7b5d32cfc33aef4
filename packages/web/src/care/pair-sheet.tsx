/** “Use it on your phone”: a QR code and a link that let one browser of another device in. */
import type { Pairing, RemotePage, Session } from '@coequal/contract';
import { useEffect, useRef, useState } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { useAnswer, usePeer } from '../peer/use-peer.ts';
import { Button, Sheet, SheetFooter } from '../ui/controls.tsx';
import { Select } from '../ui/fields.tsx';
import { Icon } from '../ui/icon.tsx';
import { Answered, copyText, Empty, useNow } from '../ui/parts.tsx';
import { QrCode } from '../ui/qr-code.tsx';
import { useNotify, useTry } from '../ui/toasts.tsx';

/** While it is looked at: somebody waits with a phone in the hand. */
const LOOK_EVERY_MS = 1_000;
/** Groups of the fingerprint that people compare: 64 bits, which nobody finds another key for. */
const GROUPS_SHOWN = 8;

export function PairSheet({ onClose }: { readonly onClose: () => void }) {
  const { t } = useWords();
  const answer = useAnswer(['remote-page'], 'showRemotePage', {}, { everyMs: LOOK_EVERY_MS });
  const state = answer.data?.state;
  return (
    <Sheet
      title={t('pair.title')}
      onClose={onClose}
      {...(state === 'off' && { footer: <OpenFooter onClose={onClose} /> })}
    >
      <div className="pairing">
        <Answered answer={answer}>
          {(page) => (page.state === 'open' ? <OpenPage page={page} /> : <NotOpen page={page} />)}
        </Answered>
      </div>
    </Sheet>
  );
}

function OpenFooter({ onClose }: { readonly onClose: () => void }) {
  const { t } = useWords();
  const { client, queries } = usePeer();
  const attempt = useTry();
  const open = (): void =>
    void attempt(async () => {
      const body = { values: { pageReach: 'https' as const } };
      queries.setQueryData(['settings'], await client.call('changeSettings', { body }));
      await queries.invalidateQueries({ queryKey: ['remote-page'] });
    });
  return <SheetFooter onCancel={onClose} onDo={open} doing={t('pair.open')} icon="phone" />;
}

function NotOpen({ page: { state, problem } }: { readonly page: RemotePage }) {
  const { t, tell, hint } = useWords();
  if (problem !== undefined)
    return (
      <Empty icon="warn" title={tell(problem)}>
        <p>{hint(problem)}</p>
      </Empty>
    );
  if (state !== 'off') return <p role="status">{t('devices.starting')}</p>;
  return (
    <>
      <p>{t('pair.closed')}</p>
      <ul className="pairing-list">
        <li>{t('pair.closed-1')}</li>
        <li>{t('pair.closed-2')}</li>
        <li>{t('pair.closed-3')}</li>
      </ul>
    </>
  );
}

interface Made {
  readonly pairing: Pairing;
  /** Who was signed in before. */
  readonly before: ReadonlySet<string>;
}

function OpenPage({ page }: { readonly page: RemotePage }) {
  const { t } = useWords();
  const [made, makeAnother] = usePairing();
  const arrived = useArrived(made);
  if (made === undefined) return <p role="status">{t('common.asking')}</p>;
  if (arrived !== undefined)
    return (
      <Empty
        icon="check"
        title={t('pair.done', { name: arrived.name === '' ? t('sessions.unknown') : arrived.name })}
      >
        <p>{t('pair.done-text')}</p>
      </Empty>
    );
  return (
    <>
      <p>{t('pair.scan')}</p>
      <Code pairing={made.pairing} onAgain={makeAnother} />
      {page.wanted === 'https' ? <Warning page={page} /> : <Plain />}
    </>
  );
}

/** One when it is opened, and another whenever it is asked for. */
function usePairing(): [Made | undefined, () => void] {
  const { client } = usePeer();
  const attempt = useTry();
  const [made, setMade] = useState<Made>();
  const make = (): void =>
    void attempt(async () => {
      const { sessions } = await client.call('listSessions', {});
      const pairing = await client.call('pairBrowser', {});
      setMade({ pairing, before: new Set(sessions.map(({ id }) => id)) });
    });
  const first = useRef(make);
  useEffect(() => first.current(), []);
  return [made, make];
}

function useArrived(made: Made | undefined): Session | undefined {
  const { data } = useAnswer(['sessions'], 'listSessions', {}, { everyMs: LOOK_EVERY_MS });
  if (made === undefined) return undefined;
  return data?.sessions.find(({ id, door }) => door !== 'loopback' && !made.before.has(id));
}

function Code({ pairing, onAgain }: { readonly pairing: Pairing; readonly onAgain: () => void }) {
  const { t, format } = useWords();
  const notify = useNotify();
  const now = useNow(LOOK_EVERY_MS);
  const { links, validUntil } = pairing;
  const [host, setHost] = useState(links[0]?.host ?? '');
  const url = (links.find((link) => link.host === host) ?? links[0])?.url ?? '';
  const seconds = Math.ceil((validUntil - now) / 1_000);
  const isOver = seconds <= 0;
  const copy = async (): Promise<void> => {
    const isCopied = await copyText(url);
    notify({ title: t(isCopied ? 'copy.done' : 'copy.failed') });
  };
  return (
    <div className="pairing-code">
      <QrCode text={url} label={t('pair.qr')} isOver={isOver} />
      <div>
        {links.length > 1 && (
          <Select
            label={t('pair.address')}
            description={t('pair.address-text')}
            value={host}
            options={links.map((link) => ({ id: link.host, label: link.host }))}
            onChange={setHost}
          />
        )}
        <p
          className="secret code"
          dir="ltr"
          aria-label={t('pair.link')}
          role="textbox"
          aria-readonly
          tabIndex={0}
        >
          {url}
        </p>
        <p className="muted">
          {isOver ? t('pair.over') : t('pair.left', { time: format.duration(seconds) ?? '' })}
        </p>
        <div className="card-buttons">
          <Button icon="copy" isDisabled={isOver} onPress={() => void copy()}>
            {t('copy.do')}
          </Button>
          <Button icon="reset" kind={isOver ? 'primary' : 'quiet'} onPress={onAgain}>
            {t('pair.again')}
          </Button>
        </div>
      </div>
    </div>
  );
}

function Warning({ page: { certificate } }: { readonly page: RemotePage }) {
  const { t } = useWords();
  if (certificate?.isOwn !== true) return null;
  return (
    <section className="pairing-note">
      <h3>
        <Icon name="warn" size={18} /> {t('pair.warning')}
      </h3>
      <p>{t('pair.warning-text')}</p>
      <p className="code fingerprint" dir="ltr">
        <strong>{certificate.fingerprint.split(':').slice(0, GROUPS_SHOWN).join(':')}</strong>
      </p>
      <p>{t('pair.warning-stop')}</p>
    </section>
  );
}

function Plain() {
  const { t } = useWords();
  return (
    <p className="pairing-note" role="note">
      {t('pair.plain')}
    </p>
  );
}
