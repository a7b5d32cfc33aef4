/** Who is connected, and what goes on between them and this peer. */
import type { TransferPeer } from '@coequal/contract';
import { memo, useState } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { useAnswer, usePeer } from '../peer/use-peer.ts';
import { Button } from '../ui/controls.tsx';
import { TextField } from '../ui/fields.tsx';
import { Icon } from '../ui/icon.tsx';
import { Answered, Bar, Empty } from '../ui/parts.tsx';
import { useNotify, useTry } from '../ui/toasts.tsx';

const PEERS_EVERY_MS = 2_000;
/** A transfer has at most some hundreds; so many are worth reading. */
const PEERS_SHOWN_MAX = 200;
const SOURCES = ['given', 'magnet', 'incoming', 'tracker', 'lsd', 'dht', 'pex'] as const;

export const PeersTab = memo(function PeersTab({ id }: { readonly id: string }) {
  const { t } = useWords();
  const answer = useAnswer(
    ['peers', id],
    'listPeers',
    { params: { id } },
    {
      everyMs: PEERS_EVERY_MS,
    },
  );
  return (
    <>
      <Answered answer={answer}>
        {({ peers }) =>
          peers.length === 0 ? (
            <Empty icon="people" title={t('peers.none')}>
              <p>{t('peers.none-text')}</p>
            </Empty>
          ) : (
            <PeerList peers={peers} />
          )
        }
      </Answered>
      <AddPeer id={id} />
    </>
  );
});

function PeerList({ peers }: { readonly peers: readonly TransferPeer[] }) {
  const { t } = useWords();
  const busiest = peers.toSorted((one, other) => other.down + other.up - one.down - one.up);
  const shown = busiest.slice(0, PEERS_SHOWN_MAX);
  return (
    <>
      <p className="muted">{t('peers.count', { count: peers.length })}</p>
      <ul className="peers" aria-label={t('tab.peers')}>
        {shown.map((peer) => (
          <PeerRow key={`${peer.address} ${peer.port}`} peer={peer} />
        ))}
      </ul>
    </>
  );
}

function PeerRow({ peer }: { readonly peer: TransferPeer }) {
  const { t, format } = useWords();
  const source = SOURCES.find((known) => known === peer.source);
  const address = peer.address.includes(':') ? `[${peer.address}]` : peer.address;
  return (
    <li className="peer">
      <p className="peer-name">
        <span className="code" dir="ltr">
          {address}:{peer.port}
        </span>
        <span className="muted" dir="auto">
          {peer.client}
        </span>
      </p>
      <p className="peer-has">
        <Bar share={peer.progress} state="seeding" />
        <span className="number">
          {t('peers.has', { share: format.percent(peer.progress, 1) })}
        </span>
      </p>
      <p className="peer-speeds number">
        <span className="is-down">
          <Icon name="down" size={13} />
          {format.rate(peer.down)}
        </span>
        <span className="is-up">
          <Icon name="up" size={13} />
          {format.rate(peer.up)}
        </span>
      </p>
      <p className="peer-how muted">
        {[
          t(`peers.by-${peer.transport}`),
          ...(source === undefined ? [] : [t(`source.${source}`)]),
          between(peer, t),
        ].join(' · ')}
      </p>
    </li>
  );
}

/** What the two want of each other, in one phrase. */
function between(peer: TransferPeer, t: ReturnType<typeof useWords>['t']): string {
  if (peer.isInterested && peer.isChoking) return t('peers.we-wait');
  if (peer.isInterested) return t('peers.we-fetch');
  if (peer.areInterested && peer.areChoked) return t('peers.they-wait');
  if (peer.areInterested) return t('peers.they-fetch');
  return t('peers.nothing');
}

function AddPeer({ id }: { readonly id: string }) {
  const { t } = useWords();
  const { client } = usePeer();
  const attempt = useTry();
  const notify = useNotify();
  const [text, setText] = useState('');
  const add = async (): Promise<void> => {
    const peers = text.split(/[\s,]+/).filter(Boolean);
    const isDone = await attempt(() =>
      client.call('addPeers', { params: { id }, body: { peers } }),
    );
    if (!isDone) return;
    notify({ title: t('peers.added') });
    setText('');
  };
  return (
    <div className="inline-form">
      <TextField
        label={t('peers.add')}
        placeholder="192.0.2.1:6881"
        isCode
        value={text}
        onChange={setText}
      />
      <Button isDisabled={text.trim() === ''} onPress={() => void add()}>
        {t('peers.connect')}
      </Button>
    </div>
  );
}
