/** The routes of what is handed to persons, and of the inbox. */
import { LocalFault } from '@coequal/base';
import type { BeginSend, Inbox, InboxRule, Offer, OfferDetail, Send } from '@coequal/contract';
import type { Handlers } from '../api/handler.ts';
import { requireAbsolute } from '../peer/absolute-path.ts';

type SendRoutes =
  | 'listSends'
  | 'beginSend'
  | 'showSend'
  | 'withdrawSend'
  | 'forgetSend'
  | 'showInbox'
  | 'showOffer'
  | 'acceptOffer'
  | 'declineOffer'
  | 'releaseOffer'
  | 'forgetOffer'
  | 'putInboxRule'
  | 'removeInboxRule';

/** What was sent. Ids that are not there: LocalFault `NO_SUCH_SEND`; not as it is now: `NOT_POSSIBLE_NOW`. */
export interface SendDesk {
  /** The newest first. */
  list(): readonly Send[];
  show(id: string): Send;
  /**
   * LocalFault `NO_SUCH_CONTACT`, `CONTACT_AMBIGUOUS`, `NOT_POSSIBLE_NOW`; what is wrong with the files is its state.
   * Under an `id` it begins once: then it is the one of before.
   */
  begin(request: BeginSend, id?: string): Send;
  withdraw(id: string): Send;
  forget(id: string): void;
}

/** What came. Ids that are not there: LocalFault `NO_SUCH_OFFER`; not as it is now: `NOT_POSSIBLE_NOW`. */
export interface InboxDesk {
  show(): Inbox;
  detail(id: string): OfferDetail;
  /** LocalFault `NOT_ENOUGH_SPACE`. */
  accept(id: string, directory: string | undefined): Promise<Offer>;
  decline(id: string): Promise<Offer>;
  release(id: string): Promise<Offer>;
  forget(id: string): void;
  /** LocalFault `NO_SUCH_CONTACT`. */
  putRule(person: string, rule: Pick<InboxRule, 'sizeMax' | 'directory'>): InboxRule;
  removeRule(person: string): void;
}

export interface Desks {
  readonly sends: SendDesk;
  readonly inbox: InboxDesk;
}

/** `desks` gives nothing while this peer has no identity, or its links are off. */
export function sendHandlers(desks: () => Desks | undefined): Pick<Handlers, SendRoutes> {
  const need = (): Desks => {
    const open = desks();
    if (open === undefined) throw new LocalFault('PEOPLE_OFF');
    return open;
  };
  return {
    listSends: () => ({ sends: [...need().sends.list()] }),
    beginSend({ body }) {
      for (const path of body.paths) requireAbsolute({ path }, 'path');
      return need().sends.begin(body);
    },
    showSend: ({ params }) => need().sends.show(params.id),
    withdrawSend: ({ params }) => need().sends.withdraw(params.id),
    forgetSend({ params }) {
      need().sends.forget(params.id);
      return {};
    },
    showInbox: () => need().inbox.show(),
    showOffer: ({ params }) => need().inbox.detail(params.id),
    acceptOffer({ params, body }) {
      requireAbsolute(body, 'directory');
      return need().inbox.accept(params.id, body.directory);
    },
    declineOffer: ({ params }) => need().inbox.decline(params.id),
    releaseOffer: ({ params }) => need().inbox.release(params.id),
    forgetOffer({ params }) {
      need().inbox.forget(params.id);
      return {};
    },
    putInboxRule({ params, body }) {
      requireAbsolute(body, 'directory');
      return need().inbox.putRule(params.person, body);
    },
    removeInboxRule({ params }) {
      need().inbox.removeRule(params.person);
      return {};
    },
  };
}
