/** One exchange with a UDP tracker: connect, then announce or scrape, over packets that get lost (BEP 15). */
import { PeerFault } from '@coequal/base';
import type { Endpoint, Machine, Millis } from '@coequal/base';
import { addressFamily, canonicalAddress } from '../compact-peers.ts';
import { decodeReply, encodeConnect, encodeQuery } from './udp-packets.ts';
import type { UdpTrackerQuery, UdpTrackerReply } from './udp-packets.ts';

/** BEP 15: a packet is sent again after 15 * 2^n seconds, n counting up from 0. */
const RETRANSMIT_FIRST_MS = 15_000;

/**
 * BEP 15 lets n go up to 8: over two hours of asking a tracker that may be gone, while nobody hears of
 * it. Here the fourth unanswered packet is the last, after 225 s: the user is told, and the back-off
 * of the announcing decides when to ask again.
 */
const RETRANSMITS_MAX = 3;

/** BEP 15: a client may use a connection id for one minute after it came. */
const CONNECTION_ID_VALID_MS = 60_000;

/** What a tracker gave to prove later packets come from the same address. */
export interface UdpConnectionId {
  readonly id: bigint;
  readonly receivedAt: Millis;
}

export interface UdpTrackerOptions {
  /** Where the tracker is. Host is an address. */
  readonly tracker: Endpoint;
  readonly query: UdpTrackerQuery;
  /** 32 random bits a call: what strangers who cannot see our packets would have to guess. */
  readonly transactionIds: () => number;
  /** Of an earlier exchange with the same tracker from the same socket. */
  readonly connectionId?: UdpConnectionId;
  readonly retransmitsMax?: number;
}

export type UdpTrackerInput =
  | { readonly type: 'start' }
  | { readonly type: 'datagram'; readonly bytes: Uint8Array; readonly from: Endpoint };

export type UdpTrackerOutput =
  | { readonly type: 'send'; readonly bytes: Uint8Array }
  /** May be kept for the next exchange. */
  | { readonly type: 'connected'; readonly connectionId: UdpConnectionId }
  | {
      readonly type: 'answered';
      readonly reply: Extract<UdpTrackerReply, { type: 'announced' | 'scraped' }>;
    }
  /** TRACKER_TIMEOUT or TRACKER_REFUSED. */
  | { readonly type: 'failed'; readonly fault: PeerFault };

type ExchangeState =
  | { readonly type: 'new' }
  | { readonly type: 'connecting'; readonly transactionId: number; readonly retryAt: Millis }
  | {
      readonly type: 'asking';
      readonly transactionId: number;
      readonly retryAt: Millis;
      readonly connectionId: UdpConnectionId;
      readonly isOldConnection: boolean;
    }
  | { readonly type: 'over' };

export class UdpTrackerExchange implements Machine<UdpTrackerInput, UdpTrackerOutput> {
  readonly #options: UdpTrackerOptions;
  readonly #trackerHost: string;
  #state: ExchangeState = { type: 'new' };
  /** BEP 15's n: not reset when connected, so that the whole exchange is bounded. */
  #retransmits = 0;

  constructor(options: UdpTrackerOptions) {
    this.#options = options;
    this.#trackerHost = canonicalAddress(options.tracker.host) ?? options.tracker.host;
  }

  get deadline(): Millis | undefined {
    return this.#state.type === 'connecting' || this.#state.type === 'asking'
      ? this.#state.retryAt
      : undefined;
  }

  step(
    input: UdpTrackerInput | { readonly type: 'timeout' },
    now: Millis,
  ): readonly UdpTrackerOutput[] {
    switch (input.type) {
      case 'start': {
        const known = this.#options.connectionId;
        return known && isValid(known, now) ? this.#ask(known, true, now) : this.#connect(now);
      }
      case 'datagram':
        return this.#receive(input.bytes, input.from, now);
      case 'timeout':
        return this.#retry(now);
    }
  }

  #connect(now: Millis): readonly UdpTrackerOutput[] {
    const transactionId =
      this.#state.type === 'connecting'
        ? this.#state.transactionId
        : this.#options.transactionIds();
    this.#state = { type: 'connecting', transactionId, retryAt: this.#retryAt(now) };
    return [{ type: 'send', bytes: encodeConnect(transactionId) }];
  }

  #ask(
    connectionId: UdpConnectionId,
    isOldConnection: boolean,
    now: Millis,
  ): readonly UdpTrackerOutput[] {
    const transactionId =
      this.#state.type === 'asking' ? this.#state.transactionId : this.#options.transactionIds();
    const retryAt = this.#retryAt(now);
    this.#state = { type: 'asking', transactionId, retryAt, connectionId, isOldConnection };
    return [
      { type: 'send', bytes: encodeQuery(this.#options.query, connectionId.id, transactionId) },
    ];
  }

  /** A packet sent again keeps its transaction id: a late answer to the first one is an answer. */
  #retry(now: Millis): readonly UdpTrackerOutput[] {
    const state = this.#state;
    if (state.type === 'new' || state.type === 'over' || now < state.retryAt) return [];
    if (this.#retransmits >= (this.#options.retransmitsMax ?? RETRANSMITS_MAX)) {
      return this.#fail(new PeerFault('TRACKER_TIMEOUT'));
    }
    this.#retransmits += 1;
    const isConnected = state.type === 'asking' && isValid(state.connectionId, now);
    return isConnected
      ? this.#ask(state.connectionId, state.isOldConnection, now)
      : this.#connect(now);
  }

  #receive(bytes: Uint8Array, from: Endpoint, now: Millis): readonly UdpTrackerOutput[] {
    const state = this.#state;
    if (state.type === 'new' || state.type === 'over' || !this.#isFromTracker(from)) return [];
    const reply = this.#decode(bytes, state);
    switch (reply?.type) {
      case undefined:
        return [];
      case 'refused':
        // Trackers also say so of a connection id that they have forgotten: then a new one helps.
        if (state.type === 'asking' && state.isOldConnection) return this.#connect(now);
        return this.#fail(new PeerFault('TRACKER_REFUSED', { reason: reply.reason }));
      case 'connected': {
        const connectionId = { id: reply.connectionId, receivedAt: now };
        return [{ type: 'connected', connectionId }, ...this.#ask(connectionId, false, now)];
      }
      case 'announced':
      case 'scraped':
        this.#state = { type: 'over' };
        return [{ type: 'answered', reply }];
    }
  }

  /** Undefined for what is not the reply: anyone can send us anything, so it does not end the exchange. */
  #decode(
    bytes: Uint8Array,
    state: Extract<ExchangeState, { type: 'connecting' | 'asking' }>,
  ): UdpTrackerReply | undefined {
    const { query } = this.#options;
    try {
      return decodeReply(bytes, {
        action: state.type === 'connecting' ? 'connect' : query.type,
        transactionId: state.transactionId,
        family: addressFamily(this.#trackerHost) ?? 4,
        scraped: query.type === 'scrape' ? query.infoHashes.length : 0,
      });
    } catch (error) {
      if (error instanceof PeerFault) return undefined;
      throw error;
    }
  }

  #isFromTracker(from: Endpoint): boolean {
    return (
      from.port === this.#options.tracker.port &&
      (canonicalAddress(from.host) ?? from.host) === this.#trackerHost
    );
  }

  #fail(fault: PeerFault): readonly UdpTrackerOutput[] {
    this.#state = { type: 'over' };
    return [{ type: 'failed', fault }];
  }

  #retryAt(now: Millis): Millis {
    return now + RETRANSMIT_FIRST_MS * 2 ** this.#retransmits;
  }
}

function isValid(connectionId: UdpConnectionId, now: Millis): boolean {
  return now - connectionId.receivedAt < CONNECTION_ID_VALID_MS;
}
