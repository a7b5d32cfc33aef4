/** What is fetched when it is first needed: nothing until it is there, and calm words when it does not come. */
import { Component, Suspense } from 'react';
import type { ReactNode } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { Button, Sheet } from './controls.tsx';
import { Empty } from './parts.tsx';

/**
 * A part that cannot be fetched, or fails while it is drawn, takes no other with it. With `onClose` it is a sheet.
 * What failed stays so: another `key` is another try.
 */
export function Loaded(props: {
  readonly children: ReactNode;
  readonly waiting?: ReactNode;
  readonly onClose?: () => void;
}) {
  const { children, waiting = null, onClose } = props;
  return (
    <Boundary instead={onClose === undefined ? <Failed /> : <FailedSheet onClose={onClose} />}>
      <Suspense fallback={waiting}>{children}</Suspense>
    </Boundary>
  );
}

interface BoundaryProps {
  readonly children: ReactNode;
  readonly instead: ReactNode;
}

/** React itself writes the error to the console. */
class Boundary extends Component<BoundaryProps, { readonly hasFailed: boolean }> {
  static getDerivedStateFromError(): { readonly hasFailed: boolean } {
    return { hasFailed: true };
  }

  override readonly state = { hasFailed: false };

  override render(): ReactNode {
    return this.state.hasFailed ? this.props.instead : this.props.children;
  }
}

/** The files of a page that was open before the peer was updated are gone: the page has to be loaded again. */
function Failed() {
  const { t } = useWords();
  return (
    <div role="alert">
      <Empty icon="warn" title={t('load.failed')}>
        <p>{t('load.failed-text')}</p>
        <LoadAgain />
      </Empty>
    </div>
  );
}

function FailedSheet({ onClose }: { readonly onClose: () => void }) {
  const { t } = useWords();
  return (
    <Sheet title={t('load.failed')} size="small" onClose={onClose} footer={<LoadAgain />}>
      <p role="alert">{t('load.failed-text')}</p>
    </Sheet>
  );
}

function LoadAgain() {
  const { t } = useWords();
  return (
    <Button kind="primary" icon="reset" onPress={() => location.reload()}>
      {t('load.again')}
    </Button>
  );
}

/** Before there are words of any language, in each of them. */
export function NoWords() {
  return (
    <main className="alone">
      <p lang="en">The page could not be loaded. Is the peer running?</p>
      <p lang="de">Die Seite konnte nicht geladen werden. Läuft der Peer?</p>
      <p lang="ar" dir="rtl">
        تعذّر تحميل الصفحة. هل النظير يعمل؟
      </p>
      <button type="button" className="button primary" onClick={() => location.reload()}>
        <span lang="en">Load again</span> · <span lang="de">Neu laden</span> ·{' '}
        <span lang="ar">أعد التحميل</span>
      </button>
    </main>
  );
}
