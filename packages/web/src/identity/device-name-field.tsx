/** A name for this device, if it is not to be the computer's. */
import { useWords } from '../i18n/words-context.tsx';
import { TextField } from '../ui/fields.tsx';

export function DeviceNameField(props: {
  readonly value: string;
  readonly onChange: (name: string) => void;
}) {
  const { t } = useWords();
  return (
    <TextField
      label={t('who.device')}
      description={t('who.device-text')}
      value={props.value}
      onChange={props.onChange}
    />
  );
}
