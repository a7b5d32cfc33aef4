/** Limits and goals of one transfer. */
import type { TransferDetail } from '@coequal/contract';
import { useState } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { usePeer } from '../peer/use-peer.ts';
import { Sheet, SheetFooter } from '../ui/controls.tsx';
import { Checkbox } from '../ui/fields.tsx';
import { NumberField, RateField } from '../ui/number-fields.tsx';
import { useTry } from '../ui/toasts.tsx';

export function LimitsSheet(props: {
  readonly detail: TransferDetail;
  readonly onClose: () => void;
}) {
  const { detail, onClose } = props;
  const { t } = useWords();
  const { client, queries } = usePeer();
  const attempt = useTry();
  const { id } = detail.transfer;
  const [limits, setLimits] = useState(detail.limits);
  const [goals, setGoals] = useState(detail.goals);
  const save = async (): Promise<void> => {
    const isDone = await attempt(async () =>
      queries.setQueryData(
        ['transfer', id],
        await client.call('changeTransfer', { params: { id }, body: { limits, goals } }),
      ),
    );
    if (isDone) onClose();
  };
  return (
    <Sheet
      title={t('limits.title')}
      size="small"
      onClose={onClose}
      footer={<SheetFooter onCancel={onClose} onDo={() => void save()} doing={t('common.save')} />}
    >
      <RateField
        label={t('limits.down')}
        value={limits.down}
        onChange={(down) => setLimits({ ...limits, down })}
      />
      <RateField
        label={t('limits.up')}
        value={limits.up}
        onChange={(up) => setLimits({ ...limits, up })}
      />
      <Checkbox isOn={limits.isExempt} onChange={(isExempt) => setLimits({ ...limits, isExempt })}>
        {t('limits.exempt')}
      </Checkbox>
      <h3>{t('limits.goals')}</h3>
      <NumberField
        label={t('limits.ratio')}
        description={t('limits.goal-text')}
        digits={2}
        placeholder={t('limits.as-set')}
        value={goals.ratio}
        onChange={(ratio) => setGoals({ ...goals, ratio })}
      />
      <NumberField
        label={t('limits.minutes')}
        placeholder={t('limits.as-set')}
        value={goals.seedMinutes}
        onChange={(seedMinutes) => setGoals({ ...goals, seedMinutes })}
      />
    </Sheet>
  );
}
