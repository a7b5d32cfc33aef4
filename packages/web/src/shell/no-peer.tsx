/** What is shown when the peer cannot be asked: it does not answer, or does not know this browser. */
import { useWords } from '../i18n/words-context.tsx';
import { useConnection, usePeer } from '../peer/use-peer.ts';
import { Button } from '../ui/controls.tsx';
import { Icon, Logo } from '../ui/icon.tsx';
import { useNow } from '../ui/parts.tsx';

export function SignedOut() {
  const { t } = useWords();
  return (
    <main className="alone">
      <Logo size={56} />
      <h1>{t('signed-out.title')}</h1>
      <p>{t('signed-out.text')}</p>
      <pre dir="ltr">
        <code>coequal up</code>
      </pre>
      {!isHere() && <p>{t('signed-out.device')}</p>}
      <p className="muted">{t('signed-out.why')}</p>
    </main>
  );
}

/** Whether this browser is on the computer of the peer. */
function isHere(): boolean {
  return ['127.0.0.1', 'localhost', '[::1]'].includes(location.hostname);
}

export function NoAnswer() {
  const { t } = useWords();
  const peer = usePeer();
  return (
    <main className="alone">
      <Logo size={56} />
      <h1>{t('no-answer.title')}</h1>
      <p>{t('no-answer.text')}</p>
      <pre dir="ltr">
        <code>coequal up</code>
      </pre>
      <p className="muted" role="status">
        <RetryWords />
      </p>
      <Button kind="primary" icon="reset" onPress={() => peer.retryNow()}>
        {t('no-answer.now')}
      </Button>
    </main>
  );
}

/** Over the frame: what is seen is of before. */
export function ConnectionBanner() {
  const { t } = useWords();
  const peer = usePeer();
  const connection = useConnection();
  if (connection.type !== 'waiting') return null;
  return (
    <div className="banner" role="alert">
      <Icon name="warn" />
      <p>
        <strong>{t('no-answer.title')}</strong> <RetryWords />
      </p>
      <Button onPress={() => peer.retryNow()}>{t('no-answer.now')}</Button>
    </div>
  );
}

function RetryWords() {
  const { t } = useWords();
  const connection = useConnection();
  const now = useNow(1_000);
  if (connection.type !== 'waiting') return t('no-answer.trying');
  const seconds = Math.max(1, Math.ceil((connection.retryAt - now) / 1_000));
  return <span aria-hidden="true">{t('no-answer.next', { seconds })}</span>;
}
