/** On a new device: joining another one of the same person, by the code that it shows. */
import type { DevicePairing } from '@coequal/contract';
import { useState } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { useAnswer, usePeer } from '../peer/use-peer.ts';
import { Button } from '../ui/controls.tsx';
import { TextField } from '../ui/fields.tsx';
import { useTry } from '../ui/toasts.tsx';
import { DeviceNameField } from './device-name-field.tsx';

/** Somebody sits between two devices. */
const LOOK_EVERY_MS = 1_000;

export function JoinCard({ onBack }: { readonly onBack: () => void }) {
  const { t } = useWords();
  const { client, queries } = usePeer();
  const attempt = useTry();
  const [code, setCode] = useState('');
  const [deviceName, setDeviceName] = useState('');
  const [hasBegun, setHasBegun] = useState(false);
  const { data } = usePairing(hasBegun);
  const join = (): void =>
    void attempt(async () => {
      const body = {
        code: code.trim(),
        ...(deviceName.trim() !== '' && { deviceName: deviceName.trim() }),
      };
      queries.setQueryData(['identity', 'pairing'], await client.call('joinDevices', { body }));
      setHasBegun(true);
    });
  const cancel = (): void =>
    void attempt(async () => {
      await client.call('cancelPairing', {});
      setHasBegun(false);
    });
  return (
    <section className="card who" aria-labelledby="who">
      <h2 id="who">{t('join.title')}</h2>
      {hasBegun && data !== undefined ? (
        <Joining pairing={data} onCancel={cancel} />
      ) : (
        <>
          <p>{t('join.text')}</p>
          <TextField
            label={t('join.code')}
            value={code}
            onChange={setCode}
            onEnter={join}
            isCode
            autoFocus
            placeholder="7-amber-river-table"
          />
          <DeviceNameField value={deviceName} onChange={setDeviceName} />
          <div className="form-foot">
            <Button kind="primary" isDisabled={code.trim() === ''} onPress={join}>
              {t('join.do')}
            </Button>
            <Button onPress={onBack}>{t('first.back')}</Button>
          </div>
        </>
      )}
    </section>
  );
}

export function usePairing(isEnabled: boolean) {
  return useAnswer(
    ['identity', 'pairing'],
    'showPairing',
    {},
    { isEnabled, everyMs: LOOK_EVERY_MS },
  );
}

function Joining(props: { readonly pairing: DevicePairing; readonly onCancel: () => void }) {
  const { state, other, confirmCode, problem } = props.pairing;
  const { t, tell, hint } = useWords();
  return (
    <div className="pairing" role="status">
      {state === 'looking' && <p>{t('join.looking')}</p>}
      {state === 'asking' && (
        <>
          <p>{t('join.asking', { name: other?.name ?? '' })}</p>
          <p className="spoken-code" dir="ltr">
            {confirmCode}
          </p>
          <p className="muted">{t('join.asking-text')}</p>
        </>
      )}
      {state === 'joined' && <p>{t('join.joined')}</p>}
      {(state === 'failed' || state === 'none') && (
        <p>
          {problem === undefined ? t('join.ended') : `${tell(problem)}. ${hint(problem) ?? ''}`}
        </p>
      )}
      <div className="form-foot">
        <Button onPress={props.onCancel}>
          {t(state === 'failed' || state === 'none' ? 'common.try-again' : 'common.cancel')}
        </Button>
      </div>
    </div>
  );
}
