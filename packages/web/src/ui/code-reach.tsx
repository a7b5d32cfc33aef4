/** Beside a code: that it is good in this network alone. */
import type { DevicePairing } from '@coequal/contract';
import { useWords } from '../i18n/words-context.tsx';
import { Icon } from './icon.tsx';

/** Nothing while it is good everywhere, or that is not known yet. It may come while somebody looks. */
export function CodeReach({ reach }: { readonly reach: DevicePairing['reach'] }) {
  const { t } = useWords();
  return (
    <p className="code-reach" role="status">
      {reach === 'network' && (
        <>
          <Icon name="info" size={16} /> {t('code.network')}
        </>
      )}
    </p>
  );
}
