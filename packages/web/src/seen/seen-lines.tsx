/** What contacts' devices report that they see of this one. */
import type { SeenByOthers } from '@coequal/contract';
import { useWords } from '../i18n/words-context.tsx';
import { formatPlace } from '../shell/place.ts';
import { Icon } from '../ui/icon.tsx';
import { useNow } from '../ui/parts.tsx';

const NOW_EVERY_MS = 30_000;

export function SeenLines({ seen }: { readonly seen: SeenByOthers['seen'] }) {
  const { t, format } = useWords();
  const now = useNow(NOW_EVERY_MS);
  if (seen.length === 0) return <p className="muted">{t('seen.nobody')}</p>;
  return (
    <ul className="lines">
      {seen.map(({ person, name, device, deviceName, at, path, address, told }) => (
        <li key={device}>
          <Icon name="eye" />
          <div>
            <p className="line-name">
              <a href={formatPlace({ screen: 'people', person })}>
                {t('seen.who', { name, device: deviceName })}
              </a>
            </p>
            <p className="muted">
              {t(`seen.${path}`)} · {format.ago(at, now)}
            </p>
            {address !== undefined && (
              <p className="muted">
                {t('seen.address')}{' '}
                <span className="code" dir="ltr">
                  {address}
                </span>
              </p>
            )}
            {told.length > 0 && (
              <p className="muted">
                {t('seen.told')}{' '}
                <span className="code" dir="ltr">
                  {told.join(', ')}
                </span>
              </p>
            )}
          </div>
        </li>
      ))}
    </ul>
  );
}
