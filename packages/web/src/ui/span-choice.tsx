/** The last minute, hour or day. */
import { SPEED_SPANS } from '@coequal/contract';
import { Button as AriaButton } from 'react-aria-components';
import { useWords } from '../i18n/words-context.tsx';

export type Span = (typeof SPEED_SPANS)[number];

/** The peer adds a value each second, 10 seconds and 5 minutes. */
export const SPEED_EVERY_MS: Readonly<Record<Span, number>> = {
  minute: 2_000,
  hour: 20_000,
  day: 60_000,
};

export function SpanChoice(props: {
  readonly value: Span;
  readonly onChange: (span: Span) => void;
}) {
  const { t } = useWords();
  return (
    <div className="segments" role="group" aria-label={t('speed.span')}>
      {SPEED_SPANS.map((span) => (
        <AriaButton
          key={span}
          className="segment"
          aria-pressed={props.value === span}
          onPress={() => props.onChange(span)}
        >
          {t(`span.${span}`)}
        </AriaButton>
      ))}
    </div>
  );
}
