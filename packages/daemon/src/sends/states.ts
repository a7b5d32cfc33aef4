/** How a send goes on for one receiver, and an offer here: what each event makes of each state. Pure, and all there is. */
import type { Offer, SendReceiver } from '@coequal/contract';

type ReceiverState = SendReceiver['state'];
export type ReceiverEvent =
  /** It lies in their inbox. */
  | 'delivered'
  | 'accepted'
  | 'declined'
  | 'stopped'
  | 'completed'
  /** By us: taken back, or too late. */
  | 'withdrawn'
  | 'expired';

/** Of those not named an event changes nothing: words may come twice, or late. */
const RECEIVER: Readonly<
  Record<ReceiverState, Readonly<Partial<Record<ReceiverEvent, ReceiverState>>>>
> = {
  unreached: {
    delivered: 'waiting',
    accepted: 'receiving',
    declined: 'declined',
    completed: 'done',
    withdrawn: 'withdrawn',
    expired: 'expired',
  },
  waiting: {
    accepted: 'receiving',
    declined: 'declined',
    completed: 'done',
    withdrawn: 'withdrawn',
    expired: 'expired',
  },
  receiving: {
    declined: 'stopped',
    stopped: 'stopped',
    completed: 'done',
    withdrawn: 'withdrawn',
    expired: 'expired',
  },
  done: {},
  declined: {},
  stopped: {},
  expired: {},
  withdrawn: {},
};

export function receiverAfter(state: ReceiverState, event: ReceiverEvent): ReceiverState {
  return RECEIVER[state][event] ?? state;
}

export function hasReceiverEnded(state: ReceiverState): boolean {
  return Object.keys(RECEIVER[state]).length === 0;
}

type OfferState = Offer['state'];
export type OfferEvent =
  /** By a person, or a rule. */
  | 'accept'
  | 'decline'
  /** All is here, and verified. */
  | 'complete'
  | 'release'
  /** By the sender. */
  | 'withdraw'
  | 'expire'
  | 'fail';

const OFFER: Readonly<Record<OfferState, Readonly<Partial<Record<OfferEvent, OfferState>>>>> = {
  waiting: {
    accept: 'receiving',
    decline: 'declined',
    withdraw: 'withdrawn',
    expire: 'expired',
    fail: 'failed',
  },
  receiving: {
    decline: 'declined',
    complete: 'quarantined',
    withdraw: 'withdrawn',
    expire: 'expired',
    fail: 'failed',
  },
  // it is ours now: nobody takes it back
  quarantined: { decline: 'declined', release: 'done' },
  done: {},
  declined: {},
  withdrawn: {},
  expired: {},
  failed: {},
};

/** Undefined: that is not possible now. */
export function offerAfter(state: OfferState, event: OfferEvent): OfferState | undefined {
  return OFFER[state][event];
}

export function hasOfferEnded(state: OfferState): boolean {
  return Object.keys(OFFER[state]).length === 0;
}
