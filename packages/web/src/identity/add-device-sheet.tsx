/** One more device of one's own: a code that it reads or that is typed there, then a look whether it is the right one. */
import type { DevicePairing, Identity } from '@coequal/contract';
import { useEffect, useState } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { usePeer } from '../peer/use-peer.ts';
import { CodeReach } from '../ui/code-reach.tsx';
import { Button, Sheet } from '../ui/controls.tsx';
import { Empty, useNow } from '../ui/parts.tsx';
import { QrCode } from '../ui/qr-code.tsx';
import { useTry } from '../ui/toasts.tsx';
import { usePairing } from './join-card.tsx';
import { PassPhraseField } from './pass-phrase.tsx';

export function AddDeviceSheet(props: {
  readonly identity: Identity;
  readonly onClose: () => void;
}) {
  const { t } = useWords();
  const { client, queries } = usePeer();
  const attempt = useTry();
  const [hasBegun, setHasBegun] = useState(false);
  const { data } = usePairing(hasBegun);
  const [start] = useState(() => async (): Promise<void> => {
    await attempt(async () => {
      queries.setQueryData(['identity', 'pairing'], await client.call('startPairing', {}));
      setHasBegun(true);
    });
  });
  useEffect(() => void start(), [start]);
  const close = (): void => {
    // nobody can join any more once this is closed
    if (data?.state !== 'joined') void attempt(() => client.call('cancelPairing', {}));
    props.onClose();
  };
  return (
    <Sheet title={t('add-device.title')} onClose={close}>
      {data === undefined ? (
        <p role="status">{t('common.asking')}</p>
      ) : (
        <Pairing pairing={data} identity={props.identity} onAgain={() => void start()} />
      )}
    </Sheet>
  );
}

function Pairing(props: {
  readonly pairing: DevicePairing;
  readonly identity: Identity;
  readonly onAgain: () => void;
}) {
  const { pairing, identity, onAgain } = props;
  const { t, tell, hint } = useWords();
  const { state, other, problem } = pairing;
  if (state === 'waiting') return <Code pairing={pairing} onAgain={onAgain} />;
  if (state === 'asking') return <Question pairing={pairing} identity={identity} />;
  if (state === 'joined')
    return (
      <Empty icon="check" title={t('add-device.done', { name: other?.name ?? '' })}>
        <p>{t('add-device.done-text')}</p>
      </Empty>
    );
  return (
    <Empty icon="warn" title={problem === undefined ? t('join.ended') : tell(problem)}>
      {problem !== undefined && <p>{hint(problem)}</p>}
      <Button onPress={onAgain}>{t('pair.again')}</Button>
    </Empty>
  );
}

function Code({ pairing, onAgain }: { readonly pairing: DevicePairing; onAgain: () => void }) {
  const { t, format } = useWords();
  const now = useNow(1_000);
  const { code = '', link = code, validUntil = 0, reach } = pairing;
  const seconds = Math.ceil((validUntil - now) / 1_000);
  return (
    <div className="pairing">
      <p>{t('add-device.text')}</p>
      <div className="pairing-code">
        <QrCode text={link} label={t('add-device.qr')} isOver={seconds <= 0} />
        <div>
          <h3>{t('add-device.code')}</h3>
          <p className="spoken-code" dir="ltr">
            {code}
          </p>
          <p className="muted">
            {seconds > 0
              ? t('pair.left', { time: format.duration(seconds) ?? '' })
              : t('pair.over')}
          </p>
          {seconds > 0 && <CodeReach reach={reach} />}
          <div className="card-buttons">
            <Button icon="reset" onPress={onAgain}>
              {t('pair.again')}
            </Button>
          </div>
        </div>
      </div>
    </div>
  );
}

function Question(props: { readonly pairing: DevicePairing; readonly identity: Identity }) {
  const { other, confirmCode } = props.pairing;
  const { isSealed, isUnlocked } = props.identity;
  const { t } = useWords();
  const { client, queries } = usePeer();
  const attempt = useTry();
  const [passPhrase, setPassPhrase] = useState('');
  const needsIt = isSealed && !isUnlocked;
  const answer = (accept: boolean): void =>
    void attempt(async () => {
      const body = { accept, ...(needsIt && accept && { passPhrase }) };
      queries.setQueryData(['identity', 'pairing'], await client.call('answerPairing', { body }));
      await queries.invalidateQueries({ queryKey: ['identity', 'devices'] });
    });
  return (
    <div className="pairing">
      <p>
        <strong>{t('add-device.asks', { name: other?.name ?? '' })}</strong>
      </p>
      <p className="spoken-code" dir="ltr">
        {confirmCode}
      </p>
      <p>{t('add-device.asks-text')}</p>
      {needsIt && <PassPhraseField value={passPhrase} onChange={setPassPhrase} autoFocus />}
      <div className="form-foot">
        <Button
          kind="primary"
          isDisabled={needsIt && passPhrase === ''}
          onPress={() => answer(true)}
        >
          {t('add-device.yes')}
        </Button>
        <Button onPress={() => answer(false)}>{t('add-device.no')}</Button>
      </div>
    </div>
  );
}
