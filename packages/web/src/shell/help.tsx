/** Keys and words, in one place that is the same everywhere. */
import { useWords } from '../i18n/words-context.tsx';
import { Sheet } from '../ui/controls.tsx';

const KEYS = [
  ['/', 'help.key-search'],
  ['n', 'help.key-add'],
  ['?', 'help.key-help'],
  ['↑ ↓', 'help.key-move'],
  ['Shift ↑ ↓', 'help.key-extend'],
  ['Space', 'help.key-choose'],
  ['Enter', 'help.key-open'],
  ['Ctrl A', 'help.key-all'],
  ['Delete', 'help.key-remove'],
  ['Shift Delete', 'help.key-remove-data'],
  ['Ctrl V', 'help.key-paste'],
  ['Esc', 'help.key-escape'],
] as const;

const WORDS = ['piece', 'passing-on', 'magnet', 'tracker', 'dht', 'reachable', 'ratio'] as const;

export function Help({ onClose }: { readonly onClose: () => void }) {
  const { t } = useWords();
  return (
    <Sheet title={t('help.title')} onClose={onClose} size="large" isText>
      <h3>{t('help.keys')}</h3>
      <dl className="keys">
        {KEYS.map(([key, message]) => (
          <div key={key}>
            <dt>
              {key.split(' ').map((part) => (
                <kbd key={part}>{part}</kbd>
              ))}
            </dt>
            <dd>{t(message)}</dd>
          </div>
        ))}
      </dl>
      <p className="muted">{t('help.keys-off')}</p>
      <h3>{t('help.words')}</h3>
      <dl className="glossary">
        {WORDS.map((word) => (
          <div key={word}>
            <dt>{t(`help.word-${word}`)}</dt>
            <dd>{t(`help.about-${word}`)}</dd>
          </div>
        ))}
      </dl>
    </Sheet>
  );
}
