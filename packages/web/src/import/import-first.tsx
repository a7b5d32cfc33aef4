/** In the first run: offered when another program has transfers on this computer. */
import { IMPORT_PROGRAM_NAMES } from '@coequal/contract';
import { useWords } from '../i18n/words-context.tsx';
import { useAnswer } from '../peer/use-peer.ts';
import { useNavigation } from '../shell/navigation.tsx';
import { Button } from '../ui/controls.tsx';
import { Icon } from '../ui/icon.tsx';

/** `begin` answers the first run; true: it was answered. */
export function ImportFirst({ begin }: { readonly begin: () => Promise<boolean> }) {
  const { t } = useWords();
  const { go } = useNavigation();
  const { data } = useAnswer(['imports'], 'findImports', {});
  if (data === undefined || data.places.length === 0) return null;
  const open = async (): Promise<void> => {
    if (await begin()) go({ screen: 'import' });
  };
  return (
    <section className="card choice" aria-labelledby="first-import">
      <h2 id="first-import">
        <Icon name="transfers" /> {t('import.first')}
      </h2>
      {data.places.map(({ program, directory, count }) => (
        <p key={directory} className="muted">
          {t('import.first-text', { count, program: IMPORT_PROGRAM_NAMES[program] })}
        </p>
      ))}
      <Button icon="down" onPress={() => void open()}>
        {t('import.title')}
      </Button>
    </section>
  );
}
