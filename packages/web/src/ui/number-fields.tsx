/** Fields for numbers, speeds and sizes. Empty is `null`: none. */
import { useEffect, useState } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { TextField } from './fields.tsx';
import type { FieldProps } from './fields.tsx';
import { editableNumber, parseNumber } from './numbers.ts';

export interface NumberFieldProps extends FieldProps {
  readonly value: number | null;
  readonly onChange: (value: number | null) => void;
  /** After the decimal mark. */
  readonly digits?: number;
  /** What is typed is times this. */
  readonly scale?: number;
  readonly min?: number;
  readonly max?: number;
  /** Empty is an error. */
  readonly isRequired?: boolean;
  readonly placeholder?: string;
}

/** Tells of a value when the person is done with it. */
export function NumberField(props: NumberFieldProps) {
  const { value, onChange, digits = 0, scale = 1, min = 0, max = Infinity } = props;
  const { t, format } = useWords();
  const shown = editableNumber(value === null ? null : value / scale, digits);
  const [text, setText] = useState(shown);
  useEffect(() => setText(shown), [shown]);
  const typed = text.trim() === '' ? null : parseNumber(text);
  const scaled =
    typed === null || typed === undefined ? typed : Math.round(typed * scale * 100) / 100;
  const final =
    scaled === null || scaled === undefined || (digits > 0 && scale === 1)
      ? scaled
      : Math.round(scaled);
  const isRight =
    final === null ? !props.isRequired : final !== undefined && final >= min && final <= max;
  const range = t('number.between', {
    min: format.number(min / scale),
    max: format.number(max / scale),
  });
  const wrong = Number.isFinite(max) ? range : t('number.wrong');
  return (
    <TextField
      label={props.label}
      description={props.description}
      isLabelHidden={props.isLabelHidden ?? false}
      isDisabled={props.isDisabled ?? false}
      inputMode={digits > 0 ? 'decimal' : 'numeric'}
      placeholder={props.placeholder ?? ''}
      value={text}
      error={isRight ? undefined : wrong}
      onChange={setText}
      onCommit={() => {
        if (isRight && final !== undefined && final !== value) onChange(final);
      }}
    />
  );
}

const KILOBYTE = 1_000;
const GIGABYTE = 1_000_000_000;

/** In kB/s, which suits limits from slow lines to fast ones. */
export function RateField(props: Omit<NumberFieldProps, 'digits' | 'scale'>) {
  const { t } = useWords();
  return (
    <div className="with-unit">
      <NumberField
        {...props}
        scale={KILOBYTE}
        digits={props.value !== null && props.value % KILOBYTE !== 0 ? 3 : 0}
        min={1}
        placeholder={t('number.no-limit')}
      />
      <span className="unit">{t('number.rate-unit')}</span>
    </div>
  );
}

export function SizeField(props: Omit<NumberFieldProps, 'digits' | 'scale'>) {
  const { t } = useWords();
  return (
    <div className="with-unit">
      <NumberField {...props} scale={GIGABYTE} digits={2} />
      <span className="unit">{t('number.size-unit')}</span>
    </div>
  );
}
