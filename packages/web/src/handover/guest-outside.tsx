/** Of a link for everyone: whether the router lets guests in, in words. */
import type { GuestLink } from '@coequal/contract';
import { useWords } from '../i18n/words-context.tsx';
import { Icon } from '../ui/icon.tsx';

export function GuestOutside({ outside }: { readonly outside: GuestLink['outside'] }) {
  const { t, tell, hint } = useWords();
  if (outside === undefined) return null;
  const { state, host, port, problem } = outside;
  if (problem !== undefined)
    return (
      <p className="thing-problem" role="status">
        <Icon name="warn" size={16} /> {tell(problem)}. {hint(problem)}
      </p>
    );
  if (state !== 'open')
    return (
      <p className="thing-state" role="status">
        {t('guest-outside.asking')}
      </p>
    );
  const at = host === undefined ? undefined : `${host}:${port ?? ''}`;
  return (
    <p className="thing-state" role="status">
      {at === undefined
        ? t('guest-outside.open-somewhere', { port: String(port ?? '') })
        : t('guest-outside.open', { at })}
    </p>
  );
}
