/** The control of one setting. */
import type { SettingKey, Settings } from '@coequal/contract';
import { useEffect, useState } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { Checkbox, Select, Switch, TextField } from '../ui/fields.tsx';
import { FolderField } from '../ui/folder-field.tsx';
import { NumberField, RateField, SizeField } from '../ui/number-fields.tsx';
import type { Control } from './setting-table.ts';
import { choiceText } from './setting-words.ts';

export type SettingValue = Settings[SettingKey];

export interface SettingControlProps {
  readonly name: SettingKey;
  readonly control: Control;
  readonly value: SettingValue;
  readonly isDisabled: boolean;
  readonly onChange: (value: SettingValue) => void;
}

const numberOf = (value: SettingValue): number | null => (typeof value === 'number' ? value : null);
const textOf = (value: SettingValue): string => (typeof value === 'string' ? value : '');

export function SettingControl(props: SettingControlProps) {
  const { name, control, value, isDisabled, onChange } = props;
  const words = useWords();
  const { t } = words;
  const common = { label: t(`setting.${name}`), isLabelHidden: true, isDisabled };
  const numeric = { ...common, value: numberOf(value), onChange };
  switch (control.type) {
    case 'switch':
      return (
        <Switch
          label={common.label}
          isOn={value === true}
          isDisabled={isDisabled}
          onChange={onChange}
        />
      );
    case 'rate':
      return <RateField {...numeric} />;
    case 'size':
      return <SizeField {...numeric} isRequired />;
    case 'number':
      return <NumberField {...numeric} min={control.min} max={control.max} isRequired />;
    case 'goal':
      return (
        <NumberField {...numeric} digits={control.digits} placeholder={t('settings.no-goal')} />
      );
    case 'folder':
      return <FolderControl {...props} />;
    case 'time':
    case 'text':
    case 'hosts':
    case 'names':
      return <TextControl {...props} />;
    case 'days':
      return <Days {...props} />;
    case 'choice':
      return (
        <Select
          {...common}
          value={String(value)}
          options={control.options.map((id) => ({ id, label: choiceText(words, name, id) }))}
          onChange={(id) => onChange(id)}
        />
      );
  }
}

/** Typed here until the person is done. */
function useDraft(value: string): [string, (text: string) => void] {
  const [draft, setDraft] = useState(value);
  useEffect(() => setDraft(value), [value]);
  return [draft, setDraft];
}

function FolderControl({ name, control, value, isDisabled, onChange }: SettingControlProps) {
  const { t } = useWords();
  const [draft, setDraft] = useDraft(textOf(value));
  const isOptional = control.type === 'folder' && control.isOptional;
  return (
    <FolderField
      label={t(`setting.${name}`)}
      isLabelHidden
      isDisabled={isDisabled}
      value={draft}
      onChange={setDraft}
      placeholder={isOptional ? t('settings.none-set') : ''}
      onCommit={(path) => {
        const next = path.trim();
        if (next === textOf(value)) return;
        if (next !== '') onChange(next);
        else if (isOptional) onChange(null);
        else setDraft(textOf(value));
      }}
    />
  );
}

function TextControl({ name, control, value, isDisabled, onChange }: SettingControlProps) {
  const { t } = useWords();
  const isHosts = control.type === 'hosts' || control.type === 'names';
  const none = control.type === 'names' ? [] : null;
  const shown = Array.isArray(value) ? value.join('\n') : textOf(value);
  const [draft, setDraft] = useDraft(shown);
  const commit = (): void => {
    const next = draft.trim();
    if (next === shown) return;
    if (isHosts) onChange(next === '' ? none : next.split(/\s+/));
    else if (control.type === 'time') {
      if (next !== '') onChange(next);
    } else onChange(next === '' ? null : next);
  };
  return (
    <TextField
      label={t(`setting.${name}`)}
      isLabelHidden
      isDisabled={isDisabled}
      isCode
      type={control.type === 'time' ? 'time' : 'text'}
      value={draft}
      onChange={setDraft}
      onCommit={commit}
      placeholder={control.type === 'time' ? '' : t('settings.none-set')}
      {...(isHosts && { lines: 3 })}
    />
  );
}

const WEEK = [1, 2, 3, 4, 5, 6, 0] as const;

function Days({ name, value, isDisabled, onChange }: SettingControlProps) {
  const { t, format } = useWords();
  const days = Array.isArray(value) ? value.filter((day) => typeof day === 'number') : [];
  return (
    <div className="days" role="group" aria-label={t(`setting.${name}`)}>
      {WEEK.map((day) => (
        <Checkbox
          key={day}
          isOn={days.includes(day)}
          isDisabled={isDisabled}
          onChange={(isOn) =>
            onChange(
              isOn
                ? [...days, day].toSorted((one, other) => one - other)
                : days.filter((other) => other !== day),
            )
          }
        >
          {format.weekday(day)}
        </Checkbox>
      ))}
    </div>
  );
}
