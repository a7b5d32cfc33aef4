/** Offers to see a swarm at work, on this computer alone, before anything is asked of anybody. */
import { lazy, useState } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { Button } from '../ui/controls.tsx';
import { Loaded } from '../ui/loaded.tsx';

const DemoSheet = lazy(async () => ({ default: (await import('./demo-sheet.tsx')).DemoSheet }));

export function DemoOffer() {
  const { t } = useWords();
  const [isOpen, setIsOpen] = useState(false);
  const close = (): void => setIsOpen(false);
  return (
    <div className="demo-offer">
      <div>
        <h2>{t('demo.offer')}</h2>
        <p className="muted">{t('demo.offer-text')}</p>
      </div>
      <Button icon="play" onPress={() => setIsOpen(true)}>
        {t('demo.try')}
      </Button>
      {isOpen && (
        <Loaded onClose={close}>
          <DemoSheet onClose={close} />
        </Loaded>
      )}
    </div>
  );
}
