/** In the settings: the way to taking over what another program began. */
import { useWords } from '../i18n/words-context.tsx';
import { formatPlace } from '../shell/place.ts';
import { Icon } from '../ui/icon.tsx';

export function ImportSettings() {
  const { t } = useWords();
  return (
    <section className="card" aria-labelledby="import">
      <h2 id="import">{t('import.title')}</h2>
      <p className="muted">{t('import.settings-text')}</p>
      <a className="button quiet" href={formatPlace({ screen: 'import' })}>
        <Icon name="down" size={18} />
        <span>{t('import.open')}</span>
      </a>
    </section>
  );
}
