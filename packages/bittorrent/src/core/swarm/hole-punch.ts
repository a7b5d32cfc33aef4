/**
 * Hole punching (BEP 55) of a torrent. As initiator it asks who told of a peer to bring us together, as
 * relay it does that for others, and as target it dials whom a relay names. All of it at rates that make
 * nobody a tool against others. `Peer` is whatever the owner calls a link.
 */
import { LeanMap } from '@coequal/base';
import type { Endpoint, Machine, Millis } from '@coequal/base';
import { HOLEPUNCH_ERROR } from '../wire/holepunch-message.ts';
import type { HolepunchMessage } from '../wire/holepunch-message.ts';
import { EventRate } from './event-rate.ts';
import { isDialable, maySendTo } from './network.ts';

/** The time that the rates below are for. */
const RATE_MS: Millis = 60_000;

/** Requests of one peer that we relay: it tries a peer three times at most, and few at a time. */
const RELAYED_FOR_ONE_MAX = 20;

/** How often one peer is told to dial others, whoever asks for it. */
const RELAYED_TO_ONE_MAX = 20;

/** Requests of all peers of all torrents that we relay: each is three messages. */
const RELAYED_MAX = 120;

/** How often one relay may have us dial somebody we did not ask for: a dial is three datagrams of 20 bytes. */
const UNASKED_BY_ONE_MAX = 10;

/** The same by all relays of all torrents. */
const UNASKED_MAX = 40;

/** A relay that does not answer within this time will not: it waits for nothing. */
const ANSWER_TIMEOUT_MS: Millis = 20_000;

/** Requests that wait for an answer of one relay. */
const ASKED_OF_ONE_MAX = 10;

/** Addresses of which is known who told of them: as many as are kept to be dialled. */
const GIVERS_MAX = 2_000;

/** Of all torrents of an engine together: many torrents make nobody more of a tool. */
export class PunchRates {
  readonly relayed: EventRate = new EventRate(RELAYED_MAX, RATE_MS);
  readonly unasked: EventRate = new EventRate(UNASKED_MAX, RATE_MS);
}

/** What it asks of its owner. */
export interface HolePunchView<Peer> {
  /** The peer that is linked and known by that address. */
  find(endpoint: Endpoint): Peer | undefined;
  /** It speaks `ut_holepunch`. */
  takes(peer: Peer): boolean;
  /** Where it can be dialled over uTP, as far as can be told from here. */
  placeOf(peer: Peer): Endpoint | undefined;
  /** Its address as we see it. */
  hostOf(peer: Peer): string;
  /** Our own address, as far as we know it. */
  isOwn(endpoint: Endpoint): boolean;
}

export type HolePunchInput<Peer> =
  /** By peer exchange. */
  | { readonly type: 'told'; readonly peer: Peer; readonly endpoints: readonly Endpoint[] }
  /** A dial of ours did not connect, or not soon. */
  | { readonly type: 'unanswered'; readonly endpoint: Endpoint }
  | { readonly type: 'received'; readonly peer: Peer; readonly message: HolepunchMessage }
  | { readonly type: 'peer-gone'; readonly peer: Peer };

export type HolePunchOutput<Peer> =
  | { readonly type: 'send'; readonly peer: Peer; readonly message: HolepunchMessage }
  /** Dial it over uTP at once: it does the same. */
  | { readonly type: 'punch'; readonly endpoint: Endpoint };

interface Partner {
  readonly relayedFor: EventRate;
  readonly relayedTo: EventRate;
  readonly unasked: EventRate;
  /** Until when answers to our requests are waited for. */
  asked: readonly Millis[];
}

type Outputs<Peer> = readonly HolePunchOutput<Peer>[];

export class HolePunch<Peer> implements Machine<HolePunchInput<Peer>, HolePunchOutput<Peer>> {
  /** What was asked for and not answered is forgotten when the next thing happens. */
  readonly deadline = undefined;
  readonly #view: HolePunchView<Peer>;
  readonly #givers = new LeanMap<string, Peer>();
  readonly #partners = new LeanMap<Peer, Partner>();
  readonly #rates: PunchRates;

  constructor(view: HolePunchView<Peer>, rates: PunchRates) {
    this.#view = view;
    this.#rates = rates;
  }

  step(input: HolePunchInput<Peer> | { readonly type: 'timeout' }, now: Millis): Outputs<Peer> {
    switch (input.type) {
      case 'told':
        for (const endpoint of input.endpoints) this.#note(endpoint, input.peer);
        return [];
      case 'unanswered':
        return this.#ask(input.endpoint, now);
      case 'received':
        return this.#received(input.peer, input.message, now);
      case 'peer-gone':
        this.#partners.delete(input.peer);
        for (const [key, peer] of this.#givers) if (peer === input.peer) this.#givers.delete(key);
        return [];
      case 'timeout':
        return [];
    }
  }

  /** The last who told of it is asked: it is the likeliest to be connected still. */
  #note(endpoint: Endpoint, peer: Peer): void {
    const key = keyOf(endpoint);
    this.#givers.delete(key);
    this.#givers.set(key, peer);
    const [oldest] = this.#givers.keys();
    if (this.#givers.size > GIVERS_MAX && oldest !== undefined) this.#givers.delete(oldest);
  }

  #ask(endpoint: Endpoint, now: Millis): Outputs<Peer> {
    const peer = this.#givers.get(keyOf(endpoint));
    if (peer === undefined || !this.#view.takes(peer)) return [];
    const partner = this.#partnerOf(peer);
    const waiting = partner.asked.filter((until) => until > now);
    if (waiting.length >= ASKED_OF_ONE_MAX) return [];
    partner.asked = [...waiting, now + ANSWER_TIMEOUT_MS];
    return [{ type: 'send', peer, message: { type: 'rendezvous', endpoint } }];
  }

  #received(peer: Peer, message: HolepunchMessage, now: Millis): Outputs<Peer> {
    switch (message.type) {
      case 'rendezvous':
        return this.#relay(peer, message.endpoint, now);
      case 'connect':
        return this.#connect(peer, message.endpoint, now);
      case 'error':
        this.#takeAnswer(peer, now);
        return [];
    }
  }

  #relay(peer: Peer, endpoint: Endpoint, now: Millis): Outputs<Peer> {
    // whoever asks too often is not answered either: answers are what it may be after
    if (!this.#partnerOf(peer).relayedFor.take(now) || !this.#rates.relayed.take(now)) return [];
    const refuse = (code: number): Outputs<Peer> => [
      { type: 'send', peer, message: { type: 'error', endpoint, code } },
    ];
    const place = this.#view.placeOf(peer);
    const isPossible = isDialable(endpoint) && maySendTo(this.#view.hostOf(peer), endpoint.host);
    if (!isPossible || place === undefined) return refuse(HOLEPUNCH_ERROR.noSuchPeer);
    if (this.#view.isOwn(endpoint)) return refuse(HOLEPUNCH_ERROR.noSelf);
    const target = this.#view.find(endpoint);
    if (target === undefined) return refuse(HOLEPUNCH_ERROR.notConnected);
    if (target === peer) return refuse(HOLEPUNCH_ERROR.noSelf);
    if (!this.#view.takes(target)) return refuse(HOLEPUNCH_ERROR.noSupport);
    if (!maySendTo(this.#view.hostOf(target), place.host))
      return refuse(HOLEPUNCH_ERROR.noSuchPeer);
    if (!this.#partnerOf(target).relayedTo.take(now)) return [];
    const theirs = this.#view.placeOf(target) ?? endpoint;
    return [
      { type: 'send', peer: target, message: { type: 'connect', endpoint: place } },
      { type: 'send', peer, message: { type: 'connect', endpoint: theirs } },
    ];
  }

  #connect(peer: Peer, endpoint: Endpoint, now: Millis): Outputs<Peer> {
    const wasAsked = this.#takeAnswer(peer, now);
    if (!isDialable(endpoint) || !maySendTo(this.#view.hostOf(peer), endpoint.host)) return [];
    if (this.#view.isOwn(endpoint) || this.#view.find(endpoint) !== undefined) return [];
    const mayBe =
      wasAsked || (this.#partnerOf(peer).unasked.take(now) && this.#rates.unasked.take(now));
    return mayBe ? [{ type: 'punch', endpoint }] : [];
  }

  /** Whether we had asked. The relay may see its peer elsewhere than where we know it: addresses are not compared. */
  #takeAnswer(peer: Peer, now: Millis): boolean {
    const partner = this.#partnerOf(peer);
    const [first, ...others] = partner.asked.filter((until) => until > now);
    partner.asked = others;
    return first !== undefined;
  }

  #partnerOf(peer: Peer): Partner {
    let partner = this.#partners.get(peer);
    if (partner === undefined) {
      partner = {
        relayedFor: new EventRate(RELAYED_FOR_ONE_MAX, RATE_MS),
        relayedTo: new EventRate(RELAYED_TO_ONE_MAX, RATE_MS),
        unasked: new EventRate(UNASKED_BY_ONE_MAX, RATE_MS),
        asked: [],
      };
      this.#partners.set(peer, partner);
    }
    return partner;
  }
}

function keyOf({ host, port }: Endpoint): string {
  return `${host} ${port}`;
}
