/** Over every screen: what somebody offers and nobody has answered. Accepting takes one click. */
import type { Offer } from '@coequal/contract';
import { useState } from 'react';
import { useWords } from '../i18n/words-context.tsx';
import { isSomebody, useIdentity, useInbox } from '../people/people-answers.ts';
import { useNavigation } from '../shell/navigation.tsx';
import { formatPlace } from '../shell/place.ts';
import { Button, IconButton } from '../ui/controls.tsx';
import { Icon } from '../ui/icon.tsx';
import { useNotify } from '../ui/toasts.tsx';
import { useOfferAction } from './use-offer-action.ts';

export function Arrivals() {
  const { t } = useWords();
  const { place } = useNavigation();
  const identity = useIdentity();
  const { data } = useInbox(isSomebody(identity.data));
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const waiting = (data?.offers ?? []).filter(
    ({ id, state }) => state === 'waiting' && !hidden.has(id),
  );
  const [first] = waiting;
  if (first === undefined || place.screen === 'handover') return null;
  const hide = (): void => setHidden(new Set([...hidden, ...waiting.map(({ id }) => id)]));
  if (waiting.length > 1)
    return (
      <div className="arrival" role="status">
        <Icon name="down" />
        <p>{t('arrivals.several', { count: waiting.length })}</p>
        <a className="button primary" href={formatPlace({ screen: 'handover' })}>
          {t('arrivals.look')}
        </a>
        <IconButton icon="close" label={t('arrivals.hide')} onPress={hide} />
      </div>
    );
  return <One offer={first} onHide={hide} />;
}

function One({ offer, onHide }: { readonly offer: Offer; readonly onHide: () => void }) {
  const { id, personName, name, size } = offer;
  const { t, format } = useWords();
  const act = useOfferAction(id);
  const notify = useNotify();
  const accept = async (): Promise<void> => {
    if (await act('acceptOffer')) notify({ title: t('arrivals.accepted', { what: name }) });
  };
  return (
    <div className="arrival" role="status">
      <Icon name="down" />
      <p>
        {t('arrivals.one', { name: personName, what: name, size: format.bytes(size) })}{' '}
        <a href={formatPlace({ screen: 'handover' })}>{t('arrivals.look')}</a>
      </p>
      <Button kind="primary" icon="check" onPress={() => void accept()}>
        {t('offer.accept')}
      </Button>
      <Button onPress={() => void act('declineOffer')}>{t('offer.decline')}</Button>
      <IconButton icon="close" label={t('arrivals.hide')} onPress={onHide} />
    </div>
  );
}
