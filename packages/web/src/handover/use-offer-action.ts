/** What can be done with an offer. */
import { usePeer } from '../peer/use-peer.ts';
import { useTry } from '../ui/toasts.tsx';

type Action = 'acceptOffer' | 'declineOffer' | 'releaseOffer' | 'forgetOffer';

/** Does one thing with an offer, and looks at the inbox again. */
export function useOfferAction(id: string) {
  const { client, queries } = usePeer();
  const attempt = useTry();
  return async (action: Action, directory?: string): Promise<boolean> =>
    await attempt(async () => {
      const params = { id };
      const body = directory === undefined ? {} : { directory };
      if (action === 'acceptOffer') await client.call(action, { params, body });
      else await client.call(action, { params });
      await queries.invalidateQueries({ queryKey: ['sends'] });
    });
}
