/** What to know before something begins: a few points, each with a picture. */
import type { MessageKey } from '../i18n/language.ts';
import { useWords } from '../i18n/words-context.tsx';
import { Icon } from './icon.tsx';
import type { IconName } from './icon.tsx';

/** A message that has another beside it, `…-text`, which says more. */
type PointKey = { [Key in MessageKey]: `${Key}-text` extends MessageKey ? Key : never }[MessageKey];
export type Point = readonly [icon: IconName, message: PointKey];

export function Points(props: {
  readonly points: readonly Point[];
  readonly heading: 'h2' | 'h3';
}) {
  const { points, heading: Heading } = props;
  const { t } = useWords();
  return (
    <ul className="points">
      {points.map(([icon, message]) => (
        <li key={message}>
          <span className="point-icon">
            <Icon name={icon} />
          </span>
          <div>
            <Heading>{t(message)}</Heading>
            <p>{t(`${message}-text`)}</p>
          </div>
        </li>
      ))}
    </ul>
  );
}
