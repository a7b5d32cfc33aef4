/** Queries of others: which are answered, and with what. */
import type { Endpoint, Millis } from '@coequal/base';
import type { DhtHome } from './dht-home.ts';
import type { DhtCounters } from './dht-types.ts';
import { krpcErrorText } from './krpc-messages.ts';
import type { BadQuery, KrpcMessage } from './krpc-messages.ts';
import { QueryLimiter } from './query-limiter.ts';
import { Responder } from './responder.ts';
import type { ResponderOptions } from './responder.ts';

type Query = Extract<KrpcMessage, { type: 'query' }>;

export class Answering {
  readonly #responder: Responder;
  readonly #limiter: QueryLimiter;
  readonly #counters: DhtCounters;
  /** BEP 43, as it was told: nobody is answered. */
  readonly #isMute: boolean;

  constructor(options: ResponderOptions, isMute: boolean, counters: DhtCounters, now: Millis) {
    this.#responder = new Responder(options, now);
    this.#limiter = new QueryLimiter(now);
    this.#counters = counters;
    this.#isMute = isMute;
  }

  get stored(): Pick<Responder, 'peers' | 'items'> {
    return this.#responder;
  }

  /** What goes back; undefined: nothing does, and who asked is not looked at further. */
  answer(
    message: Query | BadQuery,
    home: DhtHome,
    from: Endpoint,
    now: Millis,
  ): KrpcMessage | undefined {
    this.#counters.queriesIn += 1;
    if (this.#isMute) return undefined;
    if (!this.#limiter.allows(from.host, now)) {
      this.#counters.queriesDropped += 1;
      return undefined;
    }
    const { transactionId } = message;
    if (message.type === 'bad-query') return errorOf(transactionId, message.code);
    home.reachability.reached(from.host, now);
    const answer = this.#responder.answer(message.query, from, now);
    if (typeof answer === 'number') return errorOf(transactionId, answer);
    return { type: 'response', transactionId, id: home.id, answer, seenAs: from };
  }

  expire(now: Millis): void {
    this.#responder.expire(now);
  }
}

function errorOf(transactionId: Uint8Array, code: number): KrpcMessage {
  return { type: 'error', transactionId, code, text: krpcErrorText(code) };
}
