/** The inbox: all records, in memory as they are on disk, and how much of it others may fill. */
import { LocalFault } from '@coequal/base';
import type { DeviceKey } from '@coequal/base';
import type { OfferRecord, RuleRecord, SendRecords } from './send-records.ts';
import { hasOfferEnded, offerAfter } from './states.ts';
import type { OfferEvent } from './states.ts';

const DAY_MS = 86_400_000;
/** An offer that nobody answered goes after so long. */
export const OFFER_LIFE_MS: number = 14 * DAY_MS;
/** What was accepted and did not come by then is given up. */
const RECEIVING_LIFE_MS: number = 30 * DAY_MS;
/** Offers that wait for an answer: of one person, and in all. The next ones may come again later. */
const WAITING_OF_PERSON_MAX = 32;
const WAITING_MAX = 256;
/** New offers of one person in a day: what is declined, or taken back, makes room for no more than this. */
const OFFERS_OF_DAY_MAX = 200;
/** Those that have ended and are still listed; the oldest go. */
const ENDED_MAX = 500;

export class InboxBook {
  readonly #records: SendRecords;
  #offers: Map<string, OfferRecord>;
  readonly #rules: Map<string, RuleRecord>;
  /** When persons offered something new, in the last day. */
  readonly #arrivals = new Map<string, number[]>();

  constructor(records: SendRecords) {
    this.#records = records;
    this.#offers = new Map(records.offers().map((offer) => [offer.id, offer]));
    this.#rules = new Map(records.rules().map((rule) => [rule.person, rule]));
  }

  /** The newest first. */
  all(): readonly OfferRecord[] {
    return [...this.#offers.values()];
  }

  get(id: string): OfferRecord | undefined {
    return this.#offers.get(id);
  }

  /** Throws LocalFault `NO_SUCH_OFFER`. */
  need(id: string): OfferRecord {
    const offer = this.#offers.get(id);
    if (offer === undefined) throw new LocalFault('NO_SUCH_OFFER', { id });
    return offer;
  }

  /** As its sender names it. */
  of(device: DeviceKey, sentId: string): OfferRecord | undefined {
    return this.all().find((offer) => offer.device === device && offer.sentId === sentId);
  }

  metainfo(id: string): Uint8Array | undefined {
    return this.#records.offerMetainfo(id);
  }

  /** False: there is no room for another one of that person now. */
  hasRoomFor(person: string, now: number): boolean {
    const waiting = this.all().filter(({ state }) => state === 'waiting');
    const own = waiting.filter((offer) => offer.person === person).length;
    const lately = this.#lately(person, now).length;
    return (
      own < WAITING_OF_PERSON_MAX && waiting.length < WAITING_MAX && lately < OFFERS_OF_DAY_MAX
    );
  }

  add(offer: OfferRecord): void {
    this.#records.putOffer(offer);
    this.#offers = new Map([[offer.id, offer], ...this.#offers]);
    const lately = this.#lately(offer.person, offer.receivedAt);
    this.#arrivals.set(offer.person, [...lately, offer.receivedAt]);
  }

  /** Durable when it returns. Undefined: it is not there any more. */
  change(
    id: string,
    changes: Partial<OfferRecord>,
    metainfo?: Uint8Array,
  ): OfferRecord | undefined {
    const before = this.#offers.get(id);
    if (before === undefined) return undefined;
    const offer = { ...before, ...changes };
    this.#records.putOffer(offer, metainfo);
    this.#offers.set(id, offer);
    return offer;
  }

  /** Undefined: the event is nothing to it now. */
  step(id: string, event: OfferEvent, changes: Partial<OfferRecord> = {}): OfferRecord | undefined {
    const before = this.#offers.get(id);
    const state = before && offerAfter(before.state, event);
    return state === undefined ? undefined : this.change(id, { ...changes, state });
  }

  /** What is seen often and need not last. */
  note(id: string, seen: Pick<OfferRecord, 'have'>): void {
    const before = this.#offers.get(id);
    if (before !== undefined) this.#offers.set(id, { ...before, ...seen });
  }

  delete(id: string): void {
    this.#records.deleteOffer(id);
    this.#offers.delete(id);
  }

  rules(): readonly RuleRecord[] {
    return [...this.#rules.values()];
  }

  rule(person: string): RuleRecord | undefined {
    return this.#rules.get(person);
  }

  putRule(rule: RuleRecord): void {
    this.#records.putRule(rule);
    this.#rules.set(rule.person, rule);
  }

  deleteRule(person: string): void {
    this.#records.deleteRule(person);
    this.#rules.delete(person);
  }

  /** Too old to go on. */
  expired(now: number): readonly OfferRecord[] {
    return this.all().filter(({ state, receivedAt, answeredAt }) => {
      if (state === 'waiting') return now >= receivedAt + OFFER_LIFE_MS;
      return state === 'receiving' && now >= (answeredAt ?? receivedAt) + RECEIVING_LIFE_MS;
    });
  }

  /** Ended ones that are too many. */
  surplus(): readonly OfferRecord[] {
    return this.all()
      .filter(({ state }) => hasOfferEnded(state))
      .slice(ENDED_MAX);
  }

  #lately(person: string, now: number): readonly number[] {
    return (this.#arrivals.get(person) ?? []).filter((at) => at > now - DAY_MS);
  }
}
