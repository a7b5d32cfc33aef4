/**
 * Tells peers of pieces that we have got, and of those that we have lost (BEP 54): one message a link for
 * all pieces of a turn of the event loop.
 */
import type { Cancel, Clock } from '@coequal/base';
import { DONT_HAVE_EXTENSION, encodeDontHave } from '../../core/wire/dont-have.ts';
import { encodePeerMessage } from '../../core/wire/peer-wire.ts';
import type { PeerLink } from './peer-link.ts';

interface News {
  readonly piece: number;
  readonly isHad: boolean;
}

export class HaveAnnouncer {
  readonly #links: () => Iterable<PeerLink>;
  readonly #clock: Clock;
  readonly #news: News[] = [];
  #timer: Cancel | undefined;

  constructor(links: () => Iterable<PeerLink>, clock: Clock) {
    this.#links = links;
    this.#clock = clock;
  }

  announce(piece: number): void {
    this.#note({ piece, isHad: true });
  }

  /** The piece is not there any more. */
  retract(piece: number): void {
    this.#note({ piece, isHad: false });
  }

  dispose(): void {
    this.#timer?.();
  }

  #note(news: News): void {
    this.#news.push(news);
    if (this.#timer !== undefined) return;
    this.#timer = this.#clock.at(this.#clock.now(), () => this.#flush());
  }

  #flush(): void {
    this.#timer = undefined;
    const all = this.#news.splice(0).map(({ piece, isHad }) => {
      const have = isHad ? encodePeerMessage({ type: 'have', piece }) : undefined;
      return { piece, have };
    });
    for (const link of this.#links()) {
      // a peer that has the piece has no use for the news, but a seed sends first what nobody has
      const theirs = link.peer.pieces;
      const id = link.peer.extended?.extensions.get(DONT_HAVE_EXTENSION) ?? 0;
      const messages: Uint8Array[] = [];
      for (const { piece, have } of all) {
        if (have === undefined) {
          if (id > 0) messages.push(dontHave(id, piece));
        } else if (theirs?.isFull === true || theirs?.has(piece) !== true) messages.push(have);
      }
      link.sendAll(messages);
    }
  }
}

/** By the id that the peer gave to it. */
function dontHave(id: number, piece: number): Uint8Array {
  return encodePeerMessage({ type: 'extended', id, payload: encodeDontHave(piece) });
}
